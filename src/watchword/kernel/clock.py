"""Where time comes from. Nothing in the house calls `time.time()` but `SystemClock`."""

import time
from typing import Protocol

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """Tells the time; a test hands in one that it moves by hand."""

    def now(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z. May step backwards: the machine's clock does."""
        ...


class SystemClock:
    """The machine's clock."""

    now = staticmethod(time.time)
