"""The session's cookie: `base64url(key id 1 B | handle 16 B | secret 32 B | keyed BLAKE2b tag 8 B)`. Pure.

The tag is checked before anything is looked up, so a forged cookie costs no store command. The handle
finds the session, the secret opens it; neither is stored, only their digests are (B-36, B-37).
"""

import hashlib
import hmac
import secrets
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from typing import Final

import msgspec

from watchword.crypto.keys import Key, KeyRing

LENGTH: Final = 76
_HANDLE: Final = 16
_SECRET: Final = 32
_TAG: Final = 8
_RAW: Final = 1 + _HANDLE + _SECRET + _TAG
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
"""The standard alphabet's own marks become something that no alphabet has: each cookie has one spelling."""
_PURPOSE: Final = "session-cookie"
_NEXT: Final = "session-next"


class Token(msgspec.Struct, frozen=True):
    """What a genuine cookie says: a handle and a secret, signed with `key`."""

    key: Key
    handle: bytes
    secret: bytes

    def __repr__(self) -> str:
        """Names the session and shows no secret: it ends up in logs."""
        return f"<Token of {self.public_id}>"

    @property
    def digest(self) -> bytes:
        """What the store keeps of the secret."""
        return hashlib.sha256(self.secret).digest()

    @property
    def public_id(self) -> str:
        """The store's key, and the session's name in lists and in the audit; opens nothing."""
        return public_id(self.handle)

    def successor(self, key: Key | None = None) -> bytes:
        """The secret that follows this one in renewal: the same for every request that holds this cookie."""
        return (key or self.key).mac(_NEXT, self.handle + self.secret)

    def encode(self) -> str:
        """The cookie's value."""
        body = bytes((self.key.id,)) + self.handle + self.secret
        return _to_text(body + self.key.tag(_PURPOSE, body, _TAG))


@lru_cache(maxsize=4096)
def public_id(handle: bytes) -> str:
    """SHA-256 of the handle as 43 characters of base64url. Remembered: who asked once mostly asks again."""
    return _to_text(hashlib.sha256(handle).digest())[:43]


def fresh_token(keys: KeyRing, handle: bytes | None = None) -> Token:
    """A new random secret, under a new random handle unless one is given (256 and 128 bits)."""
    return Token(keys.newest, handle or secrets.token_bytes(_HANDLE), secrets.token_bytes(_SECRET))


def decode(keys: KeyRing, text: str) -> Token | None:
    """The token of a cookie this key ring signed; None for anything else. Never raises."""
    try:
        raw = a2b_base64(text.encode("ascii").translate(_FROM_URL), strict_mode=True)
    except ValueError:
        return None
    if len(text) != LENGTH or len(raw) != _RAW:
        return None
    body, tag = raw[:-_TAG], raw[-_TAG:]
    for key in keys.with_id(raw[0]):
        if hmac.compare_digest(key.tag(_PURPOSE, body, _TAG), tag):
            return Token(key, raw[1 : 1 + _HANDLE], raw[1 + _HANDLE : -_TAG])
    return None


def presented(header: str, name: str) -> list[str]:
    """The values under exactly that name (case counts: B-61) in a Cookie header (RFC 6265bis section 5.8.3)."""
    prefix = name + "="
    if prefix not in header:
        return []
    length = len(prefix)
    if header.startswith(prefix) and ";" not in header:
        return [header[length:].rstrip(" \t")]
    pairs = [pair.strip(" \t") for pair in header.split(";")]
    return [pair[length:] for pair in pairs if pair.startswith(prefix)]


def _to_text(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_TO_URL).decode("ascii")
