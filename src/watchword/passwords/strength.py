"""What makes a password acceptable: its length and little else (NIST SP 800-63B-4 section 3.1.1.2)."""

import unicodedata
from typing import Final

from watchword.kernel.identifiers import canonical_name
from watchword.kernel.outcomes import Refused
from watchword.kernel.policy import Policy
from watchword.kernel.reasons import Reason

FIELD: Final = "password"

_MOST_COMPOSED: Final = 4
"""How many code points NFC makes one of, at most (a Greek letter with breathing, accent and iota)."""


def normalise(password: str) -> str:
    """One form for one password however the keyboard composes it: NFC, and nothing else (B-04)."""
    return unicodedata.normalize("NFC", password)


def over_long(password: str, policy: Policy) -> bool:
    """Whether it exceeds the policy's code points or UTF-8 bytes, after NFC. Cheap for any length: ask it
    before hashing anything (B-03)."""
    if len(password) > policy.password_max * _MOST_COMPOSED:
        return True
    normal = normalise(password)
    return len(normal) > policy.password_max or len(encoded(normal)) > policy.password_max_bytes


def encoded(password: str) -> bytes:
    """The bytes that are hashed. A lone surrogate has some too, so that no sign-in fails on one."""
    return password.encode("utf-8", "surrogatepass")


def unacceptable(password: str, policy: Policy, *, name: str = "") -> Refused | None:
    """Why a new password cannot be taken; None when it can. Composition is nobody's business (B-05)."""
    if over_long(password, policy):
        return Refused(Reason.PASSWORD_TOO_LONG, FIELD)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        return Refused(Reason.PASSWORD_UNUSABLE, FIELD)
    if len(normalise(password)) < policy.password_min:
        return Refused(Reason.PASSWORD_TOO_SHORT, FIELD, values={"minimum": policy.password_min})
    if name and _folded(password) == _folded(name):
        return Refused(Reason.PASSWORD_IS_NAME, FIELD)
    return None


def _folded(text: str) -> str:
    """What two texts that differ in case, width or composition alone have in common."""
    return canonical_name(text) or normalise(normalise(text).casefold())
