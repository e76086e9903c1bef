"""What several threads or processes do to one store at once. Without pytest: worker processes import it."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from watchword.kernel.errors import Conflict
from watchword.kernel.ports import ABSENT, Counters, Store


class Shared(Store, Counters, Protocol):
    """A store with counters that outlives a process."""

    def close(self) -> None:
        """Let go of connections."""
        ...


class Gate(Protocol):
    """What a `multiprocessing.Barrier` offers."""

    def wait(self, timeout: float | None = None) -> int: ...


class Answers(Protocol):
    """What a `multiprocessing.SimpleQueue` offers."""

    def put(self, obj: object) -> None: ...


def first(store: Store, key: str, expires_at: float) -> bool:
    """Whether this one found the key absent."""
    try:
        store.put(key, b"mine", expires_at=expires_at, expect=ABSENT)
    except Conflict:
        return False
    return True


def replace(store: Store, key: str, version: int, expires_at: float) -> bool:
    """Whether this one replaced that version."""
    try:
        store.put(key, b"mine", expires_at=expires_at, expect=version)
    except Conflict:
        return False
    return True


def increment(store: Store, key: str, times: int) -> None:
    """Raise the number under the key by compare-and-set, trying until it succeeds."""
    for _ in range(times):
        while not _incremented(store, key):
            pass


def count(store: Counters, key: str, times: int, expires_at: float) -> list[int]:
    """Add 1 so many times; the totals answered."""
    return [store.add(key, 1, expires_at=expires_at) for _ in range(times)]


def in_process(
    opener: Callable[[], Shared], gate: Gate, answers: Answers, race: Callable[..., object], arguments: Sequence[Any]
) -> None:
    """One worker process: open the store, wait for the others, race, tell what came of it."""
    try:
        store = opener()
        gate.wait(30)
        answers.put(race(store, *arguments))
        store.close()
    except Exception as error:
        answers.put(f"{type(error).__name__}: {error}")


def _incremented(store: Store, key: str) -> bool:
    stored = store.get(key)
    if stored is None:
        raise LookupError(f"{key!r} is gone")
    number = b"%d" % (int(stored.value) + 1)
    try:
        store.put(key, number, expires_at=stored.expires_at, expect=stored.version)
    except Conflict:
        return False
    return True
