"""Flask's `session`: a thin face over the visit's session, and the interface that opens and saves it."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from flask.sessions import SessionInterface, SessionMixin
from flask.wrappers import Request, Response

from watchword.compose.settings import Settings
from watchword.flask.replies import send_outage, send_session
from watchword.flask.wire import FlaskWire
from watchword.kernel.errors import Outage
from watchword.kernel.ports import Subjects
from watchword.sessions.manager import SessionManager
from watchword.sessions.visit import SessionVisit

ENVIRON_KEY = "watchword.session"


class FlaskSession(SessionMixin):
    """What `flask.session` stands for. Nothing is read until a value is."""

    def __init__(self, visit: SessionVisit, wire: FlaskWire) -> None:
        self.visit = visit
        self.wire = wire

    def __getitem__(self, key: str) -> Any:
        return self.visit.session[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.visit.session[key] = value

    def __delitem__(self, key: str) -> None:
        del self.visit.session[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.visit.session)

    def __len__(self) -> int:
        return len(self.visit.session)

    def __contains__(self, key: object) -> bool:
        return key in self.visit.session

    def clear(self) -> None:
        self.visit.session.clear()

    def copy(self) -> dict[str, Any]:
        """The values as a dict of their own."""
        return dict(self)

    @property
    def permanent(self) -> bool:
        """True unless the app said otherwise: the cookie survives the browser, the server's limits still hold."""
        return self.get("_permanent", True) is not False

    @permanent.setter
    def permanent(self, value: bool) -> None:
        if bool(value) != self.permanent:
            self["_permanent"] = bool(value)

    @property
    def new(self) -> bool:  # type: ignore[override]
        return self.visit.session.is_new

    @property
    def modified(self) -> bool:
        """Known exactly, nested changes included; setting it, as other session interfaces need, is not needed."""
        return self.visit.looked and self.visit.session.modified

    @modified.setter
    def modified(self, value: bool) -> None:
        del value

    def __repr__(self) -> str:
        return f"<FlaskSession {dict(self.visit.session)!r}>" if self.visit.looked else "<FlaskSession unread>"


Source = Callable[[], tuple[SessionManager, Subjects | None, Settings]]
"""Where the interface finds its parts: asked at each request, since they may be built at the first."""


class WatchwordSessionInterface(SessionInterface):
    """Opens without I/O and never fails; saves once, and turns an outage into a 503 in place."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def open_session(self, app: Flask, request: Request) -> FlaskSession:
        manager, subjects, settings = self._source()
        environ = request.environ
        wire = FlaskWire(environ, settings)
        session = environ[ENVIRON_KEY] = FlaskSession(SessionVisit(manager, subjects, wire), wire)
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, FlaskSession):
            return
        visit = session.visit
        try:
            visit.commit()
        except Outage as outage:
            send_outage(response, outage, session.wire)
            return
        send_session(response, visit, session.wire)
