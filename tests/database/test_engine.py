"""Units of work, the file, failures and forks."""

import contextvars
import os
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from watchword.database.accounts import SqlAccounts
from watchword.database.engine import SqlDatabase
from watchword.database.subjects import SqlSubjects
from watchword.database.upgrade import upgrade
from watchword.database.urls import open_database
from watchword.kernel.errors import ConfigurationError, Outage
from watchword.kernel.models import Account

Make = Callable[..., Account]


class Boom(Exception):
    pass


def fail() -> None:
    raise Boom


def test_a_unit_commits_together(database: SqlDatabase, accounts: SqlAccounts, make_account: Make) -> None:
    with database.transaction():
        accounts.create(make_account("ada"), [])
        accounts.create(make_account("bob"), [])
    assert accounts.by_name("ada")
    assert accounts.by_name("bob")


def test_a_rollback_leaves_nothing(database: SqlDatabase, accounts: SqlAccounts, make_account: Make) -> None:
    def work() -> None:
        with database.transaction():
            accounts.create(make_account("ada"), [])
            with database.transaction():
                accounts.create(make_account("bob"), [])
            fail()

    with pytest.raises(Boom):
        work()
    assert accounts.by_name("ada") is None
    assert accounts.by_name("bob") is None


def test_an_inner_failure_that_is_caught_undoes_the_inner_part_alone(
    database: SqlDatabase, accounts: SqlAccounts, make_account: Make
) -> None:
    def inner() -> None:
        with database.transaction():
            accounts.create(make_account("bob"), [])
            fail()

    with database.transaction():
        accounts.create(make_account("ada"), [])
        with pytest.raises(Boom):
            inner()
    assert accounts.by_name("ada")
    assert accounts.by_name("bob") is None


def test_others_do_not_see_an_open_unit(database: SqlDatabase, accounts: SqlAccounts, make_account: Make) -> None:
    seen: list[object] = []
    with database.transaction():
        accounts.create(make_account("ada"), [])
        context = contextvars.copy_context()  # what a worker thread is given under asyncio
        thread = threading.Thread(target=context.run, args=[lambda: seen.append(accounts.by_name("ada"))])
        thread.start()
        thread.join()
    assert seen == [None]


def test_a_context_that_outlives_its_unit_opens_another(
    database: SqlDatabase, accounts: SqlAccounts, make_account: Make
) -> None:
    with database.transaction():
        context = contextvars.copy_context()
    context.run(accounts.create, make_account("ada"), [])
    assert accounts.by_name("ada")


