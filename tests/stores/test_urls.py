from pathlib import Path

import pytest

from watchword.kernel.errors import ConfigurationError
from watchword.kernel.ports import ABSENT
from watchword.stores import MemoryStore, SqliteStore, open_store
from watchword.testing import ManualClock

CLOCK = ManualClock()


def test_memory() -> None:
    assert isinstance(open_store("memory://", CLOCK), MemoryStore)


def test_sqlite_at_an_absolute_path(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "store.sqlite"
    store = open_store(f"sqlite:///{path}", CLOCK)
    assert isinstance(store, SqliteStore)
    store.put("k", b"value", expires_at=CLOCK.now() + 1, expect=ABSENT)
    store.close()
    assert path.exists()


def test_sqlite_at_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///instance/store.sqlite", CLOCK).get("k")
    assert (tmp_path / "instance" / "store.sqlite").exists()


def test_opening_touches_no_file(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/store.sqlite", CLOCK)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is not a URL"),
        ("store.sqlite", "is not a URL"),
        ("memory", "is not a URL"),
        ("memory://somewhere", "after memory://"),
        ("mysql://localhost", "unknown kind of store, 'mysql'"),
        ("://", "unknown kind of store, ''"),
        ("sqlite://", "names no file"),
        ("sqlite://store.sqlite", "names no file"),
        ("sqlite:///", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///store.sqlite?timeout=1", "has options"),
    ],
)
def test_what_names_no_store_is_refused(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(url, CLOCK)
    [problem] = caught.value.problems
    assert problem.setting == "WATCHWORD_STORE_URL"
    assert says in problem.what
    assert problem.remedy


@pytest.mark.parametrize("url", ["", "mysql://localhost"])
def test_the_refusal_lists_what_there_is(url: str) -> None:
    with pytest.raises(ConfigurationError, match="memory://, sqlite:///relative/path, sqlite:////absolute/path"):
        open_store(url, CLOCK)


def test_the_refusal_hides_the_password() -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store("mysql://me:hunter2@localhost", CLOCK)
    assert "hunter2" not in str(caught.value)
