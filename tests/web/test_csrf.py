"""Forged requests: B-137, B-138, A-CSR-01 to A-CSR-07, A-LOG-23, A-SES-27."""

import pytest

from tests.features.house import PASSWORD, PASSWORD_TWO, Browser, House, header
from watchword.kernel.events import ForgerySuspected

CREDENTIALS = f"username=ada&password={PASSWORD.replace(' ', '+')}"


@pytest.fixture
def house() -> House:
    house = House()
    house.account("ada")
    house.account("bob", PASSWORD_TWO)
    return house


@pytest.fixture
def browser(house: House) -> Browser:
    browser = Browser(house)
    browser.get("/auth/sign-in")
    return browser


def body(token: str) -> bytes:
    return f"{CREDENTIALS}&csrf_token={token}".encode()


def refused(browser: Browser, status: int, reason: str) -> None:
    """Nothing was done, and it was noticed once."""
    assert status == 403
    assert browser.who() == ""
    events = browser.house.heard("malicious_csrf")
    assert [event.reason for event in events if isinstance(event, ForgerySuspected)] == [reason]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "anything", "Origin": "https://app.test"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.test"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://app.test"},
        {"Origin": "https://app.test:8443"},
        {"Origin": "https://app.test.evil.test"},
        {"Origin": "https://app.test@evil.test"},
        {"Origin": "https://["},
        {"Origin": "null", "Referer": "https://app.test/auth/sign-in"},
        {"Referer": "https://evil.test/app.test"},
        {"Referer": "about:blank"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["form", "json"])
def test_A_CSR_03_from_another_site(browser: Browser, kind: str, headers: dict[str, str]) -> None:
    token = browser.hidden()["csrf_token"]
    if kind == "form":
        sent = {"content-type": "application/x-www-form-urlencoded"}
        content = body(token)
    else:
        sent = {"content-type": "application/json", "x-watchword": "1"}
        content = b'{"username": "ada", "password": "%s"}' % PASSWORD.encode()
    lower = {name.lower(): value for name, value in headers.items()}
    reply = browser.send("POST", "/auth/sign-in", body=content, headers={**sent, **lower})
    refused(browser, reply.status, "cross_site")
    assert header(reply, "Set-Cookie") == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "https://app.test"},
        {"origin": "https://APP.test:443"},
        {"referer": "https://app.test/auth/sign-in?next=/x"},
        {},
    ],
    ids=str,
)
def test_A_CSR_03_from_here_or_from_nobody_says_where(browser: Browser, headers: dict[str, str]) -> None:
    sent = {"content-type": "application/x-www-form-urlencoded", **headers}
    reply = browser.send("POST", "/auth/sign-in", body=body(browser.hidden()["csrf_token"]), headers=sent)
    assert reply.status == 303
    assert browser.who() == "ada"


def test_a_host_that_is_none_is_nobodys_origin(house: House) -> None:
    browser = Browser(house, host="")
    reply = browser.post_raw("/auth/sign-in", body("x"), sec_fetch_site="cross-site")
    assert reply.status == 403
    sent = {"content-type": "application/x-www-form-urlencoded", "origin": "null"}
    assert browser.send("POST", "/auth/sign-in", body=body("x"), headers=sent).status == 403
    assert [event.reason for event in house.heard("malicious_csrf")] == ["cross_site"] * 2  # type: ignore[attr-defined]


def test_A_CSR_01_no_true_token(browser: Browser, house: House) -> None:
    true = browser.hidden()["csrf_token"]
    stranger = Browser(house)
    stranger.get("/auth/sign-in")
    others = stranger.hidden()["csrf_token"]
    tokens = ["", "x", true[:-1], true[:-4], true + "A", true.swapcase(), true + "=", others, "é", "A" * 64]
    for token in tokens:
        reply = browser.post_raw("/auth/sign-in", body(token))
        refused(browser, reply.status, "form_expired")
        house.shelves.events.clear()
    assert browser.post_raw("/auth/sign-in", CREDENTIALS.encode()).status == 403


def test_A_CSR_01_the_token_counts_in_the_form_alone(browser: Browser) -> None:
    true = browser.hidden()["csrf_token"]
    assert browser.post_raw(f"/auth/sign-in?csrf_token={true}", CREDENTIALS.encode()).status == 403
    assert browser.post_raw("/auth/sign-in", CREDENTIALS.encode(), x_csrf_token=true).status == 403
    browser.jar["csrf_token"] = true
    assert browser.post_raw("/auth/sign-in", CREDENTIALS.encode()).status == 403
    assert browser.who() == ""


def test_A_LOG_23_no_form_cookie_no_sign_in(browser: Browser) -> None:
    true = browser.hidden()["csrf_token"]
    browser.jar.clear()
    reply = browser.post_raw("/auth/sign-in", body(true))
    refused(browser, reply.status, "form_expired")


