import os
import sqlite3
import stat
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from subprocess import run
from textwrap import dedent

import pytest
from hypothesis import settings

from watchword.kernel.clock import SystemClock
from watchword.kernel.errors import ConfigurationError
from watchword.kernel.ports import ABSENT
from watchword.stores import SqliteStore
from watchword.testing import ManualClock
from watchword.testing.process_contract import ProcessContract, Processes, soon
from watchword.testing.store_contract import CountersContract, StoreContract, SweepContract, value
from watchword.testing.store_model import StoreModel


class TestSqliteStore(StoreContract, CountersContract, SweepContract):
    @pytest.fixture
    def store(self, tmp_path: Path, clock: ManualClock) -> SqliteStore:
        return SqliteStore(tmp_path / "store.sqlite", clock, timeout=30)


class TestSqliteProcesses(ProcessContract):
    @pytest.fixture
    def opener(self, tmp_path: Path) -> partial[SqliteStore]:
        return partial(SqliteStore, tmp_path / "store.sqlite", SystemClock(), timeout=30)

    def test_4_processes_make_one_new_file(self, tmp_path: Path, processes: Processes) -> None:
        files = [tmp_path / str(n) / "store.sqlite" for n in range(10)]
        totals = processes.race(_count_once, files)
        assert [sorted(column) for column in zip(*totals, strict=True)] == [[1, 2, 3, 4]] * len(files)


def _count_once(_: SqliteStore, files: list[Path]) -> list[int]:
    return [SqliteStore(file, SystemClock()).add("c", 1, expires_at=soon()) for file in files]


class SqliteModel(StoreModel):
    def make_store(self, clock: ManualClock) -> SqliteStore:
        self.folder = tempfile.TemporaryDirectory()
        return SqliteStore(Path(self.folder.name) / "store.sqlite", clock)

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


TestSqliteModel = SqliteModel.TestCase
TestSqliteModel.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "deep" / "store.sqlite"


@pytest.fixture
def store(path: Path) -> SqliteStore:
    return SqliteStore(path, SystemClock())


def test_nothing_is_made_before_the_first_use(store: SqliteStore, path: Path) -> None:
    assert not path.parent.exists()
    assert store.get("k") is None
    assert path.exists()


def test_only_the_owner_may_read_it(store: SqliteStore, path: Path) -> None:
    before = os.umask(0)
    try:
        store.put("k", b"value", expires_at=soon(), expect=ABSENT)
    finally:
        os.umask(before)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["store.sqlite", "store.sqlite-shm", "store.sqlite-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_each_thread_keeps_one_connection_and_leaves_none(store: SqliteStore, path: Path) -> None:
    store.get("k")
    inside: list[int] = []

    def use() -> None:
        for _ in range(3):
            store.get("k")
        together.wait(10)
        inside.append(_connections(path))
        together.wait(10)

    together = threading.Barrier(8)
    for _ in range(3):
        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert _connections(path) == 1
    assert inside == [9] * 24
    store.close()
    assert _connections(path) == 0


def _connections(path: Path) -> int:
    """How many connections to the database this process has: each holds one descriptor of the journal."""
    links = (f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd"))
    return sum(os.path.realpath(link) == f"{path}-wal" for link in links)


def test_a_child_takes_over_no_connection(store: SqliteStore, path: Path) -> None:
    store.get("k")
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(writes, b"%d" % _connections(path))
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reads, 10) == b"0"
    os.close(reads)
    os.close(writes)


def test_a_fork_that_python_does_not_hear_of(path: Path) -> None:
    """As embedding servers in C do it: the child uses, and closes, nothing of its parent's."""
    script = """
        import ctypes, os, sys
        from watchword.kernel.clock import SystemClock
        from watchword.kernel.ports import ABSENT
        from watchword.stores import SqliteStore
        store = SqliteStore(sys.argv[1], SystemClock())
        store.put("parent", b"value", expires_at=9e9, expect=ABSENT)
        theirs = store._file.reading()
        pid = ctypes.PyDLL(None).fork()
        if not pid:
            store.put("child", b"value", expires_at=9e9, expect=ABSENT)
            mine = store._file.reading()
            print(mine is not theirs, mine.pid == os.getpid(), flush=True)
            del theirs, mine, store
            os._exit(0)
        os.waitpid(pid, 0)
        print(store.get("parent") is not None, store.get("child") is not None)
    """
    done = run([sys.executable, "-c", dedent(script), path], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["True"] * 4, "")


def test_starting_a_program_closes_nothing(store: SqliteStore, path: Path) -> None:
    store.get("k")
    run(["true"], check=True)
    assert _connections(path) == 1


def test_a_reader_does_not_hold_up_the_journal(store: SqliteStore, path: Path) -> None:
    store.put("k", b"value", expires_at=soon(), expect=ABSENT)
    store.get("k")
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    other.close()


def test_sweeping_goes_by_the_index(store: SqliteStore, path: Path) -> None:
    store.get("k")
    other = sqlite3.connect(path)
    for table in ("watchword_entries", "watchword_counters"):
        sql = f"EXPLAIN QUERY PLAN SELECT key FROM {table} WHERE expires_at <= 1 ORDER BY expires_at LIMIT 5"
        assert f"USING INDEX {table}_expiry" in other.execute(sql).fetchone()[3]
    other.close()


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = SqliteStore("store.sqlite", SystemClock())
    monkeypatch.chdir("/")
    store.put("k", b"value", expires_at=soon(), expect=ABSENT)
    assert value(SqliteStore(tmp_path / "store.sqlite", SystemClock()), "k") == b"value"


def test_an_old_library_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ConfigurationError, match=r"SQLite 3\.35 or newer"):
        SqliteStore(path, SystemClock())
