"""Manager and visit over real stores: what each request costs, grants, keeps and ends."""

import base64
import os

import pytest

from tests.sessions.house import ANNA, BERTA, SECRET, SECRET_TWO, Browser, House
from watchword.kernel.clock import HOUR, MINUTE
from watchword.kernel.errors import Outage, SessionClosed, SessionTooLarge, UnstorableValue
from watchword.kernel.events import SessionUsedAfterEnd, UnknownSessionPresented
from watchword.kernel.models import Client, Origin, Subject
from watchword.kernel.policy import Policy
from watchword.kernel.ports import ANY, Store
from watchword.kernel.reasons import EndReason
from watchword.sessions import manager as manager_room
from watchword.sessions.visit import DirectCall, SessionVisit
from watchword.testing import ManualClock

# --- what a request costs ---


def test_a_request_that_does_not_look_costs_nothing(house: House) -> None:
    anna = house.browser(ANNA)
    with anna.request() as visit:
        assert not visit.looked
        assert not visit.signed_in
    assert (house.store.spent(), visit.cookie) == ([], None)


def test_a_look_costs_one_command_and_a_write_one_more(house: House) -> None:
    anna = house.browser(ANNA, cart=[1])
    assert anna.read() == {"cart": [1]}
    assert house.store.spent() == ["get"]
    with anna.request() as visit:
        assert visit.session["cart"] == [1]
        assert visit.session == {"cart": [1]}
        visit.session["n"] = 1
    assert (house.store.spent(), visit.cookie) == (["get", "put"], None)


def test_a_newcomers_first_write_costs_one_put_and_a_look_nothing(house: House) -> None:
    newcomer = Browser(house)
    assert newcomer.read() == {}
    assert house.store.spent() == []
    newcomer.write(n=1)
    assert house.store.spent() == ["put"]
    assert newcomer.read() == {"n": 1}


def test_a_newcomer_who_takes_it_back_costs_nothing(house: House) -> None:
    newcomer = Browser(house)
    with newcomer.request() as visit:
        visit.session["n"] = 1
        del visit.session["n"]
        visit.session.clear()
    assert (house.store.spent(), newcomer.cookie) == ([], "")


def test_signing_in_costs_one_put_and_signing_out_one(house: House) -> None:
    anna = Browser(house)
    with anna.request() as visit:
        visit.sign_in(house.grant(ANNA))
    assert house.store.spent() == ["put"]
    with anna.request() as visit:
        assert visit.sign_out()
    assert (house.store.spent(), anna.cookie) == (["get", "put"], "")
    with anna.request() as visit:
        assert not visit.sign_out()
        assert visit.cookie is None


