"""The features' commands as click's: options, prompts, and an outcome as words and an exit code."""

import sys
from collections.abc import Iterable, Mapping

import click

from watchword.cli.endings import Failed
from watchword.cli.places import Place
from watchword.kernel.http import Command, Option
from watchword.kernel.outcomes import Done, Outcome, Pending, Refused, SignedIn


def command_groups(place: Place) -> dict[str, click.Group]:
    """A group for each first word; features that share one share the group."""
    groups: dict[str, click.Group] = {}
    for feature in place.features:
        for command in feature.commands():
            group = groups.setdefault(command.group, click.Group(command.group, help=f"Work on {command.group}."))
            group.add_command(as_click(command, place))
    return groups


def as_click(command: Command, place: Place) -> click.Command:
    """The command. What is hidden is asked for twice, or read from standard input; never an argument, which
    other people on the machine could see."""

    def run(**given: str | bool | None) -> None:
        with place.open_house():
            values = {option.name: _value(option, given, command.options) for option in command.options}
            tell(command.run(values), command.options)

    parameters = [_parameter(option) for option in command.options]
    return click.Command(command.name, callback=run, params=parameters, help=command.help)


def tell(outcome: Outcome, options: Iterable[Option] = ()) -> None:
    """Say it; a refusal ends the command with exit code 1."""
    match outcome:
        case Refused(field=field):
            named = next((_flag(option) for option in options if option.name == field), None)
            raise Failed(f"{named}: {outcome.message}" if named else outcome.message)
        case Pending(step):
            raise Failed(f"{step} must be done first.")
        case SignedIn(subject):
            click.echo(f"Signed in as {subject.username}.")
        case Done(data=data):
            click.echo("Done.")
            for name, value in data.items():
                click.echo(f"  {name}: {value}")


def _parameter(option: Option) -> click.Parameter:
    if option.hidden:
        text = f"Read {option.name.replace('_', ' ')} from the first line of standard input instead of asking."
        return click.Option([f"{_flag(option)}-stdin", option.name], is_flag=True, help=text)
    names, help_text = [_flag(option), option.name], _help(option)
    if option.default is None:
        return click.Option(names, required=not option.prompt, help=help_text)
    return click.Option(names, default=option.default, help=help_text)


def _value(option: Option, given: Mapping[str, str | bool | None], options: Iterable[Option]) -> str:
    value = given[option.name]
    if option.hidden:
        return _read_line() if value else _ask(option)
    if isinstance(value, str):
        return value
    if any(given[other.name] for other in options if other.hidden):
        raise click.UsageError(f"Give {_flag(option)}: standard input is taken.")
    return _ask(option)


def _ask(option: Option) -> str:
    answer: str = click.prompt(
        option.prompt or _flag(option), hide_input=option.hidden, confirmation_prompt=option.hidden
    )
    return answer


def _read_line() -> str:
    value = sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise click.UsageError("Standard input is empty.")
    return value


def _flag(option: Option) -> str:
    return f"--{option.name.replace('_', '-')}"


def _help(option: Option) -> str:
    text = option.help[:1].upper() + option.help[1:]
    return f"{text}; asked for when left out." if option.prompt else f"{text}."
