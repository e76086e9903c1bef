"""`watchword users create`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from tests.cli.conftest import PASSWORD
from watchword.auth import Auth, Feature
from watchword.cli.endings import Failed
from watchword.cli.features import tell
from watchword.flask import Watchword
from watchword.kernel.http import Command, Option
from watchword.kernel.models import Subject
from watchword.kernel.outcomes import Done, Pending, SignedIn

CREATE = ("users", "create", "--username", "ada", "--password-stdin")


def test_prompts_for_what_was_not_given_and_hides_the_password(run, development):
    result = run("users", "create", stdin=f"ada\n{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert "username: ada" in result.output
    assert PASSWORD not in result.output


def test_two_different_passwords_are_asked_for_again(run, development):
    answers = f"{PASSWORD}\nsomething else here\n{PASSWORD}\n{PASSWORD}\n"
    result = run("users", "create", "--username", "ada", stdin=answers)
    assert result.exit_code == 0
    assert "do not match" in result.output


def test_reads_the_password_from_standard_input(run, development):
    assert run(*CREATE, stdin=f"{PASSWORD}\r\n").exit_code == 0


def test_a_taken_name_is_refused_with_its_option(run, development):
    run(*CREATE, stdin=PASSWORD)
    result = run("users", "create", "--username", "ADA", "--password-stdin", stdin=PASSWORD)
    assert result.exit_code == 1
    assert "--username: This name is taken" in result.output


def test_a_weak_password_is_refused_with_the_remedy(run, development):
    result = run(*CREATE, stdin="short")
    assert result.exit_code == 1
    assert "at least 15 characters" in result.output


def test_standard_input_serves_one_purpose(run, development):
    assert "Give --username" in run("users", "create", "--password-stdin", stdin=PASSWORD).output
    empty = run(*CREATE, stdin="")
    assert empty.exit_code == 2
    assert "empty" in empty.output


def test_passwords_are_no_arguments(run, development):
    assert run("users", "create", "--username", "ada", "--password", PASSWORD).exit_code == 2


def test_in_production_the_database_must_be_there(run, production):
    refused = run(*CREATE, stdin=PASSWORD)
    assert refused.exit_code == 1
    assert "watchword db upgrade" in refused.output
    assert run("db", "upgrade").exit_code == 0
    assert run(*CREATE, stdin=PASSWORD).exit_code == 0


def test_a_database_that_does_not_answer_is_exit_code_2(run, development, tmp_path):
    run(*CREATE, stdin=PASSWORD)
    (tmp_path / "instance" / "watchword.sqlite3").write_bytes(b"this is no database, it is a page of a diary" * 30)
    result = run("db", "upgrade")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_of_two_at_once_one_gets_the_name(development, run, tmp_path):
    run("db", "upgrade")
    command = [str(Path(sys.executable).with_name("watchword")), *CREATE]
    both = [_start(command, tmp_path) for _ in range(2)]
    answers = [process.communicate(PASSWORD.encode(), timeout=60) for process in both]
    assert sorted(process.returncode for process in both) == [0, 1], answers
    assert b"This name is taken" in b"".join(error for _, error in answers)


def _start(command, folder):
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=dict(os.environ), stdin=pipe, stdout=pipe, stderr=pipe)


class Greeter(Feature):
    """A feature of a user's own, with a command that needs an option."""

    name = "greeter"

    def bind(self, auth: Auth) -> None:
        super().bind(auth)
        self.greeted: list[str] = []

    def commands(self):
        options = [Option("who", "whom to greet"), Option("how_loud", "in words", default="softly")]
        return [Command("greetings", "send", "Greet somebody.", options, self._send)]

    def _send(self, values):
        self.greeted.append(f"{values['who']} {values['how_loud']}")
        return Done(data={"greeted": values["who"]})


def test_a_feature_of_ones_own_brings_its_command(tmp_path, run_flask):
    greeter = Greeter()
    app = Flask("greetings", instance_path=str(tmp_path))
    app.testing = True
    Watchword(app, features=[greeter])
    assert run_flask(app, "greetings", "send").exit_code == 2
    result = run_flask(app, "greetings", "send", "--who", "Grace")
    assert result.output == "Done.\n  greeted: Grace\n"
    assert greeter.greeted == ["Grace softly"]


def test_other_outcomes_are_told_too(capsys):
    tell(SignedIn(Subject("1", 1, username="ada")))
    assert capsys.readouterr().out == "Signed in as ada.\n"
    with pytest.raises(Failed, match=r"^another_proof must be done first\.$"):
        tell(Pending("another_proof"))
