"""`watchword db ...`: the tables of this version."""

from pathlib import Path

import click

from watchword.cli.group import place_of
from watchword.database.engine import SqlDatabase
from watchword.database.upgrade import current, head
from watchword.database.upgrade import upgrade as apply


def missing_file(database: SqlDatabase) -> Path | None:
    """The SQLite file that is not there yet; looking must not make it, perhaps for the wrong user."""
    path = Path(database.url.database or "")
    return path if database.url.get_backend_name() == "sqlite" and not path.exists() else None


@click.group()
def db() -> None:
    """Work on the database's tables."""


@db.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the tables to this version's revision. Safe to repeat, and on several machines at once."""
    with place_of(ctx).open_database() as database:
        click.echo(f"Database: {database.name}")
        for revision in (applied := apply(database)):
            click.echo(f"  applied {revision}")
        click.echo(f"Up to date: revision {head()}." if applied else f"Nothing to do: revision {head()} already.")


@db.command("current")
@click.pass_context
def show_current(ctx: click.Context) -> None:
    """Show the revision the tables are at."""
    with place_of(ctx).open_database() as database:
        click.echo(f"Database: {database.name}")
        found, needed = None if missing_file(database) else current(database), head()
        if found == needed:
            click.echo(f"Revision {found}, which is this version's.")
        else:
            click.echo(f"Revision {found or 'none'}; this version needs {needed}. Run: watchword db upgrade")
