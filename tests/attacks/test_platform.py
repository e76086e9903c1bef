"""Attacks on the platform: weak keys, error pages, debuggers, damaged rows (A-PLT-*), on a real server."""

import json
import os
import re
import sqlite3
import subprocess
import sys

import pytest

from tests.client import PASSWORD, Client
from tests.servers import ROOT

pytestmark = pytest.mark.server

STARTS = """
import sys
from flask import Flask
from watchword.flask import Watchword
from watchword.kernel.errors import ConfigurationError

for debug, key in ((0, None), (0, ""), (0, "abc"), (0, "dev"), (0, "a" * 64), (1, "0123456789abcdefghijklmnopqrstuv")):
    app = Flask("x", instance_path=sys.argv[1])
    app.debug = bool(debug)
    app.config.update(SECRET_KEY=key, WATCHWORD_ENV="production")
    try:
        Watchword(app)
    except ConfigurationError as error:
        print(repr(str(error)))
"""


def test_A_PLT_03_production_refuses_weak_keys_and_debug(tmp_path):
    """At start, all problems at once, each with its remedy."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", STARTS, str(tmp_path)]
    said = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True).stdout
    refusals = said.splitlines()
    assert len(refusals) == 6
    for refusal, about in zip(refusals, ["SECRET_KEY: "] * 5 + ["DEBUG: is on in production"], strict=True):
        assert "Watchword cannot start with this configuration:" in refusal
        assert about in refusal
        assert " -> " in refusal


LEAKS = re.compile(r"Traceback|File \"|\.py\b|sqlalchemy|sqlite|werkzeug|SELECT |site-packages|Python/|Flask/", re.I)


def test_A_PLT_11_error_pages_say_nothing_of_the_inside(front):
    """Exceptions, bad bodies, unknown pages, methods and sizes: generic words."""
    client = Client(front.url)
    client.get("/auth/sign-in")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [
        client.get("/nowhere"),
        client.get("/auth/nowhere"),
        client.post("/auth/nowhere", {"x": "y"}),
        client.request("DELETE", "/auth/sign-in"),
        client.request("DELETE", "/who"),
        client.send("/auth/sign-in", ["x"]),
        client.request("POST", "/auth/sign-in", "{", {"Content-Type": "application/json", "X-Watchword": "1"}),
        client.request("POST", "/auth/sign-in", "x" * 70_000, form),
        client.request("POST", "/auth/sign-in", "x", {"Content-Type": "text/x-python"}),
        client.get("/auth/assets/..%2f..%2fdispatch.py"),
        client.get("/auth/assets/%2e%2e/site.py"),
        client.get("/auth/assets//etc/passwd"),
        client.get("/auth/assets/watchword.css%00"),
    ]
    assert {answer.status for answer in answers} == {400, 404, 405, 415}
    for answer in answers:
        assert not LEAKS.search(answer.text), answer.text
    crash = client.raw(b"GET /boom HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert crash.startswith(b"HTTP/1.1 500")
    assert b"secret detail" not in crash
    assert not LEAKS.search(crash.decode())


@pytest.mark.parametrize("path", ["/console", "/?__debugger__=yes&cmd=resource&f=style.css", "/auth/console"])
def test_A_PLT_12_no_debugger(client, path):
    answer = client.get(path)
    assert answer.status in (303, 404)
    assert "debugger" not in answer.text.lower()


DAMAGE = {
    "empty": b"",
    "text": b"not a record",
    "pickle": b"\x80\x04\x95\x00.",
    "schema 99": b"\x91\x63",
    "deep": b"\x91" * 9000,
}


@pytest.mark.parametrize("value", DAMAGE.values(), ids=DAMAGE)
def test_A_PLT_14_rows_of_another_version_end_cleanly(server, person, value):
    """A session row that cannot be read is nobody's: the person signs in again, the audit knows."""
    victim = person()
    server.clock.advance(120)
    before = server.last_audited()
    (account,) = server.rows("SELECT public_id FROM watchword_sessions WHERE account_id = ?", victim.user)
    with sqlite3.connect(server.instance / "watchword-sessions.sqlite3", timeout=10) as store:
        store.execute("UPDATE watchword_entries SET value = ? WHERE key = ?", (value, account["public_id"]))
    store.close()
    assert victim.user is None
    assert victim.get("/").status == 303
    assert victim.post("/values?note=again").status == 200
    assert victim.get("/values").json == {"note": "again"}
    assert victim.sign_in(victim.name, PASSWORD).status == 303
    assert victim.user is not None
    kinds = {json.loads(row["details"])["kind"] for row in server.audited("malicious_extraneous", before)}
    assert kinds == {"unreadable"}
