"""Forged requests and what browsers are told about them (A-CSR-*, A-LOG-23), on a real server."""

import json

import pytest

from tests.client import PASSWORD, Client

pytestmark = pytest.mark.server

EVIL = "https://evil.example"
ROUTES = ("sign-in", "sign-out", "register")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def victim(person):
    return person()


def forged(server, before):
    return [json.loads(row["details"])["reason"] for row in server.audited("malicious_csrf", before)]


def accounts(server):
    return server.rows("SELECT count(*) AS n FROM watchword_accounts")[0]["n"]


@pytest.mark.parametrize("route", ROUTES)
def test_A_CSR_01_missing_foreign_and_stale_tokens(server, client, victim, person, name, route):
    """Nothing is done, the person is told, the audit has a row for each."""
    path, other = f"/auth/{route}", person()
    form = f"{path}?another=1"
    previous = victim.get("/auth/sign-out").csrf
    victim.sign_out()
    victim.sign_in(victim.name)
    own = victim.get(form).csrf
    fields = {"username": name(), "password": PASSWORD}
    before, number, user = server.last_audited(), accounts(server), victim.user
    attempts = [
        victim.post(path, fields),
        *(victim.post(path, {**fields, "csrf_token": token}) for token in ("", own[:-4], own + "A", own[::-1], "é")),
        victim.post(path, {**fields, "csrf_token": other.get("/auth/sign-out").csrf}),
        victim.post(path, {**fields, "csrf_token": client.get("/auth/sign-in").csrf}),
        victim.post(path, {**fields, "csrf_token": previous}),
        victim.post(f"{path}?csrf_token={own}", fields),
        victim.post(path, fields, headers={"X-CSRF-Token": own, "X-CSRFToken": own}),
        victim.post(path, fields, cookies={**victim.jar, "csrf_token": own}),
    ]
    assert [attempt.status for attempt in attempts] == [403] * 12
    assert all("Please send it again" in attempt.text for attempt in attempts)
    assert forged(server, before) == ["form_expired"] * 12
    assert accounts(server) == number
    assert victim.user == user
    twice = f"csrf_token={own}&csrf_token={own}&username=x&password={PASSWORD}"
    assert victim.request("POST", path, twice, {"Content-Type": FORM}).status == 400


@pytest.mark.parametrize("route", ROUTES)
def test_A_CSR_02_simple_content_types_are_no_json(server, victim, name, route):
    """What a foreign page can send without a preflight is never read as JSON."""
    path, number, user = f"/auth/{route}", accounts(server), victim.user
    body = json.dumps({"username": name(), "password": PASSWORD})
    multipart = '--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nx\r\n--b--\r\n'
    assert victim.request("POST", path, body, {"Content-Type": "text/plain"}).status == 415
    assert victim.request("POST", path, body, {"Content-Type": "text/plain; application/json"}).status == 415
    assert victim.request("POST", path, body, {"Content-Type": "application/json"}).status == 415
    assert victim.request("POST", path, body, {"Content-Type": "application/json", "X-Watchword": "2"}).status == 415
    assert victim.request("POST", path, body, {}).status == 415
    assert victim.request("POST", path, body, {"Content-Type": FORM}).status == 403
    sent = victim.request("POST", path, multipart, {"Content-Type": "multipart/form-data; boundary=b"})
    assert sent.status == 415
    assert "application/json" in sent.text
    assert (accounts(server), victim.user) == (number, user)


