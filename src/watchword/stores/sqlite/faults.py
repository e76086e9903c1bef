"""What to tell the operator when the file does not answer: which file, what is wrong, what to do."""

import errno
import os
import sqlite3
from typing import Final

from watchword.kernel.errors import Outage

_WRITABLE: Final = "make the file and its folder writable for the user this process runs as"
_RESTORE: Final = "restore it, or move it away to start with an empty one (which signs everyone out)"
_FREE: Final = "free some space"
_DISK: Final = "look into the system's log for the disk's errors"

_BY_SQLITE_CODE: Final = {
    sqlite3.SQLITE_PERM: ("may not be opened", _WRITABLE),
    sqlite3.SQLITE_FULL: ("does not fit on its disk: the disk is full", _FREE),
    sqlite3.SQLITE_CORRUPT: ("is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: ("is not an SQLite database, or is damaged", _RESTORE),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", f"{_FREE}, raise the file size limit, or {_DISK}"),
    sqlite3.SQLITE_NOMEM: ("could not be used for want of memory", "give the process more memory"),
}
_BY_ERRNO: Final = {
    errno.EACCES: ("cannot be made: its folder is read-only", _WRITABLE),
    errno.EPERM: ("cannot be made: its folder is read-only", _WRITABLE),
    errno.EROFS: ("cannot be made: its file system is read-only", "mount it writable, or name another folder"),
    errno.ENOSPC: ("cannot be made: the disk is full", _FREE),
    errno.EDQUOT: ("cannot be made: the disk quota is used up", _FREE),
    errno.ENOTDIR: ("cannot be made: part of its path is a file, not a folder", "name another path"),
    errno.EEXIST: ("cannot be made: part of its path is a file, not a folder", "name another path"),
    errno.EMFILE: ("cannot be opened: the process has too many files open", "raise its limit (ulimit -n)"),
    errno.ENFILE: ("cannot be opened: the machine has too many files open", "raise its limit (fs.file-max)"),
}


def outage(path: str, timeout: float, error: BaseException) -> Outage:
    """The fault as an `Outage` whose message names the file, the cause and the remedy."""
    what, remedy = _diagnosis(path, timeout, error)
    return Outage(f"the store's file {path} {what}: {remedy} ({error})")


def _diagnosis(path: str, timeout: float, error: BaseException) -> tuple[str, str]:
    if isinstance(error, MemoryError):
        return _BY_SQLITE_CODE[sqlite3.SQLITE_NOMEM]
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0, ("cannot be made", "see that its folder can be written to"))
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"was locked for more than {timeout:g} s", "find the process that holds a transaction open on it"
    if code == sqlite3.SQLITE_READONLY:
        return ("lies in a read-only folder" if _in_read_only_folder(path) else "is read-only"), _WRITABLE
    if code == sqlite3.SQLITE_CANTOPEN:
        return _cannot_open(path)
    return _BY_SQLITE_CODE.get(code, ("does not answer", "see the cause"))


def _cannot_open(path: str) -> tuple[str, str]:
    """SQLite has one code for all of these; the file system tells them apart."""
    if os.path.isdir(path):
        return "is a folder", "name a file inside it"
    if _in_read_only_folder(path):
        return "lies in a read-only folder", _WRITABLE
    return "cannot be opened", "see that this process may read and write it and has file handles left"


def _in_read_only_folder(path: str) -> bool:
    """WAL keeps two files beside the database, so even reading takes a writable folder."""
    effective = os.access in os.supports_effective_ids
    return not os.access(os.path.dirname(path), os.W_OK | os.X_OK, effective_ids=effective)
