"""Where a `next` parameter may lead: to a path of this origin, or nowhere."""

from typing import Final
from urllib.parse import quote, unquote, urlsplit

NEXT_MAX: Final = 2048
_PRINTABLE: Final = "".join(chr(code) for code in range(0x21, 0x7F))


def safe_next(candidate: str | None) -> str | None:
    """The candidate as an ASCII path (with query) of this origin, or None on any doubt (B-146, ASVS 3.7.2).

    Browsers drop tab, CR and LF and read `\\` as `/` (WHATWG URL, sections 4.4 and 4.1), so whatever has
    them is refused, also behind a percent sign, where a server may decode a path before it redirects.
    """
    if not candidate or len(candidate) > NEXT_MAX or not candidate.startswith("/"):
        return None
    if _has_control(candidate) or "\\" in candidate:
        return None
    path = unquote(candidate.partition("?")[0].partition("#")[0])
    if "//" in path or "\\" in path or _has_control(path):
        return None
    return _same_origin(_ascii(candidate))


def _same_origin(address: str | None) -> str | None:
    """The address if the parser agrees that it names neither scheme nor host; a second opinion."""
    if address is None or len(address) > NEXT_MAX:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else address


def _ascii(address: str) -> str | None:
    """Percent-encoded where it is not printable ASCII; None for lone surrogates."""
    try:
        return quote(address, safe=_PRINTABLE)
    except UnicodeEncodeError:
        return None


def _has_control(text: str) -> bool:
    """C0, DEL and C1 controls, and the separators that some parsers take for line ends."""
    return any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u2028\u2029" for c in text)
