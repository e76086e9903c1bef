"""What is raised: misuse, configuration, conflict and outage. What a person can cause is an `Outcome`.

WatchwordError
├── ConfigurationError      every problem found, each with its remedy
├── Outage                  a store or database does not answer: the request ends with 503
│   └── Busy                all password-hashing places are taken: 503 with Retry-After
├── Conflict                a compare-and-set met another version
├── AlreadyExists           a uniqueness constraint spoke: the name is taken
├── NotAuthentic            sealed bytes were altered, or sealed for another purpose or key
├── SessionClosed           the session was written after its response had begun
├── UnstorableValue         a value no session can hold (a TypeError)
└── SessionTooLarge         the session's values exceed the policy's size (a ValueError)
"""

from collections.abc import Sequence
from dataclasses import dataclass


class WatchwordError(Exception):
    """The root of everything this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration: the `setting`, what is wrong, and what to do about it."""

    setting: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.what} -> {self.remedy}"


class ConfigurationError(WatchwordError):
    """The configuration cannot be run. Carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(f"Watchword cannot start with this configuration:{lines}")


class Outage(WatchwordError):
    """A store or database did not answer in time; nothing was decided, so nothing may be allowed."""

    def __init__(self, what: str, *, retry_after: int = 5) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class Busy(Outage):
    """More passwords are being checked than the machine has memory for; try again shortly."""


class Conflict(WatchwordError):
    """The key holds another version than the one expected (or something where nothing was expected)."""


class AlreadyExists(WatchwordError):
    """A row with the same unique value exists; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is taken")
        self.field = field


class NotAuthentic(WatchwordError):
    """Sealed or signed bytes that this key ring did not make for this purpose, or that were altered."""


class SessionClosed(WatchwordError):
    """A session was changed after it had been saved, e.g. while a streamed body was being sent."""


class UnstorableValue(WatchwordError, TypeError):
    """A session cannot hold this value; the message names the key."""


class SessionTooLarge(WatchwordError, ValueError):
    """A session's values are larger than `Policy.session_max_bytes`; the message names the largest keys."""
