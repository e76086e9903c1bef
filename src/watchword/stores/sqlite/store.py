"""The store's verbs, one statement each."""

import itertools
import os
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Final

from watchword.kernel.clock import Clock
from watchword.kernel.errors import ConfigurationError, Conflict, Problem
from watchword.kernel.ports import ABSENT, ANY, Expect, Stored
from watchword.stores.sqlite.file import SqliteFile

SWEEP_EVERY: Final = 100
"""After so many new keys, twice as many expired ones go: the file stays as large as what lives, with nobody caring."""

_MAX_VERSION: Final = 2**63 - 1
_OLDEST_SQLITE: Final = (3, 35)  # RETURNING

_GET: Final = """
    SELECT value, version, expires_at FROM watchword_entries WHERE key = ? AND expires_at > ?"""
_PUT_ANY: Final = """
    INSERT INTO watchword_entries (value, version, expires_at, key) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE
    SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at"""
_PUT_ABSENT: Final = _PUT_ANY + " WHERE watchword_entries.expires_at <= ?"
_PUT_VERSION: Final = """
    UPDATE watchword_entries SET value = ?, version = ?, expires_at = ?
    WHERE key = ? AND expires_at > ? AND version = ?"""
_DELETE: Final = "DELETE FROM watchword_entries WHERE key = ?"
_ADD: Final = """
    INSERT INTO watchword_counters (key, total, expires_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE
    SET total = excluded.total + iif(watchword_counters.expires_at > ?, watchword_counters.total, 0),
        expires_at = iif(watchword_counters.expires_at > ?, watchword_counters.expires_at, excluded.expires_at)
    RETURNING total"""
_SWEEP_ENTRIES: Final = """
    DELETE FROM watchword_entries WHERE key IN
    (SELECT key FROM watchword_entries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"""
_SWEEP_COUNTERS: Final = """
    DELETE FROM watchword_counters WHERE key IN
    (SELECT key FROM watchword_counters WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"""


class SqliteStore:
    """`Store`, `Counters` and `Sweeper` in one file (and the -wal and -shm beside it), for every thread and
    process of one machine. Not for network file systems.

    The first use makes the file (0600) and its folder. A write waits up to `timeout` seconds for other
    writers. What was acknowledged survives the process; a power cut may take the last moments (WAL,
    synchronous=NORMAL). A file removed or replaced is noticed by the next write, by reads within a second.
    """

    def __init__(self, path: str | os.PathLike[str], clock: Clock, *, timeout: float = 5.0) -> None:
        _check_library()
        self._file = SqliteFile(path, timeout)
        self._new_keys = itertools.count(1)
        self._now = clock.now

    def get(self, key: str) -> Stored | None:
        """See `Store.get`."""
        with self._file.reading() as cursor:
            row = cursor.execute(_GET, (key, self._now())).fetchone()
        return Stored._make(row) if row else None

    def put(self, key: str, value: bytes, *, expires_at: float, expect: int | Expect) -> int:
        """See `Store.put`."""
        # Random, so that a version needs no memory of the ones before it to be new.
        version = secrets.randbits(63)
        with self._file.writing() as cursor:
            written = self._put(cursor, (value, version, expires_at, key), expect)
        if not written:
            raise Conflict(f"{key!r} is not what the writer expected")
        if expect is ABSENT and next(self._new_keys) % SWEEP_EVERY == 0:
            self.sweep(2 * SWEEP_EVERY)
        return version

    def delete(self, key: str) -> None:
        """See `Store.delete`."""
        with self._file.writing() as cursor:
            cursor.execute(_DELETE, (key,))

    def add(self, key: str, n: int, *, expires_at: float) -> int:
        """See `Counters.add`."""
        with self._file.writing() as cursor:
            return _add(cursor, key, n, expires_at, self._now())

    def add_many(self, entries: Sequence[tuple[str, int, float]]) -> list[int]:
        """See `Counters.add_many`. One transaction: all of them count, or none."""
        if not entries:
            return []
        with self._file.writing() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            now = self._now()
            totals = [_add(cursor, key, n, expires_at, now) for key, n, expires_at in entries]
            cursor.execute("COMMIT")
        return totals

    def sweep(self, limit: int) -> int:
        """See `Sweeper.sweep`."""
        if limit <= 0:  # SQLite takes a negative LIMIT for none
            return 0
        with self._file.writing() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            now = self._now()
            swept = cursor.execute(_SWEEP_ENTRIES, (now, limit)).rowcount
            swept += cursor.execute(_SWEEP_COUNTERS, (now, limit - swept)).rowcount
            cursor.execute("COMMIT")
        return swept

    def close(self) -> None:
        """Close every thread's connection. What is called afterwards opens its own again."""
        self._file.close()

    def _put(self, cursor: sqlite3.Cursor, row: tuple[bytes, int, float, str], expect: int | Expect) -> bool:
        if expect is ANY:
            cursor.execute(_PUT_ANY, row)
        elif expect is ABSENT:
            cursor.execute(_PUT_ABSENT, (*row, self._now()))
        elif 0 <= expect <= _MAX_VERSION:
            cursor.execute(_PUT_VERSION, (*row, self._now(), expect))
        else:
            return False
        return cursor.rowcount == 1


def _add(cursor: sqlite3.Cursor, key: str, n: int, expires_at: float, now: float) -> int:
    total: int = cursor.execute(_ADD, (key, n, expires_at, now, now)).fetchone()[0]
    return total


def _check_library() -> None:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        what = f"this Python is linked with SQLite {sqlite3.sqlite_version}"
        raise ConfigurationError([Problem("sqlite", what, "use a Python with SQLite 3.35 or newer")])
