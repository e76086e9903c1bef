"""Opens, saves, grants and ends sessions: the rules applied to a store by compare-and-set.

Order between the two stores of truth: granting writes the database first, then the store, then the
cookie; ending writes the store first, then the database. A process killed in between leaves nothing that
opens a door.
"""

import logging
import secrets
import time
from typing import Final

from watchword.crypto.keys import KeyRing
from watchword.kernel.clock import Clock
from watchword.kernel.errors import Conflict, Outage, SessionTooLarge
from watchword.kernel.models import Grant, Origin
from watchword.kernel.policy import Policy
from watchword.kernel.ports import ABSENT, ANY, Expect, SessionCookie, SessionIndex, Store
from watchword.kernel.reasons import EndReason
from watchword.kernel.units import Units
from watchword.sessions import rules
from watchword.sessions.chronicle import Chronicle
from watchword.sessions.cookie import Token, fresh_token
from watchword.sessions.record import Record, decode, encode, encoded_size
from watchword.sessions.rules import Standing, Values, Verdict
from watchword.sessions.session import Held, Journal, Session, Whence

log = logging.getLogger("watchword")

MAX_TRIES: Final = 200
_ROUTINE_ENDS: Final = frozenset({EndReason.IDLE, EndReason.ABSOLUTE})


