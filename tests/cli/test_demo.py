"""`watchword demo`, as people run it."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client import Client
from watchword.cli.demo.app import make_app
from watchword.cli.demo.folder import empty, prepare
from watchword.cli.demo.people import PEOPLE, make_people

WATCHWORD = str(Path(sys.executable).with_name("watchword"))
ADA, _, PASSWORD = PEOPLE[0]


@contextmanager
def running(folder, *words):
    """The demo in a process of its own, on a free port; stopped as Ctrl-C does."""
    environ = os.environ | {"PYTHONUNBUFFERED": "1"}
    command = [WATCHWORD, "demo", "--port", "0", "--instance", str(folder), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environ, stdout=pipe, stderr=subprocess.STDOUT, text=True) as process:
        try:
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
            yield re.search(r"http://\S+", said)[0], said
        finally:
            process.send_signal(signal.SIGINT)
            ending = process.stdout.read()
            assert process.wait(20) == 0, ending
            assert "Stopped." in ending


@pytest.mark.server
def test_the_demo_from_start_to_ctrl_c(tmp_path):
    with running(tmp_path / "data") as (address, said):
        assert all(password in said for _, _, password in PEOPLE)
        client = Client(address)
        assert "Things to try" in client.get("/").text
        assert client.get("/members").status == 303
        assert client.sign_in(ADA, PASSWORD).status == 303
        assert "Hello Ada Lovelace" in client.get("/members").text
        assert "<dd>2</dd>" in client.get("/members").text
    with running(tmp_path / "data") as (address, _):
        client.base = address
        assert "<dd>3</dd>" in client.get("/members").text
    with running(tmp_path / "data", "--reset") as (address, _):
        client.base = address
        assert client.get("/members").status == 303


@pytest.mark.server
def test_a_busy_port_is_said_in_one_line(tmp_path):
    with running(tmp_path / "one") as (address, _):
        port = address.rpartition(":")[2]
        command = [WATCHWORD, "demo", "--port", port, "--instance", str(tmp_path / "two")]
        result = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert result.returncode == 1
    assert f"--port {int(port) + 1}" in result.stderr
    assert "Traceback" not in result.stderr


def test_people_are_made_once_and_by_an_operator(tmp_path):
    app = make_app(tmp_path)
    make_people(app)
    make_people(app)
    house = app.extensions["watchword"].house
    assert [house.auth.accounts.by_name(name).display_name for name, _, _ in PEOPLE] == [
        "Ada Lovelace",
        "Grace Hopper",
    ]
    house.database.close()


def test_every_page_has_a_policy_and_no_page_a_script(tmp_path):
    app = make_app(tmp_path)
    answer = app.test_client().get("/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert "<style" not in answer.text
    own = app.test_client().get("/auth/sign-in")
    assert "script-src 'self'" in own.headers["Content-Security-Policy"]
    app.extensions["watchword"].house.database.close()


def test_the_folder_is_kept_out_of_git_and_only_ours_is_removed(tmp_path):
    prepare(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "*\n"
    (tmp_path / "letter.txt").write_text("keep me")
    (tmp_path / "watchword.sqlite3").write_text("")
    empty(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".gitignore", "letter.txt"}


def test_a_folder_that_cannot_be_made_is_named(run, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("demo", "--instance", str(tmp_path / "file" / "data"))
    assert result.exit_code == 1
    assert "--instance" in result.output
