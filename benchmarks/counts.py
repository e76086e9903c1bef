"""What one request does, counted exactly: store commands, SQL statements, Set-Cookie headers, Vary."""

import sqlite3
from typing import Any, Final

from benchmarks.apps import App
from benchmarks.browser import Answer, ask
from benchmarks.scenarios import Scenario
from benchmarks.stage import Stage

REQUESTS = 10

Row = dict[str, float | None]

_connect: Final = sqlite3.connect


class Statements:
    """Counts the SQL statements of every SQLite connection that this process opens from now on."""

    def __init__(self) -> None:
        self.seen = 0
        sqlite3.connect = sqlite3.dbapi2.connect = self._traced

    def _traced(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = _connect(*arguments, **options)
        connection.set_trace_callback(self._count)
        return connection

    def _count(self, statement: str) -> None:
        del statement
        self.seen += 1


def count(app: App) -> dict[str, Row]:
    """Scenario name -> what a request of it comes to."""
    statements = Statements()
    with Stage(app, observed=True) as stage:
        return {scenario.name: _row(stage, scenario, statements) for scenario in stage.scenarios()}


def _row(stage: Stage, scenario: Scenario, statements: Statements) -> Row:
    environ = stage.environ(scenario)
    commands = stage.built.commands
    before = statements.seen, commands() if commands else 0
    answers = [ask(stage.wsgi, environ) for _ in range(REQUESTS)]
    cookies = [header for answer in answers for header in answer.all("set-cookie")]
    return {
        "store": (commands() - before[1]) / REQUESTS if commands else None,
        "sql": (statements.seen - before[0]) / REQUESTS,
        "cookies": len(cookies) / REQUESTS,
        "cookie_bytes": sum(map(len, cookies)) / REQUESTS,
        "vary": float(any(_varies(answer) for answer in answers)),
    }


def _varies(answer: Answer) -> bool:
    return any("cookie" in value.lower() for value in answer.all("vary"))
