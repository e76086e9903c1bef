"""`watchword check`: what is wrong with a configuration, and what is weak, each with its remedy."""

import json
from collections.abc import Sequence

import click

from watchword.cli.findings import Findings, examine
from watchword.cli.group import place_of
from watchword.kernel.errors import ConfigurationError, Problem


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer one JSON object.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Look for problems and weak spots. Changes nothing; exit code 1 when there are problems."""
    try:
        found = examine(place_of(ctx))
    except ConfigurationError as error:
        found = Findings("unknown", error.problems, ())
    _tell_machine(found) if as_json else _tell_person(found)
    ctx.exit(1 if found.problems else 0)


def _tell_machine(found: Findings) -> None:
    answer = {
        "ok": not found.problems,
        "profile": found.profile,
        "problems": _plain(found.problems),
        "warnings": _plain(found.warnings),
    }
    click.echo(json.dumps(answer, indent=2))


def _tell_person(found: Findings) -> None:
    click.echo(f"Profile: {found.profile}")
    for kind, colour, problems in (("Problem", "red", found.problems), ("Warning", "yellow", found.warnings)):
        for problem in problems:
            click.echo(f"\n{click.style(kind, fg=colour, bold=True)}  {problem.setting} {problem.what}")
            click.echo(f"         {problem.remedy}")
    click.echo(f"\n{_count(found.problems, 'problem')}, {_count(found.warnings, 'warning')}.")


def _count(found: Sequence[Problem], noun: str) -> str:
    return f"{len(found) or 'no'} {noun}{'' if len(found) == 1 else 's'}"


def _plain(found: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"setting": item.setting, "what": item.what, "remedy": item.remedy} for item in found]
