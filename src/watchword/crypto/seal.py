"""Authenticated encryption: AES-256-GCM with a fresh random nonce, bound to a purpose and a context.

The first byte names the key, so keys rotate as the key ring does: the newest seals, any opens.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from watchword.crypto.keys import Key, KeyRing
from watchword.kernel.errors import NotAuthentic

_NONCE: Final = 12
_OVERHEAD: Final = 1 + _NONCE + 16


def seal(keys: KeyRing, purpose: str, plaintext: bytes, *, context: str = "") -> bytes:
    """The plaintext encrypted for that purpose and context (an account id, say), which must be given again to
    open it. 96-bit random nonces: at most 2**32 seals under one key (NIST SP 800-38D section 8.3)."""
    key = keys.newest
    nonce = secrets.token_bytes(_NONCE)
    sealed = _cipher(key, purpose).encrypt(nonce, plaintext, context.encode())
    return bytes((key.id,)) + nonce + sealed


def unseal(keys: KeyRing, purpose: str, sealed: bytes, *, context: str = "") -> bytes:
    """The plaintext again. Raises `NotAuthentic` when it was altered, cut, sealed for another purpose or
    context, or by a key that is no longer in the ring."""
    if len(sealed) < _OVERHEAD:
        raise NotAuthentic("sealed bytes are too short")
    nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    for key in keys.with_id(sealed[0]):
        try:
            return _cipher(key, purpose).decrypt(nonce, body, context.encode())
        except InvalidTag:
            continue
    raise NotAuthentic(f"not sealed for {purpose!r} by a key of this ring")


def _cipher(key: Key, purpose: str) -> AESGCM:
    return AESGCM(key.derived("seal/" + purpose))
