"""Loading a Flask application without judging its configuration, and reading what it was given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import Flask
from flask.cli import ScriptInfo

from watchword.auth import Feature
from watchword.compose import DatabaseSource, House
from watchword.compose.settings import Settings
from watchword.flask import Sessions, Watchword
from watchword.flask.config import app_settings, unjudged
from watchword.kernel.errors import ConfigurationError, Problem
from watchword.kernel.ports import Store


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
    with unjudged():
        return info.load_app()


def parts(app: Flask) -> Parts:
    """What the app was given. Raises `ConfigurationError` when it has neither `Watchword` nor `Sessions`."""
    watchword: Watchword | None = app.extensions.get("watchword")
    if watchword is not None:
        return _of_watchword(watchword)
    sessions: Sessions | None = app.extensions.get("watchword_sessions")
    if sessions is not None:
        settings, problems = app_settings(app, None)
        return Parts(settings, problems, sessions.store)
    raise ConfigurationError([Problem("the app", "has no Watchword", "add Watchword(app) to it")])


def _of_watchword(found: Watchword) -> Parts:
    settings, problems = found.settings()
    return Parts(
        settings,
        problems,
        found.store,
        found.database,
        found.features or (),
        lambda: found.house,
    )
