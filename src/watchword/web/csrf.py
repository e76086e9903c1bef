"""Protection against forged requests: where a request came from, and a token in every form.

OWASP Cross-Site Request Forgery Prevention; B-137, B-138. A token is random bytes with their HMAC over what the
browser holds: the session where somebody is signed in, else a cookie of its own that costs no store anything.
Each page gets another token, so that compressing it gives nothing away (BREACH).
"""

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from watchword.crypto.keys import KeyRing
from watchword.kernel.http import Request
from watchword.kernel.reasons import Reason

PURPOSE: Final = "csrf"
SECURE_COOKIE: Final = "__Host-watchword-form"
PLAIN_COOKIE: Final = "watchword-dev-form"
_NONCE: Final = 16
_TOKEN: Final = _NONCE + 32
_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}


def foreign(request: Request) -> Reason | None:
    """CROSS_SITE when the browser says that another site sent this; None when it is ours or nobody says.

    Fetch metadata first; where a browser sends none, Origin, then Referer. `same-site` is another host.
    """
    headers = request.headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        ours = site in {"same-origin", "none"}
    elif "origin" in headers:
        ours = _same_origin(request, headers["origin"])
    elif "referer" in headers:
        ours = _same_origin(request, headers["referer"])
    else:
        return None
    return None if ours else Reason.CROSS_SITE


@dataclass(frozen=True, slots=True)
class Issued:
    """A token for one page, and the cookie to set with it where the browser has none yet."""

    token: str
    set_cookie: str | None = None


def issue(keys: KeyRing, request: Request) -> Issued:
    """A token for a form on the page that answers this request. May read the session."""
    binding = _session_binding(request)
    if binding is not None:
        return Issued(_token(keys, binding))
    held = _form_cookie(request)
    value = held or _encode(secrets.token_bytes(16))
    return Issued(_token(keys, _cookie_binding(value)), None if held else _set_cookie(request, value))


def genuine(keys: KeyRing, request: Request, token: str | None) -> bool:
    """Whether the token was issued to this browser, in the session it is in now; by any key of the ring."""
    raw = _decode(token or "")
    binding = _session_binding(request)
    if binding is None:
        held = _form_cookie(request)
        binding = _cookie_binding(held) if held else None
    if binding is None or len(raw) != _TOKEN:
        return False
    return keys.verify(PURPOSE, raw[:_NONCE] + binding, raw[_NONCE:])


def _session_binding(request: Request) -> bytes | None:
    bound = request.visit.csrf_binding
    return b"session:" + bound.encode() if bound else None


def _cookie_binding(value: str) -> bytes:
    return b"form:" + value.encode()


def _token(keys: KeyRing, binding: bytes) -> str:
    nonce = secrets.token_bytes(_NONCE)
    return _encode(nonce + keys.mac(PURPOSE, nonce + binding))


def _form_cookie(request: Request) -> str | None:
    """The value of the form cookie; malformed or sent twice counts as none (a sibling host may plant one)."""
    name = _cookie_name(request)
    pairs = (part.strip(" \t").partition("=") for part in request.headers.get("cookie", "").split(";"))
    values = [value for key, _, value in pairs if key == name]
    return values[0] if len(values) == 1 and len(_decode(values[0])) == 16 else None


def _cookie_name(request: Request) -> str:
    return SECURE_COOKIE if request.scheme == "https" else PLAIN_COOKIE


def _set_cookie(request: Request, value: str) -> str:
    """No Max-Age: it goes when the browser does. Strict: no other site's request carries it (B-64)."""
    secure = "; Secure" if request.scheme == "https" else ""
    return f"{_cookie_name(request)}={value}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _same_origin(request: Request, address: str) -> bool:
    theirs = _origin(address)
    return bool(theirs) and theirs == _origin(f"{request.scheme}://{request.host}")


def _origin(address: str) -> str:
    """Scheme, host and port of an address, default port left out; empty for `null` and nonsense."""
    try:
        parts = urlsplit(address.strip().lower())
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])}"


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Canonical base64url without padding, or nothing."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return b""
    return raw if _encode(raw) == text else b""
