"""What every store and its counters must do, sentence by sentence of `watchword.kernel.ports`.

Subclass what applies and give the fixture `store`, made with the fixture `clock`; pytest does the rest:

    class TestMyStore(StoreContract, CountersContract, SweepContract):
        @pytest.fixture
        def store(self, clock): return MyStore(clock)

`SweepContract` is for stores without expiry of their own; `process_contract` for those that outlive a process.
"""

import string
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from watchword.kernel.errors import Conflict
from watchword.kernel.ports import ABSENT, ANY, Counters, Expect, Store, Sweeper
from watchword.testing import races
from watchword.testing.clocks import ManualClock

THREADS = 32


class SweptStore(Store, Counters, Sweeper, Protocol):
    """A store that has all three ports."""


class Contract:
    """The fixtures that every suite takes."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def soon(self, clock: ManualClock) -> float:
        """When a test's entries expire."""
        return clock.now() + 60

    @pytest.fixture
    def threads(self) -> Iterator[ThreadPoolExecutor]:
        """Threads that take turns as often as they can."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        with ThreadPoolExecutor(THREADS) as threads:
            yield threads
        sys.setswitchinterval(interval)


class StoreContract(Contract):
    """`Store`: get, put and delete under expiry, expectation and contention."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> Store:
        raise NotImplementedError("give the store under test, made with this clock")

    # --- what get answers ---

    def test_absent_is_none(self, store: Store) -> None:
        assert store.get("never put") is None

    def test_what_was_put_is_there(self, store: Store, soon: float) -> None:
        version = store.put("k", b"value", expires_at=soon, expect=ABSENT)
        stored = store.get("k")
        assert stored is not None
        assert (stored.value, stored.version, stored.expires_at) == (b"value", version, soon)

    def test_keys_do_not_meet(self, store: Store, soon: float) -> None:
        store.put("k", b"lower", expires_at=soon, expect=ABSENT)
        store.put("K", b"upper", expires_at=soon, expect=ABSENT)
        assert value(store, "k") == b"lower"
        assert value(store, "K") == b"upper"

    def test_deleted_is_none(self, store: Store, soon: float) -> None:
        store.put("k", b"value", expires_at=soon, expect=ABSENT)
        store.delete("k")
        assert store.get("k") is None

    def test_deleting_what_is_absent_is_fine(self, store: Store) -> None:
        store.delete("never put")
        store.delete("never put")

    def test_expires_exactly_at_its_instant(self, store: Store, clock: ManualClock) -> None:
        end = clock.now() + 60
        store.put("k", b"value", expires_at=end, expect=ABSENT)
        clock.set(end - 0.001)
        assert value(store, "k") == b"value"
        clock.set(end)
        assert store.get("k") is None

    def test_put_already_expired_is_absent(self, store: Store, clock: ManualClock) -> None:
        store.put("k", b"value", expires_at=clock.now(), expect=ABSENT)
        assert store.get("k") is None

    def test_a_put_moves_the_expiry_both_ways(self, store: Store, clock: ManualClock) -> None:
        version = store.put("k", b"value", expires_at=clock.now() + 10, expect=ABSENT)
        version = store.put("k", b"value", expires_at=clock.now() + 100, expect=version)
        clock.advance(50)
        assert value(store, "k") == b"value"
        store.put("k", b"value", expires_at=clock.now() + 1, expect=version)
        clock.advance(1)
        assert store.get("k") is None

    def test_a_clock_stepping_back_loses_nothing(self, store: Store, clock: ManualClock, soon: float) -> None:
        version = store.put("k", b"value", expires_at=soon, expect=ABSENT)
        clock.advance(-3600)
        assert value(store, "k") == b"value"
        store.put("k", b"newer", expires_at=soon, expect=version)
        assert value(store, "k") == b"newer"

    # --- what may be held ---

    @pytest.mark.parametrize(
        "held",
        [
            pytest.param(b"", id="empty"),
            pytest.param(bytes(range(256)), id="every byte"),
            pytest.param(bytes(range(256)) * 4096, id="1 MiB"),
        ],
    )
    def test_any_bytes(self, store: Store, soon: float, held: bytes) -> None:
        store.put("k", held, expires_at=soon, expect=ABSENT)
        assert value(store, "k") == held

    def test_url_safe_keys_of_200_characters(self, store: Store, soon: float) -> None:
        alphabet = string.ascii_letters + string.digits + "-_.~:"
        keys = [(letter * 199) + end for letter in alphabet for end in "AB"]
        for key in keys:
            store.put(key, key.encode(), expires_at=soon, expect=ABSENT)
        assert [value(store, key) for key in keys] == [key.encode() for key in keys]

    # --- what put expects ---

    def test_absent_over_something_conflicts(self, store: Store, soon: float) -> None:
        store.put("k", b"first", expires_at=soon, expect=ABSENT)
        self.refuses(store, soon, ABSENT)

    def test_absent_over_expired_and_deleted_succeeds(self, store: Store, clock: ManualClock, soon: float) -> None:
        store.put("k", b"first", expires_at=clock.now() + 1, expect=ABSENT)
        clock.advance(1)
        store.put("k", b"second", expires_at=soon, expect=ABSENT)
        assert value(store, "k") == b"second"
        store.delete("k")
        store.put("k", b"third", expires_at=soon, expect=ABSENT)
        assert value(store, "k") == b"third"

    def test_the_version_read_may_be_replaced_once(self, store: Store, soon: float) -> None:
        version = store.put("k", b"first", expires_at=soon, expect=ABSENT)
        store.put("k", b"second", expires_at=soon, expect=version)
        assert value(store, "k") == b"second"
        self.refuses(store, soon, version)

    @pytest.mark.parametrize("version", [-1, 0, 1, 2**63, 2**64])
    def test_a_version_never_given_out_conflicts(self, store: Store, soon: float, version: int) -> None:
        self.refuses(store, soon, version)
        store.put("k", b"first", expires_at=soon, expect=ABSENT)
        self.refuses(store, soon, version)

    def test_a_version_of_something_deleted_or_expired_conflicts(self, store: Store, clock: ManualClock) -> None:
        soon = clock.now() + 60
        version = store.put("k", b"first", expires_at=soon, expect=ABSENT)
        store.delete("k")
        self.refuses(store, soon, version)
        version = store.put("k", b"second", expires_at=soon, expect=ABSENT)
        clock.set(soon)
        self.refuses(store, soon + 60, version)

    def test_any_writes_over_everything(self, store: Store, clock: ManualClock, soon: float) -> None:
        versions = [store.put("k", b"absent", expires_at=soon, expect=ANY)]
        versions.append(store.put("k", b"there", expires_at=soon, expect=ANY))
        clock.set(soon)
        versions.append(store.put("k", b"expired", expires_at=soon + 60, expect=ANY))
        assert value(store, "k") == b"expired"
        assert len(set(versions)) == 3

    def test_a_version_is_never_used_twice(self, store: Store, clock: ManualClock) -> None:
        seen: list[int] = []
        for _ in range(50):
            end = clock.now() + 1
            seen.append(store.put("k", b"same", expires_at=end, expect=ABSENT))
            seen.append(store.put("k", b"same", expires_at=end, expect=seen[-1]))
            store.delete("k")
            seen.append(store.put("k", b"same", expires_at=end, expect=ABSENT))
            seen.append(store.put("k", b"same", expires_at=end, expect=ANY))
            clock.advance(1)
        assert len(set(seen)) == len(seen)

    def refuses(self, store: Store, expires_at: float, expect: int | Expect) -> None:
        """A put with this expectation raises `Conflict` and changes nothing."""
        before = store.get("k")
        with pytest.raises(Conflict):
            store.put("k", b"must not be written", expires_at=expires_at + 60, expect=expect)
        assert store.get("k") == before

    # --- many threads ---

    def test_of_32_threads_one_finds_it_absent(self, store: Store, soon: float, threads: ThreadPoolExecutor) -> None:
        for turn in range(5):
            won = [threads.submit(races.first, store, f"k{turn}", soon) for _ in range(THREADS)]
            assert sum(future.result() for future in won) == 1

    def test_32_threads_lose_no_update(self, store: Store, soon: float, threads: ThreadPoolExecutor) -> None:
        store.put("k", b"0", expires_at=soon, expect=ABSENT)
        turns = [threads.submit(races.increment, store, "k", 5) for _ in range(THREADS)]
        assert [future.result() for future in turns] == [None] * THREADS
        assert value(store, "k") == b"%d" % (5 * THREADS)

    def test_of_32_threads_one_replaces_a_version(self, store: Store, soon: float, threads: ThreadPoolExecutor) -> None:
        version = store.put("k", b"0", expires_at=soon, expect=ABSENT)
        won = [threads.submit(races.replace, store, "k", version, soon) for _ in range(THREADS)]
        assert sum(future.result() for future in won) == 1


