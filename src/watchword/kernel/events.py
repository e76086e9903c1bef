"""What happened, in the past tense: frozen records with the OWASP logging vocabulary's names.

Types have parents: whoever subscribes to `SessionEvent` hears kinds of it not written yet.
`audited` events are written to the audit log in the transaction of the change they report.
"""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import ClassVar

from watchword.kernel.models import Origin


class Level(StrEnum):
    """How loud an event is, as the OWASP vocabulary gives it."""

    INFO = "INFO"
    WARN = "WARN"
    CRITICAL = "CRITICAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened `at` a time, to an account and session (by public id) where known."""

    name: ClassVar[str] = "event"
    level: ClassVar[Level] = Level.INFO
    audited: ClassVar[bool] = True

    at: float
    account_id: str | None = None
    session_id: str | None = None
    origin: Origin = field(default_factory=Origin)

    def details(self) -> dict[str, object]:
        """The fields that a subclass adds, for the audit row; never a secret."""
        base = {item.name for item in fields(Event)}
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name not in base}


# --- sessions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent(Event):
    """Something in a session's life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreated(SessionEvent):
    """A session began to belong to an account."""

    name: ClassVar[str] = "session_created"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRenewed(SessionEvent):
    """A session's secret was replaced in the course of time."""

    name: ClassVar[str] = "session_renewed"
    audited: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionExpired(SessionEvent):
    """A session was found past a limit, or dead by its account's epoch."""

    name: ClassVar[str] = "session_expired"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(SessionEvent):
    """A session was ended on purpose: signed out, switched, revoked."""

    name: ClassVar[str] = "session_logout"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUsedAfterEnd(SessionEvent):
    """The cookie of an ended session, or a superseded secret, was presented. Summed up per minute."""

    name: ClassVar[str] = "session_use_after_expire"
    level: ClassVar[Level] = Level.CRITICAL
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSessionPresented(SessionEvent):
    """Session cookies this app never issued (forged, malformed, of another app). Summed up per minute."""

    name: ClassVar[str] = "malicious_extraneous"
    level: ClassVar[Level] = Level.CRITICAL
    kind: str
    count: int = 1


# --- signing in -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInEvent(Event):
    """An attempt to sign in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSucceeded(SignInEvent):
    """A session was granted."""

    name: ClassVar[str] = "authn_login_success"
    factors: tuple[str, ...]
    aal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(SignInEvent):
    """A proof failed. `cause` is the true reason; `identifier` a keyed hash of the name that was typed."""

    name: ClassVar[str] = "authn_login_fail"
    level: ClassVar[Level] = Level.WARN
    cause: str
    identifier: str


# --- accounts ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEvent(Event):
    """A change of an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated(AccountEvent):
    """An account was made, by its owner or an operator (`by`)."""

    name: ClassVar[str] = "user_created"
    level: ClassVar[Level] = Level.WARN
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRefused(AccountEvent):
    """Somebody tried to register and was refused."""

    name: ClassVar[str] = "input_validation_fail"
    level: ClassVar[Level] = Level.WARN
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRehashed(AccountEvent):
    """A stored password hash was brought to today's parameters at sign-in."""

    name: ClassVar[str] = "user_updated"
    level: ClassVar[Level] = Level.WARN


# --- requests ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(Event):
    """A request was refused before any flow saw it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgerySuspected(RequestRefused):
    """An unsafe request came from another site, or without a valid anti-forgery token."""

    name: ClassVar[str] = "malicious_csrf"
    level: ClassVar[Level] = Level.WARN


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedInput(RequestRefused):
    """A body of the wrong type, shape or size."""

    name: ClassVar[str] = "input_validation_discrete_fail"
    level: ClassVar[Level] = Level.WARN
