"""Migrations: the tables they make are the tables the code speaks of."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from watchword.database.accounts import SqlAccounts
from watchword.database.engine import SqlDatabase
from watchword.database.tables import metadata
from watchword.database.upgrade import VERSION_TABLE, current, downgrade, head, is_current, upgrade
from watchword.kernel.errors import ConfigurationError
from watchword.kernel.models import Account


def _tables(database: SqlDatabase) -> set[str]:
    with database.connection() as connection:
        return set(inspect(connection).get_table_names())


def test_upgrading_once_and_twice(empty: SqlDatabase) -> None:
    assert current(empty) is None
    assert not is_current(empty)
    assert upgrade(empty)[-1] == head()
    assert upgrade(empty) == []
    assert current(empty) == head()
    assert is_current(empty)


def test_the_migrated_schema_is_that_of_the_tables(database: SqlDatabase) -> None:
    with database.connection() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    assert _tables(database) == {*metadata.tables, VERSION_TABLE}


def test_every_name_fits_every_database(database: SqlDatabase) -> None:
    with database.connection() as connection:
        names = connection.scalars(text("SELECT name FROM sqlite_master")).all()
    assert all(len(name) <= 63 for name in names)


def test_down_to_nothing_and_up_again(
    database: SqlDatabase, ada: Account, make_account: Callable[..., Account]
) -> None:
    assert downgrade(database) == [head()]
    assert _tables(database) == {VERSION_TABLE}
    assert current(database) is None
    assert upgrade(database)
    SqlAccounts(database).create(make_account(ada.name), [])


def test_a_failing_upgrade_leaves_nothing(empty: SqlDatabase) -> None:
    with empty.transaction(), empty.connection() as connection:
        connection.execute(text("CREATE TABLE watchword_audit (x)"))
    with pytest.raises(Exception, match="already exists"):
        upgrade(empty)
    assert _tables(empty) == {"watchword_audit"}
    assert current(empty) is None


def test_tables_of_a_newer_version_are_left_alone(database: SqlDatabase) -> None:
    with database.transaction(), database.connection() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    assert not is_current(database)
    with pytest.raises(ConfigurationError, match="newer version"):
        upgrade(database)


UPGRADE = """
import sys
from watchword.database.upgrade import upgrade
from watchword.database.urls import open_database
database = open_database(sys.argv[1])
print(*upgrade(database))
database.close()
"""


def test_many_upgrade_at_once_and_one_does(empty: SqlDatabase, url: str, start: Callable[..., Any]) -> None:
    applied: list[list[str]] = []
    others = [start(UPGRADE, url) for _ in range(3)]
    threads = [threading.Thread(target=lambda: applied.append(upgrade(empty))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        applied.append(other.communicate(timeout=60)[0].split())
        assert other.returncode == 0
    assert sorted(applied)[-1] == [head()]
    assert sum(map(len, applied)) == 1
