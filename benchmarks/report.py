"""Tables: one row per app, one column per scenario. They are Markdown and read as plain text."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.apps import APPS
from benchmarks.scenarios import SCENARIOS

TARGETS: Mapping[str, float] = {
    "untouched": 1.05,
    "untouched+cookie": 1.05,
    "read": 1.4,
    "subject": 1.5,
    "write": 1.8,
}
"""The most a request of ours may cost, in bare Flask requests."""

Figures = dict[str, dict[str, dict[str, Any]]]
"""App -> scenario -> what was measured."""


def render(results: Mapping[str, Figures]) -> str:
    """Everything measured, and which targets are missed."""
    parts = [f"## {heading}\n\n{_table(results[name], cell)}" for name, heading, cell in _TABLES if name in results]
    if results.get("instructions"):
        parts.append("## Targets, by instructions\n\n" + _targets(results["instructions"]))
    return "\n\n".join(parts) + "\n"


def _table(figures: Figures, cell: Callable[[dict[str, Any]], str]) -> str:
    rows = [["app", *(scenario.name for scenario in SCENARIOS)]]
    for app in APPS:
        if app.name in figures:
            found = figures[app.name]
            rows.append([app.title, *(cell(found[s.name]) if s.name in found else "-" for s in SCENARIOS)])
    return _aligned(rows)


def _targets(figures: Figures) -> str:
    rows = [["scenario", "target", "Sessions", "Watchword"]]
    for scenario, target in TARGETS.items():
        ours = [figures.get(name, {}).get(scenario) for name in ("sessions", "watchword")]
        rows.append([scenario, f"{target:.2f}", *(_judged(row["ratio"], target) if row else "-" for row in ours)])
    return _aligned(rows)


def _judged(ratio: float, target: float) -> str:
    return f"{ratio:.2f}" if ratio <= target else f"{ratio:.2f} (missed)"


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _counted(row: dict[str, Any]) -> str:
    """Store commands / SQL statements / Set-Cookie headers (bytes), and `V` for Vary."""
    store = "." if row["store"] is None else f"{row['store']:g}"
    cookie = f"{row['cookies']:g} ({row['cookie_bytes']:.0f} B)" if row["cookies"] else "0"
    return f"{store} / {row['sql']:g} / {cookie}{' V' if row['vary'] else ''}"


def _ratio(row: dict[str, Any]) -> str:
    return f"{row['ratio']:.2f}"


def _spread(row: dict[str, Any]) -> str:
    return f"{row['ratio']:.2f} ({row['low']:.2f}-{row['high']:.2f})"


_TABLES: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = (
    ("counts", "Store commands / SQL statements / Set-Cookie headers per request, V: varies by cookie", _counted),
    ("instructions", "Instructions, in bare Flask requests", _ratio),
    ("cpu", "CPU time, in bare Flask requests (median, quartiles)", _spread),
)
