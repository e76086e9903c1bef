"""What the database and the audit hear of sessions: opened, ended, expired, renewed, and cookies that open nothing."""

import logging

from watchword.kernel.clock import Clock
from watchword.kernel.errors import Outage
from watchword.kernel.events import (
    Event,
    SessionCreated,
    SessionEnded,
    SessionExpired,
    SessionRenewed,
    SessionUsedAfterEnd,
    SignInSucceeded,
    UnknownSessionPresented,
)
from watchword.kernel.models import Client, Grant, Origin, SessionEntry
from watchword.kernel.ports import SessionIndex
from watchword.kernel.reasons import EndReason
from watchword.kernel.units import Units
from watchword.sessions.anomalies import Anomalies
from watchword.sessions.record import Record

log = logging.getLogger("watchword")


class Chronicle:
    """Writes the session index and reports events, each in a unit of work. `index` is None without a database."""

    def __init__(self, clock: Clock, units: Units, index: SessionIndex | None) -> None:
        self._clock = clock
        self._units = units
        self._index = index
        self._anomalies = Anomalies(units.emit)

    def announce(self, public_id: str, grant: Grant, absolute_end: float, origin: Origin, *, succeeded: bool) -> None:
        """The index row and the events of a sign-in, before the store knows of it. Raises `Outage`.

        `succeeded` is False when the same sign-in was announced before, for a session it lost.
        """
        now = self._clock.now()
        subject_id = grant.subject.id
        with self._units.unit():
            if self._index is not None:
                self._index.opened(_entry(public_id, subject_id, now, absolute_end, origin.client))
            self._units.emit(SessionCreated(at=now, account_id=subject_id, session_id=public_id, origin=origin))
            if succeeded:
                self._units.emit(_success(public_id, grant, now, origin))

    def ended(self, public_id: str, record: Record, reason: EndReason, origin: Origin) -> None:
        """Somebody's session was ended on purpose."""
        event = SessionEnded(
            at=self._clock.now(),
            account_id=record.subject_id,
            session_id=public_id,
            origin=origin,
            reason=reason.value,
        )
        self._over(public_id, reason, event.at, event)

    def expired(self, public_id: str, record: Record, reason: EndReason, at: float, origin: Origin) -> None:
        """Somebody's session was found over since `at`."""
        event = SessionExpired(
            at=self._clock.now(),
            account_id=record.subject_id,
            session_id=public_id,
            origin=origin,
            reason=reason.value,
        )
        self._over(public_id, reason, at, event)

    def renewed(self, public_id: str, record: Record, origin: Origin) -> None:
        """A session has a new secret in the course of time."""
        account_id = record.subject_id or None
        self._units.emit(
            SessionRenewed(at=record.rotated_at, account_id=account_id, session_id=public_id, origin=origin)
        )

    def late_use(self, public_id: str, record: Record, origin: Origin) -> None:
        """The cookie of an ended session, or a superseded secret, came in."""
        now = self._clock.now()
        account_id = record.subject_id or None

        def report(count: int) -> Event:
            return SessionUsedAfterEnd(at=now, account_id=account_id, session_id=public_id, origin=origin, count=count)

        self._anomalies.note(public_id, now, report)

    def unknown(self, kind: str, origin: Origin) -> None:
        """A session cookie this app never issued came in: "forged", "duplicate" or "unreadable"."""
        now = self._clock.now()

        def report(count: int) -> Event:
            log.warning(
                "%d session cookie(s) that this app's keys did not sign, or twice in one request (%s). If another app "
                "runs on this host, give each its own WATCHWORD_COOKIE_NAME; if SECRET_KEY changed, keep the old one "
                "in SECRET_KEY_FALLBACKS for a while.",
                count,
                kind,
            )
            return UnknownSessionPresented(at=now, origin=origin, kind=kind, count=count)

        self._anomalies.note(kind, now, report)

    def _over(self, public_id: str, reason: EndReason, at: float, event: Event) -> None:
        """It is over already; a database that is away must not make the ending fail."""
        try:
            with self._units.unit():
                if self._index is not None:
                    self._index.ended(public_id, reason, at)
                self._units.emit(event)
        except Outage as outage:
            log.error("session %s is over, but the database could not note it: %s", public_id, outage)


def _entry(public_id: str, account_id: str, now: float, absolute_end: float, client: Client) -> SessionEntry:
    return SessionEntry(
        public_id=public_id, account_id=account_id, opened_at=now, absolute_end=absolute_end, client=client
    )


def _success(public_id: str, grant: Grant, now: float, origin: Origin) -> SignInSucceeded:
    return SignInSucceeded(
        at=now,
        account_id=grant.subject.id,
        session_id=public_id,
        origin=origin,
        factors=tuple(factor.name for factor in grant.factors),
        aal=grant.aal,
    )
