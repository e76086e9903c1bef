import pytest
from hypothesis import settings

from watchword.kernel.ports import ANY
from watchword.stores import MemoryStore
from watchword.testing import ManualClock
from watchword.testing.store_contract import CountersContract, StoreContract, SweepContract
from watchword.testing.store_model import StoreModel


class TestMemoryStore(StoreContract, CountersContract, SweepContract):
    @pytest.fixture
    def store(self, clock: ManualClock) -> MemoryStore:
        return MemoryStore(clock)


class MemoryModel(StoreModel):
    def make_store(self, clock: ManualClock) -> MemoryStore:
        return MemoryStore(clock)


TestMemoryModel = MemoryModel.TestCase
TestMemoryModel.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_writing_alone_keeps_the_store_small() -> None:
    clock = ManualClock()
    store = MemoryStore(clock)
    for n in range(1000):
        store.put(f"k{n}", b"value", expires_at=clock.now() + 10, expect=ANY)
        store.add(f"c{n}", 1, expires_at=clock.now() + 10)
        clock.advance(1)
    assert store.sweep(1000) < 10


def test_touching_one_entry_for_ever_takes_no_more_memory() -> None:
    clock = ManualClock()
    store = MemoryStore(clock)
    for _ in range(1000):
        store.put("k", b"value", expires_at=clock.now() + 10_000, expect=ANY)
        clock.advance(1)
    assert len(store._entries._queue) < 100
    clock.advance(20_000)
    assert store.sweep(10) == 1


def test_versions_mean_nothing_to_the_next_process() -> None:
    versions = {MemoryStore(ManualClock()).put("k", b"", expires_at=9e9, expect=ANY) for _ in range(20)}
    assert len(versions) == 20
