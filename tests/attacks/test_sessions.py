"""Attacks on session identifiers: fixation, guessing, replay, resurrection (A-SES-*), on a real server."""

import base64
import json
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import PASSWORD, Client
from watchword.crypto.keys import KeyRing
from watchword.database.accounts import SqlAccounts
from watchword.database.urls import open_database
from watchword.kernel.policy import Policy
from watchword.sessions.cookie import decode, fresh_token

pytestmark = pytest.mark.server

POLICY = Policy()
MINUTE = 60
HOUR = 3600


def session_id(cookie):
    """The public id of the session that a cookie opens."""
    token = decode(KeyRing(["front-door-tests-0123456789abcdef"]), cookie)
    assert token is not None
    return token.public_id


def in_parallel(*calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(call) for call in calls]]


def is_nobody(client, cookie):
    """Whether the cookie opens nothing, asked as a page, as JSON and by HEAD."""
    thief = Client(client.base, jar={"watchword-dev": cookie})
    pages = thief.get("/", cookies=thief.jar), thief.request("HEAD", "/", cookies=thief.jar)
    api = thief.get("/", cookies=thief.jar, headers={"Accept": "application/json"})
    who = thief.get("/who", cookies=thief.jar)
    return [page.status for page in pages] == [303, 303] and api.status == 401 and who.json["id"] is None


# --- identifiers ------------------------------------------------------------------------------------------


def test_A_SES_01_fixation_with_a_server_issued_id(server, client, name):
    """The id an attacker planted is not the one its victim is signed in under."""
    client.get("/anonymous-note")
    planted = client.session_cookie
    victim = Client(client.base, jar={"watchword-dev": planted}, name=name())
    victim.register(victim.name)
    assert victim.sign_in(victim.name).status == 303
    assert victim.session_cookie != planted
    assert victim.user is not None
    assert is_nobody(client, planted)
    created = server.audited("session_created")
    assert [row["session_id"] for row in created if row["account_id"] == victim.user] == [
        session_id(victim.session_cookie)
    ]


def test_A_SES_01_fixation_by_a_slow_write(client, name):
    """A write that the attacker began before the victim's sign-in does not reach the victim's session."""
    client.get("/anonymous-note")
    victim = client.twin()
    victim.name = name()
    victim.register(victim.name)
    form = victim.get("/auth/sign-in").csrf

    def sign_in():
        time.sleep(0.3)
        return victim.post("/auth/sign-in", {"csrf_token": form, "username": victim.name, "password": PASSWORD})

    slow, signed_in = in_parallel(lambda: client.get("/slow?s=0.8&write=planted"), sign_in)
    assert (slow.status, signed_in.status) == (200, 303)
    assert slow.all("Set-Cookie") == []
    assert victim.get("/values").json.get("note") == "from before sign-in"
    assert victim.user


@pytest.mark.parametrize("length", [43, 76])
def test_A_SES_02_an_invented_id_is_never_adopted(server, client, person, length):
    server.clock.advance(2 * MINUTE)
    before = server.last_audited()
    invented = secrets.token_urlsafe(64)[:length]
    victim = person()
    victim.sign_out()
    victim.jar["watchword-dev"] = invented
    assert victim.get("/auth/sign-in").status == 200
    assert victim.sign_in(victim.name).status == 303
    assert victim.session_cookie != invented
    assert is_nobody(client, invented)
    events = [json.loads(row["details"]) for row in server.audited("malicious_extraneous", before)]
    assert events
    assert {event["kind"] for event in events} == {"forged"}


def test_A_SES_03_no_other_channel_carries_the_id(client, person):
    cookie = person().session_cookie
    for path in (f"/who?session={cookie}", f"/who?sid={cookie}", f"/who?watchword-dev={cookie}", f"/who;sid={cookie}"):
        answer = client.get(path, cookies={})
        assert answer.status == 404 or answer.json["id"] is None
    for header in ("X-Session-Id", "Authorization", "X-Auth-Token", "Cookie2"):
        value = f"Bearer {cookie}" if header == "Authorization" else f"watchword-dev={cookie}"
        assert client.get("/who", headers={header: value}, cookies={}).json["id"] is None
    assert client.post("/values", {"watchword-dev": cookie, "session": cookie}, cookies={}).json == {}


