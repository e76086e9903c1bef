"""`Sessions`: server-side sessions for an app that keeps its own accounts."""

import threading

from flask import Flask
from flask.wrappers import Response

from watchword.compose import compose_sessions
from watchword.compose.settings import Settings
from watchword.flask.config import app_settings, judged_now, refuse_company
from watchword.flask.current import flask_session
from watchword.flask.gate import Gate
from watchword.flask.replies import code_asks, outage_response
from watchword.flask.session import WatchwordSessionInterface
from watchword.kernel.clock import Clock
from watchword.kernel.errors import ConfigurationError, Outage, Problem
from watchword.kernel.policy import Policy
from watchword.kernel.ports import Store, Subjects
from watchword.sessions.manager import SessionManager


class Sessions:
    """`flask.session` on a server-side store, and nothing else: no pages, no accounts, no database.

    `store` is a URL or a Store; default WATCHWORD_STORE_URL, else SQLite in the instance folder. Problems of
    the configuration show as with `Watchword`.
    """

    def __init__(
        self,
        app: Flask | None = None,
        store: Store | str | None = None,
        *,
        policy: Policy | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.store = store
        self._policy = policy
        self._clock = clock
        self._lock = threading.Lock()
        self._app: Flask | None = None
        self._built: tuple[SessionManager, Subjects | None, Settings] | None = None
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Make this the app's session interface."""
        refuse_company(app, "Sessions")
        if self._app is not None:
            raise ConfigurationError([Problem("Sessions", "was given a second app", "make one Sessions per app")])
        self._app = app
        app.extensions["watchword_sessions"] = self
        app.session_interface = WatchwordSessionInterface(lambda: self._built or self._build(app))
        app.register_error_handler(Outage, _answer_outage)
        if judged_now(app):
            self._build(app)
        else:
            app.wsgi_app = Gate(app.wsgi_app, lambda: self._build(app))  # type: ignore[method-assign]

    def _build(self, app: Flask) -> tuple[SessionManager, Subjects | None, Settings]:
        with self._lock:
            if self._built is None:
                settings, problems = app_settings(app, self._policy)
                manager = compose_sessions(settings, problems, store=self.store, clock=self._clock)
                self._built = manager, None, settings
            return self._built


def _answer_outage(outage: Outage) -> Response:
    return outage_response(outage, as_json=code_asks(flask_session().wire))
