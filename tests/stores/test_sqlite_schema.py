import sqlite3
from typing import cast

import pytest

from watchword.stores.sqlite import schema


class SwitchedByOthers:
    """A cursor on a file that `times` others switch to WAL at this moment, which SQLite answers at once with
    SQLITE_BUSY (seen in one of fifty races of eight processes for a new file)."""

    def __init__(self, times: int) -> None:
        self.times = times

    def execute(self, statement: str) -> None:
        assert statement == "PRAGMA journal_mode = WAL"
        self.times -= 1
        if self.times >= 0:
            busy = sqlite3.OperationalError("database is locked")
            busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise busy


def test_switching_to_wal_is_repeated() -> None:
    cursor = SwitchedByOthers(3)
    schema._switch_to_wal(cast(sqlite3.Cursor, cursor), timeout=30)
    assert cursor.times == -1


def test_switching_to_wal_is_not_repeated_for_ever() -> None:
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        schema._switch_to_wal(cast(sqlite3.Cursor, SwitchedByOthers(1000)), timeout=0.05)