class SessionManager:
    """One per app. Safe to share between threads; every method may raise `Outage`."""

    def __init__(
        self,
        store: Store,
        keys: KeyRing,
        policy: Policy,
        clock: Clock,
        units: Units,
        index: SessionIndex | None = None,
    ) -> None:
        self.keys = keys
        self.policy = policy
        self.clock = clock
        self.chronicle = Chronicle(clock, units, index)
        self._store = store

    def open(self, token: Token | None, whence: Whence) -> Session:
        """The session that a genuine cookie opens, or an empty one; at most one store command.

        A session found past a limit is written down as over. An id this store does not know is never adopted.
        """
        if token is None:
            return Session(None, None, whence)
        held, verdict = self._read(token, whence)
        return Session(held, verdict, whence)

    def commit(self, session: Session) -> SessionCookie | None:
        """Save what this request changed, or what is due; mostly nothing. Call once; the session is closed by it.

        On a conflict the changes are done again on the newer values, if this request's secret is still good;
        else they are dropped: nothing brings an ended session back (ASVS 7.4.1). Of two writes of one key
        the last commit wins. Raises `SessionTooLarge` and `UnstorableValue`.
        """
        try:
            if session.is_clean and self._at_rest(session.held):
                return None
            journal = session.journal()
            if session.held is None:
                return self._begin(session, journal)
            held = self._still(session)
            return None if held is None else self._save(session, held, journal)
        finally:
            session.close()

    def sign_in(self, session: Session, grant: Grant) -> SessionCookie:
        """Give the session to the grant's subject under a new secret, keeping its data; never dropped.

        Another account's session is ended first and none of its data passes on. When this request's own
        secret died meanwhile (a double click), a new session is opened beside the winner's.
        """
        held = self._still(session)
        if held is not None and held.record.subject_id not in ("", grant.subject.id):
            self.end(session, EndReason.SWITCHED_ACCOUNT)
            held = None
        journal = session.journal()
        if journal:
            self._refuse_too_large(journal.replay(held.record.data if held else {}))
        data: Values = {}
        announced = False
        while held is not None:
            if not announced:
                self._announce(session, held.token, grant)
                announced = True
            data = {} if held.record.subject_id else held.record.data
            try:
                return self._grant(session, held.token, grant, held.version, held.record, journal)
            except Conflict:
                held = self._again(session, held.token, grant)
        token = fresh_token(self.keys)
        self._announce(session, token, grant, succeeded=not announced)
        now = self.clock.now()
        return self._grant(session, token, grant, ABSENT, rules.begun(b"", data, now, self.policy), journal)

    def end(self, session: Session, reason: EndReason) -> bool:
        """End it everywhere, at once: later looks and late writes find the tombstone. False if there was none."""
        held = session.held
        if held is None:
            return False
        now = self.clock.now()
        self._bury(held.token.public_id, rules.ended(held.record, reason, now), ANY)
        session.dropped(None)
        if held.record.subject_id:
            self.chronicle.ended(held.token.public_id, held.record, reason, session.origin)
        return True

    def end_without_owner(self, session: Session, reason: EndReason) -> None:
        """The owner is gone or of another epoch: the session is over from this look on, unless it was granted
        anew meanwhile."""
        held = session.held
        if held is not None:
            now = self.clock.now()
            self._expire(held, Verdict(Standing.OVER, reason, now), session.origin)
            session.dropped(Verdict(Standing.OVER, reason, now))

    # --- reading ---

    def _read(self, token: Token, whence: Whence) -> tuple[Held | None, Verdict | None]:
        stored = self._store.get(token.public_id)
        if stored is None:
            return None, None
        record = decode(stored.value)
        if record is None:
            self.chronicle.unknown("unreadable", whence())
            return None, None
        verdict = rules.admit(record, token.digest, self.clock.now(), self.policy)
        held = Held(token, record, stored.version, verdict.standing)
        if verdict.admitted:
            return held, verdict
        self._found_dead(held, verdict, whence())
        return None, verdict

    def _found_dead(self, held: Held, verdict: Verdict, origin: Origin) -> None:
        if verdict.standing is Standing.OVER and not held.record.ended_at:
            self._expire(held, verdict, origin)
        elif verdict.reason not in _ROUTINE_ENDS:
            self.chronicle.late_use(held.token.public_id, held.record, origin)

    def _again(self, session: Session, token: Token, grant: Grant) -> Held | None:
        """After a conflict: the session as it is now, if this request's secret still opens it for that subject."""
        held, _ = self._read(token, session.whence)
        return held if held is not None and held.record.subject_id in ("", grant.subject.id) else None

    def _still(self, session: Session) -> Held | None:
        """What the session holds. A request so long under way that what it read is past a limit reads again: other
        requests may have kept the session alive, and if not, this one does not bring it back."""
        held = session.held
        if held is None or rules.limit_passed(held.record, self.clock.now(), self.policy) is None:
            return held
        session.held, verdict = self._read(held.token, session.whence)
        if session.held is None:
            session.dropped(verdict)
        return session.held

    # --- writing ---

    def _begin(self, session: Session, journal: Journal) -> SessionCookie | None:
        """A first value opens a session, under an id of ours; not for a browser whose session died just now."""
        data = journal.replay({})
        now = self.clock.now()
        if not data or (session.verdict is not None and rules.is_quiet(session.verdict, now, self.policy)):
            return None
        self._refuse_too_large(data)
        token = fresh_token(self.keys)
        record = rules.begun(token.digest, data, now, self.policy)
        self._put(session, token, record, ABSENT)
        return self._cookie(session, token, record)

    def _save(self, session: Session, held: Held, journal: Journal) -> SessionCookie | None:
        for attempt in range(MAX_TRIES):
            cookie = self._successor_cookie(session, held)
            now = self.clock.now()
            renew = held.standing is Standing.CURRENT and rules.renewal_due(held.record, now, self.policy)
            if not (journal or renew or self._upkeep_due(held, now)):
                return cookie
            data = journal.replay(held.record.data)
            if journal:
                self._refuse_too_large(data)
            record = rules.used(held.record, held.standing, data, now)
            token = held.token
            if renew:
                token = Token(self.keys.newest, token.handle, token.successor())
                record = rules.renewed(record, token.digest, now)
            try:
                self._put(session, token, record, held.version, held.standing)
            except Conflict:
                fresh = self._after_conflict(session, held, journal, attempt)
                if fresh is None:
                    return cookie if not journal else None
                held = fresh
                continue
            return self._renewed(session, token, record) if renew else cookie
        raise Outage("one session is being written by too many requests at once")

    def _at_rest(self, held: Held | None) -> bool:
        """Nothing to do, seen at one look: the common case."""
        if held is None:
            return True
        return held.standing is Standing.CURRENT and rules.at_rest(held.record, self.clock.now(), self.policy)

    def _upkeep_due(self, held: Held, now: float) -> bool:
        if rules.touch_due(held.record, now, self.policy):
            return True
        return held.standing is Standing.CURRENT and rules.sight_due(held.record)

    def _after_conflict(self, session: Session, held: Held, journal: Journal, attempt: int) -> Held | None:
        """The newer state to replay on; None when there is nothing to replay or the session is over for us."""
        if not journal:
            return None
        if attempt > 2:
            time.sleep(secrets.randbelow(1000) * min(attempt, 20) / 1e6)
        fresh, verdict = self._read(held.token, session.whence)
        if fresh is None:
            session.dropped(verdict)
        return fresh

    def _grant(
        self,
        session: Session,
        token: Token,
        grant: Grant,
        expect: int | Expect,
        record: Record,
        journal: Journal,
    ) -> SessionCookie:
        successor = fresh_token(self.keys, token.handle)
        now = self.clock.now()
        record = rules.used(record, Standing.CURRENT, journal.replay(record.data), now)
        record = rules.granted(record, successor.digest, grant, now, self.policy)
        self._put(session, successor, record, expect)
        return self._cookie(session, successor, record)

    def _put(
        self,
        session: Session,
        token: Token,
        record: Record,
        expect: int | Expect,
        standing: Standing = Standing.CURRENT,
    ) -> None:
        keep = rules.keep_until(record, self.clock.now(), self.policy)
        version = self._store.put(token.public_id, encode(record), expires_at=keep, expect=expect)
        session.saved(Held(token, record, version, standing))

    def _refuse_too_large(self, data: Values) -> None:
        """For a request that wrote values: nobody is refused for what was there before, nor for signing in."""
        size, limit = encoded_size(data), self.policy.session_max_bytes
        if size > limit:
            raise SessionTooLarge(_too_large(data, size, limit))

    def _bury(self, public_id: str, tombstone: Record, expect: int | Expect) -> None:
        keep = rules.keep_until(tombstone, self.clock.now(), self.policy)
        self._store.put(public_id, encode(tombstone), expires_at=keep, expect=expect)

    def _expire(self, held: Held, verdict: Verdict, origin: Origin) -> None:
        """Write down that it is over, unless somebody wrote meanwhile; whoever does reports it, once."""
        reason = verdict.reason or EndReason.REVOKED
        try:
            self._bury(held.token.public_id, rules.ended(held.record, reason, verdict.ended_at), held.version)
        except Conflict:
            return
        if held.record.subject_id:
            self.chronicle.expired(held.token.public_id, held.record, reason, verdict.ended_at, origin)

    # --- cookies ---

    def _cookie(self, session: Session, token: Token, record: Record) -> SessionCookie:
        """Max-Age is the absolute limit, which the server enforces anyway; an app that sets
        `session.permanent = False` gets a cookie that goes with the browser."""
        left = max(0, int(record.absolute_end - self.clock.now()))
        return SessionCookie(token.encode(), None if session.get("_permanent") is False else left)

    def _successor_cookie(self, session: Session, held: Held) -> SessionCookie | None:
        """For a request with the previous secret: the successor's cookie again (its response was lost)."""
        if held.standing is not Standing.PREVIOUS:
            return None
        for key in self.keys.keys:
            token = Token(self.keys.newest, held.token.handle, held.token.successor(key))
            if token.digest == held.record.current:
                return self._cookie(session, token, held.record)
        return None

    def _renewed(self, session: Session, token: Token, record: Record) -> SessionCookie:
        self.chronicle.renewed(token.public_id, record, session.origin)
        return self._cookie(session, token, record)

    def _announce(self, session: Session, token: Token, grant: Grant, *, succeeded: bool = True) -> None:
        absolute_end = grant.auth_time + self.policy.absolute
        self.chronicle.announce(token.public_id, grant, absolute_end, session.origin, succeeded=succeeded)


def _too_large(data: Values, size: int, limit: int) -> str:
    largest = sorted(data, key=lambda key: len(bytes(data[key])), reverse=True)[:3]
    named = ", ".join(f"{key!r} ({len(bytes(data[key]))} bytes)" for key in largest)
    return (
        f"the session would take {size} bytes, {limit} are allowed (Policy.session_max_bytes); largest: {named}. "
        "Keep large things in your database and an id in the session"
    )
