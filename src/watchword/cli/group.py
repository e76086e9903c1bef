"""A group of commands: those that every app has, loaded when called for, and those of its features."""

import importlib
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import click

from watchword.cli.endings import Failed, Unreachable
from watchword.kernel.errors import ConfigurationError, Outage

EVERYWHERE: Final[Mapping[str, str]] = {
    "check": "watchword.cli.check:check",
    "db": "watchword.cli.db:db",
}
"""Where the commands lie that there are with and without Flask's command line."""

_PLACE: Final = "watchword.place"
_EXTRAS: Final = {"flask": "flask", "werkzeug": "flask", "sqlalchemy": "sql", "alembic": "sql"}


class Rooms(click.Group):
    """Loads a command when it is called, so that `--version` works whatever else is installed or configured.

    `find` says what to work on; it is asked once, by the first command that wants to know.
    """

    def __init__(self, *args: Any, find: Callable[[click.Context], Any], rooms: Mapping[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._find = find
        self._rooms = rooms

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self._rooms, *self._groups(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        ctx.meta.setdefault(_PLACE, _once(lambda: self._find(ctx)))
        if cmd_name in self._rooms:
            module, _, name = self._rooms[cmd_name].partition(":")
            command: click.Command = getattr(importlib.import_module(module), name)
            return command
        from watchword.cli.features import command_groups

        return command_groups(place_of(ctx)).get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        with plainly():
            return super().invoke(ctx)

    def _groups(self, ctx: click.Context) -> list[str]:
        """For the list alone: what cannot be loaded is said, and the rest is listed."""
        try:
            from watchword.cli.features import command_groups

            ctx.meta.setdefault(_PLACE, _once(lambda: self._find(ctx)))
            return list(command_groups(place_of(ctx)))
        except Exception as error:
            click.echo(f"The features' commands are not listed: {error}", err=True)
            return []


def place_of(ctx: click.Context) -> Any:
    """What the command works on, a `Place`. Raises what loading the app raises."""
    return ctx.meta[_PLACE]()


@contextmanager
def plainly() -> Generator[None]:
    """What can go wrong outside the program is said in a few words, never with a traceback."""
    try:
        yield
    except ConfigurationError as error:
        raise Failed(str(error)) from error
    except Outage as error:
        raise Unreachable(str(error)) from error
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        raise Failed(f"this needs {error.name}: pip install 'watchword[{extra}]'") from error


def _once(find: Callable[[], Any]) -> Callable[[], Any]:
    found: list[Any] = []

    def asked() -> Any:
        if not found:
            found.append(find())
        return found[0]

    return asked
