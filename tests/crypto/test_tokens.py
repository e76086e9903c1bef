from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchword.crypto.tokens import SingleUseTokens
from watchword.kernel.errors import Outage
from watchword.kernel.ports import Expect, Store, Stored
from watchword.stores import MemoryStore, SqliteStore
from watchword.testing import ManualClock


class Counted:
    """A store that counts what is asked of it and keeps what was put into it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.commands = 0
        self.held: list[tuple[str, bytes]] = []
        self.away = False

    def get(self, key: str) -> Stored | None:
        self.commands += 1
        return self.store.get(key)

    def put(self, key: str, value: bytes, *, expires_at: float, expect: int | Expect) -> int:
        self.commands += 1
        if self.away:
            raise Outage("away")
        self.held.append((key, value))
        return self.store.put(key, value, expires_at=expires_at, expect=expect)

    def delete(self, key: str) -> None:
        self.commands += 1
        self.store.delete(key)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> Counted:
    memory = request.param == "memory"
    return Counted(MemoryStore(clock) if memory else SqliteStore(tmp_path / "s", clock, timeout=30))


@pytest.fixture
def tokens(store: Counted, clock: ManualClock) -> SingleUseTokens:
    return SingleUseTokens(store, clock)


def test_a_token_is_spent_once(tokens: SingleUseTokens) -> None:
    token = tokens.issue("reset", b"anna", lifetime=60)
    assert tokens.spend("reset", token) == b"anna"
    assert tokens.spend("reset", token) is None
    assert tokens.peek("reset", token) is None


def test_B_84_peeking_spends_nothing(tokens: SingleUseTokens) -> None:
    token = tokens.issue("reset", b"anna", lifetime=60)
    assert [tokens.peek("reset", token) for _ in range(3)] == [b"anna"] * 3
    assert tokens.spend("reset", token) == b"anna"


def test_A_PLT_20_of_20_parallel_spends_one_succeeds(tokens: SingleUseTokens) -> None:
    with ThreadPoolExecutor(20) as threads:
        for _ in range(10):
            token = tokens.issue("invite", b"data", lifetime=60)
            answers = list(threads.map(lambda token: tokens.spend("invite", token), [token] * 20))
            assert sorted(answers, key=bool) == [None] * 19 + [b"data"]


def test_a_token_ends_at_its_instant(tokens: SingleUseTokens, clock: ManualClock) -> None:
    token = tokens.issue("reset", b"anna", lifetime=60)
    clock.advance(59.999)
    assert tokens.peek("reset", token) == b"anna"
    clock.set(clock.now() + 0.001)
    assert tokens.peek("reset", token) is None
    assert tokens.spend("reset", token) is None


def test_A_PLT_05_another_purpose_does_not_know_it(tokens: SingleUseTokens) -> None:
    token = tokens.issue("reset", b"anna", lifetime=60)
    assert tokens.spend("verify", token) is None
    assert tokens.peek("reset\n", token) is None
    assert tokens.spend("reset", token) == b"anna"


def test_the_store_never_sees_the_token(tokens: SingleUseTokens, store: Counted) -> None:
    token = tokens.issue("reset", b"anna", lifetime=60)
    tokens.spend("reset", token)
    assert not [held for held in store.held if token in held[0] or token.encode() in held[1]]
    assert tokens.spend("reset", store.held[0][0].removeprefix("token:")) is None


@pytest.mark.parametrize(
    "malformed", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "\n", "\u0430" * 43, "a" * 9999]
)
def test_a_malformed_token_costs_no_command(tokens: SingleUseTokens, store: Counted, malformed: str) -> None:
    assert tokens.peek("reset", malformed) is None
    assert tokens.spend("reset", malformed) is None
    assert store.commands == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100))
def test_any_data_comes_back(tokens: SingleUseTokens, data: bytes) -> None:
    assert tokens.spend("p", tokens.issue("p", data, lifetime=60)) == data


def test_issue_costs_one_command_and_spending_two(tokens: SingleUseTokens, store: Counted) -> None:
    token = tokens.issue("p", b"", lifetime=60)
    assert store.commands == 1
    tokens.spend("p", token)
    assert store.commands == 3


def test_an_outage_spends_nothing(tokens: SingleUseTokens, store: Counted) -> None:
    token = tokens.issue("p", b"data", lifetime=60)
    store.away = True
    with pytest.raises(Outage):
        tokens.spend("p", token)
    store.away = False
    assert tokens.spend("p", token) == b"data"
