"""One measurement of one app in a process of its own: `python -m benchmarks.worker MEASURE APP ...`, JSON out."""

import json
import sys

from benchmarks import counts, cpu, instructions
from benchmarks.apps import app_named


def main(measure: str, name: str, *rest: str) -> None:
    app = app_named(name)
    if measure == "counts":
        print(json.dumps(counts.count(app)))
    elif measure == "cpu":
        print(json.dumps(cpu.compare(app, int(rest[0]), float(rest[1]))))
    else:
        instructions.play_marked(app, int(rest[0]), rest[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
