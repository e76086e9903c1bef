"""Who is there from the start."""

from typing import Final

from flask import Flask

from watchword.cli.endings import Failed
from watchword.flask import Watchword
from watchword.kernel.outcomes import Done

PEOPLE: Final = (
    ("ada", "Ada Lovelace", "weaving patterns like a loom"),
    ("grace", "Grace Hopper", "eleven inches of copper wire"),
)
"""Username, display name and password: for trying things on one's own machine."""


def make_people(app: Flask) -> None:
    """Make those who are missing, as `watchword users create` does."""
    extension: Watchword = app.extensions["watchword"]
    auth = extension.auth
    create = next(command for command in auth.commands() if (command.group, command.name) == ("users", "create"))
    for username, display_name, password in PEOPLE:
        if auth.accounts.by_name(username) is None:
            outcome = create.run({"username": username, "display_name": display_name, "password": password})
            if not isinstance(outcome, Done):
                raise Failed(f"{username} could not be made: {outcome}")
