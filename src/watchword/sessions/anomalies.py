"""Bad cookies, summed up: one event per process, kind and minute, however many come (A-SES-05)."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from watchword.kernel.clock import MINUTE
from watchword.kernel.events import Event

log = logging.getLogger("watchword")

MAX_KINDS: Final = 1024

Report = Callable[[int], Event]
"""Makes the event, given how many occurrences it stands for."""


class Anomalies:
    """Counts occurrences by key and emits the first of each minute with the number since the last one."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._open: dict[str, tuple[float, int]] = {}

    def note(self, key: str, now: float, report: Report) -> None:
        """One more of that key. Never raises: what is noted here must not break the request it was seen in."""
        count = self._due(key, now)
        if count:
            self._report(report(count))

    def _due(self, key: str, now: float) -> int:
        with self._lock:
            began, held_back = self._open.get(key, (-MINUTE, 0))
            if abs(now - began) < MINUTE:
                self._open[key] = (began, held_back + 1)
                return 0
            if len(self._open) >= MAX_KINDS:
                self._open.clear()
            self._open[key] = (now, 0)
            return held_back + 1

    def _report(self, event: Event) -> None:
        try:
            self._emit(event)
        except Exception:
            log.exception("could not record %s", event.name)
