"""The file's tables, and how several processes make them at once."""

import sqlite3
import time
from typing import Final

from watchword.kernel.errors import Outage

APPLICATION_ID: Final = int.from_bytes(b"WwSt")
VERSION: Final = 1

# Keys are random: a rowid table appends its rows, where WITHOUT ROWID would split pages all over the
# file (measured at 100,000 entries of 400 bytes: inserts 30 % slower, reads alike).
_TABLES: Final = (
    """CREATE TABLE watchword_entries (
        key TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, expires_at REAL NOT NULL, value BLOB NOT NULL)""",
    "CREATE INDEX watchword_entries_expiry ON watchword_entries (expires_at)",
    """CREATE TABLE watchword_counters (
        key TEXT NOT NULL PRIMARY KEY, total INTEGER NOT NULL, expires_at REAL NOT NULL)""",
    "CREATE INDEX watchword_counters_expiry ON watchword_counters (expires_at)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)
_SWITCH_PAUSE: Final = 0.005


def prepare(cursor: sqlite3.Cursor, path: str, timeout: float) -> None:
    """Make the connection ready: our tables are there, WAL is on. Any number of processes may do this to
    one new file. Raises `Outage` for a file of another program or of a newer version."""
    ready = _is_ours(cursor, path)
    _switch_to_wal(cursor, timeout)
    cursor.execute("PRAGMA synchronous = NORMAL")
    if not ready:
        cursor.execute("BEGIN IMMEDIATE")
        if not _is_ours(cursor, path):  # another process may have been faster
            for statement in _TABLES:
                cursor.execute(statement)
        cursor.execute("COMMIT")


def _is_ours(cursor: sqlite3.Cursor, path: str) -> bool:
    """Whether our tables are there; False for an empty file."""
    application, version, tables = cursor.execute(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
        " FROM pragma_application_id, pragma_user_version"
    ).fetchone()
    if (application, version, tables) == (0, 0, 0):
        return False
    if application != APPLICATION_ID:
        raise Outage(f"{path} is another program's database: give the store a file of its own")
    if version > VERSION:
        raise Outage(
            f"{path} was made by a newer Watchword (schema {version}, this one knows {VERSION}): "
            "upgrade this one, or give it another file"
        )
    return True


def _switch_to_wal(cursor: sqlite3.Cursor, timeout: float) -> None:
    """Repeat until it is on: SQLite does not wait for its busy timeout here when two switch at once."""
    give_up = time.monotonic() + timeout
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_SWITCH_PAUSE)
        else:
            return