def test_A_SES_05_guessing(server, client):
    """Ten thousand guesses open nothing, cost the store nothing, and do not flood the audit."""
    server.clock.advance(2 * MINUTE)
    before, stored = server.last_audited(), server.stored("SELECT count(*) AS n FROM watchword_entries")
    keys = KeyRing(["a key that the attacker made up, 0123456789"])

    def guess(number):
        connection = client.connect()
        hits = 0
        for _ in range(number):
            connection.request("GET", "/who", headers={"Cookie": f"watchword-dev={fresh_token(keys).encode()}"})
            hits += json.loads(connection.getresponse().read())["id"] is not None
        connection.close()
        return hits

    assert in_parallel(*[lambda: guess(200)] * 8) == [0] * 8
    ours = KeyRing(["front-door-tests-0123456789abcdef"])
    made_up = (base64.urlsafe_b64encode(secrets.token_bytes(57)).decode() for _ in range(10_000))
    assert not any(decode(ours, guess) for guess in made_up)
    rows = server.audited("malicious_extraneous", before)
    assert 1 <= len(rows) <= 2  # one a process and minute
    assert server.stored("SELECT count(*) AS n FROM watchword_entries") == stored

    server.clock.advance(2 * MINUTE)
    assert in_parallel(*[lambda: guess(8)] * 4) == [0] * 4
    counts = [json.loads(row["details"])["count"] for row in server.audited("malicious_extraneous", before)]
    assert max(counts) > 100  # the next one tells how many came since


def test_A_SES_06_what_the_store_holds_opens_nothing(server, client, person):
    victim = person()
    cookie = victim.session_cookie
    raw = base64.urlsafe_b64decode(cookie)
    rows = server.stored("SELECT key, value FROM watchword_entries WHERE key = ?", session_id(cookie))
    assert len(rows) == 1
    for secret in (raw[1:17], raw[17:49], cookie.encode()):
        assert secret not in rows[0]["value"]
        assert base64.urlsafe_b64encode(secret).rstrip(b"=") not in rows[0]["key"].encode()
    assert client.get("/who", cookies={"watchword-dev": rows[0]["key"]}).json["id"] is None
    stolen = base64.urlsafe_b64encode(raw[:1] + rows[0]["value"][:48] + raw[-8:]).decode()
    assert client.get("/who", cookies={"watchword-dev": stolen}).json["id"] is None


# --- endings ----------------------------------------------------------------------------------------------


def test_A_SES_08_sign_out_really_ends_it(server, client, person):
    server.clock.advance(2 * MINUTE)
    victim = person()
    before, cookie = server.last_audited(), victim.session_cookie
    (gone,) = victim.sign_out().all("Set-Cookie")
    assert gone.startswith("watchword-dev=;")
    assert set(gone.split("; ")[1:]) == {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=0"}
    assert victim.session_cookie is None
    assert all(is_nobody(client, cookie) for _ in range(20))
    assert [row["session_id"] for row in server.audited("session_use_after_expire", before)] in (
        [session_id(cookie)],
        [session_id(cookie)] * 2,
    )
    assert len(server.audited("session_logout", before)) == 1


def test_A_SES_09_no_resurrection_by_a_request_in_flight(server, person):
    """Twenty sign-outs while a slow request of the same session is still to write."""

    def round_(_number):
        victim = person()
        thief = victim.twin()
        cookie = victim.session_cookie
        form = victim.get("/auth/sign-out").csrf

        def sign_out():
            time.sleep(0.25)
            return victim.post("/auth/sign-out", {"csrf_token": form}).status

        slow, ended = in_parallel(lambda: thief.get("/slow?s=0.6&write=late"), sign_out)
        assert slow.json["user"] is not None  # it did begin before the sign-out
        assert (slow.status, ended) == (200, 303)
        assert slow.all("Set-Cookie") == []
        assert is_nobody(victim, cookie)
        return cookie

    with ThreadPoolExecutor(5) as pool:
        cookies = list(pool.map(round_, range(20)))
    for cookie in cookies:
        (row,) = server.rows("SELECT * FROM watchword_sessions WHERE public_id = ?", session_id(cookie))
        assert (row["end_reason"], bool(row["ended_at"])) == ("signed_out", True)


def _disable(server, victim):
    database = open_database(f"sqlite:///{server.instance / 'watchword.sqlite3'}")
    SqlAccounts(database).set_active(victim.user, False, time.time() + 1)
    database.close()


def _raise_epoch(server, victim):
    database = open_database(f"sqlite:///{server.instance / 'watchword.sqlite3'}")
    SqlAccounts(database).raise_epoch(victim.user, server.clock.now())
    database.close()


def _leave_idle(server, victim):
    """A request that is being served while the clock jumps counts as use: jump until none is."""
    for _ in range(20):
        server.clock.advance(POLICY.idle + 1)
        if victim.get("/who").json["id"] is None:
            return


ENDINGS = {
    "signed_out": lambda _server, victim: victim.sign_out(),
    "idle": _leave_idle,
    "absolute": lambda server, _victim: server.clock.advance(POLICY.absolute + 1),
    "switched_account": lambda _server, victim: victim.sign_in(victim.other),
    "disabled": _disable,
    "epoch": _raise_epoch,
}


@pytest.mark.parametrize("cause", ENDINGS)
def test_A_SES_11_no_resurrection_after_any_ending(server, person, cause):
    """While the old cookie is kept busy with reads and writes, the session ends, and stays ended."""
    other = person()
    victim = person()
    victim.other = other.name
    thief, cookie = victim.twin(), victim.session_cookie
    stop = threading.Event()

    def busy():
        for turn in range(400):
            if stop.is_set():
                return
            thief.post(f"/values?k{turn % 5}={turn}", cookies={"watchword-dev": cookie})

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(busy) for _ in range(4)]
        time.sleep(0.1)
        ENDINGS[cause](server, victim)
        ended_by = victim.get("/who", cookies={"watchword-dev": cookie}).json["id"]
        time.sleep(0.1)
        stop.set()
        for future in running:
            future.result(30)
    assert ended_by is None
    assert is_nobody(victim, cookie)
    (row,) = server.rows("SELECT * FROM watchword_sessions WHERE public_id = ?", session_id(cookie))
    assert row["end_reason"] == cause


