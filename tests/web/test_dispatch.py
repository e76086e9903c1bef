"""Routes, methods, limits, JSON and outages."""

import pytest

from tests.features.doors import Enter, Join, Leave
from tests.features.house import PASSWORD, Browser, House, header
from watchword.auth import Feature
from watchword.kernel.errors import Outage
from watchword.kernel.http import Form, Request, Route
from watchword.kernel.models import Grant
from watchword.kernel.outcomes import Done, Refused
from watchword.kernel.ports import Visit
from watchword.kernel.reasons import Reason

PAGES = ("sign-in", "sign-out", "register")


@pytest.fixture
def house() -> House:
    house = House()
    house.account("ada", display_name="Ada Lovelace")
    return house


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(house)


# --- routes and methods ---


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there(browser: Browser, page: str) -> None:
    reply = browser.get(f"/auth/{page}")
    assert reply.status == 200
    assert header(reply, "Content-Type") == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    ["", "/", "/x", "/sign-in/", "/sign-in/x.css", "/sign-in;.js", "/sign-in/.png", "/Sign-In", "/sign-in%2f", "/../x"],
)
def test_A_CSR_11_no_other_path_shows_a_page(browser: Browser, path: str) -> None:
    for method in ("GET", "POST"):
        reply = browser.send(method, f"/auth{path}")
        assert reply.status == 404
        assert header(reply, "Cache-Control") == "no-store"
    assert browser.get("/sign-in").status == 404


def test_head_is_get_without_the_body(browser: Browser) -> None:
    reply = browser.send("HEAD", "/auth/sign-in")
    assert (reply.status, reply.body) == (200, b"")
    assert header(reply, "Content-Type") == "text/html; charset=utf-8"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "post", "LOGIN"])
def test_A_LOG_27_other_methods(browser: Browser, method: str) -> None:
    browser.sign_in("ada")
    reply = browser.send(method, "/auth/sign-out")
    assert (reply.status, header(reply, "Allow")) == (405, "GET, HEAD, POST, OPTIONS")
    assert browser.who() == "ada"


def test_A_LOG_27_nothing_overrides_the_method(browser: Browser) -> None:
    browser.sign_in("ada")
    for override in ("POST", "DELETE"):
        browser.get("/auth/sign-out?_method=POST", x_http_method_override=override)
        browser.send("HEAD", "/auth/sign-out?_method=POST", headers={"x-http-method": override})
    assert browser.who() == "ada"


def test_options_names_the_methods(browser: Browser) -> None:
    reply = browser.send("OPTIONS", "/auth/sign-in")
    assert (reply.status, reply.body) == (204, b"")
    assert header(reply, "Allow") == "GET, HEAD, POST, OPTIONS"


def test_A_LOG_26_credentials_in_the_address_are_not_looked_at(browser: Browser, house: House) -> None:
    before = house.hasher.computations
    reply = browser.get(f"/auth/sign-in?username=ada&password={PASSWORD}")
    assert reply.status == 200
    assert PASSWORD not in browser.page
    assert "ada" not in browser.page
    assert browser.who() == ""
    reply = browser.post_raw("/auth/sign-in?username=ada&password=x", b"csrf_token=" + _token(browser))
    assert reply.status == 400
    assert house.hasher.computations == before


@pytest.mark.parametrize("media", ["text/plain", "multipart/form-data; boundary=x", "", "application/xml"])
def test_A_CSR_02_other_media_types(browser: Browser, house: House, media: str) -> None:
    content = b'{"username": "ada", "password": "%s"}' % PASSWORD.encode()
    reply = browser.send("POST", "/auth/sign-in", body=content, headers={"content-type": media})
    assert reply.status == 415
    assert browser.who() == ""
    assert len(house.heard("input_validation_discrete_fail")) == 1


def test_A_CSR_02_json_without_the_header_no_form_can_send(browser: Browser) -> None:
    reply, answer = browser.json("POST", "/auth/sign-in", {"username": "ada", "password": PASSWORD}, x_watchword="0")
    assert (reply.status, answer["error"]) == (415, "unsupported_media_type")


