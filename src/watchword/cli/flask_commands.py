"""`flask watchword ...`: the same commands for the app that Flask's command line works on."""

import click
from flask.cli import ScriptInfo

from watchword.cli.group import EVERYWHERE, Rooms
from watchword.cli.loading import load
from watchword.cli.places import Place, of_app


def _find(ctx: click.Context) -> Place:
    return of_app(load(ctx.ensure_object(ScriptInfo)))


@click.group("watchword", cls=Rooms, find=_find, rooms=EVERYWHERE)
def group() -> None:
    """Accounts, database and configuration of this app's Watchword."""
