"""What SQLite needs to be told: durable commits, writers that wait for each other, a file of one's own."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, event

from watchword.kernel.errors import Outage

SHORT: Final = "watchword_short"
"""Execution option of a connection that runs single statements, each committed by SQLite itself."""

_PAUSE: Final = 0.01


def prepare(engine: Engine, path: str, timeout: float) -> None:
    """Make every connection of the engine as this house wants it."""

    def before_connect(*_: object) -> None:
        make_file(Path(path))

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        try:
            _configure(connection, timeout)
        except BaseException:
            connection.close()
            raise

    event.listen(engine, "do_connect", before_connect)
    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", _begin)


def make_file(path: Path) -> None:
    """Make the file and its folder where they are missing, for this user alone. SQLite gives the WAL beside
    it the same mode. A file that is there keeps the mode its operator gave it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        remedy = "make the folder, writable for the user that runs the application"
        raise Outage(f"the database file {path} cannot be made ({error.strerror}): {remedy}") from error


def _configure(connection: sqlite3.Connection, timeout: float) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin` does
    connection.execute("PRAGMA foreign_keys=ON")
    _write_ahead(connection, timeout)
    connection.execute("PRAGMA synchronous=FULL")


def _write_ahead(connection: sqlite3.Connection, timeout: float) -> None:
    """Switch to WAL. Two processes doing so at once meet SQLITE_BUSY without its busy timeout being asked."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE)


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes later fails with SQLITE_BUSY
    instead of waiting (https://sqlite.org/lang_transaction.html, section 2.2)."""
    if not connection.get_execution_options().get(SHORT):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
