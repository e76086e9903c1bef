"""The key ring: newest first, older ones still verify, every purpose with a key of its own.

A new secret goes first into the fallbacks everywhere, then to the front; dropping the old one makes
whatever it alone had signed unverifiable.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from watchword.kernel.errors import ConfigurationError, Problem

MIN_SECRET_BYTES: Final = 16
_PREFIX: Final = b"watchword/"


def weakness(secret: str | bytes) -> str | None:
    """What is wrong with a secret, in words; None when nothing obvious is (NIST SP 800-107: 112 bits or more)."""
    raw = as_bytes(secret)
    if not raw:
        return "is empty"
    if len(raw) < MIN_SECRET_BYTES:
        return f"is shorter than {MIN_SECRET_BYTES} bytes"
    if len(set(raw)) < 6:
        return "repeats a few characters"
    if raw.lower() in _EXAMPLES:
        return "is an example from a tutorial"
    return None


_EXAMPLES: Final = frozenset(
    {
        b"change-me-change-me",
        b"changemechangeme",
        b"your-secret-key-here",
        b"your_secret_key_here",
        b"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        b'_5#y2l"f4q8z\n\xec]/',
        b'_5#y2l"f4q8z\n\xc3\xac]/',
        b'_5#y2l"f4q8z\\n\\xec]/',
    }
)


def as_bytes(secret: str | bytes) -> bytes:
    """A secret as bytes; text by UTF-8, lone surrogates included."""
    return secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret


@dataclass(frozen=True, slots=True)
class Key:
    """One secret: `id` is one byte of its digest (a position would change meaning when keys rotate)."""

    id: int
    secret: bytes = field(repr=False)

    def derived(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose alone (HKDF-Expand with one block, RFC 5869 section 2.3)."""
        return _derive(self.secret, purpose)

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA-256 (RFC 2104) under the purpose's key."""
        keyed = _keyed(self.secret, purpose).copy()
        keyed.update(message)
        return keyed.digest()

    def tag(self, purpose: str, message: bytes, size: int) -> bytes:
        """A short MAC of `size` bytes by keyed BLAKE2b (RFC 7693 section 2.9), a quarter of HMAC's price: for what
        every request checks."""
        keyed = _tagger(self.secret, purpose, size).copy()
        keyed.update(message)
        return keyed.digest()


@lru_cache(maxsize=256)
def _derive(secret: bytes, purpose: str) -> bytes:
    extracted = hmac.digest(b"watchword", secret, "sha256")
    return hmac.digest(extracted, _PREFIX + purpose.encode() + b"\x01", "sha256")


@lru_cache(maxsize=256)
def _keyed(secret: bytes, purpose: str) -> hmac.HMAC:
    """An HMAC that has taken in its key and is only ever copied: half the work of a short message."""
    return hmac.new(_derive(secret, purpose), digestmod="sha256")


@lru_cache(maxsize=256)
def _tagger(secret: bytes, purpose: str, size: int) -> hashlib.blake2b:
    """The same of BLAKE2b."""
    return hashlib.blake2b(digest_size=size, key=_derive(secret, purpose))


class KeyRing:
    """Secrets, newest first. Signing takes the first; verifying takes any. None of them may be empty."""

    def __init__(self, secrets: Sequence[str | bytes]) -> None:
        if isinstance(secrets, str | bytes):
            raise TypeError("a key ring takes a list of secrets, newest first: KeyRing([secret])")
        if not secrets or not all(secrets):
            raise ConfigurationError(
                [
                    Problem(
                        "SECRET_KEY",
                        "is not set, or one of its fallbacks is empty",
                        "set it to the output of: python -c 'import secrets; print(secrets.token_hex())'",
                    )
                ]
            )
        self.keys = tuple(_key(as_bytes(secret)) for secret in secrets)
        self._by_id: dict[int, tuple[Key, ...]] = {}
        for key in self.keys:
            self._by_id[key.id] = (*self._by_id.get(key.id, ()), key)

    @property
    def newest(self) -> Key:
        """The key that signs."""
        return self.keys[0]

    def with_id(self, key_id: int) -> tuple[Key, ...]:
        """The keys of that id: mostly one, none for an unknown id, several when digests collide."""
        return self._by_id.get(key_id, ())

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA-256 under the newest key."""
        return self.newest.mac(purpose, message)

    def verify(self, purpose: str, message: bytes, mac: bytes) -> bool:
        """Whether any key of the ring made this MAC for this purpose; constant-time in the MAC."""
        return any(hmac.compare_digest(key.mac(purpose, message), mac) for key in self.keys)


def _key(secret: bytes) -> Key:
    return Key(hashlib.blake2b(secret, digest_size=1, person=b"watchword-key-id").digest()[0], secret)
