import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.kernel.clock import HOUR
from watchword.kernel.models import Factor, Grant, Subject
from watchword.kernel.policy import Policy
from watchword.kernel.reasons import EndReason
from watchword.sessions import rules
from watchword.sessions.record import Record
from watchword.sessions.rules import Standing, Verdict

POLICY = Policy(idle=1000, absolute=10_000, renewal=300, renewal_grace=30, touch_share=0.05)
T = 1_000_000.0
NOW, BEFORE, OLDER = b"n" * 32, b"b" * 32, b"o" * 32
GRANT = Grant(Subject("anna", 7), (Factor("password", T),), T, aal=2)


def session(**changes: object) -> Record:
    return msgspec.structs.replace(rules.begun(NOW, {}, T, POLICY), **changes)


SEEN = {"previous": BEFORE, "seen_at": T}
UNSEEN = {"previous": BEFORE, "seen_at": 0.0}


@pytest.mark.parametrize(
    ("record", "digest", "after", "verdict"),
    [
        (session(), NOW, 0, Verdict(Standing.CURRENT)),
        (session(), NOW, 999.999, Verdict(Standing.CURRENT)),
        (session(), NOW, 1000, Verdict(Standing.OVER, EndReason.IDLE, T + 1000)),
        (session(), NOW, 5000, Verdict(Standing.OVER, EndReason.IDLE, T + 1000)),
        (session(touched_at=T + 9500), NOW, 9999.999, Verdict(Standing.CURRENT)),
        (session(touched_at=T + 9500), NOW, 10_000, Verdict(Standing.OVER, EndReason.ABSOLUTE, T + 10_000)),
        (session(touched_at=T + 9500), NOW, 99_999, Verdict(Standing.OVER, EndReason.ABSOLUTE, T + 10_000)),
        (session(), OLDER, 0, Verdict(Standing.SUPERSEDED, None, T)),
        (session(), OLDER, 1000, Verdict(Standing.OVER, EndReason.IDLE, T + 1000)),
        (session(), b"", 0, Verdict(Standing.SUPERSEDED, None, T)),
        (session(**UNSEEN), BEFORE, 999, Verdict(Standing.PREVIOUS)),
        (session(**UNSEEN), NOW, 999, Verdict(Standing.CURRENT)),
        (session(**SEEN), BEFORE, 0, Verdict(Standing.PREVIOUS)),
        (session(**SEEN), BEFORE, 29.999, Verdict(Standing.PREVIOUS)),
        (session(**SEEN), BEFORE, 30, Verdict(Standing.SUPERSEDED, None, T + 30)),
        (session(**SEEN, rotated_at=T - 500), BEFORE, 40, Verdict(Standing.SUPERSEDED, None, T + 30)),
        (session(**SEEN), OLDER, 0, Verdict(Standing.SUPERSEDED, None, T)),
        (session(ended_at=T, end_reason="signed_out"), NOW, 1, Verdict(Standing.OVER, EndReason.SIGNED_OUT, T)),
        (session(ended_at=T, end_reason="of a newer version"), NOW, 1, Verdict(Standing.OVER, EndReason.REVOKED, T)),
        (session(ended_at=T, end_reason="idle"), NOW, 99_999, Verdict(Standing.OVER, EndReason.IDLE, T)),
    ],
)
def test_who_is_let_in(record: Record, digest: bytes, after: float, verdict: Verdict) -> None:
    assert rules.admit(record, digest, T + after, POLICY) == verdict
    assert verdict.admitted == (verdict.standing in {Standing.CURRENT, Standing.PREVIOUS})


def test_A_SES_30_a_clock_that_steps_back_brings_nothing_back_and_prolongs_by_the_jump_alone() -> None:
    jumped = session(touched_at=T)
    assert rules.admit(jumped, NOW, T - HOUR, POLICY).admitted
    assert rules.admit(jumped, NOW, T + POLICY.absolute, POLICY).reason is EndReason.ABSOLUTE
    over = rules.ended(jumped, EndReason.IDLE, T)
    assert not rules.admit(over, NOW, T - HOUR, POLICY).admitted
    assert rules.touch_due(jumped, T - HOUR, POLICY)
    touched = rules.used(jumped, Standing.CURRENT, {}, T - HOUR)
    assert rules.limit_passed(touched, T - HOUR + POLICY.idle, POLICY) is not None
    assert not rules.renewal_due(jumped, T - HOUR, POLICY)


@pytest.mark.parametrize(
    ("after", "due"), [(0, False), (49.999, False), (50, True), (-49.999, False), (-50, True), (999, True)]
)
def test_touch_is_due_after_a_twentieth_of_idle(after: float, due: bool) -> None:
    assert rules.touch_due(session(), T + after, POLICY) is due


