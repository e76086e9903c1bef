"""When a session lives, when it dies, what becomes of it next. Pure: times and records in, verdicts and records out.

    nothing ──begun──> anonymous ──granted──> signed in ──granted──> signed in (new secret)
                           │  └──touched, seen, renewed──┐  │  └──touched, seen, renewed──┐
                           │                             ▼  │                             ▼
                           └────────── ended ◀──────────────┴──── idle, absolute, epoch, signed out, revoked

Nothing leads out of ended.
"""

import hmac
from dataclasses import dataclass
from enum import Enum
from typing import Final

import msgspec

from watchword.kernel.models import Grant, Subject
from watchword.kernel.policy import Policy
from watchword.kernel.reasons import EndReason
from watchword.sessions.record import SCHEMA, Record

Values = dict[str, msgspec.Raw]


class Standing(Enum):
    """How a presented secret stands to its session's record."""

    CURRENT = "current"
    PREVIOUS = "previous"
    SUPERSEDED = "superseded"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`CURRENT` and `PREVIOUS` are let in. `OVER` has its reason, and `ended_at` the instant it was over."""

    standing: Standing
    reason: EndReason | None = None
    ended_at: float = 0.0

    @property
    def admitted(self) -> bool:
        return self.standing is Standing.CURRENT or self.standing is Standing.PREVIOUS


_CURRENT: Final = Verdict(Standing.CURRENT)
_PREVIOUS: Final = Verdict(Standing.PREVIOUS)


def admit(record: Record, digest: bytes, now: float, policy: Policy) -> Verdict:
    """Whether the holder of the secret with that digest may use the session now.

    Limits first, server side only (NIST SP 800-63B-4 section 5.1.1; B-47), then the secret. A clock that
    stepped back makes no age negative and brings nothing back: what was found over was written down.
    """
    over = limit_passed(record, now, policy)
    if over is not None:
        return over
    if hmac.compare_digest(record.current, digest):
        return _CURRENT
    if record.previous and hmac.compare_digest(record.previous, digest):
        if _in_grace(record, now, policy):
            return _PREVIOUS
        return Verdict(Standing.SUPERSEDED, ended_at=record.seen_at + policy.renewal_grace)
    return Verdict(Standing.SUPERSEDED, ended_at=record.rotated_at)


def limit_passed(record: Record, now: float, policy: Policy) -> Verdict | None:
    """Ended on purpose, past the absolute limit (NIST 2.1.3, ASVS 7.3.2), or idle too long (ASVS 7.3.1)."""
    if record.ended_at:
        return Verdict(Standing.OVER, end_reason(record), record.ended_at)
    if now >= record.absolute_end:
        return Verdict(Standing.OVER, EndReason.ABSOLUTE, record.absolute_end)
    if now - record.touched_at >= policy.idle:
        return Verdict(Standing.OVER, EndReason.IDLE, record.touched_at + policy.idle)
    return None


def end_reason(record: Record) -> EndReason:
    """A tombstone's reason; one that this version does not know counts as revoked."""
    try:
        return EndReason(record.end_reason)
    except ValueError:
        return EndReason.REVOKED


def _in_grace(record: Record, now: float, policy: Policy) -> bool:
    """The previous secret lives until its successor has been seen for `renewal_grace` (a lost response signs
    nobody out)."""
    return not record.seen_at or now < record.seen_at + policy.renewal_grace


def is_quiet(verdict: Verdict, now: float, policy: Policy) -> bool:
    """Whether a cookie died so recently that its browser may not know yet: it opens no other session."""
    return abs(now - verdict.ended_at) < policy.quiet_after_end


def owner_gone(record: Record, subject: Subject | None) -> EndReason | None:
    """Why the record's owner no longer stands behind it: deleted or disabled (B-49), or of another epoch."""
    if subject is None or not subject.active:
        return EndReason.DISABLED
    return EndReason.EPOCH if subject.epoch != record.epoch else None


# --- what is due ------------------------------------------------------------------------------------------


def touch_due(record: Record, now: float, policy: Policy) -> bool:
    """Whether the last use noted is old enough to be noted again (at most 5 % early, never late)."""
    return abs(now - record.touched_at) >= policy.touch_after()


def sight_due(record: Record) -> bool:
    """Whether the current secret's first sight must be noted: only while a previous one waits for it."""
    return bool(record.previous) and not record.seen_at


def renewal_due(record: Record, now: float, policy: Policy) -> bool:
    """Whether the current secret is due for renewal (B-40), and no earlier one still waits for it to be seen
    and its grace to pass."""
    if record.previous and _in_grace(record, now, policy):
        return False
    return now - record.rotated_at >= policy.renewal


def at_rest(record: Record, now: float, policy: Policy) -> bool:
    """Whether none of the above is due and no limit is passed: what a read finds nearly always, in one look."""
    return (
        0 <= now - record.touched_at < policy.idle * policy.touch_share
        and now < record.absolute_end
        and now - record.rotated_at < policy.renewal
        and not record.previous
        and not record.ended_at
    )


# --- what becomes of it -----------------------------------------------------------------------------------


def begun(digest: bytes, data: Values, now: float, policy: Policy) -> Record:
    """A new session of nobody's."""
    return Record(
        schema=SCHEMA,
        current=digest,
        previous=b"",
        seen_at=0.0,
        rotated_at=now,
        created_at=now,
        touched_at=now,
        absolute_end=now + policy.absolute,
        subject_id="",
        epoch=0,
        auth_time=0.0,
        aal=0,
        factors=(),
        ended_at=0.0,
        end_reason="",
        data=data,
    )


def granted(record: Record, digest: bytes, grant: Grant, now: float, policy: Policy) -> Record:
    """The session after a sign-in or re-authentication: a new secret without grace (ASVS 7.2.4), both limits
    counted anew (NIST SP 800-63B-4 section 5.2), data kept, never more than was proved (section 5.1)."""
    return msgspec.structs.replace(
        record,
        current=digest,
        previous=b"",
        seen_at=0.0,
        rotated_at=now,
        touched_at=now,
        absolute_end=grant.auth_time + policy.absolute,
        subject_id=grant.subject.id,
        epoch=grant.subject.epoch,
        auth_time=grant.auth_time,
        aal=grant.aal,
        factors=tuple((factor.name, factor.proved_at) for factor in grant.factors),
    )


def used(record: Record, standing: Standing, data: Values, now: float) -> Record:
    """The session after a use: its values, the time of use, and the current secret's first sight if this was it."""
    first_sight = standing is Standing.CURRENT and sight_due(record)
    return msgspec.structs.replace(record, data=data, touched_at=now, seen_at=now if first_sight else record.seen_at)


def renewed(record: Record, digest: bytes, now: float) -> Record:
    """The session with the successor of its current secret, which stays valid in grace."""
    return msgspec.structs.replace(record, current=digest, previous=record.current, seen_at=0.0, rotated_at=now)


def ended(record: Record | None, reason: EndReason, at: float) -> Record:
    """The tombstone (R11): no values, no secrets, only whose it was and why it is over."""
    empty = begun(b"", {}, at, Policy())
    return msgspec.structs.replace(
        empty,
        subject_id=record.subject_id if record else "",
        created_at=record.created_at if record else at,
        ended_at=at,
        end_reason=reason.value,
    )


def session_end(record: Record, policy: Policy) -> float:
    """When it will be over if nobody uses it again."""
    return record.ended_at or min(record.touched_at + policy.idle, record.absolute_end)


def keep_until(record: Record, now: float, policy: Policy) -> float:
    """When the store may forget it: its end plus the retention."""
    return max(session_end(record, policy), now) + policy.retention