def test_a_use_is_noted_once_in_a_twentieth_of_idle(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    for seconds, commands in [(89, ["get"]), (1, ["get", "put"]), (89, ["get"]), (1, ["get", "put"])]:
        clock.advance(seconds)
        anna.read()
        assert house.store.spent() == commands


def test_the_subject_is_loaded_once_and_only_for_who_is_signed_in(house: House) -> None:
    anna, nobody = house.browser(ANNA), house.browser(n=1)
    with anna.request() as visit:
        assert visit.subject == visit.subject == house.people.subjects[ANNA]
        assert visit.signed_in
    assert nobody.who() is None
    assert Browser(house).who() is None
    assert house.people.loads == 1


@pytest.mark.parametrize(
    "cookie",
    ["forged", "", "A" * 76, "x" * 5000, "\u00e4" * 76],
)
def test_B_39_a_forged_or_malformed_cookie_costs_nothing(house: House, cookie: str) -> None:
    browser = Browser(house, cookie)
    assert browser.who() is None
    assert (house.store.spent(), browser.cookie) == ([], cookie)


class Jar(DirectCall):
    """A request with these cookies."""

    def __init__(self, *cookies: str, usable: bool = True) -> None:
        super().__init__()
        self.all = list(cookies)
        self.usable = usable

    def cookies(self) -> list[str]:
        return self.all


@pytest.mark.parametrize("turned", [False, True])
def test_A_SES_20_B_65_two_cookies_are_none(house: House, turned: bool) -> None:
    victim, attacker = house.browser(ANNA).cookie, house.browser(BERTA).cookie
    visit = house.visit(wire=Jar(*((victim, attacker) if turned else (attacker, victim))))
    assert not visit.subject.is_authenticated
    assert house.store.spent() == []
    assert house.rows.names() == ["malicious_extraneous"]
    assert not house.visit(wire=Jar(victim, victim)).subject.is_authenticated


def test_A_SES_05_10_000_guesses_make_no_command_and_one_event(house: House, clock: ManualClock) -> None:
    for _ in range(10_000):
        visit = house.visit(base64.urlsafe_b64encode(os.urandom(57)).decode())
        assert visit.session == {}
    assert house.store.spent() == []
    assert house.rows.names() == ["malicious_extraneous"]
    clock.advance(MINUTE)
    assert house.visit("another").session == {}
    (event,) = house.rows.events
    assert isinstance(event, UnknownSessionPresented)
    assert (event.kind, event.count) == ("forged", 10_000)


def test_an_anomaly_that_cannot_be_recorded_breaks_no_request(house: House, clock: ManualClock) -> None:
    house.rows.away = True
    assert house.visit("forged").session == {}
    house.rows.away = False
    for number in range(1100):
        clock.advance(0.01)
        house.manager.chronicle._anomalies.note(
            str(number), clock.now(), lambda count: UnknownSessionPresented(at=0, kind="", count=count)
        )
    assert len(house.rows.events) == 1100


# --- whose cookie opens what ---


def test_A_SES_01_fixation_the_attackers_secret_dies_at_the_sign_in(house: House) -> None:
    attacker = house.browser(cart=[1])
    victim = Browser(house, attacker.cookie)
    with victim.request() as visit:
        visit.sign_in(house.grant(ANNA))
    assert victim.cookie != attacker.cookie
    assert (victim.who(), victim.read()) == (ANNA, {"cart": [1]})
    assert (attacker.who(), attacker.read()) == (None, {})
    assert house.rows.names() == ["session_created", "authn_login_success", "session_use_after_expire"]


def test_A_SES_01_a_late_write_of_the_attacker_is_dropped(house: House) -> None:
    attacker = house.browser(cart=[1])
    late = attacker.open()
    late.session["next"] = "https://attacker.example"
    victim = Browser(house, attacker.cookie)
    with victim.request() as visit:
        visit.sign_in(house.grant(ANNA))
    late.commit()
    assert late.cookie is None
    assert victim.read() == {"cart": [1]}


def test_A_SES_02_an_invented_id_is_never_adopted(house: House) -> None:
    invented = base64.urlsafe_b64encode(os.urandom(57)).decode()
    browser = Browser(house, invented)
    with browser.request() as visit:
        visit.sign_in(house.grant(ANNA))
    assert browser.cookie != invented
    assert Browser(house, invented).who() is None


def test_a_genuine_id_the_store_does_not_know_is_not_adopted(house: House) -> None:
    lost = house.browser(ANNA)
    house.store.store.delete(lost.public_id)
    other = Browser(house, lost.cookie)
    other.write(n=1)
    assert other.cookie != lost.cookie
    assert Browser(house, lost.cookie).read() == {}


def test_A_SES_06_what_the_store_holds_opens_nothing(house: House) -> None:
    anna = house.browser(ANNA)
    record = house.record(anna.public_id)
    handle = base64.urlsafe_b64decode(anna.cookie)[1:17]
    for dumped in (anna.public_id, base64.urlsafe_b64encode(bytes(1) + handle + record.current + bytes(8)).decode()):
        assert Browser(house, dumped).who() is None


def test_a_row_that_is_no_record_is_no_session(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    house.store.store.put(anna.public_id, b"\x80\x04N.", expires_at=clock.now() + HOUR, expect=ANY)
    assert anna.who() is None
    assert house.rows.names() == ["malicious_extraneous"]


# --- signing in ---


def test_a_sign_in_keeps_the_data_and_the_handle(house: House, clock: ManualClock) -> None:
    browser = house.browser(cart=[1])
    public_id = browser.public_id
    with browser.request() as visit:
        visit.session["cart"].append(2)
        visit.sign_in(house.grant(ANNA))
        assert visit.subject.get_id() == ANNA
        visit.session["greeted"] = True
    assert browser.read() == {"cart": [1, 2], "greeted": True}
    assert browser.public_id == public_id
    (entry,) = house.rows.of(ANNA)
    assert (entry.public_id, entry.opened_at, entry.absolute_end) == (public_id, clock.now(), clock.now() + 12 * HOUR)
    assert entry.client.user_agent == "Firefox"


def test_B_40_reauthentication_keeps_the_handle_and_changes_secret_and_binding(
    house: House, clock: ManualClock
) -> None:
    anna = house.browser(ANNA, cart=[1])
    thief, public_id, binding = Browser(house, anna.cookie), anna.public_id, anna.open().csrf_binding
    clock.advance(60)
    with anna.request() as visit:
        visit.sign_in(house.grant(ANNA))
    assert anna.public_id == public_id
    assert (anna.who(), anna.read(), thief.who()) == (ANNA, {"cart": [1]}, None)
    assert binding != anna.open().csrf_binding != ""
    assert house.browser(n=1).open().csrf_binding == Browser(house).open().csrf_binding == ""


def test_A_SES_25_a_switch_of_account_ends_the_old_session_and_takes_nothing_along(house: House) -> None:
    browser = house.browser(ANNA, draft="secret")
    old = Browser(house, browser.cookie)
    old_id = old.public_id
    with browser.request() as visit:
        visit.session["draft"] += " more"
        visit.session["next"] = "/annas"
        visit.sign_in(house.grant(BERTA))
        assert dict(visit.session) == {}
    assert (browser.who(), browser.read(), old.who()) == (BERTA, {}, None)
    assert browser.public_id != old_id
    assert house.rows.of(ANNA)[0].end_reason == "switched_account"
    assert house.record(old_id).end_reason == "switched_account"


def test_a_double_click_opens_two_sessions_and_both_live(house: House) -> None:
    browser = house.browser(cart=[1])
    first, second = browser.open(), browser.open()
    assert first.session["cart"] == second.session["cart"] == [1]
    for visit in (first, second):
        visit.sign_in(house.grant(ANNA))
        visit.commit()
    winner, loser = Browser(house), Browser(house)
    winner.take(first)
    loser.take(second)
    assert (winner.who(), loser.who()) == (ANNA, ANNA)
    assert winner.public_id != loser.public_id
    assert winner.read() == loser.read() == {"cart": [1]}
    assert house.rows.names().count("authn_login_success") == 2


def test_a_reauthentication_that_comes_second_opens_a_session_without_the_winners_data(house: House) -> None:
    anna = house.browser(ANNA, cart=[1])
    first, second = anna.open(), anna.open()
    assert second.session["cart"] == [1]
    first.session["cart"] = [2]
    first.sign_in(house.grant(ANNA))
    first.commit()
    second.sign_in(house.grant(ANNA))
    assert dict(second.session) == {}
    second.commit()
    anna.take(first)
    assert anna.read() == {"cart": [2]}


def test_a_sign_in_that_meets_a_write_goes_on_with_the_newer_values(house: House) -> None:
    browser = house.browser(cart=[1])
    visit = browser.open()
    visit.session["mine"] = 1
    browser.write(theirs=2)
    visit.sign_in(house.grant(ANNA))
    visit.commit()
    browser.take(visit)
    assert browser.read() == {"cart": [1], "mine": 1, "theirs": 2}
    assert house.rows.names() == ["session_created", "authn_login_success"]


def test_a_sign_in_after_an_ending_opens_a_new_session(house: House) -> None:
    anna = house.browser(ANNA, draft="x")
    late = anna.open()
    assert late.session["draft"] == "x"
    with anna.request() as visit:
        visit.sign_out()
    late.sign_in(house.grant(ANNA))
    late.commit()
    anna.take(late)
    assert (anna.who(), anna.read()) == (ANNA, {})


def test_after_the_response_nobody_can_be_signed_in(house: House) -> None:
    visit = Browser(house).open()
    visit.commit()
    with pytest.raises(SessionClosed):
        visit.sign_in(house.grant(ANNA))
    assert (house.store.spent(), house.rows.entries) == ([], {})


# --- ending ---


def test_A_SES_08_sign_out_ends_it_for_every_copy(house: House) -> None:
    anna = house.browser(ANNA, n=1)
    copies = [Browser(house, anna.cookie) for _ in range(20)]
    with anna.request() as visit:
        assert visit.sign_out()
        assert not visit.subject.is_authenticated
        assert dict(visit.session) == {}
    assert visit.cookie is not None
    assert (visit.cookie.value, visit.cookie.max_age) == ("", 0)
    assert {copy.who() for copy in copies} == {None}
    assert copies[0].open().end_reason is EndReason.SIGNED_OUT
    assert house.rows.names() == ["session_logout", "session_use_after_expire"]
    assert house.rows.of(ANNA)[0].end_reason == "signed_out"


def test_use_after_the_end_is_summed_up(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    with anna.request() as visit:
        ended = visit.session.public_id
        visit.sign_out()
    copy = house.browser(ANNA)
    with copy.request() as visit:
        cookie = copy.cookie
        visit.sign_out()
    house.rows.names()
    for _ in range(5):
        Browser(house, cookie).who()
    clock.advance(60)
    Browser(house, cookie).who()
    counts = [event.count for event in house.rows.events if isinstance(event, SessionUsedAfterEnd)]
    assert counts == [1, 5]
    assert ended != house.rows.events[0].session_id


@pytest.mark.parametrize("written", [{}, {"late": 1}])
def test_A_SES_09_B_52_a_late_save_does_not_bring_a_session_back(
    house: House, clock: ManualClock, written: dict[str, int]
) -> None:
    anna = house.browser(ANNA, n=1)
    cookie = anna.cookie
    clock.advance(100)  # so that a touch is due
    late = anna.open()
    assert late.session["n"] == 1
    late.session.update(written)
    with anna.request() as visit:
        visit.sign_out()
    late.commit()
    assert late.cookie is None
    assert Browser(house, cookie).read() == {}
    assert house.rows.of(ANNA)[0].ended_at == clock.now()


def test_a_session_written_after_its_own_sign_out_is_a_new_one(house: House) -> None:
    anna = house.browser(ANNA, draft="x")
    old = anna.cookie
    with anna.request() as visit:
        visit.sign_out()
        visit.session["flash"] = "bye"
    assert (anna.who(), anna.read()) == (None, {"flash": "bye"})
    assert Browser(house, old).read() == {}


@pytest.mark.parametrize(
    ("ending", "reason"),
    [("disable", EndReason.DISABLED), ("delete", EndReason.DISABLED), ("epoch", EndReason.EPOCH)],
)
def test_A_SES_11_B_49_an_account_that_is_gone_or_of_another_epoch_ends_it_at_the_next_look(
    house: House, ending: str, reason: EndReason
) -> None:
    anna = house.browser(ANNA, n=1)
    public_id = anna.public_id
    late = anna.open()
    late.session["late"] = 1
    if ending == "disable":
        house.people.change(ANNA, active=False)
    elif ending == "delete":
        del house.people.subjects[ANNA]
    else:
        house.people.change(ANNA, epoch=2)
    house.store.spent()
    with anna.request() as visit:
        assert not visit.subject.is_authenticated
        assert dict(visit.session) == {}
        assert visit.end_reason is reason
        visit.session["again"] = 1
    assert (house.store.spent(), visit.cookie) == (["get", "put"], None)
    late.commit()
    assert house.record(public_id).end_reason == reason.value
    assert house.rows.of(ANNA)[0].end_reason == reason.value
    house.people.subjects[ANNA] = Subject(ANNA, 1)
    assert anna.who() is None


def test_a_tombstone_of_the_epoch_does_not_hurt_a_fresh_sign_in(house: House) -> None:
    anna = house.browser(ANNA)
    stale = anna.open()
    assert stale.session.held is not None
    house.people.change(ANNA, epoch=2)
    with anna.request() as visit:
        visit.sign_in(house.grant(ANNA))
    assert stale.subject.get_id() is None
    stale.commit()
    assert anna.who() == ANNA


def test_A_SES_12_idle_ends_it_and_says_so(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA, n=1)
    clock.advance(30 * MINUTE)
    with anna.request() as visit:
        assert (visit.subject.get_id(), visit.end_reason) == (None, EndReason.IDLE)
        assert dict(visit.session) == {}
    assert house.rows.names() == ["session_expired"]
    assert house.rows.of(ANNA)[0].ended_at == clock.now()
    assert anna.who() is None
    assert house.rows.names() == []


def test_idle_of_nobodys_session_is_written_down_silently(house: House, clock: ManualClock) -> None:
    nobody = house.browser(n=1)
    clock.advance(30 * MINUTE)
    assert nobody.read() == {}
    assert house.rows.names() == []
    clock.advance(-HOUR)
    assert nobody.read() == {}


def test_A_SES_14_the_absolute_limit_holds_under_activity(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    end = clock.now() + 12 * HOUR
    while clock.now() < end - 300:
        clock.advance(300)
        assert anna.who() == ANNA
    clock.set(end - 1)
    assert anna.who() == ANNA
    clock.set(end)
    assert (anna.who(), anna.open().end_reason) == (None, EndReason.ABSOLUTE)


def test_A_SES_30_clock_jumps(house: House, clock: ManualClock) -> None:
    anna, gone = house.browser(ANNA), house.browser(BERTA)
    with gone.request() as visit:
        cookie = gone.cookie
        visit.sign_out()
    clock.advance(-HOUR)
    assert (anna.who(), Browser(house, cookie).who()) == (ANNA, None)
    clock.advance(13 * HOUR)
    assert anna.who() is None
    clock.advance(-13 * HOUR)
    assert anna.who() is None


@pytest.mark.parametrize("seconds", [30 * MINUTE, 12 * HOUR])
def test_A_SES_11_a_request_that_outlives_its_session_does_not_bring_it_back(
    house: House, clock: ManualClock, seconds: float
) -> None:
    anna = house.browser(ANNA, n=1)
    slow, slower, signing = anna.open(), anna.open(), anna.open()
    for visit in (slow, slower, signing):
        assert visit.subject.get_id() == ANNA
    slow.session["late"] = 1
    clock.advance(seconds)
    slow.commit()
    slower.commit()
    assert (slow.cookie, slower.cookie, anna.who()) == (None, None, None)
    assert house.rows.names() == ["session_expired"]
    signing.sign_in(house.grant(ANNA))
    assert dict(signing.session) == {}
    anna.take(signing)
    assert anna.who() == ANNA


def test_a_slow_request_whose_session_others_kept_alive_loses_nothing(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA, n=1)
    slow, switching = anna.open(), anna.open()
    assert slow.session["n"] == 1
    assert switching.subject.get_id() == ANNA
    slow.session["slow"] = 1
    for _ in range(2):
        clock.advance(14 * MINUTE)
        anna.write(quick=1)
    clock.advance(3 * MINUTE)
    slow.commit()
    assert anna.read() == {"n": 1, "quick": 1, "slow": 1}
    old = anna.cookie
    switching.sign_in(house.grant(BERTA))
    assert Browser(house, old).who() is None


# --- a cookie that died just now ---


def test_a_cookie_that_died_just_now_opens_no_other_session_and_later_may(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    other_tab = Browser(house, anna.cookie)
    with anna.request() as visit:
        visit.sign_out()
    other_tab.write(n=1)
    assert other_tab.read() == {}
    clock.advance(59)
    other_tab.write(n=1)
    assert other_tab.read() == {}
    clock.advance(1)
    other_tab.write(n=1)
    assert other_tab.read() == {"n": 1}


def test_a_superseded_cookie_is_quiet_from_the_end_of_its_grace(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    slow = Browser(house, anna.cookie)
    clock.advance(15 * MINUTE)
    assert anna.who() == ANNA
    assert anna.cookie != slow.cookie
    clock.advance(10 * MINUTE)
    assert anna.who() == ANNA
    clock.advance(31)
    before = slow.cookie
    slow.write(n=1)
    assert slow.cookie == before
    assert anna.who() == ANNA


# --- renewal ---


def test_B_40_parallel_requests_are_given_the_same_successor(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    first_cookie = anna.cookie
    clock.advance(15 * MINUTE)
    visits = [anna.open() for _ in range(5)]
    for number, visit in enumerate(visits):
        visit.session[f"k{number}"] = number
    for visit in visits:
        visit.commit()
    cookies = {visit.cookie.value for visit in visits if visit.cookie}
    assert len(cookies) == 1
    assert first_cookie not in cookies
    anna.take(visits[0])
    assert anna.read() == {f"k{number}": number for number in range(5)}
    assert [event.name for event in house.heard].count("session_renewed") == 1


def test_parallel_readers_leave_the_renewal_to_one(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    clock.advance(15 * MINUTE)
    visits = [anna.open() for _ in range(3)]
    assert {visit.subject.get_id() for visit in visits} == {ANNA}
    for visit in visits:
        visit.commit()
    assert [visit.cookie is not None for visit in visits] == [True, False, False]


def test_a_lost_response_signs_nobody_out(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    first = anna.cookie
    for _ in range(10):
        clock.advance(15 * MINUTE)
        with anna.request(lost=True) as visit:
            assert visit.subject.get_id() == ANNA
        assert visit.cookie is not None
    assert anna.cookie == first
    assert anna.who() == ANNA
    assert anna.cookie == visit.cookie.value != first


def test_the_previous_secret_lives_for_30_seconds_after_its_successor_was_seen(
    house: House, clock: ManualClock
) -> None:
    anna = house.browser(ANNA)
    old = Browser(house, anna.cookie)
    clock.advance(15 * MINUTE)
    anna.write(n=1)
    clock.advance(5 * MINUTE)
    assert old.open().subject.get_id() == ANNA
    assert anna.who() == ANNA
    clock.advance(29)
    with old.request(lost=True) as visit:
        visit.session["late"] = 1
    assert visit.cookie is not None
    assert visit.cookie.value == anna.cookie
    clock.advance(1)
    assert (old.open().subject.get_id(), old.open().end_reason) == (None, None)
    assert anna.read() == {"n": 1, "late": 1}
    assert "session_use_after_expire" in house.rows.names()


def test_a_key_rotated_in_between_gives_the_same_successor_still(house: House, clock: ManualClock) -> None:
    anna = house.browser(ANNA)
    clock.advance(15 * MINUTE)
    with anna.request(lost=True) as lost:
        lost.session["n"] = 1
    house.use_keys(SECRET_TWO, SECRET)
    with anna.request() as visit:
        assert visit.subject.get_id() == ANNA
    assert visit.cookie is not None
    assert lost.cookie is not None
    assert visit.cookie.value != lost.cookie.value
    house.use_keys(SECRET_TWO)
    assert (anna.who(), anna.read()) == (ANNA, {"n": 1})


def test_renewal_goes_on_under_the_new_key(house: House, clock: ManualClock) -> None:
    anna, berta = house.browser(ANNA), house.browser(BERTA)
    house.use_keys(SECRET_TWO, SECRET)
    clock.advance(15 * MINUTE)
    assert anna.who() == ANNA
    house.use_keys(SECRET_TWO)
    assert (anna.who(), berta.who()) == (ANNA, None)


def test_a_successor_whose_key_was_dropped_is_not_made_up(house: House, clock: ManualClock) -> None:
    """The browser kept a cookie re-signed by the new key, and the successor was made with the old one."""
    anna = house.browser(ANNA)
    clock.advance(15 * MINUTE)
    with anna.request(lost=True) as visit:
        assert visit.subject.get_id() == ANNA
    token = replace_key(house, anna.cookie)
    house.use_keys(SECRET_TWO)
    visit = house.visit(token)
    assert visit.subject.get_id() == ANNA
    visit.commit()
    assert visit.cookie is None


def replace_key(house: House, cookie: str) -> str:
    """The same handle and secret, signed with the second key."""
    from watchword.crypto.keys import KeyRing
    from watchword.sessions.cookie import Token, decode

    token = decode(house.manager.keys, cookie)
    assert token is not None
    return Token(KeyRing([SECRET_TWO]).newest, token.handle, token.secret).encode()


# --- values ---


def test_two_requests_writing_different_keys_lose_nothing(house: House) -> None:
    anna = house.browser(ANNA, cart=[1], gone=1)
    one, two = anna.open(), anna.open()
    one.session["one"] = 1
    two.session["two"] = 2
    del two.session["gone"]
    one.commit()
    house.store.spent()
    two.commit()
    assert house.store.spent() == ["put", "get", "put"]
    assert anna.read() == {"cart": [1], "one": 1, "two": 2}


def test_of_two_writes_of_one_key_the_last_commit_wins(house: House) -> None:
    anna = house.browser(ANNA)
    one, two = anna.open(), anna.open()
    two.session["n"] = 2
    one.session["n"] = 1
    two.commit()
    one.commit()
    assert anna.read() == {"n": 1}


def test_a_session_too_large_names_its_largest_keys_and_changes_nothing(house: House) -> None:
    anna = house.browser(ANNA, n=1)
    with pytest.raises(SessionTooLarge, match=r"'report' \(20003 bytes\), 'b' \(303 bytes\), 'n' \(1 bytes\)"):
        anna.write(report=b"x" * 20_000, b="y" * 300)
    assert anna.read() == {"n": 1}
    with pytest.raises(SessionTooLarge):
        Browser(house).write(report=b"x" * 20_000)


def test_nobody_is_refused_for_a_limit_lowered_since(store: Store, clock: ManualClock) -> None:
    house = House(store, clock)
    full, nobody = house.browser(ANNA, report=b"x" * 16_000), house.browser(report=b"x" * 16_370)
    with nobody.request() as visit:
        visit.sign_in(house.grant(ANNA))  # the grant takes room of its own
    assert nobody.who() == ANNA
    smaller = House(store, clock, Policy(session_max_bytes=1000))
    clock.advance(100)
    browser = Browser(smaller, full.cookie)
    assert browser.who() == ANNA
    clock.advance(15 * MINUTE)
    assert browser.who() == ANNA
    assert browser.cookie != full.cookie
    with pytest.raises(SessionTooLarge):
        browser.write(n=1)


def test_a_sign_in_with_too_much_in_hand_announces_nothing(house: House) -> None:
    visit = Browser(house).open()
    visit.session["report"] = b"x" * 20_000
    with pytest.raises(SessionTooLarge):
        visit.sign_in(house.grant(ANNA))
    assert (house.rows.entries, house.rows.events) == ({}, [])


def test_a_value_spoilt_in_place_is_refused_at_commit_and_only_once(house: House) -> None:
    anna = house.browser(ANNA, cart=[1])
    visit = anna.open()
    visit.session["cart"].append(object())
    with pytest.raises(UnstorableValue, match="cart"):
        visit.commit()
    visit.commit()
    assert anna.read() == {"cart": [1]}


def test_after_commit_a_write_is_refused_even_by_who_looks_first_then(house: House) -> None:
    anna = house.browser(ANNA, n=1)
    visit = anna.open()
    visit.commit()
    assert visit.session["n"] == 1
    with pytest.raises(SessionClosed):
        visit.session["n"] = 2


def test_the_cookie_lasts_until_the_absolute_limit_or_as_long_as_the_browser(house: House, clock: ManualClock) -> None:
    visit = Browser(house).open()
    visit.session["n"] = 1
    visit.commit()
    assert visit.cookie is not None
    assert visit.cookie.max_age == 12 * HOUR
    visit = Browser(house).open()
    visit.session["_permanent"] = False
    visit.sign_in(house.grant(ANNA))
    assert visit.cookie is not None
    assert visit.cookie.max_age is None
    browser = Browser(house)
    visit.commit()
    browser.take(visit)
    clock.advance(15 * MINUTE)
    with browser.request() as renewed:
        assert renewed.subject.get_id() == ANNA
    assert renewed.cookie is not None
    assert renewed.cookie.max_age is None


# --- outages ---


def test_B_53_an_outage_at_the_first_look_is_raised_once_and_then_nobody_is_there(house: House) -> None:
    anna = house.browser(ANNA, n=1)
    house.store.away = {"get", "put"}
    visit = anna.open()
    with pytest.raises(Outage):
        _ = visit.subject
    assert (visit.subject.get_id(), dict(visit.session), visit.csrf_binding, visit.end_reason) == (None, {}, "", None)
    visit.commit()
    assert (house.store.spent(), visit.cookie) == (["get"], None)
    house.store.away = set()
    assert anna.who() == ANNA


def test_B_53_a_database_that_is_away_shows_nobody_and_keeps_nothing(house: House) -> None:
    anna = house.browser(ANNA, n=1)
    house.people.away = True
    visit = anna.open()
    visit.session["late"] = 1
    with pytest.raises(Outage):
        _ = visit.subject
    assert (visit.subject.get_id(), dict(visit.session), house.people.loads) == (None, {}, 1)
    visit.commit()
    house.people.away = False
    assert anna.read() == {"n": 1}


def test_an_outage_while_a_dead_session_is_written_down_lets_nobody_in(house: House) -> None:
    anna = house.browser(ANNA, n=1)
    house.people.change(ANNA, active=False)
    house.store.away = {"put"}
    visit = anna.open()
    with pytest.raises(Outage):
        _ = visit.subject
    assert (visit.subject.get_id(), dict(visit.session), visit.signed_in, house.people.loads) == (None, {}, False, 1)
    visit.commit()
    assert house.store.spent() == ["get", "put"]
    house.store.away = set()
    assert anna.who() is None


def test_an_outage_at_commit_keeps_the_session_as_it_was(house: House) -> None:
    anna = house.browser(ANNA, n=1)
    visit = anna.open()
    visit.session["n"] = 2
    house.store.away = {"put"}
    with pytest.raises(Outage):
        visit.commit()
    visit.commit()
    assert (house.store.spent(), visit.cookie) == (["get", "put"], None)
    assert anna.read() == {"n": 1}


def test_an_outage_between_database_and_store_grants_nothing(house: House) -> None:
    browser = house.browser(cart=[1])
    house.store.away = {"put"}
    visit = browser.open()
    with pytest.raises(Outage):
        visit.sign_in(house.grant(ANNA))
    assert (visit.subject.get_id(), visit.cookie) == (None, None)
    house.store.away = set()
    visit.commit()
    assert (browser.who(), browser.read()) == (None, {"cart": [1]})
    assert len(house.rows.of(ANNA)) == 1  # announced: it opens nothing


def test_a_database_that_is_away_grants_nothing(house: House) -> None:
    browser = house.browser(cart=[1])
    house.rows.away = True
    visit = browser.open()
    with pytest.raises(Outage):
        visit.sign_in(house.grant(ANNA))
    assert (visit.subject.get_id(), visit.cookie) == (None, None)
    assert (house.store.spent(), browser.who()) == (["get"], None)


def test_a_switch_that_fails_leaves_the_old_account_signed_out(house: House) -> None:
    browser = house.browser(ANNA, draft="x")
    old = Browser(house, browser.cookie)
    visit = browser.open()
    assert visit.subject.get_id() == ANNA
    house.rows.away = True
    with pytest.raises(Outage):
        visit.sign_in(house.grant(BERTA))
    assert (visit.subject.get_id(), dict(visit.session)) == (None, {})
    visit.commit()
    browser.take(visit)
    assert (browser.cookie, old.who()) == ("", None)


def test_a_database_that_is_away_does_not_keep_a_session_alive(house: House, caplog: pytest.LogCaptureFixture) -> None:
    anna = house.browser(ANNA)
    old = Browser(house, anna.cookie)
    house.rows.away = True
    with anna.request() as visit:
        assert visit.sign_out()
    assert (anna.cookie, old.who()) == ("", None)
    assert "the database could not note it" in caplog.text


def test_a_store_that_is_away_does_not_pretend_to_have_ended_it(house: House) -> None:
    anna = house.browser(ANNA)
    house.store.away = {"put"}
    visit = anna.open()
    with pytest.raises(Outage):
        visit.sign_out()
    assert (visit.cookie, visit.subject.get_id()) == (None, ANNA)


def test_a_session_fought_over_without_end_is_an_outage(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_room, "MAX_TRIES", 6)
    anna = house.browser(ANNA)
    visit = anna.open()
    visit.session["mine"] = 1

    def fight() -> None:
        Browser(house, anna.cookie).write(theirs=os.urandom(4))
        house.store.before_put = fight

    house.store.before_put = fight
    with pytest.raises(Outage, match="too many requests at once"):
        visit.commit()


# --- a connection that may carry no session ---


def test_B_58_over_plain_http_nothing_is_read_or_kept(house: House, caplog: pytest.LogCaptureFixture) -> None:
    anna = house.browser(ANNA, n=1)
    visit = house.visit(wire=Jar(anna.cookie, usable=False))
    assert (visit.subject.get_id(), dict(visit.session)) == (None, {})
    visit.session["n"] = 2
    visit.sign_in(house.grant(BERTA))
    visit.commit()
    assert visit.subject.get_id() is None
    assert (house.store.spent(), house.rows.entries.keys() & {BERTA}, visit.cookie) == ([], set(), None)
    assert "it is not kept" in caplog.text
    assert "nobody is signed in over plain http" in caplog.text
    quiet = house.visit(wire=Jar(usable=False))
    assert quiet.session == {}
    quiet.commit()


def test_without_accounts_a_session_is_nobodys(house: House) -> None:
    anna = house.browser(ANNA, n=1)
    visit = SessionVisit(house.manager, None, DirectCall(anna.cookie))
    assert (visit.subject.get_id(), visit.session["n"]) == (None, 1)
    assert visit.client == Client()
    assert visit.origin == Origin()


def test_ending_what_is_not_there_changes_nothing(house: House) -> None:
    session = house.manager.open(None, Origin)
    house.manager.end_without_owner(session, EndReason.EPOCH)
    assert not house.manager.end(session, EndReason.REVOKED)
    assert house.store.spent() == []


def test_nobodys_session_can_be_ended_too(house: House) -> None:
    nobody = house.browser(n=1)
    cookie = nobody.cookie
    with nobody.request() as visit:
        assert visit.sign_out()
    assert (Browser(house, cookie).read(), house.rows.names()) == ({}, ["session_use_after_expire"])
