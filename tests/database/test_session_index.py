"""The session index."""

from collections.abc import Callable
from dataclasses import replace

from watchword.database.engine import SqlDatabase
from watchword.database.session_index import SqlSessionIndex
from watchword.kernel.models import Client, SessionEntry
from watchword.kernel.reasons import EndReason

Together = Callable[[int, Callable[[], object]], None]


def test_sessions_are_listed_newest_first(database: SqlDatabase) -> None:
    index = SqlSessionIndex(database)
    client = Client("192.0.2.1", "Browser", "en")
    old = SessionEntry("p1", "ada", 1.0, 9.0, client)
    new = replace(old, public_id="p2", opened_at=2.0)
    for entry in (old, new, replace(old, account_id="bob")):
        index.opened(entry)
    assert index.of("ada") == [new, old]
    assert index.of("nobody") == []


def test_opening_again_moves_the_end_alone(database: SqlDatabase) -> None:
    index = SqlSessionIndex(database)
    entry = SessionEntry("p", "ada", 1.0, 9.0, Client("192.0.2.1"))
    index.opened(entry)
    index.opened(replace(entry, opened_at=5.0, absolute_end=20.0, client=Client("192.0.2.2")))
    assert index.of("ada") == [replace(entry, absolute_end=20.0)]


def test_the_first_end_stays(database: SqlDatabase) -> None:
    index = SqlSessionIndex(database)
    entry = SessionEntry("p", "ada", 1.0, 9.0, Client())
    index.opened(entry)
    index.ended("p", EndReason.SIGNED_OUT, 3.0)
    index.ended("p", EndReason.REVOKED, 4.0)
    index.ended("unknown", EndReason.REVOKED, 4.0)
    index.opened(entry)
    assert index.of("ada") == [replace(entry, ended_at=3.0, end_reason="signed_out")]


def test_opened_by_many_at_once_is_one_row(database: SqlDatabase, together: Together) -> None:
    index = SqlSessionIndex(database)
    together(8, lambda: index.opened(SessionEntry("p", "ada", 1.0, 9.0, Client())))
    assert len(index.of("ada")) == 1
