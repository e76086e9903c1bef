"""Replies from outcomes and refusals, in JSON and in HTML. The JSON shapes are public: see `document`."""

import json
from typing import Final

from watchword.kernel.errors import Busy, Outage
from watchword.kernel.http import Field, Reply, Request, Route
from watchword.kernel.models import Anonymous, Subject
from watchword.kernel.outcomes import Done, Pending, Refused, SignedIn
from watchword.kernel.reasons import Reason
from watchword.web.headers import Headers, page_headers

CHALLENGE: Final[tuple[str, str]] = ("WWW-Authenticate", 'Cookie realm="sign-in"')
"""RFC 9110 section 15.5.2 wants a challenge with every 401; browsers show nothing for this scheme."""


def html(request: Request, status: int, text: str, extra: Headers) -> Reply:
    """A page."""
    headers = [*page_headers(request), ("Content-Type", "text/html; charset=utf-8"), *extra]
    return Reply(status, headers, text.encode())


def document(request: Request, status: int, content: dict[str, object], extra: Headers) -> Reply:
    """A JSON object."""
    headers = [*page_headers(request), ("Content-Type", "application/json"), *extra]
    return Reply(status, headers, json.dumps(content).encode())


def empty(request: Request) -> Reply:
    """Nothing to say."""
    return Reply(204, page_headers(request))


def redirect(request: Request, location: str, status: int = 303) -> Reply:
    """Elsewhere by GET: 303 after a form, whose body must not be sent on (B-134)."""
    return Reply(status, [*page_headers(request), ("Location", location)])


def refusal(refused: Refused, reason: str | None = None) -> dict[str, object]:
    """`{"error": code, "reason": finer class or null, "message", "field", "retry_after"}`."""
    return {
        "error": str(refused.reason),
        "reason": reason,
        "message": refused.message,
        "field": refused.field,
        "retry_after": refused.retry_after,
    }


def outcome(result: SignedIn | Pending | Done, next_path: str) -> dict[str, object]:
    """`{"outcome": "signed_in" | "pending" | "done", "step", "next", "data"}`; `next` is where to go now."""
    match result:
        case SignedIn(subject):
            return _outcome("signed_in", None, next_path, {"subject": person(subject)})
        case Pending(step):
            return _outcome("pending", step, next_path, {})
        case _:
            return _outcome("done", None, next_path, result.data)


def description(route: Route, subject: Subject | Anonymous) -> dict[str, object]:
    """What GET answers as JSON: the form to fill in, `{"title", "button", "fields": [...], "subject"}` as data."""
    data: dict[str, object] = {
        "title": route.title,
        "button": route.form.button,
        "fields": [_field(item) for item in route.form.fields],
        "subject": person(subject),
    }
    return _outcome("done", None, None, data)


def person(subject: Subject | Anonymous) -> dict[str, object] | None:
    """Who is signed in, as JSON; None for nobody."""
    if subject.id is None:
        return None
    return {"id": subject.id, "username": subject.username, "display_name": subject.display_name}


def refusal_headers(refused: Refused) -> Headers:
    """What the status asks for besides."""
    headers: Headers = [CHALLENGE] if refused.reason.status == 401 else []
    if refused.retry_after is not None:
        headers.append(("Retry-After", str(refused.retry_after)))
    return headers


def outage(error: Outage) -> Refused:
    """An outage as a refusal: nothing was decided, so nothing is allowed (ASVS 16.5.3)."""
    reason = Reason.BUSY if isinstance(error, Busy) else Reason.OUTAGE
    return Refused(reason, retry_after=error.retry_after)


def _outcome(name: str, step: str | None, next_path: str | None, data: dict[str, object]) -> dict[str, object]:
    return {"outcome": name, "step": step, "next": next_path, "data": data}


def _field(item: Field) -> dict[str, object]:
    return {
        "name": item.name,
        "label": item.label,
        "kind": item.kind,
        "required": item.required,
        "max_length": item.max_length,
        "secret": item.secret,
        "autocomplete": item.autocomplete,
        "hint": item.hint,
    }
