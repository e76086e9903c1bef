"""Bodies into checked values: web forms and JSON, read strictly, and each refusal with its reason.

The query string never supplies a value. Fields that the form does not declare are ignored.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import parse_qsl

from watchword.kernel.http import Field, Form, Request
from watchword.kernel.outcomes import Refused
from watchword.kernel.reasons import Reason
from watchword.web.headers import FORM, JSON, media_type

MAX_BODY: Final = 64 * 1024
MAX_PARTS: Final = 100
CSRF_FIELD: Final = "csrf_token"
NEXT_FIELD: Final = "next"
OWN_FIELDS: Final = (CSRF_FIELD, NEXT_FIELD)

Pairs = Sequence[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class Checked:
    """The form's values by name, all of them text, and what is wrong with them.

    `kept` are those that may be shown again: typed well, and not secret.
    """

    values: Mapping[str, str]
    kept: Mapping[str, str]
    problems: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A body as it was read: the declared fields' raw values, at most one each."""

    raw: Mapping[str, object]

    def own(self, name: str) -> str | None:
        """One of the fields we add ourselves; None when it was not sent as text."""
        value = self.raw.get(name)
        return value if isinstance(value, str) else None


def media_refusal(request: Request) -> Refused | None:
    """415 for anything but a web form, or JSON with the header that no form can send (B-139)."""
    kind = media_type(request.headers)
    if kind == FORM or (kind == JSON and request.headers.get("x-watchword") == "1"):
        return None
    return Refused(Reason.UNSUPPORTED_MEDIA_TYPE)


def read(request: Request, form: Form) -> Sent | Refused:
    """The request's body; refused unread when it says that it is too large (B-148)."""
    body = _body(request)
    if isinstance(body, Refused):
        return body
    names = (*(item.name for item in form.fields), *OWN_FIELDS)
    pairs = _json(body) if media_type(request.headers) == JSON else _urlencoded(body)
    return pairs if isinstance(pairs, Refused) else _single(pairs, names)


def check(form: Form, sent: Sent) -> Checked:
    """Every field's value against its declaration; what was not sent counts as empty."""
    values: dict[str, str] = {}
    kept: dict[str, str] = {}
    problems: list[Refused] = []
    for item in form.fields:
        value = sent.raw.get(item.name, "")
        reason = _wrong(item, value)
        if reason is not None:
            problems.append(Refused(reason, field=item.name))
        if isinstance(value, str) and reason is not Reason.FIELD_NOT_TEXT:
            values[item.name] = value
            if not item.secret:
                kept[item.name] = value
    return Checked(values, kept, tuple(problems))


def _body(request: Request) -> bytes | Refused:
    length = request.headers.get("content-length", "").strip() or "0"
    if not (length.isascii() and length.isdigit()):
        return Refused(Reason.MALFORMED_BODY)
    if len(length) > 9 or int(length) > MAX_BODY:
        return Refused(Reason.BODY_TOO_LARGE)
    body = request.body(MAX_BODY)
    return Refused(Reason.BODY_TOO_LARGE) if len(body) > MAX_BODY else body


def _urlencoded(body: bytes) -> Pairs | Refused:
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARTS)
    except ValueError:
        return Refused(Reason.MALFORMED_BODY)


def _json(body: bytes) -> Pairs | Refused:
    """The object's members in their order, doubles included (RFC 8259 section 4 leaves them open)."""
    try:
        found: object = json.loads(body.decode("utf-8"), object_pairs_hook=_Members, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Refused(Reason.MALFORMED_BODY)
    if not isinstance(found, _Members) or len(found) > MAX_PARTS:
        return Refused(Reason.MALFORMED_BODY)
    return found


class _Members(list[tuple[str, object]]):
    """A JSON object as it was sent."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _single(pairs: Pairs, names: Sequence[str]) -> Sent | Refused:
    raw: dict[str, object] = {}
    for name, value in pairs:
        if name in raw and name in names:
            return Refused(Reason.FIELD_REPEATED, field=name)
        raw[name] = value
    return Sent(raw)


def _wrong(item: Field, value: object) -> Reason | None:
    """Why this cannot be the field's value. A NUL may be part of a password, but of nothing else."""
    if not isinstance(value, str) or not _encodable(value):
        return Reason.FIELD_NOT_TEXT
    if "\0" in value and not item.secret:
        return Reason.FIELD_NOT_TEXT
    if item.required and not value:
        return Reason.FIELD_MISSING
    return Reason.FIELD_TOO_LONG if len(value) > item.max_length else None


def _encodable(value: str) -> bool:
    """No lone surrogates: JSON's escapes can carry them, no text does (RFC 8259 section 8.2)."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
