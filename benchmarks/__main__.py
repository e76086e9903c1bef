"""Measures every app in processes of its own and prints what came out: `python -m benchmarks [--quick] [app ...]`."""

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import instructions
from benchmarks.apps import APPS, App, app_named
from benchmarks.report import Figures, render

RESULTS = Path(__file__).parent / "results" / "latest.json"
MEASURES = ("counts", "instructions", "cpu")
PACKAGES = ("Flask", "Werkzeug", "SQLAlchemy", "Flask-Login", "Flask-Session", "Flask-Security-Too")


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    apps = [app_named(name) for name in options.apps] or _present(APPS)
    results = {measure: _measure(measure, apps, options) for measure in options.only if _possible(measure)}
    if options.save:
        _save(results)
    print(render(results))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("apps", nargs="*", metavar="app", help=f"of {', '.join(app.name for app in APPS)}")
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), help="these measures alone")
    parser.add_argument("--requests", type=int, default=30, help="requests counted under valgrind")
    parser.add_argument("--rounds", type=int, default=21, help="pairs of batches timed")
    parser.add_argument("--milliseconds", type=float, default=40, help="how long a batch takes")
    parser.add_argument("--quick", action="store_true", help="see that everything runs; figures mean nothing")
    options = parser.parse_args(arguments)
    options.save = not options.quick
    if options.quick:
        options.requests, options.rounds, options.milliseconds = 2, 3, 1
        options.only = [measure for measure in options.only if measure != "instructions"]
    return options


def _present(apps: Sequence[App]) -> list[App]:
    for app in apps:
        if missing := app.missing():
            print(f"{app.name}: left out, there is no {', '.join(missing)}", file=sys.stderr)
    return [app for app in apps if not app.missing()]


def _possible(measure: str) -> bool:
    missing = instructions.missing() if measure == "instructions" else []
    if missing:
        print(f"instructions: not counted, there is no {', '.join(missing)}", file=sys.stderr)
    return not missing


def _measure(measure: str, apps: Sequence[App], options: argparse.Namespace) -> Figures:
    figures: Figures = {}
    for app in apps:
        print(f"{measure}: {app.name}", file=sys.stderr)
        if measure == "instructions":
            figures[app.name] = instructions.compare(app, options.requests)
        else:
            figures[app.name] = _worker(measure, app.name, str(options.rounds), str(options.milliseconds))
    return figures


def _worker(*arguments: str) -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.worker", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _save(results: dict[str, Figures]) -> None:
    """What was not measured this time stays as it was."""
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**before, "environment": _environment(), **results}, indent=1) + "\n")


def _environment() -> dict[str, str]:
    return {"Python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "absent"


if __name__ == "__main__":
    main(sys.argv[1:])
