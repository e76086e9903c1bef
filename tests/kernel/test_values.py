"""Outcomes, reasons, errors, events, models, policy and the clock: plain values, told apart and kept apart."""

import dataclasses
import string
import time

import pytest

from watchword.kernel import errors
from watchword.kernel.clock import DAY, HOUR, MINUTE, SystemClock
from watchword.kernel.events import Event, Level, SessionExpired, SignInFailed
from watchword.kernel.http import Form, Reply, no_context
from watchword.kernel.models import ANONYMOUS, Grant, Subject
from watchword.kernel.outcomes import Done, Refused
from watchword.kernel.policy import Policy
from watchword.kernel.reasons import EndReason, Reason


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_status_and_says_the_remedy(reason: Reason) -> None:
    assert reason == reason.value == str(reason)
    assert Reason(reason.value) is reason
    assert reason.status in {400, 401, 403, 404, 405, 409, 415, 422, 429, 503}
    assert reason.message.endswith(".") or reason.message.endswith("}")


def test_a_refusal_fills_in_its_message() -> None:
    refused = Refused(Reason.PASSWORD_TOO_SHORT, values={"minimum": 15})
    assert refused.message == "Use at least 15 characters; a few words make a good one."


def test_only_one_message_has_a_blank() -> None:
    blanks = {reason: [name for _, name, _, _ in string.Formatter().parse(reason.message) if name] for reason in Reason}
    assert {reason: names for reason, names in blanks.items() if names} == {Reason.PASSWORD_TOO_SHORT: ["minimum"]}


def test_defaults_of_two_outcomes_are_not_shared() -> None:
    assert Done().data is not Done().data
    assert Refused(Reason.BUSY).values is not Refused(Reason.BUSY).values
    assert Reply(200).headers is not Reply(200).headers


def test_end_reasons_are_stable_codes() -> None:
    codes = {"signed_out", "idle", "absolute", "switched_account", "revoked", "epoch", "disabled"}
    assert {reason.value for reason in EndReason} == codes


def test_a_configuration_error_shows_every_problem_with_its_remedy() -> None:
    problems = [errors.Problem("A", "is wrong", "set it"), errors.Problem("B", "is missing", "add it")]
    error = errors.ConfigurationError(problems)
    assert error.problems == tuple(problems)
    assert "A: is wrong -> set it" in str(error)
    assert "B: is missing -> add it" in str(error)


def test_everything_raised_on_purpose_has_one_root() -> None:
    raised = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(raised) >= 10
    assert all(issubclass(kind, errors.WatchwordError) for kind in raised)


def test_misuse_is_also_the_builtin_kind_of_error() -> None:
    assert issubclass(errors.UnstorableValue, TypeError)
    assert issubclass(errors.SessionTooLarge, ValueError)
    assert issubclass(errors.Busy, errors.Outage)


def test_an_outage_says_when_to_come_back() -> None:
    assert errors.Outage("away").retry_after == 5
    assert errors.Busy("full", retry_after=2).retry_after == 2
    assert errors.AlreadyExists("username").field == "username"


def test_an_event_tells_its_own_details_and_no_others() -> None:
    assert SessionExpired(at=1.0, account_id="a", reason="idle").details() == {"reason": "idle"}
    failed = SignInFailed(at=1.0, cause="unknown_name", identifier="ab12")
    assert failed.details() == {"cause": "unknown_name", "identifier": "ab12"}
    assert (failed.level, failed.name, failed.audited) == (Level.WARN, "authn_login_fail", True)


def test_events_and_policy_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Event(at=1.0).at = 2.0  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Policy().idle = 1.0  # type: ignore[misc]


def test_a_subject_and_nobody_answer_the_same_questions() -> None:
    anna = Subject("a", 1)
    assert (anna.is_authenticated, anna.is_active, anna.is_anonymous, anna.get_id()) == (True, True, False, "a")
    assert not Subject("a", 1, active=False).is_active
    nobody = ANONYMOUS
    assert (nobody.is_authenticated, nobody.is_active, nobody.is_anonymous, nobody.get_id()) == (
        False,
        False,
        True,
        None,
    )
    questions = {name for name in dir(anna) if not name.startswith("_")} - {"epoch"}
    assert questions <= {name for name in dir(nobody) if not name.startswith("_")}


def test_a_grant_is_never_above_one_factor_by_default() -> None:
    assert Grant(Subject("a", 1), (), 0.0).aal == 1


def test_B_40_to_B_43_the_figures() -> None:
    policy = Policy()
    assert (policy.idle, policy.absolute, policy.renewal) == (30 * MINUTE, 12 * HOUR, 15 * MINUTE)
    assert (policy.renewal_grace, policy.retention, policy.quiet_after_end) == (30, DAY, 60)
    assert policy.session_max_bytes == 16384
    assert policy.touch_after() == 90


def test_the_system_clock_is_the_machines() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time()


def test_a_page_may_need_nothing() -> None:
    assert no_context(None) == {}  # type: ignore[arg-type]
    assert Form().fields == ()