def test_units_of_two_databases_do_not_mix(
    database: SqlDatabase, accounts: SqlAccounts, make_account: Make, tmp_path: Path
) -> None:
    other = open_database(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    upgrade(other)

    def work() -> None:
        with database.transaction(), other.transaction():
            accounts.create(make_account("ada"), [])
            SqlAccounts(other).create(make_account("ada"), [])
            fail()

    with pytest.raises(Boom):
        work()
    assert accounts.by_name("ada") is None
    assert SqlAccounts(other).by_name("ada") is None
    other.close()


def test_a_reader_then_writer_waits_for_another_writer(
    database: SqlDatabase, accounts: SqlAccounts, ada: Account
) -> None:
    """Begun late, the write of the second would fail with SQLITE_BUSY at once."""

    def raise_twice() -> None:
        for _ in range(20):
            with database.transaction():
                assert accounts.by_id(ada.id)
                accounts.raise_epoch(ada.id, 0.0)

    threads = [threading.Thread(target=raise_twice) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = accounts.by_id(ada.id)
    assert found is not None
    assert found.epoch == 1 + 80


def test_the_file_is_the_users_alone_and_durable(database: SqlDatabase) -> None:
    path = Path(database.url.database or "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with database.connection() as connection:
        asked = ["journal_mode", "synchronous", "foreign_keys", "busy_timeout"]
        assert [connection.scalar(text(f"PRAGMA {name}")) for name in asked] == ["wal", 2, 1, 5000]


def test_nothing_is_made_before_the_first_use(url: str, tmp_path: Path) -> None:
    open_database(url)
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = open_database("sqlite:///here.sqlite3")
    monkeypatch.chdir("/")
    upgrade(database)
    database.close()
    assert (tmp_path / "here.sqlite3").exists()


def test_close_twice_and_use_again(database: SqlDatabase, accounts: SqlAccounts, ada: Account) -> None:
    database.close()
    database.close()
    assert accounts.by_id(ada.id) == ada


# --- failures ---------------------------------------------------------------------------------------------


def test_a_missing_table_names_the_command(empty: SqlDatabase) -> None:
    with pytest.raises(Outage, match="watchword db upgrade"):
        SqlAccounts(empty).by_name("ada")
    with pytest.raises(Outage, match="watchword db upgrade"):
        SqlSubjects(empty).load("ada")


def test_a_lock_that_does_not_come_free(database: SqlDatabase, make_account: Make) -> None:
    other = SqlDatabase(database.url, timeout=0.2)
    with database.transaction():
        begun = time.monotonic()
        with pytest.raises(Outage, match="locked"):
            SqlAccounts(other).create(make_account(), [])
        assert time.monotonic() - begun < 2
    other.close()


def test_a_full_disk_is_an_outage_and_leaves_nothing(database: SqlDatabase, make_account: Make) -> None:
    small = SqlDatabase(database.url)
    event.listen(small.engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=1"))
    accounts = SqlAccounts(small)

    def fill() -> None:
        for number in range(200):
            accounts.create(make_account(f"n{number}", display_name="x" * 200), [])

    with pytest.raises(Outage, match="free some space"):
        fill()
    with database.connection() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    small.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that other users can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_a_read_only_file_is_an_outage(open_folder: Path, make_account: Make, in_fork: Callable[..., str]) -> None:
    database = open_database(f"sqlite:///{open_folder / 'a.sqlite3'}")
    upgrade(database)
    database.close()
    (open_folder / "a.sqlite3").chmod(0o444)
    open_folder.chmod(0o555)
    answer = in_fork(lambda: SqlAccounts(database).create(make_account(), []), as_nobody=True)
    assert "Outage" in answer
    assert "writable for the user" in answer


def test_a_folder_that_cannot_be_made_is_an_outage(open_folder: Path, in_fork: Callable[..., str]) -> None:
    open_folder.chmod(0o555)
    database = open_database(f"sqlite:///{open_folder / 'deeper' / 'a.sqlite3'}")
    answer = in_fork(lambda: upgrade(database), as_nobody=True)
    assert "Outage" in answer
    assert "make the folder" in answer


def test_another_kind_of_file_is_an_outage(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8" * 4000)
    with pytest.raises(Outage, match="name another file"):
        SqlAccounts(open_database(f"sqlite:///{path}")).by_name("ada")


def test_an_exhausted_pool_is_an_outage(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchword.database.engine._POOL", 1)
    monkeypatch.setattr("watchword.database.engine._OVERFLOW", 0)
    database = SqlDatabase(url, timeout=0.1)
    with database.engine.connect(), pytest.raises(Outage, match="connections are in use"):
        SqlAccounts(database).by_name("ada")
    database.close()


def test_misuse_is_no_outage(database: SqlDatabase) -> None:
    with database.connection() as connection, pytest.raises(IntegrityError):
        connection.execute(text("INSERT INTO watchword_audit (at) VALUES (1)"))


def test_errors_of_the_applications_own_database_pass_through(database: SqlDatabase) -> None:
    def work() -> None:
        with database.transaction():
            raise sqlite3.OperationalError("database is locked")

    with pytest.raises(sqlite3.OperationalError):
        work()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mongo://x", "unknown scheme mongo://"),
        ("postgresql://x", "unknown scheme postgresql://"),
        ("nonsense", "not a database address"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:x?mode=memory&uri=true", "names no file"),
    ],
)
def test_addresses_of_no_use(url: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match="WATCHWORD_DATABASE_URL") as caught:
        open_database(url)
    assert said in str(caught.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymysql", None)
    with pytest.raises(ConfigurationError, match="pip install 'PyMySQL'"):
        open_database("mysql+pymysql://u:secret@host/name")


def test_the_password_is_in_no_message() -> None:
    database = SqlDatabase("sqlite://user:secret@/path.sqlite3?password=secret")
    assert "secret" not in database.name


# --- forks ------------------------------------------------------------------------------------------------


def test_a_child_opens_its_own_connections(
    database: SqlDatabase, accounts: SqlAccounts, ada: Account, in_fork: Callable[..., str]
) -> None:
    subjects = SqlSubjects(database)
    assert subjects.load(ada.id)
    engine, kept = database.engine, database.kept()

    def work() -> object:
        own = database.engine is not engine and database.kept() is not kept
        return own and accounts.raise_epoch(ada.id, 0.0) == 2 and subjects.load(ada.id) is not None

    assert in_fork(work) == "True"
    assert database.engine is engine
    assert database.kept() is kept
    found = subjects.load(ada.id)
    assert found is not None
    assert found.epoch == 2


def test_a_fork_inside_a_unit_does_not_join_it(
    database: SqlDatabase, accounts: SqlAccounts, ada: Account, in_fork: Callable[..., str]
) -> None:
    with database.transaction():
        accounts.raise_epoch(ada.id, 0.0)
        assert in_fork(lambda: (database.joined(), accounts.by_id(ada.id))) == str((None, ada))