def test_A_LOG_15_a_large_body(browser: Browser, house: House) -> None:
    browser.get("/auth/sign-in")
    before = house.hasher.computations
    reply = browser.post_raw("/auth/sign-in", b"password=" + b"x" * 70_000)
    assert reply.status == 400
    assert "larger than 64 KiB" in browser.page
    assert house.hasher.computations == before


# --- JSON ---


def test_a_page_described(browser: Browser) -> None:
    reply, answer = browser.json("GET", "/auth/sign-in")
    assert reply.status == 200
    assert header(reply, "Content-Type") == "application/json"
    assert (answer["outcome"], answer["step"], answer["next"]) == ("done", None, None)
    assert [field["name"] for field in answer["data"]["fields"]] == ["username", "password"]
    assert answer["data"]["fields"][1]["secret"] is True
    assert answer["data"]["subject"] is None
    assert header(reply, "Set-Cookie") == ""


def test_json_signed_in_and_out(browser: Browser) -> None:
    reply, answer = browser.json("POST", "/auth/sign-in", {"username": "Ada", "password": PASSWORD, "next": "/x"})
    assert reply.status == 200
    subject = answer["data"]["subject"]
    assert answer == {"outcome": "signed_in", "step": None, "next": "/x", "data": {"subject": subject}}
    assert subject["username"] == "ada"
    assert browser.json("GET", "/auth/register")[1]["data"]["subject"] == subject
    _, answer = browser.json("POST", "/auth/sign-out", {})
    assert answer == {"outcome": "done", "step": None, "next": "/auth/sign-in?notice=signed_out", "data": {}}
    _, answer = browser.json("POST", "/auth/register", {"username": "bob", "password": PASSWORD})
    assert answer["data"] == {"username": "bob"}


def test_json_refusals_have_one_shape(browser: Browser) -> None:
    reply, answer = browser.json("POST", "/auth/sign-in", {"username": "ada", "password": "no"})
    message = Reason.BAD_CREDENTIALS.message
    expected = {"error": "bad_credentials", "reason": None, "message": message, "field": None, "retry_after": None}
    assert (reply.status, answer) == (401, expected)
    assert header(reply, "WWW-Authenticate") == 'Cookie realm="sign-in"'
    assert browser.json("GET", "/auth/nothing")[1]["error"] == "not_found"
    assert browser.json("PUT", "/auth/sign-in")[1]["error"] == "method_not_allowed"
    reply, answer = browser.json("POST", "/auth/register", {"username": "bob", "password": "short"})
    assert (reply.status, answer["error"], answer["field"]) == (422, "password_too_short", "password")
    assert "15 characters" in answer["message"]


@pytest.mark.parametrize("content", [b"[]", b"{", b"[" * 10_000], ids=range(3))
def test_A_LOG_20_json_that_cannot_be_read(browser: Browser, content: bytes) -> None:
    reply, answer = browser.json("POST", "/auth/sign-in", content)
    assert (reply.status, answer["error"]) == (400, "malformed_body")


def test_a_form_that_asks_for_json(browser: Browser) -> None:
    browser.get("/auth/sign-in")
    body = f"username=ada&password=no&csrf_token={browser.hidden()['csrf_token']}".encode()
    reply = browser.post_raw("/auth/sign-in", body, accept="application/json")
    assert reply.status == 401
    assert header(reply, "Content-Type") == "application/json"


# --- where it leads ---


def test_B_134_success_is_303_to_where_one_came_from(browser: Browser) -> None:
    reply = browser.post("/auth/sign-in?next=/orders%3Fid=3", {"username": "ada", "password": PASSWORD})
    assert (reply.status, header(reply, "Location")) == (303, "/orders?id=3")


