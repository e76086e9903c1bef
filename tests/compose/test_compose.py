"""Composing a house, and the development profile's key."""

import logging
import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from watchword.compose import compose, compose_sessions, default_features
from watchword.compose.development import FILE, development_secret
from watchword.compose.settings import read_settings
from watchword.kernel.errors import ConfigurationError
from watchword.kernel.events import SignInFailed
from watchword.stores import MemoryStore
from watchword.testing import ManualClock

GOOD = "0123456789abcdef-a-good-long-key"


def _settings(tmp_path, **config):
    return read_settings(config, {}, instance=tmp_path / "instance", debug=True)


def test_a_house_is_composed_from_urls(tmp_path):
    settings, problems = _settings(tmp_path, SECRET_KEY=GOOD, WATCHWORD_STORE_URL="memory://")
    house = compose(settings, problems)
    assert [feature.name for feature in house.auth.features] == ["sign_in", "sign_out", "register"]
    assert house.auth.accounts.by_name("nobody") is None


def test_a_house_is_composed_from_parts(tmp_path):
    settings, problems = _settings(tmp_path, SECRET_KEY=GOOD)
    clock = ManualClock()
    house = compose(settings, problems, features=[], store=MemoryStore(clock), clock=clock)
    assert house.auth.features == ()
    assert house.auth.clock is clock


def test_all_problems_come_together(tmp_path):
    settings, problems = _settings(
        tmp_path, WATCHWORD_STORE_URL="x://", WATCHWORD_DATABASE_URL="y://", WATCHWORD_ENV="z"
    )
    with pytest.raises(ConfigurationError) as caught:
        compose(settings, problems)
    found = [problem.setting for problem in caught.value.problems]
    assert {"WATCHWORD_ENV", "WATCHWORD_STORE_URL", "WATCHWORD_DATABASE_URL", "SECRET_KEY"} <= set(found)
    assert found.count("SECRET_KEY") == 1


def test_an_unreachable_database_is_a_problem_not_a_traceback(tmp_path):
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "watchword.sqlite3").write_bytes(b"this is no database" * 100)
    settings, problems = _settings(tmp_path, SECRET_KEY=GOOD)
    with pytest.raises(ConfigurationError, match="WATCHWORD_DATABASE_URL"):
        compose(settings, problems)


@pytest.mark.parametrize("line", ["twice", "unmet"])
def test_a_list_of_features_that_cannot_work_is_refused(tmp_path, line):
    settings, problems = _settings(tmp_path, SECRET_KEY=GOOD)
    features = default_features()
    if line == "twice":
        features += default_features()[:1]
    else:
        features[0].requires = ("teleport",)
    with pytest.raises(ConfigurationError, match="sign_in" if line == "twice" else "teleport"):
        compose(settings, problems, features=features)


def test_sessions_alone_log_their_events(tmp_path, caplog):
    settings, problems = _settings(tmp_path, SECRET_KEY=GOOD, WATCHWORD_STORE_URL="memory://")
    manager = compose_sessions(settings, problems)
    with caplog.at_level(logging.INFO, "watchword"):
        manager.chronicle._anomalies.note(
            "x", 1e9, lambda count: SignInFailed(at=1.0, cause="c", identifier=f"{count}")
        )
    assert "WARN authn_login_fail" in caplog.text


def _read_key(folder, queue):
    queue.put(development_secret(Path(folder)))


def test_workers_starting_at_once_share_one_key(tmp_path):
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    workers = [context.Process(target=_read_key, args=(str(tmp_path / "new"), queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    keys = {queue.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FILE]
    assert stat.S_IMODE(os.stat(tmp_path / "new" / FILE).st_mode) == 0o600


def test_the_second_of_two_makers_takes_the_firsts_key(tmp_path, monkeypatch):
    development_secret(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert development_secret(tmp_path) == (tmp_path / FILE).read_text()


def test_a_folder_that_cannot_be_written_is_told_with_its_remedy(tmp_path):
    (tmp_path / "file").write_text("")
    code = (
        "import sys; from pathlib import Path\n"
        "from watchword.compose.development import development_secret\n"
        "from watchword.kernel.errors import ConfigurationError\n"
        "try: development_secret(Path(sys.argv[1]))\n"
        "except ConfigurationError as error: print(error)\n"
    )
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path / "file" / "x")], capture_output=True, text=True)
    assert "make that folder writable" in result.stdout, result.stderr


def test_an_unreachable_database_is_told_once_with_one_remedy(tmp_path):
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "watchword.sqlite3").write_bytes(b"this is no database" * 100)
    settings, problems = _settings(tmp_path, SECRET_KEY=GOOD)
    with pytest.raises(ConfigurationError) as caught:
        compose(settings, problems)
    [problem] = caught.value.problems
    assert "file is not a database" in problem.what
    assert problem.remedy == "name another file: this one is something else"
