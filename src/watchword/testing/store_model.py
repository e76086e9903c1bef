"""A store beside a dictionary that cannot be wrong: Hypothesis looks for a sequence that tells them apart.

class MyModel(StoreModel):
    def make_store(self, clock): return MyStore(clock)

TestMyStore = MyModel.TestCase
"""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from watchword.kernel.errors import Conflict
from watchword.kernel.ports import ABSENT, ANY, Expect, Stored, Sweeper
from watchword.testing.clocks import ManualClock
from watchword.testing.races import Shared

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.binary(max_size=20)
LIFETIMES = st.integers(min_value=0, max_value=5)
STEPS = st.sampled_from([-1.0, 0.5, 1.0, 3.0])


class StoreModel(RuleBasedStateMachine):
    """Holds in `model` what the store must hold, expired entries included until they are replaced.

    The clock steps back only while nothing is expired: whether an expired entry then returns is open.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.store = self.make_store(self.clock)
        self.model: dict[str, Stored] = {}
        self.totals: dict[str, tuple[int, float]] = {}
        self.given: dict[str, list[int]] = {key: [] for key in "abc"}

    def make_store(self, clock: ManualClock) -> Shared:
        """An empty store; `teardown` closes it."""
        raise NotImplementedError("give the store under test, made with this clock")

    def alive(self, key: str) -> Stored | None:
        """What the model says `get` answers."""
        held = self.model.get(key)
        return held if held and held.expires_at > self.clock.now() else None

    @rule(key=KEYS, value=VALUES, lifetime=LIFETIMES)
    def put_absent(self, key: str, value: bytes, lifetime: int) -> None:
        self.put(key, value, lifetime, ABSENT, agreed=self.alive(key) is None)

    @rule(key=KEYS, value=VALUES, lifetime=LIFETIMES)
    def put_any(self, key: str, value: bytes, lifetime: int) -> None:
        self.put(key, value, lifetime, ANY, agreed=True)

    @rule(key=KEYS, value=VALUES, lifetime=LIFETIMES, back=st.integers(min_value=0, max_value=3))
    def put_version(self, key: str, value: bytes, lifetime: int, back: int) -> None:
        """With the newest version given out for the key, or one some puts older."""
        version = self.given[key][-1 - back] if len(self.given[key]) > back else 7
        held = self.alive(key)
        self.put(key, value, lifetime, version, agreed=held is not None and held.version == version)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.store.delete(key)
        self.model.pop(key, None)

    @rule(key=KEYS, n=st.integers(min_value=-3, max_value=9), lifetime=LIFETIMES)
    def add(self, key: str, n: int, lifetime: int) -> None:
        expires_at = self.clock.now() + lifetime
        assert self.store.add(key, n, expires_at=expires_at) == self.count(key, n, expires_at)

    @rule(entries=st.lists(st.tuples(KEYS, st.integers(min_value=-3, max_value=9), LIFETIMES), max_size=4))
    def add_many(self, entries: list[tuple[str, int, int]]) -> None:
        now = self.clock.now()
        timed = [(key, n, now + lifetime) for key, n, lifetime in entries]
        assert self.store.add_many(timed) == [self.count(*entry) for entry in timed]

    @rule(seconds=STEPS)
    def advance(self, seconds: float) -> None:
        ends = [held.expires_at for held in self.model.values()] + [end for _, end in self.totals.values()]
        if seconds > 0 or all(end > self.clock.now() for end in ends):
            self.clock.advance(seconds)

    @rule(limit=st.integers(min_value=0, max_value=3))
    def sweep(self, limit: int) -> None:
        sweeper: Sweeper | None = getattr(self.store, "sweep", None) and self.store  # type: ignore[assignment]
        if sweeper is not None:
            assert 0 <= sweeper.sweep(limit) <= limit

    @invariant()
    def agrees(self) -> None:
        """Every key holds what the model holds."""
        assert {key: self.store.get(key) for key in "abc"} == {key: self.alive(key) for key in "abc"}

    def teardown(self) -> None:
        self.store.close()

    def put(self, key: str, value: bytes, lifetime: int, expect: int | Expect, *, agreed: bool) -> None:
        """Put into both; `agreed` says whether the store must accept it."""
        expires_at = self.clock.now() + lifetime
        try:
            version = self.store.put(key, value, expires_at=expires_at, expect=expect)
        except Conflict:
            assert not agreed
            return
        assert agreed
        assert version not in self.given[key]
        self.given[key].append(version)
        self.model[key] = Stored(value, version, expires_at)

    def count(self, key: str, n: int, expires_at: float) -> int:
        """Add to the model's counter."""
        total, end = self.totals.get(key, (0, expires_at))
        if end <= self.clock.now():
            total, end = 0, expires_at
        self.totals[key] = (total + n, end)
        return total + n
