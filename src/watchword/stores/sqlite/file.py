"""One SQLite file: a kept connection per thread, none ever carried across a fork."""

import os
import sqlite3
import sys
import threading
import weakref
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Final

from watchword.stores.sqlite.faults import outage
from watchword.stores.sqlite.schema import prepare

_LOOK_AGAIN: Final = 1.0
"""For how many seconds reads trust that the file is still the one at its path."""


class SqliteFile:
    """Hands each thread its own connection, opened at first use.

    `with file.reading() as cursor:` (or `writing()`) is one use. Whatever the driver raises inside becomes
    `Outage`; any exception closes the thread's connection, which rolls back what it had begun.
    """

    def __init__(self, path: str | os.PathLike[str], timeout: float) -> None:
        self.path = os.path.abspath(path)
        self.timeout = timeout
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._handles: weakref.WeakSet[_Handle] = weakref.WeakSet()  # a thread's end drops its handle
        _files.add(self)

    def reading(self) -> "_Handle":
        """This thread's connection; looks at most once a second whether the file is still in its place."""
        try:
            handle: _Handle = self._mine.handle
        except AttributeError:
            return self._new_handle()
        if handle.pid != os.getpid():
            return self._new_handle()
        if handle.look_again < monotonic():
            self._close_if_moved(handle)
        return handle

    def writing(self) -> "_Handle":
        """The same, having looked just now: a write must not go into a file that was removed."""
        handle = self.reading()
        self._close_if_moved(handle)
        return handle

    def close(self) -> None:
        """Close every thread's connection; each opens again when it is next used."""
        self.release(self.hold())

    def hold(self) -> "list[_Handle]":
        """Close every connection and keep all threads from opening one until `release`."""
        self._lock.acquire()
        handles = list(self._handles)
        for handle in handles:
            handle.lock.acquire()
            handle.close()
        return handles

    def release(self, handles: "list[_Handle]") -> None:
        """Undo `hold`."""
        for handle in handles:
            handle.lock.release()
        self._lock.release()

    def _new_handle(self) -> "_Handle":
        handle = _Handle(self.path, self.timeout)
        with self._lock:
            self._handles.add(handle)
        self._mine.handle = handle
        return handle

    def _close_if_moved(self, handle: "_Handle") -> None:
        """All connections at once: the old file's locks and journal must not meet the new one's."""
        if handle.identity is not None and handle.identity != _identity(self.path):
            self.close()
        handle.look_again = monotonic() + _LOOK_AGAIN


class _Handle:
    """One thread's connection. Its lock is free of contention but when another thread closes it."""

    def __init__(self, path: str, timeout: float) -> None:
        self.path = path
        self.timeout = timeout
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.identity: tuple[int, int] | None = None
        self.look_again = 0.0
        self._cursor: sqlite3.Cursor | None = None
        self._finalizer: weakref.finalize[..., _Handle] | None = None

    def __enter__(self) -> sqlite3.Cursor:
        self.lock.acquire()
        try:
            return self._cursor or self._open()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.lock.release()
            return
        self.close()
        self.lock.release()
        if isinstance(error, (sqlite3.Error, OSError, MemoryError)):
            raise outage(self.path, self.timeout, error) from error

    def close(self) -> None:
        """Close the connection, if there is one. The caller holds the lock."""
        if self._finalizer is not None:
            self._finalizer()
        self._cursor = self._finalizer = self.identity = None

    def _open(self) -> sqlite3.Cursor:
        _make(self.path)
        connection = sqlite3.connect(self.path, timeout=self.timeout, isolation_level=None, check_same_thread=False)
        cursor = connection.cursor()
        self._finalizer = weakref.finalize(self, _close, connection, cursor, os.getpid())
        prepare(cursor, self.path, self.timeout)
        self.identity = _identity(self.path)
        self._cursor = cursor
        return cursor


def _make(path: str) -> None:
    """Make the file for its owner alone, and its folder, where they are missing."""
    try:
        # Only ever a *new* file: closing a descriptor of an open database would drop SQLite's locks on it.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        _make(path)


def _identity(path: str) -> tuple[int, int] | None:
    """Which file lies at the path now."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _close(connection: sqlite3.Connection, cursor: sqlite3.Cursor, pid: int) -> None:
    if pid != os.getpid():  # inherited by a fork that ran no hooks: closing it would damage the parent's
        _inherited.append(connection)
        return
    with suppress(sqlite3.Error):
        cursor.close()  # or its statement keeps the file open for as long as a traceback holds the cursor
    with suppress(sqlite3.Error):
        connection.close()


_inherited: list[sqlite3.Connection] = []
_files: "weakref.WeakSet[SqliteFile]" = weakref.WeakSet()
_held: "list[tuple[SqliteFile, list[_Handle]]]" = []
_forking = threading.Lock()

# A connection that merely *exists* while the process forks spoils the child's own, new ones: SQLite believes the
# process still has the locks, so the parent's last close deletes the journal the child is writing to.


def _before_fork() -> None:
    _forking.acquire()
    for file in list(_files):
        _held.append((file, file.hold()))


def _after_fork() -> None:
    while _held:
        file, handles = _held.pop()
        file.release(handles)
    _forking.release()


if sys.platform != "win32":
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
