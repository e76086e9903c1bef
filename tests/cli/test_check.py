"""`watchword check`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from watchword.auth import Feature
from watchword.cli.findings import examine
from watchword.cli.places import of_app
from watchword.flask import Watchword
from watchword.kernel.errors import Outage, Problem
from watchword.stores import MemoryStore
from watchword.testing import ManualClock


def settings_of(found):
    return [item.setting for item in found]


def test_a_good_production_configuration_has_nothing_to_say(run, production):
    run("db", "upgrade")
    result = run("check")
    assert result.exit_code == 0
    assert result.output.endswith("no problems, no warnings.\n")
    assert "Profile: production" in result.output


def test_a_bare_environment_is_told_everything_at_once(run, tmp_path):
    result = run("check")
    assert result.exit_code == 1
    assert "SECRET_KEY is not set" in result.output
    assert "secrets.token_hex()" in result.output
    assert "run: watchword db upgrade" in result.output
    assert list(tmp_path.iterdir()) == []


def test_json(run, production):
    answer = json.loads(run("check", "--json").output)
    assert answer == {
        "ok": False,
        "profile": "production",
        "problems": [
            {
                "setting": "WATCHWORD_DATABASE_URL",
                "what": "is not at this version's revision",
                "remedy": "run: watchword db upgrade",
            }
        ],
        "warnings": [],
    }


def test_development_starts_by_itself(run, development):
    result = run("check")
    assert result.exit_code == 0
    assert "when the app starts" in result.output


@pytest.mark.parametrize(
    ("environ", "setting", "words"),
    [
        ({"SECRET_KEY": "sixteen letters!"}, "SECRET_KEY", "shorter than 32"),
        ({"WATCHWORD_STORE_URL": "memory://"}, "WATCHWORD_STORE_URL", "workers do not share"),
        ({"WATCHWORD_PUBLIC_URL": ""}, "WATCHWORD_PUBLIC_URL", "is not set"),
        ({"WATCHWORD_PROXY_HOPS": "0"}, "WATCHWORD_PROXY_HOPS", "X-Forwarded-Proto"),
    ],
)
def test_weak_spots_are_warnings(run, production, environ, setting, words):
    run("db", "upgrade")
    result = run("check", "--json", env=environ)
    warnings = json.loads(result.output)["warnings"]
    assert result.exit_code == 0
    assert [item["setting"] for item in warnings] == [setting]
    assert words in warnings[0]["what"]


@pytest.mark.parametrize(
    ("environ", "setting"),
    [
        ({"SECRET_KEY": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "SECRET_KEY"),
        ({"WATCHWORD_PUBLIC_URL": "http://example.org"}, "WATCHWORD_PUBLIC_URL"),
        ({"WATCHWORD_STORE_URL": "nosuch://host"}, "WATCHWORD_STORE_URL"),
        ({"WATCHWORD_STORE_URL": "sqlite:////dev/null/sessions"}, "WATCHWORD_STORE_URL"),
        ({"WATCHWORD_DATABASE_URL": "sqlite:////dev/null/accounts"}, "WATCHWORD_DATABASE_URL"),
        ({"WATCHWORD_DATABASE_URL": "what is this"}, "WATCHWORD_DATABASE_URL"),
        ({"FLASK_DEBUG": "1"}, "DEBUG"),
    ],
)
def test_faults_are_problems(run, production, environ, setting):
    run("db", "upgrade")
    result = run("check", "--json", env=environ)
    assert result.exit_code == 1, result.output
    assert setting in [item["setting"] for item in json.loads(result.output)["problems"]]


def test_debug_and_http_are_weak_in_development_too(run, development):
    environ = {"FLASK_DEBUG": "1", "WATCHWORD_PUBLIC_URL": "http://example.org"}
    warnings = json.loads(run("check", "--json", env=environ).output)["warnings"]
    assert {"DEBUG", "WATCHWORD_PUBLIC_URL"} <= {item["setting"] for item in warnings}


def test_files_that_are_none_of_ours_are_problems(run, production, tmp_path):
    run("db", "upgrade")
    noise = b"this is no database, it is a page of a diary" * 30
    for name in ("watchword.sqlite3", "watchword-sessions.sqlite3"):
        (tmp_path / "instance" / name).write_bytes(noise)
    problems = json.loads(run("check", "--json").output)["problems"]
    assert [item["setting"] for item in problems] == ["WATCHWORD_STORE_URL", "WATCHWORD_DATABASE_URL"]
    assert all("does not answer" in item["what"] for item in problems)


class Careful(Feature):
    name = "careful"
    requires: tuple[str, ...] = ()

    def checks(self):
        return [Problem("careful", "has no mail", "set it up")]


def make_app(tmp_path, **options):
    app = Flask("checked", instance_path=str(tmp_path / "here"))
    app.testing = True
    Watchword(app, **options)
    return app


def test_features_are_asked_once_the_rest_is_good(tmp_path):
    app = make_app(tmp_path, features=[Careful()])
    assert "careful" not in settings_of(examine(of_app(app)).warnings)
    app.extensions["watchword"].house.database.close()
    assert "careful" in settings_of(examine(of_app(app)).warnings)


def test_a_list_of_features_that_does_not_fit_is_a_problem(tmp_path, run):
    run("--instance", str(tmp_path / "here"), "db", "upgrade")
    needy = Careful()
    needy.requires = ("something_else",)
    found = examine(of_app(make_app(tmp_path, features=[needy])))
    assert settings_of(found.problems) == ["features"]


def test_a_store_of_the_apps_own_is_asked(tmp_path):
    store = MemoryStore(ManualClock())
    assert settings_of(examine(of_app(make_app(tmp_path, store=store))).problems) == []
    store.get = _away
    assert settings_of(examine(of_app(make_app(tmp_path, store=store))).problems) == ["WATCHWORD_STORE_URL"]


def _away(_key):
    raise Outage("the store is away")


def test_as_a_command_of_flask(tmp_path, run_flask):
    app = Flask("checked", instance_path=str(tmp_path / "here"))
    app.config["SECRET_KEY"] = os.urandom(32)
    Watchword(app)
    assert run_flask(app, "check").exit_code == 1
    assert run_flask(app, "db", "upgrade").exit_code == 0
    assert run_flask(app, "check").exit_code == 0
    assert "demo" not in run_flask(app, "--help").output


def test_flask_finds_the_commands_by_itself(tmp_path):
    folder = Path(__file__).parents[2] / "examples" / "quickstart"
    flask = [str(Path(sys.executable).with_name("flask")), "--app", str(folder / "app.py"), "watchword", "check"]
    result = subprocess.run(flask, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "SECRET_KEY is not set" in result.stdout
    assert not (folder / "instance").exists()


def test_a_store_in_a_folder_with_a_space_is_looked_for_where_it_lies(tmp_path):
    app = Flask("plain", instance_path=str(tmp_path / "a b"), root_path=str(tmp_path))
    app.config.update(SECRET_KEY="0123456789abcdef-a-good-long-key-of-32", DEBUG=True)
    Watchword(app)
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "watchword-sessions.sqlite3").write_bytes(b"this is no store" * 500)
    assert "WATCHWORD_STORE_URL" in settings_of(examine(of_app(app)).problems)
