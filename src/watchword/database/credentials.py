"""Credentials of every kind in one table."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import UniqueConstraint, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from watchword.database import tables
from watchword.database.engine import SqlDatabase
from watchword.database.failures import violates
from watchword.kernel.errors import AlreadyExists
from watchword.kernel.models import Credential

_credentials: Final = tables.credentials
_unique: Final = next(item for item in _credentials.constraints if isinstance(item, UniqueConstraint))


class SqlCredentials:
    """The `Credentials` port."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    def of(self, account_id: str, kind: str) -> list[Credential]:
        """Oldest first; empty when there is none, or no such account."""
        column = _credentials.c
        wanted = select(_credentials).where(column.account_id == account_id, column.kind == kind)
        with self._database.connection() as connection:
            rows = connection.execute(wanted.order_by(column.id)).mappings().all()
        return [credential_of(row) for row in rows]

    def add(self, credential: Credential) -> None:
        """Raises `AlreadyExists("external_id")`, and SQLAlchemy's `IntegrityError` without such an account."""
        with self._database.transaction(), self._database.connection() as connection:
            try:
                connection.execute(insert(_credentials), values_of(credential))
            except IntegrityError as error:
                if violates(error, _unique):
                    raise AlreadyExists("external_id") from error
                raise

    def replace(self, credential: Credential, data: str) -> bool:
        """Of any number that read the same version, exactly one is told True."""
        column = _credentials.c
        same = and_(
            column.account_id == credential.account_id,
            column.kind == credential.kind,
            column.external_id == credential.external_id,
            column.version == credential.version,
        )
        change = update(_credentials).where(same).values(data=data, version=credential.version + 1)
        with self._database.transaction(), self._database.connection() as connection:
            return connection.execute(change).rowcount == 1


def values_of(credential: Credential) -> dict[str, Any]:
    """The columns of a credential."""
    return {
        "account_id": credential.account_id,
        "kind": credential.kind,
        "external_id": credential.external_id,
        "data": credential.data,
        "version": credential.version,
        "created_at": credential.created_at,
    }


def credential_of(row: Mapping[Any, Any], prefix: str = "") -> Credential:
    """The credential in a row whose columns are named with that prefix."""
    return Credential(
        account_id=row[f"{prefix}account_id"],
        kind=row[f"{prefix}kind"],
        data=row[f"{prefix}data"],
        created_at=row[f"{prefix}created_at"],
        external_id=row[f"{prefix}external_id"],
        version=row[f"{prefix}version"],
    )
