"""Stands before an app until its configuration is known to be good; then lets everything through."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from watchword.kernel.errors import ConfigurationError
from watchword.kernel.reasons import Reason

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

log = logging.getLogger("watchword")


class Gate:
    """WSGI middleware: the first request builds the house; while that fails every answer is 503 (never
    a page without protection), and the log says why, once for each different list of problems."""

    def __init__(self, app: "WSGIApplication", build: Callable[[], object]) -> None:
        self._app = app
        self._build: Callable[[], object] | None = build
        self._logged = ""

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        if self._build is not None:
            try:
                self._build()
            except ConfigurationError as error:
                return self._refuse(error, start_response)
            self._build = None
        return self._app(environ, start_response)

    def _refuse(self, error: ConfigurationError, start_response: "StartResponse") -> Iterable[bytes]:
        text = str(error)
        if text != self._logged:
            self._logged = text
            log.error("every request is answered 503 until this is mended. %s", text)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"), ("Retry-After", "60")]
        start_response("503 Service Unavailable", headers)
        return [Reason.MISCONFIGURED.message.encode()]
