"""Versions, help, and where the application is looked for."""

import sys
from importlib.metadata import version

import pytest

APP = """
from flask import Flask
from watchword.flask import {name}
app = Flask(__name__, instance_path={instance!r})
app.config.update({config})
{name}(app)
"""


@pytest.fixture
def write_app(tmp_path, monkeypatch):
    """Writes `NAME.py` with an app and answers its name; the module is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    written = []

    def write(name, extension="Watchword", **config):
        pairs = ", ".join(f"{key}={value!r}" for key, value in config.items())
        text = APP.format(name=extension, instance=str(tmp_path / "here"), config=pairs)
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
        written.append(name)
        return f"{name}:app"

    yield write
    for name in written:
        sys.modules.pop(name, None)


def test_version(run):
    assert run("--version").output == f"watchword {version('watchword')}\n"


def test_help_lists_the_features_commands_too(run):
    text = run("--help").output
    assert all(word in text for word in ("check", "db", "demo", "users"))


def test_help_survives_an_app_that_cannot_be_loaded(run):
    result = run("--app", "no_such_module:app", "--help")
    assert result.exit_code == 0
    assert "not listed" in result.output
    assert "check" in result.output


def test_an_unknown_command_is_a_usage_error(run):
    assert run("nothing").exit_code == 2


def test_the_apps_own_database_is_upgraded(run, tmp_path, write_app):
    result = run("--app", write_app("own_database"), "db", "upgrade")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "here" / "watchword.sqlite3").exists()
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize("variable", ["WATCHWORD_APP", "FLASK_APP"])
def test_the_environment_names_the_app(run, tmp_path, write_app, variable):
    name = write_app(f"named_by_{variable.lower()}")
    assert str(tmp_path / "here") in run("db", "current", env={variable: name}).output


def test_an_app_that_refuses_to_start_is_upgraded_all_the_same(run, production, write_app):
    name = write_app("strict", WATCHWORD_ENV="production")
    assert "db upgrade" in run("--app", name, "check").output
    assert run("--app", name, "db", "upgrade").exit_code == 0
    assert run("--app", name, "check").exit_code == 0


def test_an_app_with_sessions_alone_has_no_accounts(run, production, write_app):
    name = write_app("sessions_alone", "Sessions")
    assert run("--app", name, "check").exit_code == 0
    refused = run("--app", name, "db", "upgrade")
    assert refused.exit_code == 1
    assert "no accounts" in refused.output


def test_an_app_without_watchword_is_told_what_to_add(run, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "bare_app.py").write_text("from flask import Flask\napp = Flask(__name__)\n", "utf-8")
    result = run("--app", "bare_app:app", "check")
    sys.modules.pop("bare_app", None)
    assert result.exit_code == 1
    assert "add Watchword(app)" in result.output


def test_a_missing_package_is_named_with_its_extra(run, development, monkeypatch):
    monkeypatch.setitem(sys.modules, "watchword.cli.db", None)
    monkeypatch.setattr("importlib.import_module", _without("sqlalchemy"))
    result = run("db", "current")
    assert result.exit_code == 1
    assert "pip install 'watchword[sql]'" in result.output


def _without(package):
    def refuse(_name):
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)

    return refuse
