from pathlib import Path

import pytest

from tests.sessions.house import House
from watchword.kernel.ports import Store
from watchword.stores import MemoryStore, SqliteStore
from watchword.testing import ManualClock

pytest.register_assert_rewrite("watchword.testing.session_model")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> Store:
    if request.param == "memory":
        return MemoryStore(clock)
    return SqliteStore(tmp_path / "store.sqlite", clock, timeout=30)


@pytest.fixture
def house(store: Store, clock: ManualClock) -> House:
    return House(store, clock)
