"""How a command ends when it cannot do what it was asked."""

import click


class Failed(click.ClickException):
    """Ends the command with these words and exit code 1."""


class Unreachable(click.ClickException):
    """A store or database does not answer: exit code 2."""

    exit_code = 2
