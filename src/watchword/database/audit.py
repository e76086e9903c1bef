"""The audit log: events as rows, written in the transaction of the change they report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, select

from watchword.database import tables
from watchword.database.engine import SqlDatabase
from watchword.database.printable import printable, printable_details
from watchword.kernel.events import Event

_audit: Final = tables.audit


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An event as it was written down, every text from outside made printable (B-165)."""

    id: int
    at: float
    event: str
    level: str
    account_id: str | None
    session_id: str | None
    address: str
    user_agent: str
    request_id: str
    method: str
    path: str
    details: dict[str, object]


class AuditLog:
    """A `Sink`. Rows are only ever added, and what cannot be written undoes the change it reports (B-166)."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    def write(self, events: Sequence[Event]) -> None:
        """One statement for all of them, in the open transaction if there is one. Raises `Outage`."""
        if not events:
            return
        with self._database.transaction(), self._database.connection() as connection:
            connection.execute(insert(_audit), [_values(event) for event in events])

    def recent(self, account_id: str | None = None, limit: int = 100) -> list[AuditRow]:
        """The newest rows, of one account or of all, newest first."""
        wanted = select(_audit).order_by(_audit.c.at.desc(), _audit.c.id.desc()).limit(limit)
        if account_id is not None:
            wanted = wanted.where(_audit.c.account_id == account_id)
        with self._database.connection() as connection:
            return [_row(row) for row in connection.execute(wanted).mappings()]


def _values(event: Event) -> dict[str, Any]:
    origin = event.origin
    return {
        "at": event.at,
        "event": event.name,
        "level": str(event.level),
        "account_id": _optional(event.account_id, tables.ACCOUNT_ID),
        "session_id": _optional(event.session_id, tables.SHORT),
        "address": printable(origin.client.address, tables.SHORT),
        "user_agent": printable(origin.client.user_agent, tables.USER_AGENT),
        "request_id": printable(origin.request_id, tables.SHORT),
        "method": printable(origin.method, 32),
        "path": printable(origin.path, tables.PATH),
        "details": json.dumps(printable_details(event.details())),
    }


def _optional(text: str | None, limit: int) -> str | None:
    return None if text is None else printable(text, limit)


def _row(row: Mapping[Any, Any]) -> AuditRow:
    return AuditRow(**{**row, "details": json.loads(row["details"])})
