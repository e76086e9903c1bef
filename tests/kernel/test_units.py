import logging
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import pytest

from watchword.kernel.errors import Outage
from watchword.kernel.events import Event, SessionCreated, SessionEvent, SessionRenewed, SignInEvent
from watchword.kernel.units import NoDatabase, Units

CREATED = SessionCreated(at=1.0)
RENEWED = SessionRenewed(at=2.0)


class Rows:
    """A database and a sink in one: what was written last until it is committed, rolled back or refused."""

    def __init__(self) -> None:
        self.written: list[Event] = []
        self.begun = 0
        self.fails_at_commit = False

    @contextmanager
    def transaction(self) -> Generator[None]:
        before = list(self.written)
        self.begun += 1
        try:
            yield
            if self.fails_at_commit:
                raise Outage("away at commit")
        except BaseException:
            self.written = before
            raise

    def write(self, events: Sequence[Event]) -> None:
        self.written.extend(events)


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def units(rows: Rows) -> Units:
    return Units(rows, [rows])


@pytest.fixture
def heard(units: Units) -> list[Event]:
    heard: list[Event] = []
    units.listen(Event, heard.append)
    return heard


def test_events_are_written_inside_and_heard_after_the_unit(units: Units, rows: Rows, heard: list[Event]) -> None:
    with units.unit():
        units.emit(CREATED)
        assert (rows.written, heard) == ([], [])
    assert (rows.written, heard) == ([CREATED], [CREATED])


def test_an_event_outside_a_unit_gets_its_own(units: Units, rows: Rows, heard: list[Event]) -> None:
    units.emit(CREATED)
    assert (rows.written, heard, rows.begun) == ([CREATED], [CREATED], 1)


def test_what_is_not_audited_is_heard_and_not_written(units: Units, rows: Rows, heard: list[Event]) -> None:
    units.emit(RENEWED)
    assert rows.begun == 0
    with units.unit():
        units.emit(RENEWED)
    assert (rows.written, heard) == ([], [RENEWED, RENEWED])


def test_an_exception_undoes_it_all_and_nobody_hears(units: Units, rows: Rows, heard: list[Event]) -> None:
    with pytest.raises(KeyError), units.unit():  # noqa: PT012
        units.emit(CREATED)
        raise KeyError
    assert (rows.written, heard) == ([], [])
    units.emit(CREATED)
    assert heard == [CREATED]


def test_a_commit_that_fails_is_heard_by_nobody(units: Units, rows: Rows, heard: list[Event]) -> None:
    rows.fails_at_commit = True
    with pytest.raises(Outage), units.unit():
        units.emit(CREATED)
    assert (rows.written, heard) == ([], [])


def test_a_sink_that_fails_undoes_the_change(rows: Rows) -> None:
    class Full(Rows):
        def write(self, events: Sequence[Event]) -> None:
            raise Outage("the audit is full")

    units, heard = Units(rows, [rows, Full()]), []
    units.listen(Event, heard.append)
    with pytest.raises(Outage):
        units.emit(CREATED)
    assert (rows.written, heard) == ([], [])


def test_an_inner_unit_joins_the_outer_one(units: Units, rows: Rows, heard: list[Event]) -> None:
    with pytest.raises(KeyError), units.unit():  # noqa: PT012
        with units.unit():
            units.emit(CREATED)
        assert heard == []
        raise KeyError
    assert (rows.written, heard) == ([], [])


def test_each_thread_has_its_own_unit(units: Units, rows: Rows, heard: list[Event]) -> None:
    with units.unit():
        other = threading.Thread(target=units.emit, args=(CREATED,))
        other.start()
        other.join()
        assert heard == [CREATED]


def test_a_listener_that_fails_breaks_nothing(units: Units, rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Event] = []

    def breaks(event: Event) -> None:
        raise ValueError("the mail server is away")

    units.listen(Event, breaks)
    units.listen(Event, heard.append)
    with caplog.at_level(logging.ERROR, "watchword"):
        units.emit(CREATED)
    assert (rows.written, heard) == ([CREATED], [CREATED])
    assert "a listener failed on session_created" in caplog.text


def test_a_listener_may_emit(units: Units, rows: Rows) -> None:
    units.listen(SessionCreated, lambda _event: units.emit(RENEWED))
    heard: list[Event] = []
    units.listen(SessionRenewed, heard.append)
    units.emit(CREATED)
    assert heard == [RENEWED]


def test_who_listens_to_a_parent_type_hears_its_children(units: Units) -> None:
    sessions: list[Event] = []
    sign_ins: list[Event] = []
    units.listen(SessionEvent, sessions.append)
    units.listen(SignInEvent, sign_ins.append)
    units.emit(CREATED)
    units.emit(RENEWED)
    assert (sessions, sign_ins) == ([CREATED, RENEWED], [])


def test_without_a_database_units_still_tell(caplog: pytest.LogCaptureFixture) -> None:
    units, heard = Units(NoDatabase()), []
    units.listen(Event, heard.append)
    units.emit(CREATED)
    assert heard == [CREATED]


def test_units_of_two_apps_do_not_join(rows: Rows, units: Units) -> None:
    """One process may hold several apps: an open unit of one is not a transaction of the other's database."""
    other_rows = Rows()
    other = Units(other_rows, [other_rows])
    with units.unit():
        other.emit(CREATED)
    assert (rows.written, other_rows.written, other_rows.begun) == ([], [CREATED], 1)
