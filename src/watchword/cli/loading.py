"""Loading a Flask application without judging its configuration, and reading what it was given."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from flask import Flask
from flask.cli import ScriptInfo

from watchword.auth import Feature
from watchword.compose import DatabaseSource, House
from watchword.compose.settings import Settings
from watchword.flask import Sessions, Watchword, extension, sessions_only
from watchword.flask.config import app_settings
from watchword.kernel.errors import ConfigurationError, Problem
from watchword.kernel.ports import Store

_JUDGE: Final = "profile_is_set"


@dataclass(frozen=True, slots=True)
class Parts:
    """What an app handed to the extension, and its settings. `build` is None for `Sessions`."""

    settings: Settings
    problems: Sequence[Problem]
    store: Store | str | None
    database: DatabaseSource | None = None
    features: Sequence[Feature] = ()
    build: Callable[[], House] | None = field(default=None, repr=False)


def load(app: str | ScriptInfo) -> Flask:
    """The application, by `module:name`, `file.py:name` or a factory, as Flask's own command line finds it."""
    info = ScriptInfo(app) if isinstance(app, str) else app
    with _unjudged():
        return info.load_app()


def parts(app: Flask) -> Parts:
    """What the app was given. Raises `ConfigurationError` when it has neither `Watchword` nor `Sessions`."""
    watchword: Watchword | None = app.extensions.get("watchword")
    if watchword is not None:
        return _of_watchword(watchword)
    sessions: Sessions | None = app.extensions.get("watchword_sessions")
    if sessions is not None:
        settings, problems = app_settings(app, None)
        return Parts(settings, problems, sessions._store)  # pyright: ignore[reportPrivateUsage]
    raise ConfigurationError([Problem("the app", "has no Watchword", "add Watchword(app) to it")])


def _of_watchword(found: Watchword) -> Parts:
    settings, problems = found.settings()
    return Parts(
        settings,
        problems,
        found._store,  # pyright: ignore[reportPrivateUsage]
        found._database,  # pyright: ignore[reportPrivateUsage]
        found._features or (),  # pyright: ignore[reportPrivateUsage]
        lambda: found.house,
    )


def _not_yet(_app: Flask) -> bool:
    return False


@contextmanager
def _unjudged() -> Generator[None]:
    """With WATCHWORD_ENV set an app refuses to be made while its database is not up to date; the commands
    that mend it must load it all the same. What they build is judged as ever."""
    kept = [(module, getattr(module, _JUDGE)) for module in (extension, sessions_only)]
    for module, _ in kept:
        setattr(module, _JUDGE, _not_yet)
    try:
        yield
    finally:
        for module, judge in kept:
            setattr(module, _JUDGE, judge)
