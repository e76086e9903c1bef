"""Single-use tokens: a random secret whose digest is a store's key, spent by compare-and-set.

For links in mails, challenges and pending steps. The store never sees the token itself (ASVS 6.5.2).
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from watchword.kernel.clock import Clock
from watchword.kernel.errors import Conflict
from watchword.kernel.ports import ABSENT, Store

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_OPEN: Final = b"\x01"
_SPENT: Final = b"\x00"


@dataclass(frozen=True, slots=True)
class SingleUseTokens:
    """Issues and spends tokens. A token of one purpose is unknown to every other."""

    store: Store
    clock: Clock

    def issue(self, purpose: str, data: bytes, *, lifetime: float) -> str:
        """A new token of 256 random bits that stands for `data` during `lifetime` seconds."""
        token = base64.urlsafe_b64encode(secrets.token_bytes(32))[:-1].decode()
        expires_at = self.clock.now() + lifetime
        self.store.put(_key(purpose, token), _OPEN + data, expires_at=expires_at, expect=ABSENT)
        return token

    def peek(self, purpose: str, token: str) -> bytes | None:
        """What it stands for, without spending it (a GET must not: B-84). None: unknown, expired or spent."""
        found = self._find(purpose, token)
        return found[0] if found else None

    def spend(self, purpose: str, token: str) -> bytes | None:
        """What it stands for, once: of any number of simultaneous calls one is answered, the others get None."""
        found = self._find(purpose, token)
        if found is None:
            return None
        data, version, expires_at = found
        try:
            self.store.put(_key(purpose, token), _SPENT, expires_at=expires_at, expect=version)
        except Conflict:
            return None
        return data

    def _find(self, purpose: str, token: str) -> tuple[bytes, int, float] | None:
        if not _SHAPE.fullmatch(token):
            return None
        stored = self.store.get(_key(purpose, token))
        if stored is None or not stored.value.startswith(_OPEN):
            return None
        return stored.value[1:], stored.version, stored.expires_at


def _key(purpose: str, token: str) -> str:
    digest = hashlib.sha256(f"{purpose}\n{token}".encode()).digest()
    return "token:" + base64.urlsafe_b64encode(digest)[:-1].decode()
