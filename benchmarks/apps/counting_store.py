"""A store that counts the commands given to it."""

from dataclasses import dataclass
from pathlib import Path

from watchword.kernel.clock import SystemClock
from watchword.kernel.ports import Expect, Store, Stored
from watchword.stores.sqlite import SqliteStore


@dataclass
class CountingStore:
    """A `Store` in front of another."""

    inner: Store
    commands: int = 0

    def get(self, key: str) -> Stored | None:
        self.commands += 1
        return self.inner.get(key)

    def put(self, key: str, value: bytes, *, expires_at: float, expect: int | Expect) -> int:
        self.commands += 1
        return self.inner.put(key, value, expires_at=expires_at, expect=expect)

    def delete(self, key: str) -> None:
        self.commands += 1
        self.inner.delete(key)


def sqlite_store(folder: Path) -> SqliteStore:
    return SqliteStore(folder / "sessions.sqlite3", SystemClock())