@pytest.mark.parametrize("bad", ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:x", "/%09/x"])
def test_A_LOG_24_a_foreign_next_leads_home(browser: Browser, bad: str) -> None:
    fields = {"username": "ada", "password": PASSWORD, "next": bad}
    assert header(browser.post("/auth/sign-in", fields), "Location") == "/"
    assert browser.json("POST", "/auth/sign-in", fields)[1]["next"] == "/"


def test_next_given_twice_is_none(browser: Browser) -> None:
    browser.get("/auth/sign-in?next=/a&next=/b")
    assert "next" not in browser.hidden()


def test_registering_leads_to_sign_in_and_on(browser: Browser) -> None:
    values = {"username": "bob", "password": PASSWORD}
    reply = browser.post("/auth/register?next=/shelf", values)
    assert header(reply, "Location") == "/auth/sign-in?notice=registered&next=%2Fshelf"
    browser.get(header(reply, "Location"))
    assert "Your account is ready" in browser.page
    assert browser.hidden()["next"] == "/shelf"


def test_signing_out_takes_no_next(browser: Browser) -> None:
    browser.sign_in("ada")
    reply = browser.post("/auth/sign-out", {"next": "/orders"})
    assert header(reply, "Location") == "/auth/sign-in?notice=signed_out"


def test_without_a_sign_in_page_there_is_home() -> None:
    browser = Browser(House([Leave(), Join()], default_next="/welcome"))
    browser.get("/auth/register")
    body = f"csrf_token={browser.hidden()['csrf_token']}".encode()
    assert header(browser.post_raw("/auth/sign-out", body), "Location") == "/welcome"
    assert header(_challenge(browser, "/secret"), "Location") == "/welcome"


def test_an_application_under_a_mount_point(house: House) -> None:
    browser = Browser(house, mount="/shop")
    browser.get("/shop/auth/sign-in")
    assert 'action="/shop/auth/sign-in"' in browser.page
    assert '"/shop/auth/assets/watchword.css?v=' in browser.page
    assert 'href="/shop/auth/register"' in browser.page
    body = f"username=ada&password={PASSWORD.replace(' ', '+')}&csrf_token={browser.hidden()['csrf_token']}"
    assert header(browser.post_raw("/shop/auth/sign-in", body.encode()), "Location") == "/shop/"


class Extra(Feature):
    """A step in between, a page at the root, and flows that answer what they are told to."""

    name = "extra"
    outcome: Done | Refused = Done()

    def steps(self) -> list[object]:  # type: ignore[override]
        def step(_visit: Visit, grant: Grant) -> str | None:
            return "second_step" if grant.subject.username == "careful" else None

        return [step]

    def routes(self) -> list[Route]:
        def answer(_visit: Visit, _values: object) -> Done | Refused:
            return self.outcome

        return [
            Route("second_step", "second-step", "Second step", Form(), answer, takes_next=True),
            Route("root", "change-it", "At the root", Form(), answer, root=True),
        ]


def test_a_step_in_between_is_202_or_its_page() -> None:
    house = House([Enter(), Join(), Extra()])
    house.account("careful")
    browser = Browser(house)
    fields = {"username": "careful", "password": PASSWORD, "next": "/orders"}
    reply, answer = browser.json("POST", "/auth/sign-in", fields)
    assert reply.status == 202
    assert answer["outcome"] == "pending"
    assert answer["step"] == "second_step"
    assert answer["next"] == "/auth/second-step?next=%2Forders"
    reply = browser.post("/auth/sign-in", fields)
    assert (reply.status, header(reply, "Location")) == (303, "/auth/second-step?next=%2Forders")
    assert browser.who() == ""


def test_a_route_at_the_root_and_a_refusal_with_a_wait() -> None:
    extra = Extra()
    browser = Browser(House([Enter(), extra]))
    extra.outcome = Refused(Reason.BAD_CREDENTIALS, retry_after=60)
    reply, answer = browser.json("POST", "/change-it", {})
    assert (reply.status, answer["retry_after"], header(reply, "Retry-After")) == (401, 60, "60")
    assert browser.json("POST", "/auth/change-it", {})[0].status == 404


# --- outages ---


def test_an_outage_is_503_and_says_when(browser: Browser, house: House) -> None:
    browser.get("/auth/sign-in")
    house.shelves.away = True
    reply, answer = browser.json("POST", "/auth/sign-in", {"username": "ada", "password": PASSWORD})
    assert (reply.status, answer["error"], answer["retry_after"]) == (503, "outage", 7)
    assert header(reply, "Retry-After") == "7"
    reply = browser.post("/auth/sign-in", {"username": "ada", "password": PASSWORD})
    assert (reply.status, header(reply, "Retry-After")) == (503, "7")
    assert "Nothing was changed" in browser.page
    assert browser.who() == ""


def test_A_LOG_16_when_too_many_hash_the_form_comes_back(browser: Browser, house: House) -> None:
    with house.hasher._place(), house.hasher._place():
        json_reply, answer = browser.json("POST", "/auth/sign-in", {"username": "ada", "password": PASSWORD})
        reply = browser.sign_in("ada")
    assert (reply.status, header(reply, "Retry-After")) == (503, "1")
    assert 'value="ada"' in browser.page
    assert "Many people" in browser.page
    assert (json_reply.status, answer["error"]) == (503, "busy")
    assert browser.who() == ""


def test_what_is_not_an_outage_is_not_swallowed(browser: Browser, house: House) -> None:
    def broken(_visit: object, _values: object) -> None:
        raise RuntimeError("a bug")

    house.auth.guards = (broken,)  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match="a bug"):
        browser.json("POST", "/auth/sign-in", {"username": "ada", "password": PASSWORD})