# --- time -------------------------------------------------------------------------------------------------


def test_A_SES_12_idle_timeout(server, person):
    victim = person()
    cookie = victim.session_cookie
    server.clock.advance(POLICY.idle + 1)
    assert is_nobody(victim, cookie)
    page = victim.get("/", cookies={"watchword-dev": cookie})
    assert page.get("Location") == "/auth/sign-in?next=%2F"
    notice = victim.get(page.get("Location"), cookies={"watchword-dev": cookie})
    assert "because nothing happened for a while" in notice.text
    code = victim.get("/", headers={"Accept": "application/json"}, cookies={"watchword-dev": cookie})
    assert (code.status, code.json["error"], code.json["reason"]) == (401, "session_expired", "idle")


def test_A_SES_14_absolute_timeout_under_activity(server, person):
    """Used every ten minutes, renewed on the way, and over after twelve hours all the same."""
    victim = person()
    started, renewals = victim.session_cookie, set()
    for _ in range(int(POLICY.absolute // (10 * MINUTE)) - 1):
        server.clock.advance(10 * MINUTE)
        assert victim.user is not None
        renewals.add(victim.session_cookie)
    assert len(renewals) > 20
    assert session_id(started) == session_id(victim.session_cookie)
    server.clock.advance(10 * MINUTE)
    code = victim.get("/", headers={"Accept": "application/json"})
    assert (code.status, code.json["reason"]) == (401, "absolute")
    for cookie in renewals:
        assert victim.get("/who", cookies={"watchword-dev": cookie}).json["id"] is None


def test_A_SES_15_the_clients_idea_of_time_counts_for_nothing(server, person):
    victim = person()
    cookie = victim.session_cookie
    server.clock.advance(POLICY.idle + 1)
    past = {"Date": "Mon, 01 Jan 2001 00:00:00 GMT", "If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    for headers in (past, {"Age": "-100000"}, {"X-Timestamp": "0"}, {"Cookie-Expires": "9999999999"}):
        answer = victim.get("/who", headers=headers, cookies={"watchword-dev": cookie, "Max-Age": "99999999"})
        assert answer.json["id"] is None


def test_A_SES_30_clock_jumps(server, person):
    victim, ended = person(), person()
    dead = ended.session_cookie
    ended.sign_out()
    server.clock.advance(-HOUR)
    assert victim.user is not None
    assert is_nobody(ended, dead)
    server.clock.advance(13 * HOUR)
    cookie = victim.session_cookie
    assert is_nobody(victim, cookie)
    server.clock.advance(-13 * HOUR)  # what was found over stays over
    assert is_nobody(victim, cookie)
    assert is_nobody(ended, dead)
    server.clock.advance(14 * HOUR)
    assert person().user is not None


# --- cookies ----------------------------------------------------------------------------------------------


def test_A_SES_20_two_cookie_headers(client, person):
    """A second header line is no way around it (servers join the lines with a comma)."""
    ours, theirs = person().session_cookie, person().session_cookie
    for first, second in ((ours, theirs), (theirs, ours)):
        lines = f"Cookie: watchword-dev={first}\r\nCookie: watchword-dev={second}\r\n"
        answer = client.raw(f"GET /who HTTP/1.1\r\nHost: localhost\r\n{lines}Connection: close\r\n\r\n".encode())
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["id"] is None


@pytest.mark.parametrize("order", [1, -1])
def test_A_SES_20_two_cookies_of_one_name(server, client, person, order):
    """Cookie tossing: neither the victim's nor the attacker's session is opened, and the audit says why."""
    server.clock.advance(2 * MINUTE)
    before = server.last_audited()
    pair = [person().session_cookie, person().session_cookie][::order]
    answer = client.get("/who", raw_cookie="; ".join(f"watchword-dev={value}" for value in pair))
    assert answer.json["id"] is None
    assert answer.all("Set-Cookie") == []
    kinds = [json.loads(row["details"])["kind"] for row in server.audited("malicious_extraneous", before)]
    assert kinds == ["duplicate"]


def test_A_SES_21_other_spellings_of_the_name_are_other_cookies(client, person, secure, name):
    cookie = person().session_cookie
    for spelling in ("Watchword-Dev", "WATCHWORD-DEV", '"watchword-dev"', "watchword-dev.x"):
        answer = client.get("/who", raw_cookie=f"{spelling}={cookie}")
        assert answer.json["id"] is None
    somebody = secure(name())
    somebody.register(somebody.name)
    assert somebody.sign_in(somebody.name).status == 303
    value = somebody.jar["__Host-watchword"]
    assert somebody.user is not None
    for spelling in ("__HOST-watchword", "__host-watchword", "__Host-Watchword", "watchword-dev", "watchword"):
        assert somebody.get("/who", raw_cookie=f"{spelling}={value}").json["id"] is None


@pytest.mark.parametrize("size", [20, 90, 350])
def test_A_SES_23_cookie_flood(client, person, size):
    """180 cookies: the server refuses the header, or the page comes as ever; a signed-in person stays so."""
    victim = person()
    flood = "; ".join(f"c{number}={'x' * size}" for number in range(180))
    answer = client.get("/who", raw_cookie=f"{flood}; watchword-dev={victim.session_cookie}")
    assert answer.status in (200, 400, 431)
    assert victim.user is not None
    assert client.get("/auth/sign-in").status == 200


def test_A_SES_23_cookie_flood_over_many_header_lines(client, person):
    """64 KB of cookies, no line of which is too long by itself."""
    victim = person()
    lines = "".join(f"Cookie: c{number}={'x' * 4000}\r\n" for number in range(16))
    answer = client.raw(f"GET /who HTTP/1.1\r\nHost: localhost\r\n{lines}Connection: close\r\n\r\n".encode())
    assert answer.split()[1] in (b"200", b"400", b"431")
    assert victim.user is not None


def test_A_SES_25_account_switch_inside_one_browser(server, person):
    """Nothing of A is left in B's session, and A's is over."""
    other = person()
    browser = person()
    before, first = browser.user, browser.session_cookie
    browser.post("/values?draft=of+A&flash=for+A")
    assert browser.get("/values").json == {"draft": "of A", "flash": "for A"}
    assert browser.sign_in(other.name).status == 303
    assert browser.user == other.user != before
    assert browser.get("/values").json == {}
    assert session_id(first) != session_id(browser.session_cookie)
    assert is_nobody(browser, first)
    (row,) = server.rows("SELECT end_reason FROM watchword_sessions WHERE public_id = ?", session_id(first))
    assert row["end_reason"] == "switched_account"


def test_A_SES_26_nothing_private_in_a_cache_after_sign_out(person, secure, name):
    victim = person()
    for path in ("/", "/who", "/auth/sign-out"):
        page = victim.get(path)
        assert page.get("Cache-Control") == "no-store"
        assert "cookie" in page.get("Vary").lower()
    somebody = secure(name())
    somebody.register(somebody.name)
    somebody.sign_in(somebody.name)
    assert somebody.get("/").get("Cache-Control") == "no-store"
    assert somebody.sign_out().get("Clear-Site-Data") == '"cache", "storage"'


def test_A_SES_27_stale_tab_of_another_user(server, person):
    """A form opened as A and sent as B does nothing, says so, and can be sent again."""
    other = person()
    browser = person()
    stale = browser.get("/auth/sign-out").csrf
    browser.sign_in(other.name)
    before = server.last_audited()
    refused = browser.post("/auth/sign-out", {"csrf_token": stale})
    assert refused.status == 403
    assert "Please send it again" in refused.text
    assert browser.user == other.user
    (row,) = server.audited("malicious_csrf", before)
    assert row["account_id"] == other.user
    assert browser.post("/auth/sign-out", {"csrf_token": refused.csrf}).status == 303
    assert browser.user is None
