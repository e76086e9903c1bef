"""CPU time per request, as a ratio to bare Flask's batch right beside it: neighbours slow both alike."""

import time
from statistics import median, quantiles

from benchmarks.apps import FLOOR, App
from benchmarks.browser import Environ
from benchmarks.scenarios import Scenario
from benchmarks.stage import Stage, settle

Row = dict[str, float]


def compare(app: App, rounds: int, milliseconds: float) -> dict[str, Row]:
    """Scenario name -> median ratio with its quartiles, and microseconds."""
    with Stage(FLOOR) as floor, Stage(app) as stage:
        return {scenario.name: _compare(floor, stage, scenario, rounds, milliseconds) for scenario in stage.scenarios()}


def _compare(floor: Stage, stage: Stage, scenario: Scenario, rounds: int, milliseconds: float) -> Row:
    ours, theirs = (stage, stage.environ(scenario)), (floor, floor.environ(scenario))
    settle()
    times = max(3, int(milliseconds / 1e3 / _cost(*ours, 5)))
    pairs = [_pair(ours, theirs, times, turned=bool(number % 2)) for number in range(rounds)]
    ratios = [cost / unit for cost, unit in pairs]
    low, _, high = quantiles(ratios, n=4)
    return {
        "ratio": median(ratios),
        "low": low,
        "high": high,
        "microseconds": median(cost for cost, _ in pairs) * 1e6,
    }


def _pair(
    ours: tuple[Stage, Environ], theirs: tuple[Stage, Environ], times: int, *, turned: bool
) -> tuple[float, float]:
    """A batch of each, side by side; every other round the other way round."""
    if turned:
        unit = _cost(*theirs, times)
        return _cost(*ours, times), unit
    return _cost(*ours, times), _cost(*theirs, times)


def _cost(stage: Stage, environ: Environ, times: int) -> float:
    """Seconds of CPU time for one request."""
    begun = time.process_time()
    stage.play(environ, times)
    return (time.process_time() - begun) / times
