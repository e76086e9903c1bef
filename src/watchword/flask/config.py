"""An app's configuration as the house reads it."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

from flask import Flask

from watchword.compose.settings import Settings, read_settings
from watchword.kernel.errors import ConfigurationError, Problem
from watchword.kernel.policy import Policy

_unjudged: ContextVar[bool] = ContextVar("watchword_unjudged", default=False)


def app_settings(app: Flask, policy: Policy | None) -> tuple[Settings, list[Problem]]:
    """What the app's configuration and the environment say, with everything wrong with it."""
    return read_settings(
        _config(app),
        os.environ,
        instance=Path(app.instance_path),
        debug=bool(app.debug or app.testing),
        policy=policy,
    )


def judged_now(app: Flask) -> bool:
    """Whether the configuration is judged when the app is made: WATCHWORD_ENV names the profile."""
    return not _unjudged.get() and bool(_config(app).get("WATCHWORD_ENV") or os.environ.get("WATCHWORD_ENV"))


@contextmanager
def unjudged() -> Generator[None]:
    """Apps made inside are judged at their first request only. For commands that mend what is wrong, such as
    a database that is not up to date."""
    token = _unjudged.set(True)
    try:
        yield
    finally:
        _unjudged.reset(token)


def _config(app: Flask) -> dict[str, object]:
    return cast("dict[str, Any]", app.config)


def refuse_company(app: Flask, name: str) -> None:
    """`Watchword` brings sessions; a second interface on one app would leave one of them without its own."""
    if "watchword" in app.extensions or "watchword_sessions" in app.extensions:
        what = "is added to an app that has Watchword's sessions already"
        raise ConfigurationError([Problem(name, what, "keep one of Watchword(app) and Sessions(app)")])
