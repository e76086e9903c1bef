"""Credentials of every kind."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from watchword.database import tables
from watchword.database.credentials import SqlCredentials
from watchword.database.engine import SqlDatabase
from watchword.kernel.errors import AlreadyExists
from watchword.kernel.models import Account, Credential

Together = Callable[[int, Callable[[], object]], None]


def test_credentials_of_a_kind(database: SqlDatabase, ada: Account) -> None:
    credentials = SqlCredentials(database)
    first, second = (Credential(ada.id, "passkey", "k", 2.0, external_id=name) for name in ("b", "a"))
    credentials.add(first)
    credentials.add(second)
    assert credentials.of(ada.id, "passkey") == [first, second]
    assert credentials.of(ada.id, "totp") == []
    with pytest.raises(AlreadyExists) as caught:
        credentials.add(first)
    assert caught.value.field == "external_id"
    with pytest.raises(IntegrityError):
        credentials.add(replace(first, account_id="nobody"))


def test_replacing_needs_the_version_that_was_read(database: SqlDatabase, ada: Account, together: Together) -> None:
    credentials = SqlCredentials(database)
    read = credentials.of(ada.id, "password")[0]
    answers: list[bool] = []
    together(8, lambda: answers.append(credentials.replace(read, "new")))
    assert answers.count(True) == 1
    assert credentials.of(ada.id, "password") == [replace(read, data="new", version=2)]
    assert not credentials.replace(replace(read, kind="totp"), "new")


def test_credentials_go_with_their_account(database: SqlDatabase, ada: Account) -> None:
    with database.transaction(), database.connection() as connection:
        connection.execute(delete(tables.accounts))
    assert SqlCredentials(database).of(ada.id, "password") == []
