"""The database: units of work over SQLAlchemy Core, one address, handles that never cross a fork."""

import os
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout

from watchword.database import sqlite
from watchword.database.failures import translate
from watchword.database.kept import KeptConnection
from watchword.kernel.errors import Outage

_POOL: Final = 8
_OVERFLOW: Final = 24


@dataclass(frozen=True, slots=True)
class _Unit:
    connection: Connection
    engine: Engine
    thread: int


_open: ContextVar[tuple[_Unit, ...]] = ContextVar("watchword_transactions", default=())


class SqlDatabase:
    """A `Database` on SQLite, PostgreSQL or MariaDB. Nothing is opened before the first use.

    Safe for many threads; after a fork the child opens its own connections and leaves the parent's alone.
    Whatever the database cannot do right now is raised as `Outage`, at most about `timeout` seconds late.
    """

    _engine: Engine | None
    _opening: threading.Lock
    _local: threading.local
    _all_kept: weakref.WeakSet[KeptConnection]

    def __init__(self, url: str | URL, *, timeout: float = 5.0) -> None:
        self.url: Final = _absolute(make_url(url))
        self.name: Final = self.url.set(query={}).render_as_string(hide_password=True)
        self.timeout: Final = timeout
        self._start()
        _databases.add(self)

    @property
    def engine(self) -> Engine:
        """This process's engine, made at the first use."""
        return self._engine or self._opened()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Everything done through `connection()` inside, on this thread and in this context, commits or rolls
        back together.

        Inside an open one it is a savepoint: an exception that leaves it undoes what was done inside, and
        whoever catches it further out may go on. On SQLite writers queue up for at most `timeout` seconds.
        """
        joined = self.joined()
        if joined is not None:
            with joined.begin_nested():
                yield
            return
        with self._connect() as connection, connection.begin():
            token = _open.set((_Unit(connection, self.engine, threading.get_ident()), *_open.get()))
            try:
                yield
            finally:
                _open.reset(token)

    @contextmanager
    def connection(self) -> Generator[Connection]:
        """The open transaction's connection, else one whose every statement commits by itself."""
        joined = self.joined()
        if joined is not None:
            yield joined
            return
        with self._connect() as connection:
            yield connection.execution_options(**self._short)

    def joined(self) -> Connection | None:
        """The connection of the transaction open on this thread and in this context; None when there is none."""
        for unit in _open.get():
            if unit.engine is self._engine and unit.thread == threading.get_ident():
                return None if unit.connection.closed else unit.connection
        return None

    def kept(self) -> KeptConnection:
        """This thread's own connection for single reads, outside any transaction."""
        kept: KeptConnection | None = getattr(self._local, "kept", None)
        if kept is None:
            kept = self._local.kept = KeptConnection(self.engine, self.name)
            self._all_kept.add(kept)
        return kept

    def drop_kept(self) -> None:
        """Close this thread's own connection; the next `kept` opens another."""
        kept: KeptConnection | None = self._local.__dict__.pop("kept", None)
        if kept is not None:
            kept.close()

    def close(self) -> None:
        """Close every connection of this process that nobody is using. A later use opens new ones."""
        for kept in list(self._all_kept):
            kept.close()
        if self._engine is not None:
            self._engine.dispose()
        self._start()

    def after_fork(self) -> None:
        """In a child: forget the parent's handles without closing them, which would end them for the parent."""
        _parents.append((self._engine, self._local, list(self._all_kept)))
        self._start()

    def _start(self) -> None:
        self._engine = None
        self._opening = threading.Lock()
        self._local = threading.local()
        self._all_kept = weakref.WeakSet()

    def _opened(self) -> Engine:
        with self._opening:
            self._engine = self._engine or self._make_engine()
            return self._engine

    def _connect(self) -> Connection:
        try:
            return self.engine.connect()
        except PoolTimeout as error:
            remedy = "all its connections are in use; serve fewer requests at once per process"
            raise Outage(f"the database {self.name} did not answer within {self.timeout:g} s: {remedy}") from error

    @property
    def _short(self) -> dict[str, Any]:
        return {sqlite.SHORT: True} if self._is_sqlite else {"isolation_level": "AUTOCOMMIT"}

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def _make_engine(self) -> Engine:
        engine = create_engine(
            self.url,
            hide_parameters=True,  # an error's text must not carry hashes and names into the logs
            pool_size=_POOL,
            max_overflow=_OVERFLOW,
            pool_timeout=self.timeout,
            pool_pre_ping=not self._is_sqlite,
            connect_args=_connect_arguments(self.url.get_backend_name(), self.timeout),
        )
        translate(engine, self.name)
        if self._is_sqlite:
            sqlite.prepare(engine, self.url.database or "", self.timeout)
        return engine


def _absolute(url: URL) -> URL:
    """A SQLite file by its full path, so that a later change of folder does not change the database."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return url
    return url.set(database=str(Path(url.database).absolute()))


def _connect_arguments(backend: str, timeout: float) -> dict[str, Any]:
    match backend:
        case "sqlite":
            return {"timeout": timeout}
        case "postgresql":
            return {"connect_timeout": max(2, ceil(timeout)), "tcp_user_timeout": int(timeout * 1000)}
        case _:
            seconds = max(1, ceil(timeout))
            return {"connect_timeout": seconds, "read_timeout": seconds, "write_timeout": seconds}


_databases: Final[weakref.WeakSet[SqlDatabase]] = weakref.WeakSet()
_parents: Final[list[object]] = []


def _after_fork() -> None:
    for database in list(_databases):
        database.after_fork()


os.register_at_fork(after_in_child=_after_fork)
