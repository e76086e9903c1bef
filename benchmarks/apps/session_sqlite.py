"""Flask-Login on Flask-Session's SQLAlchemy backend."""

from pathlib import Path

from flask import Flask
from flask_session import Session

from benchmarks.apps.built import SECRET, Built
from benchmarks.apps.login import add_login
from benchmarks.apps.wal import database


def build(folder: Path, observed: bool) -> Built:
    del observed
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=SECRET,
        SESSION_TYPE="sqlalchemy",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'flask-session.sqlite3'}",
    )
    app.config["SESSION_SQLALCHEMY"] = database(app)
    Session(app)
    return Built(add_login(app))
