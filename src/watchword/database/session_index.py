"""The session index: which sessions were opened for an account, from where, and how they ended."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from watchword.database import tables
from watchword.database.engine import SqlDatabase
from watchword.database.printable import printable
from watchword.kernel.models import Client, SessionEntry
from watchword.kernel.reasons import EndReason

_sessions: Final = tables.sessions


class SqlSessionIndex:
    """The `SessionIndex` port."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    def opened(self, entry: SessionEntry) -> None:
        """Twice updates the absolute end and nothing else; an end that was noted stays."""
        with self._database.transaction():
            if not self._prolonged(entry):
                try:
                    self._insert(entry)
                except IntegrityError:  # another process was faster
                    self._prolonged(entry)

    def ended(self, public_id: str, reason: EndReason, at: float) -> None:
        living = and_(_sessions.c.public_id == public_id, _sessions.c.ended_at.is_(None))
        change = update(_sessions).where(living).values(ended_at=at, end_reason=str(reason))
        with self._database.transaction(), self._database.connection() as connection:
            connection.execute(change)

    def of(self, account_id: str) -> list[SessionEntry]:
        column = _sessions.c
        wanted = select(_sessions).where(column.account_id == account_id)
        newest_first = wanted.order_by(column.opened_at.desc(), column.public_id)
        with self._database.connection() as connection:
            return [_entry(row) for row in connection.execute(newest_first).mappings()]

    def _prolonged(self, entry: SessionEntry) -> bool:
        same = and_(_sessions.c.public_id == entry.public_id, _sessions.c.account_id == entry.account_id)
        change = update(_sessions).where(same).values(absolute_end=entry.absolute_end)
        with self._database.connection() as connection:
            return connection.execute(change).rowcount == 1

    def _insert(self, entry: SessionEntry) -> None:
        with self._database.transaction(), self._database.connection() as connection:
            connection.execute(insert(_sessions), _values(entry))


def _values(entry: SessionEntry) -> dict[str, Any]:
    client = entry.client
    return {
        "public_id": entry.public_id,
        "account_id": entry.account_id,
        "opened_at": entry.opened_at,
        "absolute_end": entry.absolute_end,
        "address": printable(client.address, tables.SHORT),
        "user_agent": printable(client.user_agent, tables.USER_AGENT),
        "accept_language": printable(client.accept_language, tables.SHORT),
        "ended_at": entry.ended_at,
        "end_reason": entry.end_reason,
    }


def _entry(row: Mapping[Any, Any]) -> SessionEntry:
    return SessionEntry(
        public_id=row["public_id"],
        account_id=row["account_id"],
        opened_at=row["opened_at"],
        absolute_end=row["absolute_end"],
        client=Client(row["address"], row["user_agent"], row["accept_language"]),
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
    )
