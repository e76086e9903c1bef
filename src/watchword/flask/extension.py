"""The extension: `Watchword(app)` gives an app sessions, accounts and their pages."""

import logging
import threading
from collections.abc import Sequence

from flask import Flask, current_app, has_app_context
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from werkzeug.exceptions import ServiceUnavailable

from watchword.auth import Auth, Feature
from watchword.compose import DatabaseSource, House, compose, default_features
from watchword.compose.settings import Settings
from watchword.flask.config import app_settings, judged_now, refuse_company
from watchword.flask.current import current_user, flask_session
from watchword.flask.gate import Gate
from watchword.flask.pages import PagesBlueprint, as_request
from watchword.flask.replies import as_response
from watchword.flask.session import WatchwordSessionInterface
from watchword.kernel.clock import Clock
from watchword.kernel.errors import ConfigurationError, Outage, Problem
from watchword.kernel.policy import Policy
from watchword.kernel.ports import Store, Subjects
from watchword.passwords.hasher import Hasher
from watchword.sessions.manager import SessionManager
from watchword.web import answers
from watchword.web.dispatch import Pages

log = logging.getLogger("watchword")


class Watchword:
    """Signs people in to a Flask app.

    With WATCHWORD_ENV set, everything is checked in `init_app`, which raises one `ConfigurationError` with all
    problems. Without it the profile is known at the first request only (`app.debug` may still change); until
    the problems are mended every request is answered 503 and the log lists them.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        features: Sequence[Feature] | None = None,
        store: Store | str | None = None,
        database: DatabaseSource | None = None,
        policy: Policy | None = None,
        clock: Clock | None = None,
        hasher: Hasher | None = None,
    ) -> None:
        self.features = features
        self.store = store
        self.database = database
        self._policy = policy
        self._clock = clock
        self._hasher = hasher
        self._lock = threading.Lock()
        self._house: House | None = None
        self._pages: Pages | None = None
        self._app: Flask | None = None
        self._own_list = False
        self._made_by: Watchword | None = None
        self._prefix = ""
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Give the app its session interface, pages, and `current_user` in templates.

        A factory may call it again with another app: each app has parts of its own. Features of one's own are
        bound to one app; then make a `Watchword` for each.
        """
        refuse_company(app, "Watchword")
        if self._app is not None:
            self._like_this().init_app(app)
            return
        self._app = app
        features = list(default_features() if self.features is None else self.features)
        self.features, self._own_list = features, self.features is not None
        self._prefix = app_settings(app, self._policy)[0].url_prefix
        app.extensions["watchword"] = self
        app.session_interface = WatchwordSessionInterface(self._parts)
        app.register_error_handler(Outage, self._answer_outage)
        app.context_processor(lambda: {"current_user": current_user})
        app.register_blueprint(PagesBlueprint(features, lambda: self.pages), url_prefix=self._prefix)
        if judged_now(app):
            self.house  # noqa: B018 - builds it, so that problems show now
        else:
            app.wsgi_app = Gate(app.wsgi_app, lambda: self.house)  # type: ignore[method-assign]

    @property
    def house(self) -> House:
        """The composed parts, built at the first look. Raises `ConfigurationError` with every problem."""
        if self._house is None:
            with self._lock:
                if self._house is None:
                    self._house = self._build()
        return self._house

    @property
    def auth(self) -> Auth:
        """The features at work: `watchword.auth[SignIn].attempt(...)`. Of the apps given to it, the current one's."""
        here: Watchword | None = current_app.extensions.get("watchword") if has_app_context() else None
        return (here if here is not None and here._made_by is self else self).house.auth

    @property
    def pages(self) -> Pages:
        """The pages under the prefix."""
        self.house  # noqa: B018 - makes the pages too
        assert self._pages is not None  # noqa: S101
        return self._pages

    def challenge(self) -> Response:
        """The answer to a request that must be signed in and is not: a way to sign in, or a 401 for code."""
        return as_response(self.pages.challenge(as_request(flask_session())))

    def settings(self) -> tuple[Settings, list[Problem]]:
        """What the app's configuration and the environment say, with everything wrong with it."""
        app = self._required_app()
        return app_settings(app, self._policy)

    def _answer_outage(self, outage: Outage) -> ResponseReturnValue:
        """The app's own page for 503 where it has one, else ours. Either may look at the session at no cost."""
        log.error("answered 503: %s", outage)
        unavailable = ServiceUnavailable(retry_after=outage.retry_after)
        answer = current_app.handle_user_exception(unavailable)
        if answer is not unavailable:
            return answer
        return as_response(self.pages.refusal(as_request(flask_session()), answers.outage(outage)))

    def _build(self) -> House:
        app = self._required_app()
        settings, problems = self.settings()
        house = compose(
            settings,
            problems,
            features=self.features,
            store=self.store,
            database=self.database,
            clock=self._clock,
            hasher=self._hasher,
        )
        self._pages = PagesBlueprint.pages(house, app, self._prefix)
        return house

    def _parts(self) -> tuple[SessionManager, Subjects | None, Settings]:
        house = self._house or self.house
        return house.auth.sessions, house.auth.subjects, house.settings

    def _required_app(self) -> Flask:
        if self._app is None:
            raise ConfigurationError([Problem("Watchword", "has no app yet", "call init_app(app) first")])
        return self._app

    def _like_this(self) -> "Watchword":
        if self._own_list:
            remedy = "make one Watchword per app: features are bound to one"
            raise ConfigurationError([Problem("Watchword", "was given a second app", remedy)])
        another = Watchword(
            store=self.store, database=self.database, policy=self._policy, clock=self._clock, hasher=self._hasher
        )
        another._made_by = self
        return another