class CountersContract(Contract):
    """`Counters`: totals that expire."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> Counters:
        raise NotImplementedError("give the counters under test, made with this clock")

    def test_a_new_counter_starts_at_zero(self, store: Counters, soon: float) -> None:
        assert [store.add("c", n, expires_at=soon) for n in (3, 4, 0)] == [3, 7, 7]

    def test_counters_do_not_meet(self, store: Counters, soon: float) -> None:
        store.add("c", 1, expires_at=soon)
        assert store.add("d", 1, expires_at=soon) == 1

    def test_a_negative_n_takes_away(self, store: Counters, soon: float) -> None:
        assert [store.add("c", n, expires_at=soon) for n in (5, -2, -7)] == [5, 3, -4]

    def test_a_living_counter_keeps_its_expiry(self, store: Counters, clock: ManualClock) -> None:
        end = clock.now() + 10
        store.add("c", 1, expires_at=end)
        store.add("c", 1, expires_at=end + 100)
        clock.set(end - 0.001)
        assert store.add("c", 1, expires_at=end + 100) == 3
        clock.set(end)
        assert store.add("c", 1, expires_at=end + 100) == 1

    def test_an_expired_counter_takes_the_new_expiry(self, store: Counters, clock: ManualClock) -> None:
        store.add("c", 9, expires_at=clock.now() + 1)
        clock.advance(1)
        end = clock.now() + 50
        store.add("c", 1, expires_at=end)
        clock.set(end - 0.001)
        assert store.add("c", 1, expires_at=end + 50) == 2
        clock.set(end)
        assert store.add("c", 1, expires_at=end + 50) == 1

    def test_add_many_answers_in_order(self, store: Counters, soon: float) -> None:
        keys = ["z", "a", "m", "b"]
        assert store.add_many([(key, place, soon) for place, key in enumerate(keys)]) == [0, 1, 2, 3]
        assert store.add_many([(key, 10, soon) for key in reversed(keys)]) == [13, 12, 11, 10]

    def test_add_many_of_nothing(self, store: Counters) -> None:
        assert store.add_many([]) == []

    def test_add_many_equals_add_after_add(self, store: Counters, clock: ManualClock) -> None:
        now = clock.now()
        entries = [("c", 1, now + 5), ("d", 2, now + 9), ("c", 3, now + 99), ("d", -4, now + 1)]
        for _ in range(4):
            single = [store.add(f"one {key}", n, expires_at=end) for key, n, end in entries]
            assert store.add_many([(f"many {key}", n, end) for key, n, end in entries]) == single
            clock.advance(3)

    def test_32_threads_reach_the_exact_total(self, store: Counters, soon: float, threads: ThreadPoolExecutor) -> None:
        turns = [threads.submit(races.count, store, "c", 10, soon) for _ in range(THREADS)]
        totals = [total for future in turns for total in future.result()]
        assert sorted(totals) == list(range(1, 10 * THREADS + 1))


class SweepContract(Contract):
    """`Sweeper`, for stores without expiry of their own."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> SweptStore:
        raise NotImplementedError("give the store under test, made with this clock")

    def test_an_empty_store_has_nothing_to_sweep(self, store: SweptStore) -> None:
        assert store.sweep(100) == 0

    def test_only_what_expired_goes(self, store: SweptStore, clock: ManualClock) -> None:
        now = clock.now()
        for n in range(10):
            store.put(f"k{n}", b"value", expires_at=now + n, expect=ABSENT)
        clock.set(now + 4)
        assert store.sweep(100) <= 5
        assert [value(store, f"k{n}") for n in range(10)] == [None] * 5 + [b"value"] * 5
        clock.set(now - 1)
        assert [value(store, f"k{n}") for n in range(10)] == [None] * 5 + [b"value"] * 5

    @pytest.mark.parametrize("limit", [-1, 0, 1, 3])
    def test_at_most_limit_go(self, store: SweptStore, clock: ManualClock, limit: int) -> None:
        for n in range(7):
            store.put(f"k{n}", b"value", expires_at=clock.now() + 1, expect=ABSENT)
            store.add(f"c{n}", 1, expires_at=clock.now() + 1)
        clock.advance(1)
        swept = [store.sweep(limit) for _ in range(15)]
        assert max(swept) <= max(limit, 0)
        assert sum(swept) == (14 if limit > 0 else 0)

    def test_a_living_counter_stays(self, store: SweptStore, clock: ManualClock, soon: float) -> None:
        store.add("c", 5, expires_at=soon)
        store.add("d", 5, expires_at=clock.now())
        store.sweep(100)
        assert store.add("c", 1, expires_at=soon) == 6

    def test_a_key_put_again_in_time_stays(self, store: SweptStore, clock: ManualClock, soon: float) -> None:
        version = store.put("k", b"first", expires_at=clock.now() + 1, expect=ABSENT)
        store.put("k", b"second", expires_at=soon, expect=version)
        clock.advance(1)
        assert store.sweep(100) == 0
        assert value(store, "k") == b"second"


def value(store: Store, key: str) -> bytes | None:
    """What is under the key, without its version."""
    stored = store.get(key)
    return stored.value if stored else None
