"""Clocks that a test moves."""

import os
import tempfile
import time
from pathlib import Path
from typing import Final

SOME_DAY: Final = 1_800_000_000.0


class ManualClock:
    """Stands still until told otherwise."""

    def __init__(self, start: float = SOME_DAY) -> None:
        self._now = start

    def now(self) -> float:
        """The time it was last set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on, or with a negative number back."""
        self._now += seconds

    def set(self, t: float) -> None:
        """Move to that time, in seconds since 1970."""
        self._now = t


class FileClock:
    """The system's time plus the seconds written in a file, read at each call, so that one test drives the
    clock of several processes. A missing or empty file is an offset of 0; any other text that is no
    number raises `ValueError`."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def now(self) -> float:
        """The system's time plus the offset."""
        return time.time() + self.offset

    @property
    def offset(self) -> float:
        """What the file says now."""
        try:
            return float(self._path.read_text("ascii").strip() or 0)
        except FileNotFoundError:
            return 0.0

    def advance(self, seconds: float) -> None:
        """Add to the offset. Readers see the old or the new one, never half a number; of two that advance
        at once, one may be lost."""
        offset = self.offset + seconds
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, delete=False) as file:
            file.write(repr(offset))
        os.replace(file.name, self._path)
