"""A process that dies by SIGKILL at one boundary of signing in or out; the parent looks at what is left."""

import os
import signal
from pathlib import Path

from tests.races.crew import Crew
from watchword.database.engine import SqlDatabase
from watchword.database.session_index import SqlSessionIndex
from watchword.database.upgrade import upgrade
from watchword.kernel.clock import SystemClock
from watchword.kernel.models import SessionEntry
from watchword.kernel.ports import Expect, Store, Stored
from watchword.kernel.reasons import EndReason
from watchword.kernel.units import Units
from watchword.stores import SqliteStore


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalStore:
    """Kills its process before or after a put."""

    def __init__(self, store: Store, boundary: str) -> None:
        self.store = store
        self.boundary = boundary

    def get(self, key: str) -> Stored | None:
        return self.store.get(key)

    def put(self, key: str, value: bytes, *, expires_at: float, expect: int | Expect) -> int:
        if self.boundary == "before the store":
            die()
        version = self.store.put(key, value, expires_at=expires_at, expect=expect)
        if self.boundary == "after the store":
            die()
        return version

    def delete(self, key: str) -> None:
        self.store.delete(key)


class MortalIndex(SqlSessionIndex):
    """Kills its process before or after its statement, inside the transaction."""

    def __init__(self, database: SqlDatabase, boundary: str) -> None:
        super().__init__(database)
        self.boundary = boundary

    def opened(self, entry: SessionEntry) -> None:
        if self.boundary == "before the database":
            die()
        super().opened(entry)
        if self.boundary == "inside the transaction":
            die()

    def ended(self, public_id: str, reason: EndReason, at: float) -> None:
        if self.boundary == "before the database":
            die()
        super().ended(public_id, reason, at)
        if self.boundary == "inside the transaction":
            die()


def parts(folder: Path, boundary: str = "") -> tuple[Crew, SqlSessionIndex]:
    """The sessions of a process over the folder's two files."""
    database = SqlDatabase(f"sqlite:///{folder / 'database.sqlite'}")
    store = SqliteStore(folder / "store.sqlite", SystemClock(), timeout=30)
    index = MortalIndex(database, boundary)
    return Crew(MortalStore(store, boundary), Units(database), index), index


def prepare(folder: Path) -> None:
    """The tables."""
    upgrade(SqlDatabase(f"sqlite:///{folder / 'database.sqlite'}"))


def sign_in(folder: Path, boundary: str, cookie: str) -> None:
    """Sign anna in; with the boundary "before the cookie" die as the response is about to be sent."""
    crew, _ = parts(folder, boundary)
    visit = crew.visit(cookie)
    visit.sign_in(crew.grant("anna"))
    visit.commit()
    assert visit.cookie is not None
    die()


def sign_out(folder: Path, boundary: str, cookie: str) -> None:
    """Sign out; with the boundary "before the cookie" die as the response is about to be sent."""
    crew, _ = parts(folder, boundary)
    visit = crew.visit(cookie)
    assert visit.sign_out()
    visit.commit()
    die()
