"""The figures of the house in one place. Times in seconds; each default cites its source."""

from dataclasses import dataclass

from watchword.kernel.clock import DAY, HOUR, MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is allowed and for how long. Immutable: hand in another to change it."""

    idle: float = 30 * MINUTE
    """A session unused for this long is over (NIST SP 800-63B-4 section 2.2.3; OWASP: 15 to 30 minutes)."""

    absolute: float = 12 * HOUR
    """A session is over this long after the last sign-in, however busy (NIST 2.2.3: at most 24 h at AAL2)."""

    renewal: float = 15 * MINUTE
    """A session's secret is replaced when it is older than this (OWASP Session Management)."""

    renewal_grace: float = 30.0
    """The replaced secret still works until this long after its successor was first seen."""

    touch_share: float = 0.05
    """Last use is written when it is older than this share of `idle`: a session may end that much early."""

    retention: float = DAY
    """An ended session's tombstone is kept this long, so that a late write cannot bring it back."""

    quiet_after_end: float = 60.0
    """A cookie that died less than this ago opens no other session (a tab that has not noticed yet)."""

    session_max_bytes: int = 16 * 1024
    """The largest encoded session (ASVS 1.5.2)."""

    password_min: int = 15
    """Code points, after NFC, for an account with a password alone (NIST SP 800-63B-4 section 3.1.1.2)."""

    password_max: int = 1024
    """Code points; refused before hashing (NIST: at least 64 must be allowed)."""

    password_max_bytes: int = 4096
    """The same limit in UTF-8 bytes."""

    hash_wait: float = 2.0
    """How long a sign-in waits for a place to hash before it is told to come back (ASVS 15.2.2)."""

    def touch_after(self) -> float:
        """How old the last noted use must be before a use is noted again."""
        return self.idle * self.touch_share
