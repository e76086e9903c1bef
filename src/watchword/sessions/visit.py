"""One browser's dealings with its session during one request: nothing is read until somebody looks."""

import logging
from typing import Protocol

from watchword.kernel.errors import Outage, SessionClosed
from watchword.kernel.models import ANONYMOUS, Anonymous, Client, Grant, Origin, Subject
from watchword.kernel.ports import SessionCookie, Subjects
from watchword.kernel.reasons import EndReason
from watchword.sessions import rules
from watchword.sessions.cookie import Token, decode
from watchword.sessions.manager import SessionManager
from watchword.sessions.session import Session

log = logging.getLogger("watchword")


class Wire(Protocol):
    """What an adapter knows of the request; asked only when somebody looks."""

    @property
    def usable(self) -> bool:
        """Whether this connection may carry a session at all: in production only https may."""
        ...

    def origin(self) -> Origin:
        """Where the request came from."""
        ...

    def cookies(self) -> list[str]:
        """Every value presented under the session cookie's exact name."""
        ...


class DirectCall:
    """The wire of a call without HTTP: `cookie` is the value an earlier visit was told to keep."""

    usable = True

    def __init__(self, cookie: str = "", client: Client | None = None) -> None:
        self._cookie = cookie
        self._client = client or Client()

    def origin(self) -> Origin:
        return Origin(client=self._client)

    def cookies(self) -> list[str]:
        return [self._cookie] if self._cookie else []


class SessionVisit:
    """Implements the `Visit` port. For one request, on one thread at a time.

    After an outage the first look raises and later ones see an empty session at once, so that an error page
    does not wait for a second timeout. On a connection that may carry no session nothing is read or kept.
    """

    __slots__ = ("_manager", "_origin", "_outage", "_saved", "_session", "_subject", "_subjects", "_wire", "cookie")

    def __init__(self, manager: SessionManager, subjects: Subjects | None, wire: Wire) -> None:
        self._manager = manager
        self._subjects = subjects
        self._wire = wire
        self._origin: Origin | None = None
        self._session: Session | None = None
        self._subject: Subject | Anonymous | None = None
        self._outage = False
        self._saved = False
        self.cookie: SessionCookie | None = None

    @property
    def origin(self) -> Origin:
        if self._origin is None:
            self._origin = self._wire.origin()
        return self._origin

    @property
    def client(self) -> Client:
        return self.origin.client

    @property
    def looked(self) -> bool:
        """Whether anybody looked at the session, so that the answer depends on the cookie."""
        return self._session is not None

    @property
    def signed_in(self) -> bool:
        """Whether the session that was looked at is somebody's; looks at nothing itself."""
        session = self._session
        return session is not None and session.held is not None and bool(session.held.record.subject_id)

    @property
    def session(self) -> Session:
        """The session, read at the first look."""
        if self._session is None:
            self._session = self._open()
        return self._session

    @property
    def subject(self) -> Subject | Anonymous:
        if self._subject is None:
            self._subject = self._load_subject()
        return self._subject

    @property
    def csrf_binding(self) -> str:
        if not self.subject.is_authenticated or self.session.held is None:
            return ""
        held = self.session.held
        return f"{held.token.public_id}:{held.record.auth_time!r}"

    @property
    def end_reason(self) -> EndReason | None:
        verdict = self.session.verdict
        return verdict.reason if verdict is not None and self.session.held is None else None

    def sign_in(self, grant: Grant) -> None:
        """Raises `SessionClosed` after `commit`: the cookie could not be sent any more. Over plain http in
        production nobody is signed in."""
        if self._saved:
            raise SessionClosed("sign in before the response is sent: its headers carry the session's cookie")
        if not self._wire.usable:
            log.warning("nobody is signed in over plain http: serve this address with https")
            return
        session = self.session
        presented = session.held is not None
        try:
            self.cookie = self._manager.sign_in(session, grant)
        except Exception:
            if session.held is None:  # there was another account's session, which is over
                self._subject = ANONYMOUS
                self.cookie = SessionCookie("", 0) if presented else self.cookie
            raise
        self._subject = grant.subject

    def sign_out(self, reason: EndReason = EndReason.SIGNED_OUT) -> bool:
        ended = self._manager.end(self.session, reason)
        self._subject = ANONYMOUS
        if ended:
            self.cookie = SessionCookie("", 0)
        return ended

    def commit(self) -> None:
        """Save the session if anybody looked at it; `cookie` then says what to tell the browser. Once is enough:
        repeated calls do nothing, and from here on a write raises `SessionClosed`."""
        if self._saved:
            return
        self._saved = True
        if self._session is None or self._outage:
            return
        if not self._wire.usable:
            self._refuse_to_keep(self._session)
            return
        cookie = self._manager.commit(self._session)
        if cookie is not None:
            self.cookie = cookie

    def _refuse_to_keep(self, session: Session) -> None:
        if session.modified:
            log.warning("a session was written over plain http; it is not kept: serve this address with https")
        session.close()
        self.cookie = None

    def _open(self) -> Session:
        if self._outage or not self._wire.usable:
            return self._nothing()
        try:
            session = self._manager.open(self._token(), self._whence)
        except Outage:
            self._outage = True
            raise
        if self._saved:
            session.close()
        return session

    def _whence(self) -> Origin:
        return self.origin

    def _nothing(self) -> Session:
        return Session(None, None, self._whence)

    def _token(self) -> Token | None:
        """The genuine token presented; two cookies of the name count as none (B-65)."""
        found = self._wire.cookies()
        if not found:
            return None
        token = decode(self._manager.keys, found[0]) if len(found) == 1 else None
        if token is None:
            self._manager.chronicle.unknown("forged" if len(found) == 1 else "duplicate", self.origin)
        return token

    def _load_subject(self) -> Subject | Anonymous:
        held = self.session.held
        if held is None or not held.record.subject_id or self._subjects is None:
            return ANONYMOUS
        try:
            subject = self._subjects.load(held.record.subject_id)
            gone = rules.owner_gone(held.record, subject)
            if gone is not None:
                self._manager.end_without_owner(self.session, gone)
        except Outage:
            self._outage = True
            self._session = self._nothing()
            raise
        return subject if subject is not None and gone is None else ANONYMOUS
