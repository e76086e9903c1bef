"""What registering keeps and tells, and the operator's command."""

import re

import pytest

from tests.features.house import PASSWORD, Browser, House
from watchword.features.register import Register
from watchword.kernel.errors import Outage
from watchword.kernel.events import AccountCreated, RegistrationRefused
from watchword.kernel.outcomes import Done, Outcome, Refused
from watchword.kernel.policy import Policy
from watchword.kernel.reasons import Reason


@pytest.fixture
def house() -> House:
    return House([Register()])


def attempt(house: House, username: str = "Ada", password: str = PASSWORD, display_name: str = "") -> Outcome:
    flow = house.auth[Register]
    return flow.attempt(house.visit(), username=username, password=password, display_name=display_name)


def test_an_account_as_it_is_kept(house: House) -> None:
    outcome = attempt(house)
    account = house.accounts.by_name("ada")
    assert account is not None
    assert outcome == Done("sign_in", "registered", {"id": account.id, "username": "Ada"})
    assert (account.username, account.display_name) == ("Ada", "Ada")
    assert account.epoch == int(house.clock.now() * 1_000_000)
    assert account.created_at == house.clock.now()
    assert (account.active, account.roles) == (True, ())
    [credential] = house.shelves.credentials.values()
    assert (credential.account_id, credential.kind) == (account.id, "password")
    assert credential.data.startswith("$argon2id$")
    assert PASSWORD not in repr(house.shelves)


def test_B_154_ids_are_random(house: House) -> None:
    for n in range(5):
        attempt(house, f"user{n}")
    ids = list(house.shelves.accounts)
    assert len({len(item) for item in ids}) == 1
    assert len(set(ids)) == 5
    assert all(item[14] == "4" for item in ids)


def test_the_audit_hears_of_it_once(house: House) -> None:
    attempt(house)
    [event] = house.shelves.events
    assert isinstance(event, AccountCreated)
    assert (event.by, event.origin.client) == ("self", house.client)


def test_a_refusal_is_heard_too(house: House) -> None:
    attempt(house)
    assert attempt(house, "ADA") == Refused(Reason.NAME_TAKEN, field="username")
    event = house.shelves.events[-1]
    assert isinstance(event, RegistrationRefused)
    assert event.reason == "name_taken"
    assert len(house.shelves.accounts) == 1


def test_nobody_is_signed_in_by_registering(house: House) -> None:
    visit = house.visit()
    house.auth[Register].attempt(visit, username="ada", password=PASSWORD)
    assert not visit.subject.is_authenticated
    assert visit.cookie is None


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", "Ada"),
        ("  ", "Ada"),
        ("x" * 100, "x" * 100),
        ("e\u0301" * 100, "\u00e9" * 100),
        ("O'Neil & Søn ☂", "O'Neil & Søn ☂"),
    ],
)
def test_display_names(house: House, typed: str, shown: str) -> None:
    attempt(house, display_name=typed)
    account = house.accounts.by_name("ada")
    assert account is not None
    assert account.display_name == shown


@pytest.mark.parametrize("typed", ["x" * 101, "\ud800", "a\0b", "a\u200db", "a\u2028b", "\x1b[31m"])
def test_unusable_display_names(house: House, typed: str) -> None:
    assert attempt(house, display_name=typed) == Refused(Reason.DISPLAY_NAME_UNUSABLE, field="display_name")


def test_an_outage_leaves_nothing(house: House) -> None:
    house.shelves.away = True
    with pytest.raises(Outage):
        attempt(house)
    assert house.shelves.accounts == {}


def test_account_and_audit_are_kept_together_or_not_at_all(house: House) -> None:
    def full(_events: object) -> None:
        raise Outage("the audit table is full")

    house.shelves.write = full  # type: ignore[method-assign,assignment]
    with pytest.raises(Outage):
        attempt(house)
    assert house.shelves.accounts == {}
    assert house.shelves.credentials == {}


def test_the_operators_command(house: House) -> None:
    [command] = house.auth.commands()
    assert (command.group, command.name) == ("users", "create")
    assert [option.name for option in command.options] == ["username", "password", "display_name"]
    assert command.options[1].hidden
    assert isinstance(command.run({"username": "root", "password": PASSWORD}), Done)
    [event] = house.shelves.events
    assert isinstance(event, AccountCreated)
    assert event.by == "operator"
    refused = command.run({"username": "root", "password": PASSWORD, "display_name": "Root"})
    assert refused == Refused(Reason.NAME_TAKEN, field="username")


def test_the_hint_tells_the_policy() -> None:
    browser = Browser(House([Register()], policy=Policy(password_min=20)))
    browser.get("/auth/register")
    assert "At least 20 characters." in browser.page
    assert 'autocomplete="new-password"' in browser.page


def test_everything_that_is_wrong_is_told_at_once(house: House) -> None:
    outcome = attempt(house, "no spaces", "short", display_name="x" * 101)
    assert isinstance(outcome, Refused)
    told = [(refused.field, refused.reason) for refused in (outcome, *outcome.also)]
    assert told == [
        ("username", Reason.NAME_UNUSABLE),
        ("display_name", Reason.DISPLAY_NAME_UNUSABLE),
        ("password", Reason.PASSWORD_TOO_SHORT),
    ]
    assert house.hasher.computations == 0


def test_a_person_mends_all_of_it_in_one_go(house: House) -> None:
    browser = Browser(house)
    browser.get("/auth/register")
    values = {"username": "no spaces", "password": "short", "display_name": "x" * 101}
    browser.post("/auth/register", {**browser.hidden(), **values})
    assert all(f'id="watchword-{name}-error"' in browser.page for name in ("username", "display_name", "password"))


def test_whose_name_is_taken_is_told_to_type_the_password_again(house: House) -> None:
    attempt(house, "ada")
    browser = Browser(house)
    browser.get("/auth/register")
    browser.post("/auth/register", {**browser.hidden(), "username": "ada", "password": PASSWORD, "display_name": ""})
    assert 'id="watchword-password-again"' in browser.page
    assert re.search(r'name="password"[^>]*aria-describedby="[^"]*watchword-password-again', browser.page)
