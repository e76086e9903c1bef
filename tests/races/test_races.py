"""A-PLT-13: the same guarantees over every store, under threads and under processes."""

import multiprocessing
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.races import crew as crew_room
from tests.races.crew import Crew, together
from watchword.kernel.clock import SystemClock
from watchword.stores import MemoryStore, SqliteStore

THREADS = 32
ROUNDS = 10
LOGOUTS = 200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture(params=["memory", "sqlite"])
def crew(request: pytest.FixtureRequest, path: Path) -> Crew:
    clock = SystemClock()
    return Crew(MemoryStore(clock) if request.param == "memory" else SqliteStore(path, clock, timeout=30))


@contextmanager
def worker(work: Callable[[Path, Any], None], path: Path) -> Generator[Any]:
    """Another process, and the pipe to it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(path, there), daemon=True)
    process.start()
    yield here
    here.send(None)
    process.join(30)
    assert process.exitcode == 0
    here.close()
    there.close()


def test_32_threads_writing_different_keys_lose_nothing(crew: Crew) -> None:
    keys = {f"k{number}" for number in range(THREADS)}
    for _ in range(ROUNDS):
        cookie = crew.signed_in()
        crew.write_each(cookie, sorted(keys))
        assert set(crew.visit(cookie).session) == keys | {"n"}


def test_2_processes_of_16_threads_lose_nothing(path: Path) -> None:
    crew = Crew(SqliteStore(path, SystemClock(), timeout=30))
    expected = {f"{whose}{number}" for whose in ("ours", "theirs") for number in range(16)} | {"n"}
    with worker(crew_room.write_at_each_word, path) as pipe:
        for _ in range(3):
            cookie = crew.signed_in()
            pipe.send(cookie)
            crew.write_each(cookie, [f"ours{number}" for number in range(16)])
            assert pipe.recv() == "done"
            assert set(crew.visit(cookie).session) == expected


def test_A_SES_09_no_late_commit_brings_a_session_back(crew: Crew) -> None:
    for _ in range(LOGOUTS):
        cookie = crew.signed_in()
        visits = crew.late(cookie)
        ending = crew.visit(cookie)
        together(lambda ending=ending: ending.sign_out(), *(visit.commit for visit in visits))
        assert crew.visit(cookie).session.public_id is None
        assert [visit.cookie for visit in visits] == [None] * 3


def test_A_SES_09_nor_does_one_in_another_process(path: Path) -> None:
    crew = Crew(SqliteStore(path, SystemClock(), timeout=30))
    with worker(crew_room.be_late_at_each_word, path) as pipe:
        for _ in range(LOGOUTS):
            cookie = crew.signed_in()
            pipe.send(cookie)
            assert pipe.recv() == "looked"
            ending = crew.visit(cookie)
            assert ending.session["n"] == 0
            pipe.send("now")
            ending.sign_out()
            assert pipe.recv() == "done"
            assert crew.visit(cookie).session.public_id is None


def test_of_many_sign_ins_from_one_cookie_each_gets_a_session(crew: Crew) -> None:
    visit = crew.visit()
    visit.session["n"] = 0
    visit.commit()
    assert visit.cookie is not None
    visits = [crew.visit(visit.cookie.value) for _ in range(8)]
    assert {late.session["n"] for late in visits} == {0}
    together(*(lambda late=late: late.sign_in(crew.grant("anna")) for late in visits))
    cookies = {late.cookie.value for late in visits if late.cookie}
    opened = [crew.visit(cookie) for cookie in cookies]
    assert len({late.session.public_id for late in opened}) == 8
    assert {late.subject.get_id() for late in opened} == {"anna"}
    assert crew.visit(visit.cookie.value).session.public_id is None
