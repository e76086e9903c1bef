"""A store inside one process, for tests and for trying things out. It forgets everything at exit."""

import heapq
import secrets
import threading
from collections.abc import Sequence
from itertools import count
from typing import Final, Generic, TypeVar

from watchword.kernel.clock import Clock
from watchword.kernel.errors import Conflict
from watchword.kernel.ports import ABSENT, ANY, Expect, Stored

_SWEPT_PER_WRITE: Final = 2

T = TypeVar("T")


class MemoryStore:
    """`Store`, `Counters` and `Sweeper` in dictionaries. Every write also removes up to two expired
    entries, so a process that never sweeps holds no more than what is alive."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now
        self._lock = threading.Lock()
        self._entries: _Shelf[Stored] = _Shelf()
        self._counters: _Shelf[tuple[int, float]] = _Shelf()
        # From a random start: a version read before a restart means nothing after it.
        self._versions = count(secrets.randbits(62))

    def get(self, key: str) -> Stored | None:
        """See `Store.get`."""
        held = self._entries.held.get(key)  # one atomic look at an immutable value: no lock
        return held if held is not None and held.expires_at > self._now() else None

    def put(self, key: str, value: bytes, *, expires_at: float, expect: int | Expect) -> int:
        """See `Store.put`."""
        with self._lock:
            if not _as_expected(self.get(key), expect):
                raise Conflict(f"{key!r} is not what the writer expected")
            version = next(self._versions)
            self._entries.set(key, Stored(value, version, expires_at), expires_at)
            self._sweep(_SWEPT_PER_WRITE)
        return version

    def delete(self, key: str) -> None:
        """See `Store.delete`."""
        with self._lock:
            self._entries.held.pop(key, None)

    def add(self, key: str, n: int, *, expires_at: float) -> int:
        """See `Counters.add`."""
        return self.add_many([(key, n, expires_at)])[0]

    def add_many(self, entries: Sequence[tuple[str, int, float]]) -> list[int]:
        """See `Counters.add_many`."""
        with self._lock:
            totals = [self._add(key, n, expires_at) for key, n, expires_at in entries]
            self._sweep(_SWEPT_PER_WRITE)
        return totals

    def sweep(self, limit: int) -> int:
        """See `Sweeper.sweep`."""
        with self._lock:
            return self._sweep(limit)

    def close(self) -> None:
        """Nothing to let go of."""

    def _add(self, key: str, n: int, expires_at: float) -> int:
        total, expiry = self._counters.held.get(key, (0, expires_at))
        if expiry <= self._now():
            total, expiry = 0, expires_at
        self._counters.set(key, (total + n, expiry), expiry)
        return total + n

    def _sweep(self, limit: int) -> int:
        now = self._now()
        swept = self._entries.sweep(limit, now)
        return swept + self._counters.sweep(limit - swept, now)


def _as_expected(current: Stored | None, expect: int | Expect) -> bool:
    if expect is ANY:
        return True
    if current is None:
        return expect is ABSENT
    return current.version == expect


class _Shelf(Generic[T]):
    """A dictionary that knows what expires next. The caller holds the lock."""

    def __init__(self) -> None:
        self.held: dict[str, T] = {}
        self._expiry: dict[str, float] = {}
        self._queue: list[tuple[float, str]] = []

    def set(self, key: str, value: T, expires_at: float) -> None:
        self.held[key] = value
        if self._expiry.get(key) != expires_at:
            self._expiry[key] = expires_at
            heapq.heappush(self._queue, (expires_at, key))
            self._forget_outdated()

    def sweep(self, limit: int, now: float) -> int:
        swept = 0
        while swept < limit and self._queue and self._queue[0][0] <= now:
            expires_at, key = heapq.heappop(self._queue)
            if self._expiry.get(key) == expires_at:
                del self._expiry[key]
                swept += self.held.pop(key, None) is not None
        return swept

    def _forget_outdated(self) -> None:
        """A key whose expiry moved leaves its old place in the queue: rebuild it when most are such."""
        if len(self._queue) <= 2 * len(self.held) + 64:
            return
        self._expiry = {key: expiry for key, expiry in self._expiry.items() if key in self.held}
        self._queue = [(expiry, key) for key, expiry in self._expiry.items()]
        heapq.heapify(self._queue)
