"""The audit log: a row is part of the change it reports, and safe to show."""

from dataclasses import dataclass, replace

import pytest

from watchword.database import tables
from watchword.database.accounts import SqlAccounts
from watchword.database.audit import AuditLog
from watchword.database.engine import SqlDatabase
from watchword.database.printable import printable
from watchword.kernel.errors import Outage
from watchword.kernel.events import Event, SignInFailed, SignInSucceeded
from watchword.kernel.models import Account, Client, Origin
from watchword.kernel.units import Units


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange(Event):
    what: object


def test_an_event_becomes_a_row(database: SqlDatabase) -> None:
    log = AuditLog(database)
    origin = Origin(Client("192.0.2.1", "Browser"), "r1", "POST", "/auth/sign-in")
    log.write([SignInFailed(at=1.0, cause="unknown", identifier="k"), _signed_in("ada", origin)])
    newest, older = log.recent()
    assert (older.event, older.level, older.account_id) == ("authn_login_fail", "WARN", None)
    assert older.details == {"cause": "unknown", "identifier": "k"}
    assert (newest.at, newest.account_id, newest.address, newest.user_agent) == (2.0, "ada", "192.0.2.1", "Browser")
    assert (newest.request_id, newest.method, newest.path) == ("r1", "POST", "/auth/sign-in")
    assert newest.details == {"factors": ["password"], "aal": 1}
    assert [row.event for row in log.recent("ada")] == ["authn_login_success"]
    assert len(log.recent(limit=1)) == 1
    log.write([])


def test_the_row_is_part_of_the_change(database: SqlDatabase, accounts: SqlAccounts, ada: Account) -> None:
    log = AuditLog(database)
    units = Units(database, [log])

    def work(fails: bool) -> None:
        with units.unit():
            accounts.raise_epoch(ada.id, 5.0)
            units.emit(_signed_in(ada.id))
            if fails:
                raise KeyError

    with pytest.raises(KeyError):
        work(True)
    assert log.recent() == []
    assert accounts.by_id(ada.id) == ada
    work(False)
    assert len(log.recent()) == 1
    assert accounts.by_id(ada.id) == replace(ada, epoch=5_000_000)


def test_a_row_that_cannot_be_written_undoes_the_change(
    database: SqlDatabase, accounts: SqlAccounts, ada: Account
) -> None:
    with database.transaction(), database.connection() as connection:
        tables.audit.drop(connection)
    units = Units(database, [AuditLog(database)])

    def work() -> None:
        with units.unit():
            accounts.raise_epoch(ada.id, 5.0)
            units.emit(_signed_in(ada.id))

    with pytest.raises(Outage):
        work()
    assert accounts.by_id(ada.id) == ada


def test_text_from_outside_is_made_printable(database: SqlDatabase) -> None:
    hostile = "a\r\nb\x1b[31m\u2028\u202e\x00\ud800" * 100
    origin = Origin(Client(hostile, hostile), hostile, hostile, hostile)
    what = {hostile: [hostile, 1, None, True], "of": (object, 1.5)}
    log = AuditLog(database)
    log.write([Strange(at=1.0, account_id=hostile, session_id=hostile, origin=origin, what=what)])
    row = log.recent()[0]
    texts = [row.account_id, row.session_id, row.address, row.user_agent, row.request_id, row.method, row.path]
    assert all(text and text.isprintable() and len(text) <= 512 for text in texts)
    assert str(row.details).isprintable()
    assert row.user_agent.startswith(r"a\r\nb\x1b[31m\u2028\u202e\x00\ud800a")


def test_printable_leaves_ordinary_text_alone() -> None:
    assert printable("Zoë ☂ 日本", 64) == "Zoë ☂ 日本"
    assert printable("x" * 600, 512) == "x" * 512


def _signed_in(account_id: str, origin: Origin | None = None) -> SignInSucceeded:
    return SignInSucceeded(at=2.0, account_id=account_id, factors=("password",), aal=1, origin=origin or Origin())
