import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ["floor", "sessions", "watchword"]


def run(*arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)


@pytest.mark.slow
def test_the_benchmarks_run_with_whatever_is_installed():
    done = run("--quick", *OURS)
    assert "CPU time" in done.stdout
    assert "bare Flask" in done.stdout
    assert "Watchword, SQLite" in done.stdout


@pytest.mark.slow
def test_counts_need_nothing_but_ourselves():
    rows = run("--quick", *OURS, "--only", "counts").stdout.splitlines()
    (row,) = (row for row in rows if "Watchword, SQLite" in row)
    cells = [cell.strip() for cell in row.strip("|").split("|")][1:]
    assert cells == [
        "0 / 0 / 0",
        "0 / 0 / 0",
        "1 / 1 / 0 V",
        "1 / 2 / 0 V",
        "2 / 2 / 0 V",
        "1 / 1 / 0 V",
        "1 / 1 / 0 V",
    ]
