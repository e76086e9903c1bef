"""Who an id stands for: the one read that every signed-in request makes, so it goes past the ORM and the pool."""

import json
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import bindparam, select

from watchword.database import tables
from watchword.database.engine import SqlDatabase
from watchword.database.failures import outage
from watchword.database.kept import KeptConnection, Row
from watchword.kernel.models import Subject

_column: Final = tables.accounts.c
_wanted: Final = select(_column.epoch, _column.active, _column.roles, _column.username, _column.display_name).where(
    _column.id == bindparam("id")
)


class SqlSubjects:
    """The `Subjects` port: one primary-key SELECT on a connection kept per thread.

    Inside an open transaction it reads through that one and sees what it changed. A server that hung up
    is asked once more on a new connection.
    """

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        compiled = _wanted.compile(dialect=database.url.get_dialect()())
        self._sql = str(compiled)
        self._by_position = bool(compiled.positional)

    def load(self, subject_id: str) -> Subject | None:
        row = self._row(subject_id)
        return _subject(subject_id, *row) if row else None

    def _row(self, subject_id: str) -> Row | None:
        joined = self._database.joined()
        if joined is not None:
            found = joined.execute(_wanted, {"id": subject_id}).first()
            return tuple(found) if found else None
        parameters: Any = (subject_id,) if self._by_position else {"id": subject_id}
        kept = self._database.kept()
        try:
            return kept.row(self._sql, parameters)
        except Exception as error:
            return self._again(kept, error, parameters)

    def _again(self, kept: KeptConnection, error: Exception, parameters: object) -> Row | None:
        """A broken connection is dropped; where the server had merely hung up, a new one may answer."""
        self._database.drop_kept()
        try:
            if not kept.stale(error):
                raise error
            return self._database.kept().row(self._sql, parameters)
        except Exception as failure:
            self._database.drop_kept()
            raise outage(self._database.name, failure) or failure from failure


@lru_cache(maxsize=1024)
def _subject(key: str, epoch: int, active: object, roles: str, username: str, display_name: str) -> Subject:
    """Immutable, so the same row may always be the same object: making one costs as much as reading it."""
    return Subject(key, epoch, bool(active), tuple(json.loads(roles)), username, display_name)
