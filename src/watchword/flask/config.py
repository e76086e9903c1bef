"""An app's configuration as the house reads it."""

import os
from pathlib import Path
from typing import Any, cast

from flask import Flask

from watchword.compose.settings import Settings, read_settings
from watchword.kernel.errors import Problem
from watchword.kernel.policy import Policy


def app_settings(app: Flask, policy: Policy | None) -> tuple[Settings, list[Problem]]:
    """What the app's configuration and the environment say, with everything wrong with it."""
    return read_settings(
        _config(app),
        os.environ,
        instance=Path(app.instance_path),
        debug=bool(app.debug or app.testing),
        policy=policy,
    )


def profile_is_set(app: Flask) -> bool:
    """Whether WATCHWORD_ENV names the profile, so that the configuration can be judged before a request."""
    return bool(_config(app).get("WATCHWORD_ENV") or os.environ.get("WATCHWORD_ENV"))


def _config(app: Flask) -> dict[str, object]:
    return cast("dict[str, Any]", app.config)