@given(st.lists(st.floats(0, 1100), max_size=30))
def test_idle_ends_at_most_5_percent_early_and_never_late(pauses: list[float]) -> None:
    record, now, last_use = session(absolute_end=T + 1e9), T, T
    for pause in pauses:
        now += pause
        if rules.limit_passed(record, now, POLICY):
            assert now - last_use >= 0.95 * POLICY.idle
            return
        assert now - last_use < POLICY.idle
        last_use = now
        if rules.touch_due(record, now, POLICY):
            record = rules.used(record, Standing.CURRENT, {}, now)


@pytest.mark.parametrize(
    ("record", "due"),
    [(session(), False), (session(**UNSEEN), True), (session(**SEEN), False)],
)
def test_first_sight_is_noted_only_while_a_previous_secret_waits_for_it(record: Record, due: bool) -> None:
    assert rules.sight_due(record) is due
    used = rules.used(record, Standing.CURRENT, {}, T + 5)
    assert used.seen_at == (T + 5 if due else record.seen_at)
    assert rules.used(record, Standing.PREVIOUS, {}, T + 5).seen_at == record.seen_at


@pytest.mark.parametrize(
    ("record", "after", "due"),
    [
        (session(), 299.999, False),
        (session(), 300, True),
        (session(**UNSEEN), 900, False),
        (session(previous=BEFORE, seen_at=T + 290), 300, False),
        (session(previous=BEFORE, seen_at=T + 290), 319.999, False),
        (session(previous=BEFORE, seen_at=T + 290), 320, True),
        (session(previous=BEFORE, seen_at=T + 1), 299.999, False),
        (session(previous=BEFORE, seen_at=T + 1), 300, True),
    ],
)
def test_B_40_renewal_waits_until_no_earlier_secret_lives(record: Record, after: float, due: bool) -> None:
    assert rules.renewal_due(record, T + after, POLICY) is due


def test_renewal_keeps_the_old_secret_until_the_new_one_was_seen() -> None:
    renewed = rules.renewed(session(**SEEN), OLDER, T + 300)
    assert (renewed.current, renewed.previous, renewed.seen_at, renewed.rotated_at) == (OLDER, NOW, 0.0, T + 300)
    assert not rules.admit(renewed, BEFORE, T + 300, POLICY).admitted
    assert rules.admit(renewed, NOW, T + 900, POLICY).standing is Standing.PREVIOUS


def test_B_40_a_sign_in_leaves_no_earlier_secret_and_counts_both_limits_anew() -> None:
    record = rules.granted(session(**UNSEEN, created_at=T - 5), OLDER, GRANT, T + 600, POLICY)
    assert [rules.admit(record, digest, T + 600, POLICY).admitted for digest in (OLDER, NOW, BEFORE)] == [
        True,
        False,
        False,
    ]
    assert (record.touched_at, record.absolute_end) == (T + 600, T + POLICY.absolute)
    assert (record.subject_id, record.epoch, record.aal, record.auth_time) == ("anna", 7, 2, T)
    assert (record.factors, record.created_at) == ((("password", T),), T - 5)


@pytest.mark.parametrize(
    ("subject", "gone"),
    [
        (Subject("anna", 7), None),
        (Subject("anna", 8), EndReason.EPOCH),
        (Subject("anna", 6), EndReason.EPOCH),
        (Subject("anna", 7, active=False), EndReason.DISABLED),
        (None, EndReason.DISABLED),
    ],
)
def test_B_49_any_other_epoch_is_dead(subject: Subject | None, gone: EndReason | None) -> None:
    assert rules.owner_gone(session(subject_id="anna", epoch=7), subject) is gone


@pytest.mark.parametrize(("after", "quiet"), [(0, True), (59.999, True), (60, False), (-59.999, True), (-60, False)])
def test_a_cookie_that_died_just_now_stays_quiet(after: float, quiet: bool) -> None:
    assert rules.is_quiet(Verdict(Standing.OVER, EndReason.IDLE, T), T + after, POLICY) is quiet


def test_R11_a_tombstone_keeps_whose_it_was_and_why_and_nothing_else() -> None:
    full = session(subject_id="anna", data={"k": msgspec.Raw(b"\x01")}, created_at=T - 9, **UNSEEN)
    tombstone = rules.ended(full, EndReason.REVOKED, T + 9)
    assert (tombstone.subject_id, tombstone.end_reason, tombstone.ended_at) == ("anna", "revoked", T + 9)
    assert (tombstone.current, tombstone.previous, tombstone.data, tombstone.factors) == (b"", b"", {}, ())
    assert tombstone.created_at == T - 9
    nobodys = rules.ended(None, EndReason.REVOKED, T)
    assert (nobodys.subject_id, nobodys.created_at) == ("", T)


def test_the_store_keeps_a_session_for_the_retention_after_its_end() -> None:
    day = POLICY.retention
    assert rules.keep_until(session(), T, POLICY) == T + 1000 + day
    assert rules.keep_until(session(touched_at=T + 9900), T + 9900, POLICY) == T + 10_000 + day
    assert rules.keep_until(rules.ended(None, EndReason.IDLE, T), T + 5, POLICY) == T + 5 + day
    assert rules.session_end(rules.ended(None, EndReason.IDLE, T), POLICY) == T
