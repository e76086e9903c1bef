"""Instructions per request by valgrind's callgrind: what noisy neighbours do not change.

The measured process (`benchmarks.worker`) tells valgrind through a few lines of C when a scenario begins and
ends; both apps run in one process, so that the unit is measured under the same conditions.
"""

import ctypes
import gc
import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from benchmarks.apps import FLOOR, App
from benchmarks.stage import Stage, settle

Row = dict[str, float]

_SOURCE = """
#include <valgrind/callgrind.h>
void start(void) { CALLGRIND_START_INSTRUMENTATION; }
void stop(void) { CALLGRIND_STOP_INSTRUMENTATION; }
void zero(void) { CALLGRIND_ZERO_STATS; }
void dump(const char *name) { CALLGRIND_DUMP_STATS_AT(name); }
"""
_NAME = re.compile(r"^desc: Trigger: Client Request: (\S+)$", re.MULTILINE)
_TOTAL = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)


def missing() -> list[str]:
    """What this machine lacks for counting instructions."""
    return [name for name in ("valgrind", "cc") if which(name) is None]


def compare(app: App, times: int) -> dict[str, Row]:
    """Scenario name -> instructions per request and the ratio to bare Flask's."""
    with TemporaryDirectory(prefix="watchword-benchmark-") as name:
        folder = Path(name)
        library = _compile(folder)
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder / 'out'}"]
        command += [sys.executable, "-m", "benchmarks.worker", "played", app.name, str(times), str(library)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "0"})
        return _ratios(dict(_totals(folder)), app, times)


def play_marked(app: App, times: int, library: str) -> None:
    """Under valgrind: every scenario of the app and of bare Flask between two marks."""
    valgrind = ctypes.CDLL(library)
    with Stage(FLOOR) as floor, Stage(app) as stage:
        prepared = [
            (f"{label}/{scenario.name}", house, house.environ(scenario))
            for scenario in stage.scenarios()
            for label, house in (("floor", floor), ("app", stage))
        ]
        settle()
        for mark, house, environ in prepared:
            valgrind.start()
            house.play(environ, 2)
            gc.collect()  # so that the collector's next rounds fall on the same requests for both
            valgrind.zero()
            house.play(environ, times)
            valgrind.dump(mark.encode())
            valgrind.stop()


def _compile(folder: Path) -> Path:
    source, library = folder / "marks.c", folder / "marks.so"
    source.write_text(_SOURCE)
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return library


def _totals(folder: Path) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for path in folder.glob("out.*"):
        text = path.read_text(errors="replace")
        name, total = _NAME.search(text), _TOTAL.search(text)
        if name and total:
            found.append((name[1], int(total[1])))
    return found


def _ratios(totals: dict[str, int], app: App, times: int) -> dict[str, Row]:
    if not totals:
        raise RuntimeError(f"valgrind left no figures for {app.name}")
    return {
        name.removeprefix("app/"): {
            "instructions": total / times,
            "ratio": total / totals[name.replace("app/", "floor/")],
        }
        for name, total in totals.items()
        if name.startswith("app/")
    }
