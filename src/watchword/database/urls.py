"""Opening a database by its address alone."""

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from watchword.database.engine import SqlDatabase
from watchword.kernel.errors import ConfigurationError, Problem

SETTING: Final = "WATCHWORD_DATABASE_URL"

_DRIVERS: Final = {
    "sqlite": "",
    "sqlite+pysqlite": "",
    "postgresql+psycopg": "psycopg[binary]",
    "mysql+pymysql": "PyMySQL",
}
_FORMS: Final = (
    "sqlite:///path/to/file, postgresql+psycopg://user:password@host/name "
    "or mysql+pymysql://user:password@host/name?charset=utf8mb4"
)


def open_database(url: str, *, timeout: float = 5.0) -> SqlDatabase:
    """The database at that address; nothing is connected yet. Raises `ConfigurationError` for an address of
    no kind there is, one that keeps nothing (SQLite in memory), or one whose driver is not installed."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _refused("is not a database address", f"write {_FORMS}") from error
    if parsed.drivername not in _DRIVERS:
        raise _refused(f"has the unknown scheme {parsed.drivername}://", f"write {_FORMS}")
    _check_driver(parsed)
    if parsed.get_backend_name() == "sqlite":
        _check_file(parsed.database or "")
    return SqlDatabase(parsed, timeout=timeout)


def _check_driver(url: URL) -> None:
    try:
        url.get_dialect().import_dbapi()
    except ImportError as error:
        package = _DRIVERS[url.drivername]
        what = f"needs the driver {package}, which is not installed"
        raise _refused(what, f"pip install '{package}'") from error


def _check_file(path: str) -> None:
    if path in {"", ":memory:"} or path.startswith("file:"):
        raise _refused("names no file that keeps anything", "name one: sqlite:///path/to/watchword.sqlite3")


def _refused(what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([Problem(SETTING, what, remedy)])
