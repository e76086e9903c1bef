"""A session manager over a real store, with browsers that keep cookies and a database that can be away."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from watchword.crypto.keys import KeyRing
from watchword.kernel.errors import Outage
from watchword.kernel.events import Event
from watchword.kernel.models import Client, Factor, Grant, SessionEntry, Subject
from watchword.kernel.policy import Policy
from watchword.kernel.ports import Expect, Store, Stored
from watchword.kernel.reasons import EndReason
from watchword.kernel.units import Units
from watchword.sessions.manager import SessionManager
from watchword.sessions.record import Record, decode
from watchword.sessions.visit import DirectCall, SessionVisit, Wire
from watchword.testing import ManualClock

SECRET = "the first secret of the house"
SECRET_TWO = "the second secret of the house"
ANNA, BERTA = "anna", "berta"


class CountingStore:
    """Another store, its commands counted; `away` makes every one of them (or those named) an outage."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.log: list[str] = []
        self.away: set[str] = set()
        self.before_put: Callable[[], None] | None = None

    def get(self, key: str) -> Stored | None:
        self._note("get")
        return self.store.get(key)

    def put(self, key: str, value: bytes, *, expires_at: float, expect: int | Expect) -> int:
        hook, self.before_put = self.before_put, None
        if hook is not None:
            hook()
        self._note("put")
        return self.store.put(key, value, expires_at=expires_at, expect=expect)

    def delete(self, key: str) -> None:
        self._note("delete")
        self.store.delete(key)

    def _note(self, command: str) -> None:
        self.log.append(command)
        if command in self.away:
            raise Outage(f"the store is away at {command}")

    def spent(self) -> list[str]:
        """The commands since the last time this was asked."""
        spent, self.log = self.log, []
        return spent


class Rows:
    """A `SessionIndex`, `Database` and `Sink` in one process; a transaction that raises leaves nothing."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], SessionEntry] = {}
        self.events: list[Event] = []
        self.away = False

    @contextmanager
    def transaction(self) -> Generator[None]:
        if self.away:
            raise Outage("the database is away")
        before = dict(self.entries), list(self.events)
        try:
            yield
        except BaseException:
            self.entries, self.events = before
            raise

    def write(self, events: Sequence[Event]) -> None:
        self.events.extend(events)

    def opened(self, entry: SessionEntry) -> None:
        self.entries[entry.public_id, entry.account_id] = entry

    def ended(self, public_id: str, reason: EndReason, at: float) -> None:
        for key, entry in self.entries.items():
            if key[0] == public_id and entry.ended_at is None:
                self.entries[key] = replace(entry, ended_at=at, end_reason=reason.value)

    def of(self, account_id: str) -> list[SessionEntry]:
        return [entry for entry in self.entries.values() if entry.account_id == account_id]

    def names(self) -> list[str]:
        """The names of the events written since the last time this was asked."""
        names, self.events = [event.name for event in self.events], []
        return names


class People:
    """`Subjects` by id."""

    def __init__(self) -> None:
        self.subjects = {name: Subject(name, 1) for name in (ANNA, BERTA)}
        self.loads = 0
        self.away = False

    def load(self, subject_id: str) -> Subject | None:
        self.loads += 1
        if self.away:
            raise Outage("the database is away")
        return self.subjects.get(subject_id)

    def change(self, name: str, **changes: object) -> None:
        self.subjects[name] = replace(self.subjects[name], **changes)  # type: ignore[arg-type]


class House:
    """Everything a session needs, over the store given."""

    def __init__(self, store: Store, clock: ManualClock, policy: Policy | None = None, *secrets: str) -> None:
        self.store = CountingStore(store)
        self.clock = clock
        self.policy = policy or Policy()
        self.rows = Rows()
        self.people = People()
        self.heard: list[Event] = []
        self.use_keys(*(secrets or (SECRET,)))

    def use_keys(self, *secrets: str) -> None:
        """Start again with these secrets, newest first."""
        units = Units(self.rows, [self.rows])
        units.listen(Event, self.heard.append)
        self.manager = SessionManager(self.store, KeyRing(secrets), self.policy, self.clock, units, self.rows)

    def visit(self, cookie: str = "", wire: Wire | None = None) -> SessionVisit:
        """A request with that cookie."""
        client = Client("192.0.2.1", "Firefox", "de")
        return SessionVisit(self.manager, self.people, wire or DirectCall(cookie, client))

    def grant(self, name: str) -> Grant:
        """A proof of the password just now."""
        now = self.clock.now()
        return Grant(self.people.subjects[name], (Factor("password", now),), now)

    def record(self, public_id: str) -> Record:
        """What the store holds of a session."""
        stored = self.store.store.get(public_id)
        assert stored is not None
        record = decode(stored.value)
        assert record is not None
        return record

    def browser(self, name: str = "", **values: object) -> "Browser":
        """A browser, signed in if a name is given, whose session holds these values."""
        browser = Browser(self)
        with browser.request() as visit:
            for key, value in values.items():
                visit.session[key] = value
            if name:
                visit.sign_in(self.grant(name))
        self.store.spent()
        self.rows.names()
        return browser


class Browser:
    """Keeps its cookie as told."""

    def __init__(self, house: House, cookie: str = "") -> None:
        self.house = house
        self.cookie = cookie

    @contextmanager
    def request(self, *, lost: bool = False) -> Generator[SessionVisit]:
        """One request, saved at the end; a `lost` response tells the browser nothing."""
        visit = self.open()
        yield visit
        visit.commit()
        if not lost:
            self.take(visit)

    def open(self) -> SessionVisit:
        """A request that somebody else ends."""
        return self.house.visit(self.cookie)

    def take(self, visit: SessionVisit) -> None:
        """The response arrives."""
        if visit.cookie is not None:
            self.cookie = visit.cookie.value

    def who(self) -> str | None:
        """Who is signed in here."""
        with self.request() as visit:
            return visit.subject.get_id()

    def read(self) -> dict[str, object]:
        """The session's values."""
        with self.request() as visit:
            return dict(visit.session)

    def write(self, **values: object) -> None:
        with self.request() as visit:
            visit.session.update(values)

    @property
    def public_id(self) -> str:
        found = self.open().session.public_id
        assert found is not None
        return found
