"""Accounts on a real file: unique, atomic, whatever threads, processes and signals do."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from watchword.database import tables
from watchword.database.accounts import SqlAccounts
from watchword.database.engine import SqlDatabase
from watchword.kernel.errors import AlreadyExists
from watchword.kernel.models import Account, Credential

Make = Callable[..., Account]

Together = Callable[[int, Callable[[], object]], None]


def test_an_account_comes_back_as_it_went_in(accounts: SqlAccounts, make_account: Make) -> None:
    account = make_account("zoë", display_name="Zoë ☂", roles=("admin", "staff"), active=False, epoch=2**50)
    accounts.create(account, [])
    assert accounts.by_id(account.id) == account
    assert accounts.by_name("zoë") == account
    assert accounts.by_name("zoe") is None
    assert accounts.by_id("nobody") is None


def test_a_taken_name_leaves_nothing(accounts: SqlAccounts, ada: Account, make_account: Make) -> None:
    second = make_account(ada.name)
    with pytest.raises(AlreadyExists) as caught:
        accounts.create(second, [Credential(second.id, "password", "x", 1.0)])
    assert caught.value.field == "username"
    assert accounts.by_id(second.id) is None


def test_a_failing_credential_undoes_the_account(accounts: SqlAccounts, make_account: Make) -> None:
    account = make_account()
    twice = Credential(account.id, "password", "x", 1.0)
    with pytest.raises(IntegrityError):
        accounts.create(account, [twice, twice])
    assert accounts.by_id(account.id) is None


def test_after_a_taken_name_the_unit_goes_on(
    database: SqlDatabase, accounts: SqlAccounts, ada: Account, make_account: Make
) -> None:
    with database.transaction():
        with pytest.raises(AlreadyExists):
            accounts.create(make_account(ada.name), [])
        accounts.create(make_account("bob"), [])
    assert accounts.by_name("bob")


def test_a_name_is_read_with_its_credential_in_one_statement(
    database: SqlDatabase, accounts: SqlAccounts, ada: Account
) -> None:
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert accounts.with_credential("ada", "password") == (ada, Credential(ada.id, "password", "hash", 1.5))
    assert len(statements) == 1
    assert accounts.with_credential("ada", "totp") == (ada, None)
    assert accounts.with_credential("bob", "password") is None


def test_the_epoch_only_rises(accounts: SqlAccounts, ada: Account) -> None:
    assert accounts.raise_epoch(ada.id, 1000.0) == 1_000_000_000
    assert accounts.raise_epoch(ada.id, 999.0) == 1_000_000_001
    assert accounts.raise_epoch("nobody", 1000.0) == 0


def test_raises_at_once_all_differ(accounts: SqlAccounts, ada: Account, together: Together) -> None:
    answers: list[int] = []
    together(8, lambda: answers.append(accounts.raise_epoch(ada.id, 1.0)))
    assert len(set(answers)) == 8


def test_disabling_raises_the_epoch(accounts: SqlAccounts, ada: Account) -> None:
    assert accounts.set_active(ada.id, False, 2.0)
    assert accounts.by_id(ada.id) == replace(ada, active=False, epoch=2_000_000)
    assert accounts.set_active(ada.id, True, 1.0)
    assert accounts.by_id(ada.id) == replace(ada, active=True, epoch=2_000_001)
    assert not accounts.set_active("nobody", True, 1.0)


REGISTER = """
import sys, uuid
from watchword.database.accounts import SqlAccounts
from watchword.database.urls import open_database
from watchword.kernel.errors import AlreadyExists
from watchword.kernel.models import Account
database = open_database(sys.argv[1])
accounts = SqlAccounts(database)
for number in range(10):
    try:
        accounts.create(Account(str(uuid.uuid4()), f"race{number}", "Race", "", 1, 1.0), [])
        print(number)
    except AlreadyExists:
        pass
database.close()
"""


def test_one_name_goes_to_one_of_many_threads_and_processes(
    accounts: SqlAccounts, make_account: Make, url: str, start: Callable[..., Any], together: Together
) -> None:
    won: list[str] = []

    def register() -> None:
        for number in range(10):
            try:
                accounts.create(make_account(f"race{number}"), [])
                won.append(str(number))
            except AlreadyExists:
                pass

    others = [start(REGISTER, url) for _ in range(3)]
    together(32, register)
    for other in others:
        won += other.communicate(timeout=60)[0].split()
        assert other.returncode == 0
    assert sorted(won) == [str(number) for number in range(10)]


KILLED = """
import sys, uuid
from watchword.database.accounts import SqlAccounts
from watchword.database.urls import open_database
from watchword.kernel.models import Account, Credential
database = open_database(sys.argv[1])
accounts = SqlAccounts(database)
told = False
while True:
    name = str(uuid.uuid4())
    with database.transaction():
        accounts.create(Account(name, name, name, "", 1, 1.0), [Credential(name, "password", "x", 1.0)])
        accounts.raise_epoch(name, 5.0)
    told = told or not print("ready", flush=True)
"""


def test_a_killed_process_leaves_no_half_account(database: SqlDatabase, url: str, start: Callable[..., Any]) -> None:
    for delay in (0.02, 0.05, 0.11):
        process = start(KILLED, url)
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.kill()
        process.wait()
    with database.connection() as connection:
        made = connection.execute(select(tables.accounts.c.id, tables.accounts.c.epoch)).all()
        proved = set(connection.scalars(select(tables.credentials.c.account_id)))
    assert made
    assert {row.id for row in made} == proved
    assert {row.epoch for row in made} == {5_000_000}


def test_an_id_used_twice_is_a_mistake_not_a_taken_name(
    accounts: SqlAccounts, ada: Account, make_account: Make
) -> None:
    with pytest.raises(IntegrityError):
        accounts.create(replace(make_account("bob"), id=ada.id), [])
    assert accounts.by_name("bob") is None
