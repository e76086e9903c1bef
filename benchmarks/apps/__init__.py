"""The apps compared: one module each, all with the routes of `routes.py`."""

import importlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from benchmarks.apps.built import Built


@dataclass(frozen=True)
class App:
    """How an app is listed: `needs` are modules and `program` an executable without which it is left out."""

    name: str
    module: str
    title: str
    needs: tuple[str, ...] = ()
    program: str = ""

    def missing(self) -> list[str]:
        """What it needs and this environment has not."""
        absent = [name for name in self.needs if find_spec(name) is None]
        return absent + ([self.program] if self.program and which(self.program) is None else [])

    def build(self, folder: Path, *, observed: bool = False) -> Built:
        """The app, its files in `folder`; `observed` counts its store's commands, which costs time."""
        built: Built = importlib.import_module(f"benchmarks.apps.{self.module}").build(folder, observed)
        return built


FLOOR = App("floor", "floor", "bare Flask")
OURS = (
    App("sessions", "watchword_sessions", "watchword: Sessions alone, SQLite"),
    App("watchword", "watchword_full", "watchword: Watchword, SQLite"),
)
PEERS = (
    App("login-cookie", "login_cookie", "Flask-Login on Flask's signed cookie", ("flask_login",)),
    App(
        "session-sqlite",
        "session_sqlite",
        "Flask-Login + Flask-Session, SQLite",
        ("flask_login", "flask_session", "flask_sqlalchemy"),
    ),
    App(
        "session-redis",
        "session_redis",
        "Flask-Login + Flask-Session, Redis",
        ("flask_login", "flask_session", "redis"),
        "redis-server",
    ),
    App("security", "security", "Flask-Security-Too, SQLite", ("flask_security", "flask_sqlalchemy")),
)
APPS = (FLOOR, *OURS, *PEERS)


def app_named(name: str) -> App:
    return next(app for app in APPS if app.name == name)
