"""What the audit learns of a sign-in, and what the flow does in which order."""

from collections.abc import Mapping

import pytest

from tests.features.house import PASSWORD, House
from watchword.auth import Feature
from watchword.features.sign_in import SignIn
from watchword.kernel.errors import Busy
from watchword.kernel.events import SignInFailed
from watchword.kernel.models import Account, Grant
from watchword.kernel.outcomes import Outcome, Pending, Refused, SignedIn
from watchword.kernel.ports import Visit
from watchword.kernel.reasons import Reason
from watchword.passwords.hasher import Hasher


@pytest.fixture
def house() -> House:
    house = House([SignIn()])
    house.account("ada")
    return house


def attempt(house: House, username: str = "ada", password: str = PASSWORD) -> Outcome:
    return house.auth[SignIn].attempt(house.visit(), username=username, password=password)


def failure(house: House) -> SignInFailed:
    [event] = house.heard("authn_login_fail")
    assert isinstance(event, SignInFailed)
    return event


def test_a_session_is_granted_with_what_was_proved(house: House) -> None:
    visit = house.visit()
    outcome = house.auth[SignIn].attempt(visit, username="Ada", password=PASSWORD)
    account = house.accounts.by_name("ada")
    assert account is not None
    assert isinstance(outcome, SignedIn)
    assert (outcome.subject.id, outcome.subject.epoch) == (account.id, account.epoch)
    [event] = house.heard("authn_login_success")
    assert event.details() == {"factors": ("password",), "aal": 1}
    assert len(house.shelves.entries) == 1
    held = visit.session.held
    assert held is not None
    assert held.record.auth_time == house.clock.now()


@pytest.mark.parametrize(
    ("username", "password", "cause", "known"),
    [
        ("ada", "wrong", "wrong_password", True),
        ("nobody", PASSWORD, "unknown_name", False),
        ("not a name", PASSWORD, "unknown_name", False),
        ("", PASSWORD, "unknown_name", False),
        ("ada", "p" * 2000, "over_long", False),
        ("off", PASSWORD, "disabled", True),
        ("off", "wrong", "wrong_password", True),
        ("keyless", PASSWORD, "no_password", True),
    ],
)
def test_the_audit_learns_the_true_cause(house: House, username: str, password: str, cause: str, known: bool) -> None:
    off = house.account("off").id
    house.accounts.set_active(off, False, house.clock.now())
    house.accounts.create(Account("k", "keyless", "keyless", "keyless", 1, house.clock.now()), [])
    before = house.hasher.computations
    outcome = attempt(house, username, password)
    assert outcome == Refused(Reason.BAD_CREDENTIALS, cause=cause)
    event = failure(house)
    assert event.cause == cause
    assert (event.account_id is not None) is known
    assert event.origin.client == house.client
    # One computation whoever asks for whatever (ASVS 6.3.8), none for what is refused unread.
    assert house.hasher.computations - before == (0 if cause == "over_long" else 1)


def test_B_25_the_identifier_is_a_keyed_hash_of_the_canonical_name(house: House) -> None:
    seen = set[str]()
    for name in ("Ada", "ada", "\uff21DA ", "bob", "not a name", "\ud800"):
        attempt(house, name, "wrong")
        seen.add(failure(house).identifier)
        house.shelves.events.clear()
    assert len(seen) == 4
    assert all(len(identifier) == 16 and int(identifier, 16) >= 0 for identifier in seen)
    other = House([SignIn()], secrets=["another key for the tests of features"])
    attempt(other, "ada", "wrong")
    assert failure(other).identifier not in seen


def test_B_164_no_secret_reaches_the_audit(house: House) -> None:
    attempt(house, PASSWORD, "a wrong one")
    assert PASSWORD not in repr(house.shelves.events)
    assert "a wrong one" not in repr(house.shelves.events)


class Watcher(Feature):
    """Guards and steps that note when they are asked."""

    name = "watcher"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refusal: Refused | None = None
        self.step: str | None = None

    def guards(self):  # type: ignore[no-untyped-def]
        def guard(_visit: Visit, values: Mapping[str, str]) -> Refused | None:
            self.asked.append(f"guard {sorted(values.items())}")
            return self.refusal

        return [guard]

    def steps(self):  # type: ignore[no-untyped-def]
        def step(_visit: Visit, grant: Grant) -> str | None:
            self.asked.append(f"step {grant.subject.username} {grant.factors[0].name}")
            return self.step

        return [step]


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def watched(watcher: Watcher) -> House:
    house = House([SignIn(), watcher])
    house.account("ada")
    return house


def test_guards_come_first_and_see_no_password(watched: House, watcher: Watcher) -> None:
    assert isinstance(attempt(watched), SignedIn)
    assert watcher.asked == ["guard [('username', 'ada')]", "step ada password"]


def test_a_guards_refusal_stands_and_costs_no_hash(watched: House, watcher: Watcher) -> None:
    watcher.refusal = Refused(Reason.BUSY, retry_after=60)
    before = watched.hasher.computations
    assert attempt(watched) == watcher.refusal
    assert watched.hasher.computations == before
    assert watched.shelves.entries == {}


def test_steps_are_asked_after_a_true_proof_alone(watched: House, watcher: Watcher) -> None:
    attempt(watched, password="wrong")
    assert len(watcher.asked) == 1


def test_a_step_holds_the_session_back(watched: House, watcher: Watcher) -> None:
    watcher.step = "second_factor"
    visit = watched.visit()
    outcome = watched.auth[SignIn].attempt(visit, username="ada", password=PASSWORD)
    assert outcome == Pending("second_factor")
    assert not visit.subject.is_authenticated
    assert visit.cookie is None
    assert watched.heard("authn_login_success") == []


def test_B_18_an_old_hash_is_brought_up_to_date(house: House) -> None:
    old = next(iter(house.shelves.credentials.values()))
    stronger = Hasher.weak_for_tests(house.policy)
    stronger._set_up(house.policy, type(stronger._argon2)(2, 8, 1, 32, 16), None)
    house.auth.hasher = stronger
    assert isinstance(attempt(house), SignedIn)
    new = next(iter(house.shelves.credentials.values()))
    assert new.data != old.data
    assert new.version == 2
    assert len(house.heard("user_updated")) == 1
    assert isinstance(attempt(house), SignedIn)
    assert len(house.heard("user_updated")) == 1


def test_B_18_a_password_changed_meanwhile_is_left_alone(house: House) -> None:
    stronger = Hasher.weak_for_tests(house.policy)
    stronger._set_up(house.policy, type(stronger._argon2)(2, 8, 1, 32, 16), None)
    house.auth.hasher = stronger
    house.auth.credentials.replace = lambda *_: False  # type: ignore[method-assign]
    assert isinstance(attempt(house), SignedIn)
    assert house.heard("user_updated") == []


def test_A_LOG_16_busy_goes_to_the_caller(house: House) -> None:
    with house.hasher._place(), house.hasher._place(), pytest.raises(Busy):
        attempt(house)
    assert house.heard("authn_login_fail") == []


def test_a_password_changed_meanwhile_makes_the_session_dead_on_arrival(house: House) -> None:
    account = house.accounts.by_name("ada")
    assert account is not None
    found = house.accounts.with_credential("ada", "password")
    house.accounts.raise_epoch(account.id, house.clock.now() + 1)
    house.auth.accounts.with_credential = lambda *_: found  # type: ignore[method-assign]
    visit = house.visit()
    house.auth[SignIn].attempt(visit, username="ada", password=PASSWORD)
    visit.commit()
    assert visit.cookie is not None
    assert not house.visit(visit.cookie.value).subject.is_authenticated
