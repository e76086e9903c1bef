"""The tables, as SQLAlchemy Core. `migrations/` makes them; a test holds the two together.

Lengths are bounded so that MariaDB can index them (3072 bytes a key, four a character), and text is
compared byte by byte everywhere: canonical names are already equal where they should be.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

ACCOUNT_ID: Final = 255
"""The session index and the audit also serve accounts that are not ours, whose ids may be longer than a UUID."""

USER_AGENT: Final = 512
PATH: Final = 512
SHORT: Final = 128

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_BINARY: Final[dict[str, Any]] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "sqlite_autoincrement": True,
}

_serial = BigInteger().with_variant(Integer, "sqlite")

accounts: Final = Table(
    "watchword_accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("username", String(64), nullable=False),
    Column("display_name", String(255), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("roles", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("name"),
    **{key: value for key, value in _BINARY.items() if key.startswith("mysql")},
)

credentials: Final = Table(
    "watchword_credentials",
    metadata,
    Column("id", _serial, primary_key=True, autoincrement=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id, ondelete="CASCADE"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("external_id", String(512), nullable=False),
    Column("data", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("account_id", "kind", "external_id"),
    **_BINARY,
)

sessions: Final = Table(
    "watchword_sessions",
    metadata,
    Column("public_id", String(SHORT), primary_key=True),
    Column("account_id", String(ACCOUNT_ID), primary_key=True),
    Column("opened_at", Double, nullable=False),
    Column("absolute_end", Double, nullable=False),
    Column("address", String(SHORT), nullable=False),
    Column("user_agent", String(USER_AGENT), nullable=False),
    Column("accept_language", String(SHORT), nullable=False),
    Column("ended_at", Double),
    Column("end_reason", String(32)),
    Index(None, "account_id", "opened_at"),
    **{key: value for key, value in _BINARY.items() if key.startswith("mysql")},
)

audit: Final = Table(
    "watchword_audit",
    metadata,
    Column("id", _serial, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("event", String(SHORT), nullable=False),
    Column("level", String(16), nullable=False),
    Column("account_id", String(ACCOUNT_ID)),
    Column("session_id", String(SHORT)),
    Column("address", String(SHORT), nullable=False),
    Column("user_agent", String(USER_AGENT), nullable=False),
    Column("request_id", String(SHORT), nullable=False),
    Column("method", String(32), nullable=False),
    Column("path", String(PATH), nullable=False),
    Column("details", Text, nullable=False),
    Index(None, "at"),
    Index(None, "account_id", "at"),
    **_BINARY,
)
"""Append only: nothing here updates or deletes. No foreign key, so that it outlives the account."""
