"""What a store that outlives a process must do when several processes share it.

class TestMyStore(ProcessContract):
    @pytest.fixture
    def opener(self, tmp_path): return partial(MyStore, tmp_path / "store", SystemClock())
"""

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkContext, SpawnContext
from typing import Any, Final

import pytest

from watchword.kernel.clock import SystemClock
from watchword.kernel.ports import ABSENT
from watchword.testing import races
from watchword.testing.races import Shared
from watchword.testing.store_contract import value

PROCESSES: Final = 4
_AVAILABLE: Final = [name for name in ("spawn", "fork") if name in multiprocessing.get_all_start_methods()]
_FORKING_IS_MEANT: Final = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
Opener = Callable[[], Shared]


@_FORKING_IS_MEANT
class ProcessContract:
    """`Store` and `Counters` across processes: started afresh, and forked off with the store open."""

    @pytest.fixture
    def opener(self) -> Opener:
        raise NotImplementedError("give a callable that pickles and opens the same store from any process")

    @pytest.fixture
    def store(self, opener: Opener) -> Shared:
        return opener()

    @pytest.fixture(params=_AVAILABLE)
    def processes(self, request: pytest.FixtureRequest, opener: Opener, store: Shared) -> "Processes":
        if request.param == "spawn":
            return Processes(multiprocessing.get_context("spawn"), opener)
        # A forked process uses the very object that its parent has open.
        store.get("open")
        return Processes(multiprocessing.get_context("fork"), lambda: store)

    def test_what_was_put_outlives_the_handle(self, opener: Opener, store: Shared) -> None:
        version = store.put("k", b"value", expires_at=soon(), expect=ABSENT)
        store.add("c", 2, expires_at=soon())
        store.close()
        again = opener()
        stored = again.get("k")
        assert stored is not None
        assert (stored.value, stored.version) == (b"value", version)
        assert again.add("c", 1, expires_at=soon()) == 3

    def test_a_closed_store_opens_again(self, store: Shared) -> None:
        store.put("k", b"value", expires_at=soon(), expect=ABSENT)
        store.close()
        store.close()
        assert value(store, "k") == b"value"

    def test_of_4_processes_one_finds_it_absent(self, store: Shared, processes: "Processes") -> None:
        keys = [f"k{n}" for n in range(20)]
        won = processes.race(all_first, keys, soon())
        assert [sum(column) for column in zip(*won, strict=True)] == [1] * len(keys)
        assert value(store, "k0") == b"mine"

    def test_4_processes_lose_no_update(self, store: Shared, processes: "Processes") -> None:
        store.put("k", b"0", expires_at=soon(), expect=ABSENT)
        processes.race(races.increment, "k", 25)
        assert value(store, "k") == b"%d" % (25 * PROCESSES)

    def test_4_processes_reach_the_exact_total(self, store: Shared, processes: "Processes") -> None:
        totals = processes.race(races.count, "c", 25, soon())
        assert sorted(total for answer in totals for total in answer) == list(range(1, 25 * PROCESSES + 1))
        assert store.add("c", 0, expires_at=soon()) == 25 * PROCESSES

    @pytest.mark.skipif("fork" not in _AVAILABLE, reason="this platform does not fork")
    def test_a_parent_that_closes_takes_nothing_from_its_child(self, opener: Opener, store: Shared) -> None:
        store.put("before", b"value", expires_at=soon(), expect=ABSENT)
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe()
        child = context.Process(target=_put_at_each_word, args=(store, there))
        child.start()
        here.send("first")
        assert here.recv() == "first"
        assert value(store, "first") == b"value"
        store.close()
        here.send("second")
        assert here.recv() == "second"
        here.send(None)
        child.join(30)
        assert child.exitcode == 0
        again = opener()
        assert [value(again, key) for key in ("before", "first", "second")] == [b"value"] * 3


class Processes:
    """Starts processes that all do the same to one store, at the same moment."""

    def __init__(self, context: SpawnContext | ForkContext, opener: Opener) -> None:
        self._context = context
        self._opener = opener

    def race(self, race: Callable[..., object], *arguments: object) -> list[Any]:
        """What each of the processes answered; an answer that is text is the error it met."""
        answers = self._context.SimpleQueue()
        gate = self._context.Barrier(PROCESSES)
        work = (self._opener, gate, answers, race, arguments)
        started = [self._context.Process(target=races.in_process, args=work) for _ in range(PROCESSES)]
        for process in started:
            process.start()
        told = [answers.get() for _ in started]
        for process in started:
            process.join(30)
        assert not [answer for answer in told if isinstance(answer, str)], told
        return told


def all_first(store: Shared, keys: list[str], expires_at: float) -> list[bool]:
    """For each key, whether this process found it absent."""
    return [races.first(store, key, expires_at) for key in keys]


def soon() -> float:
    """When a test's entries expire; worker processes share no clock but the system's."""
    return SystemClock().now() + 3600


def _put_at_each_word(store: Shared, pipe: Any) -> None:
    while (word := pipe.recv()) is not None:
        store.put(word, b"value", expires_at=soon(), expect=ABSENT)
        pipe.send(word)
    store.close()
