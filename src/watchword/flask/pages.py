"""Our pages as a Flask blueprint: one rule per route, each handing a neutral request to `web.dispatch`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, render_template
from flask import request as flask_request
from flask.wrappers import Response

from watchword.auth import Feature
from watchword.compose import House
from watchword.flask.current import flask_session, request_itself
from watchword.flask.replies import as_response
from watchword.flask.session import FlaskSession
from watchword.kernel.http import Request
from watchword.web.dispatch import Pages
from watchword.web.templates import Loader, template_loader

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


class PagesBlueprint(Blueprint):
    """Routes named `watchword.<route>`; their templates come after the app's own of the same name."""

    def __init__(self, features: Sequence[Feature], pages: Callable[[], Pages]) -> None:
        super().__init__("watchword", "watchword.flask")
        self._features = features
        self._pages = pages
        for feature in features:
            for route in feature.routes():
                if not route.root:
                    self._rule("/" + route.path, route.name)
        self._rule("/assets/<path:name>", "assets")
        self._rule("/<path:rest>", "elsewhere")

    @property
    def jinja_loader(self) -> Loader:
        return template_loader(self._features)

    @staticmethod
    def pages(house: House, app: Flask, prefix: str) -> Pages:
        """The dispatcher, rendering with the app's own templates and context."""
        return Pages(
            house.auth,
            prefix=prefix,
            render=_render,
            site_name=house.settings.site_name or app.name.rpartition(".")[2],
            production=house.settings.production,
        )

    def _rule(self, path: str, endpoint: str) -> None:
        self.add_url_rule(
            path, endpoint, self._view, methods=METHODS, provide_automatic_options=False, strict_slashes=True
        )

    def _view(self, **_: str) -> Response:
        return as_response(self._pages().handle(as_request(flask_session())))


def _render(template: str, context: Mapping[str, Any]) -> str:
    return render_template(template, **context)


def as_request(session: FlaskSession) -> Request:
    """The current Flask request in the house's own words."""
    wire = session.wire
    environ = wire.environ
    return Request(
        method=flask_request.method,
        path=flask_request.path,
        mount=flask_request.root_path.rstrip("/"),
        query=str(environ.get("QUERY_STRING", "")),
        headers=_headers(environ),
        scheme=wire.scheme,
        host=wire.host,
        body=_body,
        visit=session.visit,
        request_id=str(environ.get("HTTP_X_REQUEST_ID", "")),
    )


def _body(limit: int) -> bytes:
    """What was sent, also where the app has read it before us (a logger, another protection against forgery)."""
    request = request_itself()
    read = vars(request)
    if "form" in read and request.mimetype == "application/x-www-form-urlencoded":
        return urlencode(list(request.form.items(multi=True))).encode()
    if read.get("_cached_data") is not None:
        return request.get_data()
    return request.stream.read(limit + 1)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    return headers
