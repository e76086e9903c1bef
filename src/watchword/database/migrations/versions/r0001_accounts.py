"""Accounts, credentials, the session index and the audit log."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    _accounts()
    _credentials()
    _sessions()
    _audit()


def downgrade() -> None:
    for table in ("audit", "sessions", "credentials", "accounts"):
        op.drop_table(f"watchword_{table}")


def _accounts() -> None:
    op.create_table(
        "watchword_accounts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("display_name", sa.String(255), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watchword_accounts"),
        sa.UniqueConstraint("name", name="uq_watchword_accounts_name"),
        **_MYSQL,
    )


def _credentials() -> None:
    op.create_table(
        "watchword_credentials",
        _serial(),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(512), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watchword_credentials"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["watchword_accounts.id"],
            name="fk_watchword_credentials_account_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "account_id", "kind", "external_id", name="uq_watchword_credentials_account_id_kind_external_id"
        ),
        sqlite_autoincrement=True,
        **_MYSQL,
    )


def _sessions() -> None:
    op.create_table(
        "watchword_sessions",
        sa.Column("public_id", sa.String(128), nullable=False),
        sa.Column("account_id", sa.String(255), nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("absolute_end", sa.Double, nullable=False),
        sa.Column("address", sa.String(128), nullable=False),
        sa.Column("user_agent", sa.String(512), nullable=False),
        sa.Column("accept_language", sa.String(128), nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("end_reason", sa.String(32)),
        sa.PrimaryKeyConstraint("public_id", "account_id", name="pk_watchword_sessions"),
        **_MYSQL,
    )
    op.create_index("ix_watchword_sessions_account_id_opened_at", "watchword_sessions", ["account_id", "opened_at"])


def _audit() -> None:
    op.create_table(
        "watchword_audit",
        _serial(),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("event", sa.String(128), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(255)),
        sa.Column("session_id", sa.String(128)),
        sa.Column("address", sa.String(128), nullable=False),
        sa.Column("user_agent", sa.String(512), nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("path", sa.String(512), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watchword_audit"),
        sqlite_autoincrement=True,
        **_MYSQL,
    )
    op.create_index("ix_watchword_audit_at", "watchword_audit", ["at"])
    op.create_index("ix_watchword_audit_account_id_at", "watchword_audit", ["account_id", "at"])


def _serial() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("id", kind, autoincrement=True, nullable=False)
