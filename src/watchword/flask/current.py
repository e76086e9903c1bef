"""`current_user` and `login_required`."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar, cast

from flask import current_app
from flask import request as flask_request
from flask.ctx import RequestContext
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask.wrappers import Request
from werkzeug.local import LocalProxy

from watchword.flask.session import ENVIRON_KEY, FlaskSession
from watchword.kernel.errors import ConfigurationError, Problem
from watchword.kernel.models import Anonymous, Subject

P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)

_NO_INTERFACE: Final = Problem(
    "app.session_interface", "was replaced after Watchword had set its own", "leave it, or set yours before Watchword"
)
_NO_PAGES: Final = Problem(
    "login_required", "has no page to sign in at: the app has Sessions alone", "use Watchword(app)"
)

_context = cast("LocalProxy[RequestContext]", request_ctx)._get_current_object  # pyright: ignore[reportPrivateUsage]
"""The request context itself: each attribute asked through its proxy costs more than the attribute."""


def request_itself() -> Request:
    """The request without its proxy."""
    return _context().request


def flask_session() -> FlaskSession:
    """This request's session face, reached without counting as a look."""
    session = _context().request.environ.get(ENVIRON_KEY)
    if session is None:
        raise ConfigurationError([_NO_INTERFACE])
    return cast(FlaskSession, session)


def _current_user() -> Subject | Anonymous | None:
    try:
        session = flask_session()
    except RuntimeError:  # no request
        return None
    return session.visit.subject


current_user: Subject | Anonymous = cast("Subject | Anonymous", LocalProxy(_current_user))
"""Who is signed in: a `Subject` or an `Anonymous`, both with `is_authenticated`, `id`, `display_name`, `roles`.
Read at most once a request, and only when looked at. None outside a request."""


def login_required(view: Callable[P, R]) -> Callable[P, ResponseReturnValue]:
    """Only signed-in people see the view; others are sent to sign in and come back, code gets a 401.

    Put it below the route's decorator. Works on sync and async views; OPTIONS passes, as CORS needs.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if flask_request.method == "OPTIONS" or flask_session().visit.subject.is_authenticated:
            return cast(ResponseReturnValue, current_app.ensure_sync(view)(*args, **kwargs))
        watchword = current_app.extensions.get("watchword")
        if watchword is None:
            raise ConfigurationError([_NO_PAGES])
        return cast(ResponseReturnValue, watchword.challenge())

    return guarded
