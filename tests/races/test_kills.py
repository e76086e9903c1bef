"""Granting: database, store, cookie. Ending: store, database, cookie. A SIGKILL at each boundary; what holds then."""

import multiprocessing
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.races import victim
from tests.races.crew import Crew
from watchword.database.session_index import SqlSessionIndex
from watchword.kernel.models import SessionEntry


def killed(flow: Callable[[Path, str, str], None], folder: Path, boundary: str, cookie: str) -> None:
    """Run the flow in a process that dies at the boundary."""
    process = multiprocessing.get_context("spawn").Process(target=flow, args=(folder, boundary, cookie))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@pytest.fixture
def house(tmp_path: Path) -> tuple[Crew, SqlSessionIndex]:
    victim.prepare(tmp_path)
    return victim.parts(tmp_path)


def who(crew: Crew, cookie: str) -> str | None:
    return crew.visit(cookie).subject.get_id()


def public_id(crew: Crew, cookie: str) -> str:
    found = crew.visit(cookie).session.public_id
    assert found is not None
    return found


def rows(index: SqlSessionIndex) -> list[SessionEntry]:
    return index.of("anna")


@pytest.mark.parametrize(
    ("boundary", "announced", "granted"),
    [
        ("before the database", False, False),
        ("inside the transaction", False, False),
        ("before the store", True, False),
        ("after the store", True, True),
        ("before the cookie", True, True),
    ],
)
def test_a_kill_while_granting_lets_nobody_in(
    house: tuple[Crew, SqlSessionIndex], tmp_path: Path, boundary: str, announced: bool, granted: bool
) -> None:
    """Not granted: the browser's cookie opens the same session of nobody's, data kept; at most a row says it was
    announced. Granted: that cookie's secret is superseded and the new one died with the process, so nobody
    holds a cookie for the session; its row is there to be listed and ended."""
    crew, index = house
    visit = crew.visit()
    visit.session["cart"] = [1]
    visit.commit()
    assert visit.cookie is not None
    cookie, handle = visit.cookie.value, visit.session.public_id
    killed(victim.sign_in, tmp_path, boundary, cookie)
    assert [entry.public_id for entry in rows(index)] == ([handle] if announced else [])
    assert who(crew, cookie) is None
    assert dict(crew.visit(cookie).session) == ({} if granted else {"cart": [1]})
    again = crew.visit(cookie)
    again.sign_in(crew.grant("anna"))
    assert again.cookie is not None
    assert who(crew, again.cookie.value) == "anna"
    assert len(rows(index)) == (2 if granted else 1)


@pytest.mark.parametrize(
    ("boundary", "over", "noted"),
    [
        ("before the store", False, False),
        ("after the store", True, False),
        ("before the database", True, False),
        ("inside the transaction", True, False),
        ("before the cookie", True, True),
    ],
)
def test_a_kill_while_ending_never_leaves_it_noted_and_alive(
    house: tuple[Crew, SqlSessionIndex], tmp_path: Path, boundary: str, over: bool, noted: bool
) -> None:
    """Before the store nothing has happened and the person is still signed in, as their browser shows. After it the
    session is over for every cookie, whether or not the database came to know; the reverse never holds."""
    crew, index = house
    cookie = crew.signed_in()
    handle = public_id(crew, cookie)
    killed(victim.sign_out, tmp_path, boundary, cookie)
    assert who(crew, cookie) == (None if over else "anna")
    (row,) = rows(index)
    assert (row.public_id, row.ended_at is not None) == (handle, noted)
