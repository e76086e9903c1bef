"""The command line: `watchword ...`, and the same as `flask watchword ...`. The flows without HTTP."""

from pathlib import Path

import click

from watchword.cli.group import EVERYWHERE, Rooms
from watchword.cli.places import Place, locate


def _find(ctx: click.Context) -> Place:
    return locate(ctx.params.get("app"), ctx.params.get("instance") or Path("instance"))


@click.group(
    cls=Rooms,
    find=_find,
    rooms={**EVERYWHERE, "demo": "watchword.cli.demo:demo"},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--app",
    metavar="MODULE:NAME",
    envvar=["WATCHWORD_APP", "FLASK_APP"],
    show_envvar=True,
    is_eager=True,
    help="The Flask application to work on. Without one, the environment's configuration counts.",
)
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    is_eager=True,
    help="The folder of the SQLite files where no application names it.  [default: ./instance]",
)
@click.version_option(package_name="watchword", message="%(package)s %(version)s")
def main(**_: object) -> None:
    """Watchword signs people in and keeps them signed in.

    \b
    Exit codes: 0 done, 1 refused or misconfigured, 2 wrong usage or
    a store or database that does not answer.
    """
