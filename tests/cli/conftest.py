"""A folder and an environment of one's own for each test of the command line."""

import os

import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

from watchword.cli import main

SECRET = "0123456789abcdef-0123456789-a-key-for-these-tests"
PASSWORD = "four words make one"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """The current folder is empty, and the environment says nothing of us."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("WATCHWORD_", "FLASK_", "SECRET_KEY")):
            monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def development(monkeypatch):
    monkeypatch.setenv("WATCHWORD_ENV", "development")


@pytest.fixture
def production(monkeypatch):
    """A production environment without fault, but for the database that nobody made yet."""
    monkeypatch.setenv("WATCHWORD_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("WATCHWORD_PUBLIC_URL", "https://example.org")
    monkeypatch.setenv("WATCHWORD_PROXY_HOPS", "1")


@pytest.fixture
def run():
    """Calls `watchword ...` and answers the result."""

    def call(*words, stdin=None, env=None):
        return CliRunner().invoke(main, list(words), input=stdin, env=env)

    return call


@pytest.fixture
def run_flask(monkeypatch):
    """Calls `flask watchword ...` for an app and answers the result."""
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")

    def call(app, *words):
        flask = FlaskGroup(create_app=lambda: app, load_dotenv=False)
        return CliRunner().invoke(flask, ["watchword", *words])

    return call
