"""The end of a session is at once and everywhere."""

from tests.features.doors import Enter
from tests.features.house import Browser, House
from watchword.features.sign_out import SignOut
from watchword.kernel.models import Factor, Grant
from watchword.kernel.outcomes import Done
from watchword.sessions.visit import SessionVisit


def signed_in(house: House) -> SessionVisit:
    """A visit of somebody whose password was proved just now."""
    subject = house.accounts.load(house.account("ada").id)
    assert subject is not None
    visit, now = house.visit(), house.clock.now()
    visit.sign_in(Grant(subject, (Factor("password", now),), now))
    return visit


def test_the_cookie_is_dead_wherever_it_is() -> None:
    house = House([Enter(), SignOut()])
    visit = signed_in(house)
    visit.commit()
    assert visit.cookie is not None
    cookie = visit.cookie.value
    leaving = house.visit(cookie)
    assert house.auth[SignOut].attempt(leaving) == Done("sign_in", "signed_out")
    assert leaving.cookie is not None
    assert leaving.cookie.value == ""
    assert not house.visit(cookie).subject.is_authenticated
    assert len(house.heard("session_logout")) == 1
    [entry] = house.shelves.entries.values()
    assert entry.end_reason == "signed_out"


def test_nobody_signing_out_is_no_event() -> None:
    house = House([Enter(), SignOut()])
    house.auth[SignOut].attempt(house.visit())
    assert house.shelves.events == []


def test_the_page_asks_first_and_has_nothing_to_ask_nobody() -> None:
    browser = Browser(House([Enter(), SignOut()]))
    browser.house.account("ada")
    browser.get("/auth/sign-out")
    assert "You are not signed in." in browser.page
    browser.sign_in("ada")
    browser.get("/auth/sign-out")
    assert 'You are signed in as <strong class="name">ada</strong>' in browser.page
    assert browser.who() == "ada"
