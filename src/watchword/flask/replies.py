"""What goes back: session cookies and caching headers on any response, outages, and replies of our own pages."""

import json
import logging
from collections.abc import Set

from flask.wrappers import Response
from werkzeug.datastructures import Headers

from watchword.flask.wire import FlaskWire
from watchword.kernel.errors import Outage
from watchword.kernel.http import Reply
from watchword.kernel.ports import SessionCookie
from watchword.sessions.visit import SessionVisit
from watchword.web import answers
from watchword.web.headers import wants_json

log = logging.getLogger("watchword")


def send_session(response: Response, visit: SessionVisit, wire: FlaskWire) -> None:
    """Tell the browser and the caches what this answer owes to the session; mostly nothing.

    `Vary` means looked at. A streamed answer may still look, so with our cookie it varies too. What a
    signed-in session saw is not stored (B-144) unless the view says how; what sets a cookie never is (B-68).
    """
    headers = response.headers
    if not visit.looked:
        if "HTTP_COOKIE" in wire.environ and response.is_streamed and wire.cookies():
            said = _names(headers)
            _vary(headers, said)
            _do_not_store(headers, said)
        return
    said = _names(headers)
    _vary(headers, said)
    cookie, visit.cookie = visit.cookie, None
    if cookie is not None:
        headers.add("Set-Cookie", cookie_header(cookie, wire))
        headers["Cache-Control"] = "no-store"
    elif visit.signed_in:
        _do_not_store(headers, said)


def cookie_header(cookie: SessionCookie, wire: FlaskWire) -> str:
    """The Set-Cookie value (B-58..B-67): host-only, HttpOnly, SameSite, Secure over https."""
    parts = [f"{wire.cookie_name}={cookie.value}", "Path=/", "HttpOnly", f"SameSite={wire.settings.cookie_samesite}"]
    if wire.https:
        parts.append("Secure")
    if cookie.max_age is not None:
        parts.append(f"Max-Age={cookie.max_age}")
    return "; ".join(parts)


def send_outage(response: Response, outage: Outage, wire: FlaskWire) -> None:
    """Make this response a 503 in place: what it said may rest on state that was not saved."""
    log.error("answered 503: %s", outage)
    response.close()
    response.headers.clear()
    fresh = outage_response(outage, as_json=code_asks(wire))
    response.status_code = fresh.status_code
    response.headers.extend(fresh.headers)
    response.response = fresh.response


def outage_response(outage: Outage, *, as_json: bool) -> Response:
    """A plain 503 with Retry-After that needs neither store nor templates."""
    refused = answers.outage(outage)
    headers = {"Retry-After": str(outage.retry_after), "Cache-Control": "no-store"}
    if as_json:
        body = json.dumps(answers.refusal(refused))
        return Response(body, refused.reason.status, headers, content_type="application/json")
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Try again</title><p>{refused.message}"
    return Response(page, refused.reason.status, headers, content_type="text/html; charset=utf-8")


def code_asks(wire: FlaskWire) -> bool:
    """Whether the request sends or prefers JSON."""
    environ = wire.environ
    return wants_json({"content-type": environ.get("CONTENT_TYPE", ""), "accept": environ.get("HTTP_ACCEPT", "")})


def as_response(reply: Reply) -> Response:
    """A reply of our own pages as Flask sends it."""
    response = Response(reply.body, reply.status)
    response.headers = Headers(reply.headers)
    response.headers.setdefault("Content-Length", str(len(reply.body)))
    return response


def _do_not_store(headers: Headers, said: Set[str]) -> None:
    if "cache-control" not in said:
        headers.add("Cache-Control", "no-store")


def _names(headers: Headers) -> Set[str]:
    return {name.lower() for name, _ in headers}


def _vary(headers: Headers, said: Set[str]) -> None:
    """`said` names what the headers hold: asking them costs more than the rest of this."""
    if "vary" not in said:
        headers.add("Vary", "Cookie")
        return
    present = ", ".join(headers.getlist("Vary"))
    if "cookie" not in present.lower() and "*" not in present:
        headers["Vary"] = f"{present}, Cookie"
