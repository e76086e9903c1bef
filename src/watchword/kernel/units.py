"""The unit of work: changes and the events they emit commit together, listeners hear afterwards."""

import logging
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from watchword.kernel.events import Event
from watchword.kernel.ports import Database, Listener, Sink

log = logging.getLogger("watchword")

_pending: ContextVar["tuple[Units, list[Event]] | None"] = ContextVar("watchword_unit", default=None)


class NoDatabase:
    """Units of work for sessions alone: nothing lasts, so nothing can be half done."""

    def transaction(self) -> AbstractContextManager[None]:
        return nullcontext()


class Units:
    """Runs units of work over one database, writes their events to the sinks, tells the listeners."""

    def __init__(self, database: Database, sinks: Sequence[Sink] = ()) -> None:
        self._database = database
        self._sinks = tuple(sinks)
        self._listeners: list[tuple[type[Event], Listener]] = []

    def listen(self, kind: type[Event], listener: Listener) -> None:
        """Hear events of that type and its subtypes after commit."""
        self._listeners.append((kind, listener))

    @contextmanager
    def unit(self) -> Generator[None]:
        """All changes and emitted events inside commit together; joins an open unit.

        On an exception nothing is written and nobody hears. Raises `Outage` when the database is away.
        """
        outer = self._open_unit()
        if outer is not None:
            with self._database.transaction(), _undone_together(outer):
                yield
            return
        events: list[Event] = []
        token = _pending.set((self, events))
        try:
            with self._database.transaction():
                yield
                self._record(events)
        finally:
            _pending.reset(token)
        self._tell(events)

    def emit(self, event: Event) -> None:
        """Report an event: with the open unit of work, else in one of its own."""
        events = self._open_unit()
        if events is not None:
            events.append(event)
        elif event.audited:
            with self.unit():
                self.emit(event)
        else:
            self._tell([event])

    def _open_unit(self) -> list[Event] | None:
        """The events of the unit that is open here; another app's units are none of ours."""
        pending = _pending.get()
        return pending[1] if pending is not None and pending[0] is self else None

    def _record(self, events: Sequence[Event]) -> None:
        audited = [event for event in events if event.audited]
        if audited:
            for sink in self._sinks:
                sink.write(audited)

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            for kind, listener in self._listeners:
                if isinstance(event, kind):
                    _call(listener, event)


@contextmanager
def _undone_together(events: list[Event]) -> Generator[None]:
    """A part that fails takes its events along, as the database undoes its rows, whoever catches it."""
    before = len(events)
    try:
        yield
    except BaseException:
        del events[before:]
        raise


def _call(listener: Listener, event: Event) -> None:
    try:
        listener(event)
    except Exception:
        log.exception("a listener failed on %s; the change it heard of stands", event.name)