FOREIGN = [
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Referer": f"{EVIL}/page"},
    {"Referer": "http://localhost@evil.example/"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: "-".join(*headers.items()))
def test_A_CSR_03_origin_and_fetch_metadata(server, victim, headers):
    """From another site even a genuine token is refused; without such headers the token decides."""
    own, before = victim.get("/auth/sign-out").csrf, server.last_audited()
    assert victim.post("/auth/sign-out", {"csrf_token": own}, headers=headers).status == 403
    assert victim.send("/auth/sign-out", {}, headers=headers).status == 403
    assert forged(server, before) == ["cross_site"] * 2
    assert victim.user is not None
    assert victim.post("/auth/sign-out", {"csrf_token": own}).status == 303


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_A_CSR_03_our_own_pages_pass(server, victim, site):
    own = victim.get("/auth/sign-out").csrf
    headers = {"Sec-Fetch-Site": site, "Origin": server.url, "Referer": f"{server.url}/auth/sign-out"}
    assert victim.post("/auth/sign-out", {"csrf_token": own}, headers=headers).status == 303


def test_A_CSR_05_forged_sign_out(victim):
    cross = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    assert victim.get("/auth/sign-out", headers=cross).status == 200
    assert victim.request("HEAD", "/auth/sign-out", headers=cross).status == 200
    assert victim.post("/auth/sign-out", {}, headers=cross).status == 403
    assert victim.request("POST", "/auth/sign-out", "", cross).status == 403
    assert victim.user is not None


def test_A_CSR_06_a_token_from_before_sign_in_is_refused_after_it(client, name):
    client.name = name()
    client.register(client.name)
    early = client.get("/auth/sign-in").csrf
    fields = {"csrf_token": early, "username": client.name, "password": PASSWORD}
    assert client.post("/auth/sign-in", fields).status == 303
    for route in ("sign-out", "sign-in", "register"):
        assert client.post(f"/auth/{route}", fields).status == 403
    assert client.user is not None
    late = client.get("/auth/sign-out").csrf
    assert client.post("/auth/sign-out", {"csrf_token": late}).status == 303
    assert client.post("/auth/sign-in", {**fields, "csrf_token": late}).status == 403


def test_A_CSR_07_cookies_written_by_a_sibling_host(client, secure):
    """A cookie and the token that fits it, both the attacker's, are worth nothing beside the victim's own."""
    attacker, visitor = Client(client.base), Client(client.base)
    token = attacker.get("/auth/sign-in").csrf
    visitor.get("/auth/sign-in")
    planted, own = attacker.jar["watchword-dev-form"], visitor.jar["watchword-dev-form"]
    fields = {"csrf_token": token, "username": "x", "password": PASSWORD}
    for pair in ((planted, own), (own, planted)):
        both = "; ".join(f"watchword-dev-form={value}" for value in pair)
        assert visitor.post("/auth/sign-in", fields, raw_cookie=both).status == 403

    attacker, visitor = secure(), secure()
    fields["csrf_token"] = attacker.get("/auth/sign-in").csrf
    visitor.get("/auth/sign-in")
    planted = attacker.jar["__Host-watchword-form"]
    for spelling in ("watchword-dev-form", "__HOST-watchword-form", "__host-watchword-form", "watchword-form"):
        jar = {**visitor.jar, spelling: planted}
        assert visitor.post("/auth/sign-in", fields, cookies=jar).status == 403


PAGES = ("sign-in", "register", "sign-out", "sign-in?next=/", "nowhere", "assets/none.css", "sign-in?another=1")


@pytest.mark.parametrize("page", PAGES)
def test_A_CSR_08_no_page_lets_itself_be_framed(client, victim, page):
    for browser in (client, victim):
        answer = browser.get(f"/auth/{page}")
        assert "frame-ancestors 'none'" in answer.get("Content-Security-Policy")
        assert answer.get("X-Frame-Options") == "DENY"
        assert answer.get("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("page", PAGES)
def test_A_CSR_09_no_other_origin_is_let_in(victim, page):
    cross = {"Origin": EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-watchword"}
    for method in ("OPTIONS", "GET", "POST"):
        for origin in (EVIL, "null"):
            answer = victim.request(method, f"/auth/{page}", headers={**cross, "Origin": origin})
            assert [key for key, _ in answer.headers if key.lower().startswith("access-control")] == []
    assert victim.user is not None


@pytest.mark.parametrize("tail", ["/x.css", ";.js", "%2f.png", "/..%2fx.css", ".css", "%00.css", "/", "%0a.css"])
def test_A_CSR_11_cache_deception(victim, tail):
    for route in ROUTES:
        answer = victim.get(f"/auth/{route}{tail}")
        assert answer.status == 404
        assert "no-store" in (answer.get("Cache-Control") or ("no-store" if "%0a" in tail else ""))  # not our page
        assert victim.name not in answer.text


def test_A_LOG_23_forged_sign_in(server, client, person):
    """Another site cannot sign a visitor in to the attacker's account."""
    attacker = person()
    fields = {"username": attacker.name, "password": PASSWORD, "csrf_token": attacker.get("/auth/sign-out").csrf}
    cross = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    before = server.last_audited()
    for visitor in (client, Client(client.base)):
        for headers in (cross, {}):
            answer = visitor.post("/auth/sign-in", fields, headers=headers)
            assert answer.status == 403
            assert visitor.session_cookie is None
    assert forged(server, before) == ["cross_site", "form_expired"] * 2
