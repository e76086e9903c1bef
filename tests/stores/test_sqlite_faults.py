"""Every fault of the file is an `Outage` that names the file and the remedy, and passes when the fault does."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from watchword.kernel.clock import SystemClock
from watchword.kernel.errors import Outage
from watchword.kernel.ports import ABSENT, ANY
from watchword.stores import SqliteStore
from watchword.stores.sqlite import schema
from watchword.testing.store_contract import value

NOBODY = 65534
FAR = 9e9

VERBS: dict[str, Callable[[SqliteStore], object]] = {
    "get": lambda store: store.get("k"),
    "put absent": lambda store: store.put("new", b"value", expires_at=FAR, expect=ABSENT),
    "put any": lambda store: store.put("k", b"value", expires_at=FAR, expect=ANY),
    "put version": lambda store: store.put("k", b"value", expires_at=FAR, expect=1),
    "delete": lambda store: store.delete("k"),
    "add": lambda store: store.add("c", 1, expires_at=FAR),
    "add many": lambda store: store.add_many([("c", 1, FAR), ("d", 1, FAR)]),
    "sweep": lambda store: store.sweep(10),
}
WRITES = {name: verb for name, verb in VERBS.items() if name != "get"}


@pytest.fixture
def path() -> Iterator[Path]:
    """A file in a folder of its own that another user could reach (pytest's may only be entered by us)."""
    folder = Path(tempfile.mkdtemp(prefix="watchword-"))
    folder.chmod(0o755)
    yield folder / "instance" / "store.sqlite"
    shutil.rmtree(folder)


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """With one entry and one counter in it, closed."""
    store = SqliteStore(path, SystemClock(), timeout=0.05)
    store.put("k", b"value", expires_at=FAR, expect=ABSENT)
    store.add("c", 1, expires_at=FAR)
    store.close()
    yield store
    store.close()


def fails(store: SqliteStore, path: Path, verbs: dict[str, Callable[[SqliteStore], object]], says: str) -> None:
    """Every verb raises `Outage` with these words and the file's name."""
    for name, verb in verbs.items():
        with pytest.raises(Outage) as caught:
            verb(store)
        assert says in str(caught.value), name
        assert str(path) in str(caught.value), name


def works(store: SqliteStore) -> None:
    """Reads and writes what it held before the fault."""
    assert value(store, "k") == b"value"
    store.put("k", b"newer", expires_at=FAR, expect=ANY)
    assert value(store, "k") == b"newer"
    assert store.add("c", 1, expires_at=FAR) == 2


@contextmanager
def without_privilege() -> Iterator[None]:
    """For root, to whom permission bits mean nothing: act as nobody."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_in_a_read_only_folder(store: SqliteStore, path: Path) -> None:
    path.chmod(0o644)
    path.parent.chmod(0o555)
    with without_privilege():
        fails(store, path, VERBS, "lies in a read-only folder")
    path.parent.chmod(0o700)
    works(store)


def test_a_read_only_file(store: SqliteStore, path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o777)
    with without_privilege():
        fails(store, path, WRITES, "is read-only")
    path.chmod(0o600)
    works(store)


def test_a_file_that_others_may_not_read(store: SqliteStore, path: Path) -> None:
    path.chmod(0o000)
    path.parent.chmod(0o777)
    with without_privilege():
        fails(store, path, VERBS, "see that this process may read and write it")
    path.chmod(0o600)
    works(store)


def test_a_file_closed_to_us_in_a_read_only_folder(store: SqliteStore, path: Path) -> None:
    path.chmod(0o000)
    path.parent.chmod(0o555)
    with without_privilege():
        fails(store, path, VERBS, "lies in a read-only folder")
    path.parent.chmod(0o700)
    path.chmod(0o600)
    works(store)


def test_no_file_may_be_made_in_a_read_only_folder(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o555)
    new = SqliteStore(path, SystemClock())
    with without_privilege():
        fails(new, path, VERBS, "cannot be made: its folder is read-only")


@pytest.mark.parametrize("below", ["store.sqlite", "deeper/store.sqlite"])
def test_a_path_through_a_file(path: Path, below: str) -> None:
    path.parent.mkdir()
    path.write_text("not a folder")
    fails(SqliteStore(path / below, SystemClock()), path / below, VERBS, "part of its path is a file")


def test_a_path_that_is_a_folder(path: Path) -> None:
    path.mkdir(parents=True)
    fails(SqliteStore(path, SystemClock()), path, VERBS, "is a folder: name a file inside it")


def test_a_link_to_nowhere(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(path.parent / "gone" / "store.sqlite")
    fails(SqliteStore(path, SystemClock()), path, VERBS, "cannot be opened")


@contextmanager
def locked(path: Path, how: str) -> Iterator[None]:
    """Another process holds the file."""
    script = f"""
        import sqlite3, sys
        other = sqlite3.connect(sys.argv[1], isolation_level=None)
        other.execute("{how}")
        print("locked", flush=True)
        sys.stdin.read()
    """
    with child(script, path) as process:
        yield
        process.communicate()


@contextmanager
def child(script: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that has printed its first line."""
    command = [sys.executable, "-c", dedent(script), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process


def test_a_writer_that_does_not_let_go(store: SqliteStore, path: Path) -> None:
    with locked(path, "BEGIN IMMEDIATE"):
        assert value(store, "k") == b"value"
        fails(store, path, WRITES, "was locked for more than 0.05 s")
    works(store)


def test_a_file_locked_before_it_is_opened_in_wal(path: Path) -> None:
    path.parent.mkdir()
    store = SqliteStore(path, SystemClock(), timeout=0.05)
    with locked(path, "BEGIN EXCLUSIVE"):
        fails(store, path, VERBS, "was locked for more than 0.05 s")
    assert store.get("k") is None


def test_a_lock_shorter_than_the_timeout_is_waited_for(store: SqliteStore, path: Path) -> None:
    patient = SqliteStore(path, SystemClock(), timeout=30)
    script = """
        import sqlite3, sys, time
        other = sqlite3.connect(sys.argv[1], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        print("locked", flush=True)
        time.sleep(0.3)
    """
    with child(script, path):
        before = time.monotonic()
        patient.delete("k")
        assert time.monotonic() - before > 0.1
    patient.close()


@pytest.mark.parametrize("damage", [b"not a database at all\n" * 300, os.urandom(8192)])
def test_a_file_that_is_no_database(store: SqliteStore, path: Path, damage: bytes) -> None:
    whole = path.read_bytes()
    path.write_bytes(damage)
    fails(store, path, VERBS, "is not an SQLite database, or is damaged")
    assert path.read_bytes() == damage
    path.write_bytes(whole)
    works(store)


def test_a_damaged_page(store: SqliteStore, path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    fails(store, path, VERBS, "is damaged: restore it")
    path.write_bytes(whole)
    works(store)


def test_a_file_cut_short(store: SqliteStore, path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:4096])
    fails(store, path, VERBS, "is damaged: restore it")
    path.write_bytes(whole)
    works(store)


def test_another_programs_database(path: Path) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (column)")
    other.close()
    before = path.read_bytes()
    fails(SqliteStore(path, SystemClock()), path, VERBS, "another program's database")
    assert path.read_bytes() == before


def test_a_newer_schema(store: SqliteStore, path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    other.close()
    fails(store, path, VERBS, "newer Watchword (schema 2, this one knows 1): upgrade")


@pytest.mark.parametrize("with_journal", [True, False])
def test_a_file_removed_while_open(store: SqliteStore, path: Path, with_journal: bool) -> None:
    assert value(store, "k") == b"value"
    path.unlink()
    if with_journal:
        for beside in path.parent.iterdir():
            beside.unlink()
    version = store.put("k", b"new", expires_at=FAR, expect=ABSENT)
    other = SqliteStore(path, SystemClock())
    stored = other.get("k")
    assert stored is not None
    assert (stored.value, stored.version) == (b"new", version)
    other.close()


def test_a_folder_removed_while_open(store: SqliteStore, path: Path) -> None:
    assert value(store, "k") == b"value"
    shutil.rmtree(path.parent)
    assert store.add("c", 1, expires_at=FAR) == 1
    assert path.exists()


def test_a_reader_notices_a_removed_file_within_a_second(store: SqliteStore, path: Path) -> None:
    assert value(store, "k") == b"value"
    for file in path.parent.iterdir():
        file.unlink()
    give_up = time.monotonic() + 5
    while value(store, "k") is not None:
        assert time.monotonic() < give_up
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["put any", "add", "add many"])
def test_a_full_disk(store: SqliteStore, path: Path, name: str) -> None:
    """SQLITE_FULL by a limit on pages: the same code in SQLite as the disk's own refusal."""
    with store._file.writing() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for n in range(1000):
            VERBS[name](store)
            store.put(f"filler {n}", bytes(1000), expires_at=FAR, expect=ABSENT)

    with pytest.raises(Outage, match="the disk is full: free some space"):
        fill()
    works_after_filling(store)


def works_after_filling(store: SqliteStore) -> None:
    """Reads, and takes the next write."""
    assert value(store, "k") == b"value"
    store.put("k", b"newer", expires_at=FAR, expect=ANY)
    assert value(store, "k") == b"newer"


FILL = """
    import os, resource, signal, sys
    from watchword.kernel.clock import SystemClock
    from watchword.kernel.errors import Outage
    from watchword.kernel.ports import ABSENT, ANY
    from watchword.stores import SqliteStore
    store = SqliteStore(sys.argv[1], SystemClock())
    print(store.put("k", b"value", expires_at=9e9, expect=ANY), flush=True)
    {limit}
    held = []
    try:
        for n in range(10_000):
            store.put(f"filler {{n}}", bytes(4000), expires_at=9e9, expect=ABSENT)
            held.append(n)
    except Outage as outage:
        print(outage)
    assert store.get("k").value == b"value"
    assert held and all(store.get(f"filler {{n}}") for n in held)
    print("still reads")
    {after}
"""


def test_a_limit_on_the_size_of_files(path: Path) -> None:
    limit = (
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))"
    )
    with child(FILL.format(limit=limit, after=""), path) as process:
        told = process.communicate()[0].decode()
    assert process.returncode == 0
    assert "raise the file size limit" in told
    assert "still reads" in told


