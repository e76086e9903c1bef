"""The security headers of our own pages, and which of JSON and HTML a request wants."""

from collections.abc import Mapping
from typing import Final

from watchword.kernel.http import Request

Headers = list[tuple[str, str]]

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
HSTS: Final = "max-age=31536000; includeSubDomains"

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    # Not no-referrer: it would make browsers send `Origin: null` with our own forms (Fetch, "append a
    # request Origin header"), which the forgery protection refuses.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
)
_PAGE: Final = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Frame-Options", "DENY"),
    ("Cache-Control", "no-store"),
    ("Vary", "Cookie, Accept"),
)
CLEAR_SITE_DATA: Final = ("Clear-Site-Data", '"cache", "storage"')
"""With the end of a session, over https alone (B-145; not "cookies", which reaches sibling hosts: R15)."""


def page_headers(request: Request) -> Headers:
    """Every answer of ours but the assets: B-141 to B-144."""
    return [*_ALWAYS, *_PAGE, *_hsts(request)]


def asset_headers(request: Request) -> Headers:
    """Styles and scripts: the same without what is about documents and people."""
    return [*_ALWAYS, *_hsts(request)]


def _hsts(request: Request) -> Headers:
    """Browsers ignore it over http, where anybody could have set it (RFC 6797 section 8.1)."""
    return [("Strict-Transport-Security", HSTS)] if request.scheme == "https" else []


def media_type(headers: Mapping[str, str]) -> str:
    """The body's type without parameters, in lower case; empty when not told."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def wants_json(headers: Mapping[str, str]) -> bool:
    """Whether the answer is JSON: the request sends it, or names it and prefers it to HTML.

    A wildcard names nothing: browsers send `*/*` too. Equal preference for both means HTML.
    """
    if media_type(headers) == JSON:
        return True
    quality = _accepted(headers.get("accept", ""))
    return quality.get(JSON, 0.0) > quality.get("text/html", 0.0)


def _accepted(accept: str) -> dict[str, float]:
    """The media types named, with their quality (RFC 9110 section 12.5.1)."""
    found: dict[str, float] = {}
    for part in accept.split(",")[:32]:
        name, *parameters = (item.strip().lower() for item in part.split(";"))
        weights = [item[2:].strip() for item in parameters if item.startswith("q=")]
        found[name] = _quality(weights[0]) if weights else 1.0
    return found


def _quality(text: str) -> float:
    """A weight between 0 and 1; anything else counts as not accepted."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0
