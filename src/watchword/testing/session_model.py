"""Browsers, late requests and lost responses over one store: Hypothesis looks for an order that breaks a promise.

class MyModel(SessionModel):
    def make_store(self, clock): return MyStore(clock)

TestMyModel = MyModel.TestCase

The clock only goes forward: one that steps back prolongs a grace by its jump.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from watchword.crypto.keys import KeyRing
from watchword.kernel.clock import HOUR
from watchword.kernel.models import Factor, Grant, Subject
from watchword.kernel.policy import Policy
from watchword.kernel.ports import Store
from watchword.kernel.units import NoDatabase, Units
from watchword.sessions import rules, values
from watchword.sessions.cookie import Token, decode
from watchword.sessions.manager import SessionManager
from watchword.sessions.record import decode as decode_record
from watchword.sessions.rules import Standing
from watchword.sessions.visit import DirectCall, SessionVisit
from watchword.testing.clocks import ManualClock

BROWSERS: Final = 3
NAMES: Final = st.sampled_from(["anna", "berta"])
KEYS: Final = st.sampled_from(["a", "b", "c"])
SPANS: Final = st.sampled_from([1.0, 29.0, 31.0, 100.0, 901.0, 1790.0, 1800.0])
NOBODY: Final = ""
BROWSER: Final = st.sampled_from([0, 0, 1, 2])
ACTS: Final = st.tuples(
    st.sampled_from(["read", "write", "anna", "berta", "sign out"]),
    st.sampled_from([0.0, 0.0, 31.0, 901.0, 1800.0]),
    st.booleans(),
)


@dataclass
class Late:
    """A request that is under way: what it presented, what it wrote, whether it signed somebody in or out."""

    browser: int
    cookie: str
    visit: SessionVisit
    previous: bool = False
    written: dict[str, Any] = field(default_factory=dict[str, Any])
    granted: bool = False
    ended: bool = False


class SessionModel(RuleBasedStateMachine):
    """Holds per session what was acknowledged: its values, its owner, its ends. Values name who wrote them."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.policy = Policy()
        self.store = self.make_store(self.clock)
        self.secrets = ["the first of the secrets"]
        self.epochs = {"anna": 1, "berta": 1}
        self.jars = [""] * BROWSERS
        self.late: list[Late] = []
        self.values: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, str] = {}
        self.granted: dict[str, int] = {}
        self.used: dict[str, float] = {}
        self.limits: dict[str, float] = {}
        self.over: set[str] = set()
        self.issued: list[str] = []
        self.dead: set[str] = set()
        self.successors: dict[tuple[str, bytes], bytes] = {}
        self.replaced: dict[tuple[str, bytes], float] = {}
        self.count = 0
        self.restart()

    def make_store(self, clock: ManualClock) -> Store:
        """An empty store; override `teardown` to let go of it."""
        raise NotImplementedError("give the store under test, made with this clock")

    def load(self, subject_id: str) -> Subject:
        """This is also the `Subjects` port."""
        return Subject(subject_id, self.epochs[subject_id])

    def restart(self) -> None:
        """A process starts with today's keys."""
        keys = KeyRing(self.secrets)
        self.manager = SessionManager(self.store, keys, self.policy, self.clock, Units(NoDatabase()))

    # --- what happens ---

    @initialize()
    def somebody_is_there(self) -> None:
        """The first browser is signed in, the second has a session of nobody's."""
        for browser in (0, 1):
            self.begin(browser)
            self.write(0, "a")
            if not browser:
                self.sign_in(0, "anna")
            self.finish(0, lost=False)

    @precondition(lambda self: len(self.late) < 6)
    @rule(browser=BROWSER, acts=st.lists(ACTS, min_size=1, max_size=3))
    def race(self, browser: int, acts: list[tuple[str, float, bool]]) -> None:
        """Requests of one browser that all look before the first of them acts and is answered."""
        self.arrive(browser)
        first = len(self.late)
        for _ in acts:
            self.begin(browser)
        for act, seconds, lost in acts:
            self.clock.advance(seconds)
            self.the_dead_stay_dead()
            self.act(first, act)
            self.finish(first, lost)

    @rule(browser=BROWSER, pages=st.integers(1, 4))
    def come_and_go(self, browser: int, pages: int) -> None:
        """Somebody reads page after page, and their secret is renewed as it is due."""
        self.arrive(browser)
        for _ in range(pages):
            self.clock.advance(901)
            self.begin(browser)
            self.finish(len(self.late) - 1, lost=False)
            self.clock.advance(31)

    @rule(browser=BROWSER, tries=st.integers(1, 3))
    def reload_in_a_tunnel(self, browser: int, tries: int) -> None:
        """A renewal whose response is lost, again and again, until one arrives."""
        self.arrive(browser)
        self.clock.advance(901)
        for lost in [True] * tries + [False]:
            self.begin(browser)
            self.finish(len(self.late) - 1, lost)

    @rule(browser=BROWSER)
    def stay_all_day(self, browser: int) -> None:
        """Somebody works from morning to evening without a break."""
        self.arrive(browser)
        for _ in range(30):
            self.clock.advance(1500)
            self.begin(browser)
            self.finish(len(self.late) - 1, lost=False)
            self.the_dead_stay_dead()

    @precondition(lambda self: len(self.late) < 6)
    @rule(browser=BROWSER)
    def begin(self, browser: int) -> None:
        """A request arrives and looks at who is signed in, and at the values."""
        cookie = self.jars[browser]
        late = Late(browser, cookie, SessionVisit(self.manager, self, DirectCall(cookie)))
        expected = self.opens(cookie)
        public_id = late.visit.session.public_id
        assert (public_id is not None) == expected
        owner = late.visit.subject.get_id() or NOBODY
        if public_id is not None and late.visit.session.public_id is None:
            self.over.add(public_id)  # its owner's epoch is another one now
            assert owner == NOBODY
            assert self.granted[public_id] != self.epochs[self.owners[public_id]]
        elif public_id is not None:
            assert (owner, dict(late.visit.session)) == (self.owners[public_id], self.values[public_id])
            assert owner == NOBODY or self.granted[public_id] == self.epochs[owner]
        else:
            assert dict(late.visit.session) == {}
        held = late.visit.session.held
        late.previous = held is not None and held.standing is Standing.PREVIOUS
        self.late.append(late)

    @precondition(lambda self: bool(self.late))
    @rule(which=st.integers(0, 5), key=KEYS)
    def write(self, which: int, key: str) -> None:
        """It writes a value that names its writer."""
        late = self.pick(which)
        self.count += 1
        late.written[key] = [self.owner_of(late), self.count]
        late.visit.session[key] = late.written[key]

    @precondition(lambda self: bool(self.late))
    @rule(which=st.integers(0, 5), name=NAMES)
    def sign_in(self, which: int, name: str) -> None:
        """It proves to be somebody: the data stays with nobody's session and with its own account's alone."""
        late = self.pick(which)
        before, owner = late.visit.session.public_id, self.owner_of(late)
        held, now = late.visit.session.held, self.clock.now()
        good = held is not None and self.opens(held.token.encode())
        late.visit.sign_in(Grant(self.load(name), (Factor("password", now),), now))
        after = late.visit.session.public_id
        assert after is not None
        assert after not in self.over
        if before is not None and owner not in (NOBODY, name):
            if good:
                self.over.add(before)
            assert after != before
            assert dict(late.visit.session) == {}
        elif owner == name and after != before:
            assert self.stored(after).items() <= late.written.items()
        elif after == before:
            assert self.stored(after) == {**self.values[after], **late.written}
        self.hold(after, self.stored(after), name)
        self.limits[after] = now + self.policy.absolute
        self.granted[after] = self.epochs[name]
        earlier = {self.token(cookie).public_id for cookie in self.issued if self.opens(cookie)}
        assert after not in earlier, "a cookie from before the sign-in opens the session"
        late.granted, late.written = True, {}

    @precondition(lambda self: bool(self.late))
    @rule(which=st.integers(0, 5))
    def sign_out(self, which: int) -> None:
        """It ends the session it holds."""
        late = self.pick(which)
        public_id = late.visit.session.public_id
        assert late.visit.sign_out() == (public_id is not None)
        if public_id is not None:
            self.over.add(public_id)
            late.ended, late.written = True, {}

    @precondition(lambda self: bool(self.late))
    @rule(which=st.integers(0, 5), lost=st.booleans())
    def finish(self, which: int, lost: bool) -> None:
        """It commits; the response arrives, or is lost on its way."""
        late = self.pick(which)
        self.late.remove(late)
        usable = self.opens(late.cookie)
        held = late.visit.session.public_id
        living = [cookie for cookie in self.issued if self.opens(cookie)]
        late.visit.commit()
        assert [cookie for cookie in living if not self.opens(cookie)] == [], "saving ended a secret"
        after = late.visit.session.public_id
        if after is not None:
            self.acknowledged(late, held, after)
        elif late.written and held is not None and not (late.granted or late.ended):
            assert not usable, "a write was dropped though its secret is good"
        elif late.written and not (late.cookie or late.granted or late.ended):
            raise AssertionError("a newcomer's write was dropped")
        self.answered(late, usable, lost)

    @rule(name=NAMES)
    def sign_out_everywhere(self, name: str) -> None:
        """The account's epoch rises."""
        self.epochs[name] += 1

    @rule(seconds=SPANS)
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def sleep(self) -> None:
        self.clock.advance(11 * HOUR)

    @rule()
    def rotate_key(self) -> None:
        """A new key comes to the front; the older ones stay."""
        self.secrets = [f"secret number {len(self.secrets)} {self.count} {self.clock.now()}", *self.secrets]
        self.restart()

    @precondition(lambda self: bool(self.issued))
    @rule(which=st.integers(0, 1000), browser=st.integers(0, BROWSERS - 1))
    def steal(self, which: int, browser: int) -> None:
        """Any cookie ever issued turns up in another browser."""
        self.jars[browser] = self.issued[which % len(self.issued)]

    # --- what must always hold ---

    @invariant()
    def the_dead_stay_dead(self) -> None:
        """No cookie opens a session that was ended or is past a limit, and none that ever failed opens again."""
        for cookie in self.issued[-60:]:
            if not self.opens(cookie):
                self.dead.add(cookie)
                continue
            assert cookie not in self.dead, "a cookie came back to life"
            token = self.token(cookie)
            public_id = token.public_id
            assert self.clock.now() < self.replaced.get((public_id, token.secret), self.clock.now() + 1), (
                "endless grace"
            )
            assert public_id not in self.over, "an ended session came back to life"
            assert self.clock.now() < self.limits[public_id]
            assert self.clock.now() - self.used[public_id] < self.policy.idle

    @invariant()
    def nobody_sees_anothers_data(self) -> None:
        for public_id, held in self.values.items():
            assert {value[0] for value in held.values()} <= {NOBODY, self.owners[public_id]}

    # --- bookkeeping ---

    def arrive(self, browser: int) -> None:
        """A browser without a living session begins a new one and signs in."""
        if not self.opens(self.jars[browser]):
            self.jars[browser] = ""
            self.begin(browser)
            self.write(len(self.late) - 1, "b")
            self.sign_in(len(self.late) - 1, "anna")
            self.finish(len(self.late) - 1, lost=False)

    def act(self, which: int, act: str) -> None:
        """What one of the requests under way does."""
        match act:
            case "write":
                self.write(which, "a")
            case "sign out":
                self.sign_out(which)
            case "anna" | "berta":
                self.sign_in(which, act)
            case _:
                pass

    def pick(self, which: int) -> Late:
        """One of the requests under way."""
        return self.late[which % len(self.late)]

    def owner_of(self, late: Late) -> str:
        """Whose session the request holds, as it sees it."""
        held = late.visit.session.held
        return held.record.subject_id if held else NOBODY

    def token(self, cookie: str) -> Token:
        """The token of a cookie whose key is in the ring."""
        token = decode(self.manager.keys, cookie)
        assert token is not None
        return token

    def opens(self, cookie: str) -> bool:
        """Whether that cookie would open its session now; changes nothing."""
        token = decode(self.manager.keys, cookie)
        stored = self.store.get(token.public_id) if token else None
        record = decode_record(stored.value) if stored else None
        if token is None or record is None:
            return False
        return rules.admit(record, token.digest, self.clock.now(), self.policy).admitted

    def stored(self, public_id: str) -> dict[str, Any]:
        """The values as they are now; a request that looked earlier keeps what it was handed out."""
        stored = self.store.get(public_id)
        record = decode_record(stored.value) if stored else None
        assert record is not None
        return {key: values.decode(raw) for key, raw in record.data.items()}

    def hold(self, public_id: str, held: dict[str, Any], owner: str) -> None:
        """The store acknowledged this."""
        self.values[public_id] = held
        self.owners[public_id] = owner
        self.used[public_id] = self.clock.now()

    def acknowledged(self, late: Late, held: str | None, after: str) -> None:
        """The request ended with a session: what it wrote must be in it from now on."""
        if held is None:
            assert after not in self.values
            self.limits[after] = self.clock.now() + self.policy.absolute
            self.hold(after, {}, NOBODY)
        self.values[after].update(late.written)
        record = late.visit.session.held
        assert record is not None
        self.used[after] = max(self.used[after], record.record.touched_at)
        for (public_id, before), following in self.successors.items():
            if (public_id, following) == (after, record.token.secret) and record.record.seen_at:
                self.replaced.setdefault((public_id, before), record.record.seen_at + self.policy.renewal_grace)

    def answered(self, late: Late, usable: bool, lost: bool) -> None:
        """Renewal has one outcome, and whether its response arrives or not, the browser's cookie still opens."""
        told = late.visit.cookie
        if told is not None and told.value:
            self.issued.append(told.value)
            self.one_successor(late, told.value)
        if usable and not (late.granted or late.ended):
            assert told is None or self.opens(told.value)
            assert told is not None or not late.previous, "a lost response was not repeated"
        if told is not None and not lost:
            self.jars[late.browser] = told.value

    def one_successor(self, late: Late, cookie: str) -> None:
        """A secret that was replaced in the course of time was replaced by one other only."""
        before, after = decode(self.manager.keys, late.cookie), self.token_or_none(cookie)
        if late.granted or late.ended or before is None or after is None or before.handle != after.handle:
            return
        known = self.successors.setdefault((before.public_id, before.secret), after.secret)
        assert known == after.secret, "one secret has two successors"

    def token_or_none(self, cookie: str) -> Token | None:
        return decode(self.manager.keys, cookie)