def test_a_disk_that_is_full_in_truth(path: Path, tmp_path: Path) -> None:
    """On a file system of 400 kB in a mount namespace of its own; where neither root nor user namespaces
    are to be had, the limit above has to do."""
    path.parent.mkdir()
    ballast = path.with_name("ballast")
    limit = f"open({str(ballast)!r}, 'wb').write(bytes(100_000))"
    after = f"os.remove({str(ballast)!r}); store.delete('k'); print('and writes again')"
    script = tmp_path / "fill.py"
    script.write_text(dedent(FILL.format(limit=limit, after=after)))
    mount = f'mount -t tmpfs -o size=400k none "{path.parent}" && exec "{sys.executable}" "{script}" "{path}"'
    for unshare in (["unshare", "-m"], ["unshare", "-Urm"]):
        done = subprocess.run([*unshare, "sh", "-c", mount], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            assert "the disk is full" in done.stdout
            assert "and writes again" in done.stdout
            return
        assert "Traceback" not in done.stderr, done.stderr


def test_want_of_memory(path: Path) -> None:
    script = """
        import sqlite3, sys
        from watchword.kernel.clock import SystemClock
        from watchword.kernel.errors import Outage
        from watchword.kernel.ports import ANY
        from watchword.stores import SqliteStore
        store = SqliteStore(sys.argv[1], SystemClock())
        print(store.put("k", b"value", expires_at=9e9, expect=ANY), flush=True)
        sqlite3.connect(":memory:").execute("PRAGMA hard_heap_limit = 200000")
        try:
            store.put("k", bytes(1_000_000), expires_at=9e9, expect=ANY)
        except Outage as outage:
            print(outage)
    """
    with child(script, path) as process:
        told = process.communicate()[0].decode()
    assert "for want of memory" in told


def test_a_writer_killed_amid_its_writes(path: Path) -> None:
    script = """
        import sys
        from watchword.kernel.clock import SystemClock
        from watchword.kernel.ports import ABSENT
        from watchword.stores import SqliteStore
        store = SqliteStore(sys.argv[1], SystemClock())
        for n in range(1_000_000):
            store.put(f"k{n}", bytes(500), expires_at=9e9, expect=ABSENT)
            store.add("c", 1, expires_at=9e9)
            print(n, flush=True)
    """
    acknowledged = -1
    with child(script, path) as process:
        assert process.stdout is not None
        for line in process.stdout:
            acknowledged = int(line)
            if acknowledged > 200:
                process.send_signal(signal.SIGKILL)
                break
        rest = process.stdout.read().split()
        acknowledged = int(rest[-1]) if rest and rest[-1].isdigit() else acknowledged
    assert process.returncode == -signal.SIGKILL
    store = SqliteStore(path, SystemClock())
    assert [n for n in range(acknowledged + 1) if value(store, f"k{n}") != bytes(500)] == []
    assert store.add("c", 0, expires_at=FAR) in {acknowledged + 1, acknowledged + 2}
    with store._file.reading() as cursor:
        assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


def test_an_interrupted_transaction_leaves_nothing_behind(store: SqliteStore) -> None:
    def interrupted() -> None:
        with store._file.writing() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("DELETE FROM watchword_entries")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    works(store)
