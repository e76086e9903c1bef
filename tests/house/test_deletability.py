"""With a feature's room and its line on the shelf gone, the fast tests of all others pass."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.house.plan import FEATURES, ROOT, SOURCE, room_of


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_the_house_stands_without(feature, tmp_path):
    copy = tmp_path / "src" / "watchword"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    room = copy / room_of(feature).relative_to(SOURCE)
    shutil.rmtree(room) if room.is_dir() else room.unlink()
    _take_off_the_shelf(copy / "compose" / "__init__.py", feature)
    result = _fast_tests(tmp_path / "src", feature)
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]
    assert " passed" in result.stdout


def _take_off_the_shelf(shelf, feature):
    lines = shelf.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if f".{feature.name}:" not in line]
    assert len(kept) == len(lines) - 1
    shelf.write_text("".join(kept), "utf-8")


def _fast_tests(source, feature):
    others = [name for name in FEATURES if name.name != feature.name]
    folders = [f"tests/features/{other.name}" for other in others] + ["tests/web", "tests/kernel", "tests/flask/house"]
    there = [folder for folder in folders if (ROOT / folder).exists()]
    assert there
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    environ["PYTHONPATH"] = str(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-cov", *there]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=110)
