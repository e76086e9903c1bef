"""What threads and processes do to one session at once; worker processes import it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from watchword.crypto.keys import KeyRing
from watchword.kernel.clock import SystemClock
from watchword.kernel.models import Factor, Grant, Subject
from watchword.kernel.policy import Policy
from watchword.kernel.ports import SessionIndex, Store
from watchword.kernel.units import NoDatabase, Units
from watchword.sessions.manager import SessionManager
from watchword.sessions.visit import DirectCall, SessionVisit
from watchword.stores import SqliteStore

TOUCHY = Policy(touch_share=0.0)
"""Every look is noted: the hardest case for an ending."""


class Everybody:
    """`Subjects`: all there are, at epoch 1."""

    def load(self, subject_id: str) -> Subject:
        return Subject(subject_id, 1)


class Crew:
    """Sessions over one store."""

    def __init__(self, store: Store, units: Units | None = None, index: SessionIndex | None = None) -> None:
        keys, clock = KeyRing(["the secret that all processes share"]), SystemClock()
        self.clock = clock
        self.manager = SessionManager(store, keys, TOUCHY, clock, units or Units(NoDatabase()), index)

    def visit(self, cookie: str = "") -> SessionVisit:
        return SessionVisit(self.manager, Everybody(), DirectCall(cookie))

    def grant(self, name: str) -> Grant:
        now = self.clock.now()
        return Grant(Subject(name, 1), (Factor("password", now),), now)

    def signed_in(self, name: str = "anna") -> str:
        """The cookie of a new session of that account."""
        visit = self.visit()
        visit.session["n"] = 0
        visit.sign_in(self.grant(name))
        visit.commit()
        assert visit.cookie is not None
        return visit.cookie.value

    def write_each(self, cookie: str, keys: Sequence[str]) -> None:
        """One thread and one request for each key; all have looked before the first commits."""
        looked = threading.Barrier(len(keys))

        def write(key: str) -> None:
            visit = self.visit(cookie)
            visit.session[key] = key
            looked.wait(30)
            visit.commit()

        with ThreadPoolExecutor(len(keys)) as threads:
            list(threads.map(write, keys))

    def late(self, cookie: str) -> list[SessionVisit]:
        """A reader, a writer and somebody who changes a value in place, all of whom have looked."""
        reader, writer, changer = (self.visit(cookie) for _ in range(3))
        assert reader.session["n"] == 0
        writer.session["late"] = 1
        changer.session.setdefault("list", []).append(1)
        return [reader, writer, changer]


def together(*actions: Callable[[], object]) -> None:
    """All at the same moment, each in its thread."""
    gate = threading.Barrier(len(actions))

    def act(action: Callable[[], object]) -> None:
        gate.wait(30)
        action()

    with ThreadPoolExecutor(len(actions)) as threads:
        list(threads.map(act, actions))


def write_at_each_word(path: Path, pipe: Any) -> None:
    """A worker process: for each cookie it is sent, write sixteen keys at once."""
    crew = Crew(SqliteStore(path, SystemClock(), timeout=30))
    while (cookie := pipe.recv()) is not None:
        crew.write_each(cookie, [f"theirs{number}" for number in range(16)])
        pipe.send("done")


def be_late_at_each_word(path: Path, pipe: Any) -> None:
    """A worker process: for each cookie, look; at the next word commit, all at once."""
    crew = Crew(SqliteStore(path, SystemClock(), timeout=30))
    while (cookie := pipe.recv()) is not None:
        visits = crew.late(cookie)
        pipe.send("looked")
        pipe.recv()
        together(*(visit.commit for visit in visits))
        pipe.send("done")
