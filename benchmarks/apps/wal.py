"""SQLite as Watchword's store has it: WAL, synchronous=NORMAL. Without, each of a peer's commits syncs the disk."""

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event


def database(app: Flask) -> SQLAlchemy:
    """The app's database, told so at every connection."""
    db = SQLAlchemy(app)
    with app.app_context():
        event.listen(db.engine, "connect", _configure)
    return db


def _configure(connection: object, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
    connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]
