"""What every answer carries (B-141 to B-145), and who wants JSON."""

import pytest

from tests.features.house import Browser, House, header
from watchword.kernel.http import Reply
from watchword.web.headers import wants_json


def all_kinds(browser: Browser) -> list[Reply]:
    """A page, an error, a refusal, a redirect, JSON, the answer to OPTIONS."""
    return [
        browser.get("/auth/sign-in"),
        browser.get("/auth/missing"),
        browser.send("DELETE", "/auth/sign-in"),
        browser.sign_in("ada", "wrong"),
        browser.sign_in("ada"),
        browser.json("GET", "/auth/sign-in")[0],
        browser.json("POST", "/auth/sign-in", [])[0],
        browser.send("OPTIONS", "/auth/sign-in"),
    ]


@pytest.fixture
def browser() -> Browser:
    house = House()
    house.account("ada")
    return Browser(house)


def test_B_142_no_page_runs_or_frames_what_is_not_ours(browser: Browser) -> None:
    for reply in all_kinds(browser):
        policy = dict(part.split(" ", 1) for part in header(reply, "Content-Security-Policy").split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert header(reply, "X-Frame-Options") == "DENY"


def test_B_143_and_B_144_on_every_answer(browser: Browser) -> None:
    expected = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Cookie, Accept",
    }
    for reply in all_kinds(browser):
        assert {name: header(reply, name) for name in expected} == expected
        assert "camera=()" in header(reply, "Permissions-Policy")
        assert header(reply, "Server") == ""


def test_B_141_hsts_over_https_alone(browser: Browser) -> None:
    assert all(
        header(reply, "Strict-Transport-Security") == "max-age=31536000; includeSubDomains"
        for reply in all_kinds(browser)
    )
    plain = Browser(House(production=False, address="127.0.0.1"), scheme="http")
    assert header(plain.get("/auth/sign-in"), "Strict-Transport-Security") == ""


def test_A_CSR_09_no_answer_allows_another_origin(browser: Browser) -> None:
    preflight = {"origin": "https://evil.test", "access-control-request-method": "POST"}
    for path in ("/auth/sign-in", "/auth/assets/watchword.css", "/auth/missing"):
        for method in ("OPTIONS", "GET", "POST"):
            reply = browser.send(method, path, headers=preflight)
            assert not [name for name, _ in reply.headers if name.lower().startswith("access-control")]


def test_B_145_signing_out_clears_what_the_browser_keeps(browser: Browser) -> None:
    assert header(browser.post("/auth/sign-out"), "Clear-Site-Data") == ""
    browser.sign_in("ada")
    assert header(browser.post("/auth/sign-out"), "Clear-Site-Data") == '"cache", "storage"'
    browser.sign_in("ada")
    assert header(browser.json("POST", "/auth/sign-out", {})[0], "Clear-Site-Data") == '"cache", "storage"'


def test_B_145_over_https_alone() -> None:
    house = House(production=False, address="::1")
    house.account("ada")
    browser = Browser(house, scheme="http")
    assert browser.sign_in("ada").status == 303
    reply = browser.post("/auth/sign-out")
    assert reply.status == 303
    assert header(reply, "Clear-Site-Data") == ""


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/json", True),
        ("Application/JSON", True),
        ("application/json, text/plain, */*", True),
        ("application/json, text/html", False),
        ("application/json;q=0.9, text/html;q=0.8", True),
        ("application/json;q=0.5, text/html", False),
        ("application/json;q=0", False),
        ("application/json;q=x", False),
        ("application/json;q=nan", False),
        ("application/json;q=7", False),
        ("application/json; charset=utf-8; q=0.3", True),
        ("x," * 40 + "application/json", False),
    ],
)
def test_who_wants_json(accept: str, expected: bool) -> None:
    assert wants_json({"accept": accept}) is expected


def test_who_sends_json_gets_json() -> None:
    assert wants_json({"content-type": "application/json; charset=utf-8", "accept": "text/html"})