def test_B_173_the_page_comes_back_filled_in_and_works(browser: Browser) -> None:
    reply = browser.post_raw("/auth/sign-in", body("stale") + b"&next=/orders")
    assert reply.status == 403
    assert "This form had been open too long" in browser.page
    assert 'value="ada"' in browser.page
    assert PASSWORD not in browser.page
    assert browser.hidden()["next"] == "/orders"
    again = browser.post_raw("/auth/sign-in", body(browser.hidden()["csrf_token"]))
    assert again.status == 303


def test_A_CSR_06_a_token_from_before_sign_in(browser: Browser) -> None:
    before = browser.hidden()["csrf_token"]
    browser.sign_in("ada")
    assert browser.post_raw("/auth/sign-out", f"csrf_token={before}".encode()).status == 403
    assert browser.who() == "ada"


def test_A_CSR_01_a_token_of_the_session_before(browser: Browser) -> None:
    browser.sign_in("ada")
    browser.get("/auth/sign-out")
    before = browser.hidden()["csrf_token"]
    browser.house.clock.advance(1)
    browser.sign_in("ada")
    assert browser.post_raw("/auth/sign-out", f"csrf_token={before}".encode()).status == 403
    assert browser.who() == "ada"


def test_A_SES_27_the_stale_tab_of_another_user(browser: Browser, house: House) -> None:
    browser.sign_in("ada")
    browser.get("/auth/sign-out")
    adas = browser.hidden()["csrf_token"]
    browser.sign_in("bob", PASSWORD_TWO)
    reply = browser.post_raw("/auth/sign-out", f"csrf_token={adas}".encode())
    assert reply.status == 403
    assert browser.who() == "bob"
    [event] = house.heard("malicious_csrf")
    bob = house.accounts.by_name("bob")
    assert bob is not None
    assert event.account_id == bob.id


def test_A_CSR_05_nobody_else_signs_one_out(browser: Browser) -> None:
    browser.sign_in("ada")
    browser.get("/auth/sign-out")
    token = browser.hidden()["csrf_token"]
    browser.get("/auth/sign-out", sec_fetch_site="cross-site")
    reply = browser.post_raw("/auth/sign-out", f"csrf_token={token}".encode(), sec_fetch_site="cross-site")
    assert reply.status == 403
    assert browser.who() == "ada"


def test_A_CSR_07_a_planted_second_cookie_counts_as_none(browser: Browser) -> None:
    true = browser.hidden()["csrf_token"]
    [(name, value)] = browser.jar.items()
    cookies = f"{name}={value}; {name}={value}"
    sent = {"content-type": "application/x-www-form-urlencoded", "cookie": cookies}
    assert browser.send("POST", "/auth/sign-in", body=body(true), headers=sent).status == 403


@pytest.mark.parametrize("value", ["", "short", "A" * 23, "=" * 22, "ü" * 22])
def test_a_form_cookie_that_is_none_is_replaced(house: House, value: str) -> None:
    browser = Browser(house)
    browser.jar["__Host-watchword-form"] = value
    reply = browser.get("/auth/sign-in")
    assert header(reply, "Set-Cookie").startswith("__Host-watchword-form=")
    assert browser.sign_in("ada").status == 303


def test_B_64_the_form_cookie(house: House) -> None:
    first = header(Browser(house).get("/auth/sign-in"), "Set-Cookie")
    name, _, rest = first.partition("=")
    assert name == "__Host-watchword-form"
    assert rest.partition(";")[2] == " Path=/; HttpOnly; SameSite=Strict; Secure"
    assert len(rest.partition(";")[0]) == 22
    development = House(production=False, address="127.0.0.1")
    browser = Browser(development, scheme="http", host="localhost:5000")
    plain = header(browser.get("/auth/sign-in"), "Set-Cookie")
    assert plain.startswith("watchword-dev-form=")
    assert plain.endswith("; Path=/; HttpOnly; SameSite=Strict")


def test_the_form_cookie_is_set_once_and_costs_the_store_nothing(browser: Browser, house: House) -> None:
    assert header(browser.get("/auth/register"), "Set-Cookie") == ""
    assert house.store.get("") is None
    assert not house.store._entries.held


def test_each_page_has_another_token(browser: Browser) -> None:
    first = browser.hidden()["csrf_token"]
    browser.get("/auth/sign-in")
    assert browser.hidden()["csrf_token"] != first
    assert browser.post_raw("/auth/sign-in", body(first)).status == 303


def test_a_token_outlives_the_change_of_keys(house: House) -> None:
    browser = Browser(house)
    browser.get("/auth/sign-in")
    true = browser.hidden()["csrf_token"]
    rotated = House(secrets=["a new key of the tests of features", "a key for the tests of features"])
    rotated.account("ada")
    browser.house = rotated
    assert browser.post_raw("/auth/sign-in", body(true)).status == 303
    forgotten = House(secrets=["a new key of the tests of features"])
    forgotten.account("ada")
    browser.house, browser.session = forgotten, ""
    assert browser.post_raw("/auth/sign-in", body(true)).status == 403
