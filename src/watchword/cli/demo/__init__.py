"""`watchword demo`: a small app with two people in it, on this machine alone."""

import logging
import socket
from pathlib import Path

import click
from werkzeug.serving import make_server

from watchword.cli.demo.app import make_app
from watchword.cli.demo.folder import empty, prepare
from watchword.cli.demo.people import PEOPLE, make_people
from watchword.cli.endings import Failed

ADDRESS = "127.0.0.1"


@click.command()
@click.option("--port", default=5000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--reset", is_flag=True, help="Forget everything first: accounts, sessions, keys.")
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".watchword-demo"),
    show_default=True,
    help="The folder to keep the demo's data in.",
)
def demo(port: int, reset: bool, instance: Path) -> None:
    """Run a small app to try things in: sign in, register, sign out."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("watchword").setLevel(logging.ERROR)
    folder = instance.absolute()
    if reset:
        empty(folder)
    prepare(folder)
    with _listen(port) as listening:
        app = make_app(folder)
        make_people(app)
        number = listening.getsockname()[1]
        _greet(number, folder)
        make_server(ADDRESS, number, app, threaded=True, fd=listening.fileno()).serve_forever()
    click.echo("\nStopped. What you did is kept for the next start; --reset forgets it.")


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as error:
        raise Failed(f"port {port} cannot be used ({error.strerror}); choose another: --port {port + 1}") from error


def _greet(port: int, folder: Path) -> None:
    click.secho(f"\nOpen http://localhost:{port}", bold=True)
    click.echo("\nWho can sign in:")
    for username, _, password in PEOPLE:
        click.echo(f"  {username:6} {password}")
    click.echo(f"\nData: {folder}\nCtrl-C stops it.\n")
