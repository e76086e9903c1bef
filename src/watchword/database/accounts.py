"""Accounts in their table."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, UniqueConstraint, and_, bindparam, case, insert, select, update
from sqlalchemy.exc import IntegrityError

from watchword.database import tables
from watchword.database.credentials import credential_of, values_of
from watchword.database.engine import SqlDatabase
from watchword.database.failures import violates
from watchword.kernel.errors import AlreadyExists
from watchword.kernel.models import Account, Credential

_accounts: Final = tables.accounts
_credentials: Final = tables.credentials
_unique_name: Final = next(item for item in _accounts.constraints if isinstance(item, UniqueConstraint))

_joined: Final = (
    select(*_accounts.columns, *(column.label(f"credential_{column.name}") for column in _credentials.columns))
    .select_from(
        _accounts.outerjoin(
            _credentials,
            and_(_credentials.c.account_id == _accounts.c.id, _credentials.c.kind == bindparam("kind")),
        )
    )
    .where(_accounts.c.name == bindparam("name"))
    .order_by(_credentials.c.id)
    .limit(1)
)


class SqlAccounts:
    """The `Accounts` port."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    def create(self, account: Account, credentials: Sequence[Credential]) -> None:
        """All or nothing, inside an open transaction too. Raises `AlreadyExists("username")`."""
        with self._database.transaction(), self._database.connection() as connection:
            try:
                connection.execute(insert(_accounts), _values(account))
            except IntegrityError as error:
                if violates(error, _unique_name):
                    raise AlreadyExists("username") from error
                raise
            if credentials:
                connection.execute(insert(_credentials), [values_of(item) for item in credentials])

    def by_id(self, account_id: str) -> Account | None:
        return self._one(_accounts.c.id == account_id)

    def by_name(self, name: str) -> Account | None:
        return self._one(_accounts.c.name == name)

    def with_credential(self, name: str, kind: str) -> tuple[Account, Credential | None] | None:
        """One statement. Of several credentials of that kind it answers the oldest."""
        with self._database.connection() as connection:
            row = connection.execute(_joined, {"name": name, "kind": kind}).mappings().first()
        if row is None:
            return None
        found = row["credential_id"] is not None
        return _account(row), credential_of(row, "credential_") if found else None

    def raise_epoch(self, account_id: str, now: float) -> int:
        """One UPDATE, so that no two raises answer the same; 0 when there is no such account."""
        with self._database.transaction(), self._database.connection() as connection:
            row = _accounts.c.id == account_id
            connection.execute(update(_accounts).where(row).values(epoch=_raised(now)))
            return connection.execute(select(_accounts.c.epoch).where(row)).scalar() or 0

    def set_active(self, account_id: str, active: bool, now: float) -> bool:
        change = update(_accounts).where(_accounts.c.id == account_id)
        with self._database.transaction(), self._database.connection() as connection:
            done = connection.execute(change.values(active=active, epoch=_raised(now)))
            return done.rowcount == 1

    def _one(self, condition: ColumnElement[bool]) -> Account | None:
        with self._database.connection() as connection:
            row = connection.execute(select(_accounts).where(condition)).mappings().first()
        return None if row is None else _account(row)


def _raised(now: float) -> ColumnElement[int]:
    """max(epoch + 1, now in microseconds)."""
    following, instant = _accounts.c.epoch + 1, int(now * 1_000_000)
    return case((following > instant, following), else_=instant)


def _values(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "username": account.username,
        "display_name": account.display_name,
        "epoch": account.epoch,
        "active": account.active,
        "roles": json.dumps(account.roles),
        "created_at": account.created_at,
    }


def _account(row: Mapping[Any, Any]) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        username=row["username"],
        display_name=row["display_name"],
        epoch=row["epoch"],
        created_at=row["created_at"],
        active=row["active"],
        roles=tuple(json.loads(row["roles"])),
    )
