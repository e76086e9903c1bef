"""Subjects, read on a connection kept per thread."""

import os
import time
from collections.abc import Callable

import pytest
from sqlalchemy import update

from watchword.database import tables
from watchword.database.accounts import SqlAccounts
from watchword.database.engine import SqlDatabase
from watchword.database.subjects import SqlSubjects
from watchword.kernel.errors import Outage
from watchword.kernel.models import Account, Subject

Make = Callable[..., Account]

Together = Callable[[int, Callable[[], object]], None]


def test_a_subject_is_what_the_account_says_now(
    database: SqlDatabase, accounts: SqlAccounts, make_account: Make
) -> None:
    account = make_account(roles=("admin",))
    accounts.create(account, [])
    subjects = SqlSubjects(database)
    assert subjects.load(account.id) == Subject(account.id, 1, True, ("admin",), "Ada", "Ada L.")
    accounts.set_active(account.id, False, 3.0)
    loaded = subjects.load(account.id)
    assert loaded is not None
    assert (loaded.active, loaded.epoch) == (False, 3_000_000)
    assert subjects.load("nobody") is None


def test_a_subject_is_read_in_line_with_an_open_unit(
    database: SqlDatabase, accounts: SqlAccounts, ada: Account
) -> None:
    subjects = SqlSubjects(database)
    with database.transaction():
        accounts.raise_epoch(ada.id, 5.0)
        loaded = subjects.load(ada.id)
    assert loaded is not None
    assert loaded.epoch == 5_000_000


def test_a_kept_connection_holds_nobody_up(database: SqlDatabase, accounts: SqlAccounts, ada: Account) -> None:
    """A statement left unread would keep its snapshot, and the WAL would grow for ever."""
    SqlSubjects(database).load(ada.id)
    accounts.raise_epoch(ada.id, 5.0)
    with database.connection() as connection:
        busy, pages, moved = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    assert (busy, pages, moved) == (0, 0, 0)


def test_each_thread_keeps_its_own(database: SqlDatabase, ada: Account, together: Together) -> None:
    subjects = SqlSubjects(database)
    kept: set[int] = set()
    loaded: list[Subject | None] = []

    def load() -> None:
        loaded.append(subjects.load(ada.id))
        kept.add(id(database.kept()))
        time.sleep(0.05)

    together(4, load)
    assert None not in loaded
    assert len(kept) == 4


def test_a_connection_that_was_closed_is_asked_again_on_a_new_one(database: SqlDatabase, ada: Account) -> None:
    subjects = SqlSubjects(database)
    kept = database.kept()
    kept.close()
    assert subjects.load(ada.id)
    assert database.kept() is not kept


def test_an_unreadable_file_is_an_outage_and_heals(database: SqlDatabase, ada: Account) -> None:
    subjects = SqlSubjects(database)
    path = database.url.database or ""
    database.close()
    os.rename(path, f"{path}.away")
    os.mkdir(path)
    with pytest.raises(Outage, match="unable to open"):
        subjects.load(ada.id)
    os.rmdir(path)
    os.rename(f"{path}.away", path)
    assert subjects.load(ada.id)


def test_rows_changed_by_hand_are_seen(database: SqlDatabase, ada: Account) -> None:
    subjects = SqlSubjects(database)
    assert subjects.load(ada.id)
    with database.transaction(), database.connection() as connection:
        connection.execute(update(tables.accounts).values(roles='["x"]'))
    loaded = subjects.load(ada.id)
    assert loaded is not None
    assert loaded.roles == ("x",)