# --- the connection ---


def test_A_SES_24_production_over_http(house: House) -> None:
    browser = Browser(house, scheme="http", host="app.test:80")
    reply = browser.get("/auth/sign-in?next=/a%20b&x=ü")
    assert (reply.status, header(reply, "Location")) == (308, "https://app.test/auth/sign-in?next=/a%20b&x=%C3%BC")
    assert header(reply, "Set-Cookie") == ""
    for answer in (browser.post_raw("/auth/sign-in", b"x"), browser.json("GET", "/auth/sign-in")[0]):
        assert answer.status == 403
        assert header(answer, "Set-Cookie") == ""
    assert Browser(house, scheme="http", host="evil.test/path").get("/auth/sign-in").status == 403


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.1", "nonsense"])
def test_B_69_development_answers_this_machine_alone(address: str) -> None:
    reply = Browser(House(production=False, address=address), scheme="http").get("/auth/sign-in")
    assert reply.status == 403
    assert b"WATCHWORD_ENV=production" in reply.body


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", ""])
def test_B_69_this_machine(address: str) -> None:
    assert Browser(House(production=False, address=address), scheme="http").get("/auth/sign-in").status == 200


# --- the application's own pages ---


def test_B_170_a_page_that_needs_signing_in(browser: Browser) -> None:
    reply = _challenge(browser, "/orders ü", "id=3&x=%20")
    assert reply.status == 303
    assert header(reply, "Location") == "/auth/sign-in?next=%2Forders%2520%25C3%25BC%3Fid%3D3%26x%3D%2520"
    assert header(_challenge(browser, "/orders", method="POST"), "Location") == "/auth/sign-in"
    reply = _challenge(browser, "/orders", accept="application/json")
    assert reply.status == 401
    assert b'"sign_in_required"' in reply.body


@pytest.mark.parametrize(
    ("seconds", "reason", "words"),
    [(31 * 60, "idle", "nothing happened"), (13 * 3600, "absolute", "long enough"), (0, "signed_out", "signed out")],
)
def test_B_170_and_B_176_a_session_that_is_over(
    browser: Browser, house: House, seconds: int, reason: str, words: str
) -> None:
    browser.sign_in("ada")
    if seconds:
        house.clock.advance(seconds)
    else:
        account = house.accounts.by_name("ada")
        assert account is not None
        house.accounts.set_active(account.id, False, house.clock.now() + 1)
    reply = _challenge(browser, "/orders", accept="application/json")
    assert reply.status == 401
    assert b'"error": "session_expired", "reason": "%s"' % reason.encode() in reply.body
    browser.get("/auth/sign-in")
    assert words in browser.page
    browser.get("/auth/sign-out")
    assert words not in browser.page.replace("not signed in", "")


def _challenge(browser: Browser, path: str, query: str = "", *, method: str = "GET", accept: str = ""):  # type: ignore[no-untyped-def]
    visit = browser.house.visit(browser.session)
    asked = Request(method, path, query, {"accept": accept}, "https", "app.test", lambda _: b"", visit)
    return browser.house.pages.challenge(asked)


def _token(browser: Browser) -> bytes:
    return browser.hidden()["csrf_token"].encode()


def test_an_outage_does_not_hide_in_a_challenge(browser: Browser, house: House) -> None:
    browser.sign_in("ada")

    def away(_key: str) -> None:
        raise Outage("the store is away")

    house.store.get = away  # type: ignore[method-assign]
    with pytest.raises(Outage):
        _challenge(browser, "/orders")
    assert browser.get("/auth/sign-in").status == 503
