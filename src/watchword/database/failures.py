"""What a database's error means: `Outage` with the remedy, a taken name, or a mistake of ours.

Nothing else in the house reads a driver's error. PEP 249 gives all drivers the same class names.
"""

from typing import Final

from sqlalchemy import Engine, UniqueConstraint, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import IntegrityError

from watchword.kernel.errors import Outage

_UPGRADE: Final = "run `watchword db upgrade`"

_SCHEMA: Final = (
    ("no such table", _UPGRADE),
    ("no such column", _UPGRADE),
    ("has no column named", _UPGRADE),
    ("42p01", _UPGRADE),
    ("42703", _UPGRADE),
    ("(1146,", _UPGRADE),
    ("(1054,", _UPGRADE),
    ("42501", "grant the application's database user SELECT, INSERT, UPDATE and DELETE on the watchword_ tables"),
)

_OTHER: Final = (
    ("locked", "look for a long transaction, a backup or another program that holds this database"),
    ("readonly", "make the file and its folder writable for the user that runs the application"),
    ("unable to open", "make the file and its folder readable and writable for the user that runs the application"),
    ("disk is full", "free some space on its disk"),
    ("no space left", "free some space on its disk"),
    ("disk i/o error", "look at the disk: it is full, over quota or failing"),
    ("malformed", "restore it from a backup; `sqlite3 FILE .recover` saves what can be saved"),
    ("not a database", "name another file: this one is something else"),
    ("25006", "point WATCHWORD_DATABASE_URL at the primary: this server only reads"),
    ("(1290,", "point WATCHWORD_DATABASE_URL at the primary: this server only reads"),
    ("", "check that the server runs, and that the address, user and password in WATCHWORD_DATABASE_URL are right"),
)

_OUR_MISTAKE: Final = frozenset({"IntegrityError", "DataError"})
_OURS_UNLESS_SCHEMA: Final = frozenset({"ProgrammingError", "NotSupportedError"})


def outage(name: str, error: BaseException) -> Outage | None:
    """The outage that a driver's `error` stands for; None when it reports a mistake in what was asked."""
    classes = {kind.__name__ for kind in type(error).__mro__}
    if "Error" not in classes or classes & _OUR_MISTAKE:
        return None
    known = _SCHEMA if classes & _OURS_UNLESS_SCHEMA else _SCHEMA + _OTHER
    text = f"{error} {getattr(error, 'sqlstate', '')}"
    remedy = next((remedy for sign, remedy in known if sign in text.lower()), None)
    return None if remedy is None else Outage(f"the database {name} failed ({_line(error)}): {remedy}")


def translate(engine: Engine, name: str) -> None:
    """Have every failure of this engine raised as `Outage` where it is one, at connecting and commit too."""

    def handle(context: ExceptionContext) -> BaseException | None:
        return None if _expected(context) else outage(name, context.original_exception)

    event.listen(engine, "handle_error", handle)


def _expected(context: ExceptionContext) -> bool:
    """Whether SQLAlchemy deals with it: a pool's connection found dead, a table looked for by asking for it."""
    running = context.execution_context
    return context.is_pre_ping or (
        running is not None and bool(running.execution_options.get("skip_user_error_events"))
    )


def violates(error: IntegrityError, unique: UniqueConstraint) -> bool:
    """Whether it was this constraint that spoke. SQLite names its columns, the servers its name."""
    text = str(error.orig)
    columns = ", ".join(str(column) for column in unique.columns)
    return str(unique.name) in text or text.endswith(f"UNIQUE constraint failed: {columns}")


def _line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
