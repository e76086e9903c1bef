"""Bringing the tables to what this version needs. Alembic's revisions, run without its command line."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from watchword.database import migrations
from watchword.database.engine import SqlDatabase
from watchword.kernel.errors import ConfigurationError, Outage, Problem

VERSION_TABLE: Final = "watchword_alembic"
BASE: Final = "base"

_ADVISORY_LOCK: Final = 0x77617463_68776F72  # "watchwor"
_one_at_a_time = threading.Lock()  # Alembic's `op` is one per process

Steps = list[RevisionStep]


def upgrade(database: SqlDatabase) -> list[str]:
    """Apply the revisions that are missing and answer them, oldest first; nothing missing is fine.

    Any number of processes may do so at once: one applies them, the others wait and find nothing to do.
    On SQLite and PostgreSQL it is all or nothing. Raises `Outage`, and `ConfigurationError` when the
    tables were made by a newer version of this package.
    """
    scripts = _scripts()
    return _run(database, lambda at: scripts._upgrade_revs("heads", at))  # pyright: ignore[reportPrivateUsage, reportArgumentType]


def downgrade(database: SqlDatabase, to: str = BASE) -> list[str]:
    """Take revisions back, newest first, down to `to`; `base` drops every table with what is in it."""
    scripts = _scripts()
    return _run(database, lambda at: scripts._downgrade_revs(to, at))  # pyright: ignore[reportPrivateUsage]


def current(database: SqlDatabase) -> str | None:
    """The revision the tables are at; None before the first upgrade."""
    with database.connection() as connection:
        return _context(connection).get_current_revision()


def head() -> str:
    """The revision this version of the package needs."""
    newest = _scripts().get_current_head()
    assert newest is not None  # noqa: S101
    return newest


def is_current(database: SqlDatabase) -> bool:
    """Whether nothing needs to be applied."""
    return current(database) == head()


def _run(database: SqlDatabase, plan: Callable[[Any], Steps]) -> list[str]:
    applied: list[str] = []

    def steps(at: Any, _context: MigrationContext) -> Steps:
        planned = plan(at)
        applied.extend(step.revision.revision for step in planned)
        return planned

    with _one_at_a_time, database.transaction(), database.connection() as connection, _alone(connection):
        context = _context(connection, fn=steps)
        with Operations.context(context), _known():
            context.run_migrations()
    return applied


def _context(connection: Connection, **options: Any) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, **options})


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(Path(migrations.__path__[0]))


@contextmanager
def _known() -> Generator[None]:
    try:
        yield
    except CommandError as error:
        remedy = "install that version again, or restore the backup made before it"
        problem = Problem("WATCHWORD_DATABASE_URL", f"was upgraded by a newer version ({error})", remedy)
        raise ConfigurationError([problem]) from error


@contextmanager
def _alone(connection: Connection) -> Generator[None]:
    """Keep other upgrades out. On SQLite the transaction does, having taken the write lock at its beginning."""
    match connection.dialect.name:
        case "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield
        case "mysql" | "mariadb":
            with _named_lock(connection):
                yield
        case _:
            yield


@contextmanager
def _named_lock(connection: Connection) -> Generator[None]:
    """MariaDB commits at every CREATE TABLE, so the lock is the session's and must be let go by name."""
    if connection.scalar(text("SELECT GET_LOCK('watchword_upgrade', 4)")) != 1:
        raise Outage("another process has been upgrading the database for 4 s; try again when it is done")
    try:
        yield
    finally:
        connection.execute(text("SELECT RELEASE_LOCK('watchword_upgrade')"))
