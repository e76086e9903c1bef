"""Many at once and one killed in between, on a real server with two workers."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import pytest

from tests.client import PASSWORD, Client
from tests.servers import PRELOAD, Server

pytestmark = pytest.mark.server


def together(*calls):
    """All at the same moment."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(run, call) for call in calls]]


@pytest.mark.parametrize("round_", range(3))
def test_32_writers_of_one_session_lose_nothing(person, round_):
    writer = person()
    jar = dict(writer.jar)
    calls = [lambda n=n: writer.post(f"/values?key{n}={n}", cookies=jar).status for n in range(32)]
    assert together(*calls) == [200] * 32
    assert writer.get("/values").json == {f"key{n}": str(n) for n in range(32)}


def test_32_writers_around_a_renewal_lose_nothing(server, person):
    """The secret is replaced while they write: all of them go on, and the browser ends with a cookie that opens."""
    writer = person()
    server.clock.advance(16 * 60)
    jar = dict(writer.jar)
    answers = together(*[lambda n=n: writer.post(f"/values?key{n}={n}", cookies=jar) for n in range(32)])
    assert [answer.status for answer in answers] == [200] * 32
    cookies = {cookie for answer in answers for cookie in answer.all("Set-Cookie")}
    assert len(cookies) == 1  # the same successor for everybody
    writer.jar["watchword-dev"] = cookies.pop().partition(";")[0].partition("=")[2]
    assert writer.get("/values").json == {f"key{n}": str(n) for n in range(32)}
    assert writer.user is not None


@pytest.mark.parametrize("copies", [2, 8])
@pytest.mark.parametrize("already", [False, True], ids=["anonymous", "with a session"])
def test_a_double_click_signs_in(server, name, copies, already):
    """Every answer's cookie works, nobody is signed out, and no values are lost."""
    browser = Client(server.url, name=name())
    browser.register(browser.name)
    if already:
        browser.get("/anonymous-note")
    fields = {"csrf_token": browser.get("/auth/sign-in").csrf, "username": browser.name, "password": PASSWORD}
    jar = dict(browser.jar)
    answers = together(*[lambda: browser.post("/auth/sign-in", fields, cookies=jar) for _ in range(copies)])
    assert [answer.status for answer in answers] == [303] * copies
    cookies = [answer.get("Set-Cookie").partition(";")[0].partition("=")[2] for answer in answers]
    for cookie in cookies:
        assert browser.get("/who", cookies={"watchword-dev": cookie}).json["name"] == browser.name


def test_a_double_click_on_sign_out(person):
    browser = person()
    form = {"csrf_token": browser.get("/auth/sign-out").csrf}
    jar = dict(browser.jar)
    answers = together(*[lambda: browser.post("/auth/sign-out", form, cookies=jar) for _ in range(4)])
    assert {answer.status for answer in answers} <= {303, 403}  # the later ones find nobody signed in
    assert 303 in {answer.status for answer in answers}
    assert browser.get("/who", cookies=jar).json["id"] is None


def _register_until(killed, server, done, number):
    """Registers and signs in until the server is gone; notes what was acknowledged."""
    for turn in range(200):
        client, name = Client(server.url), f"k{number}x{turn}x{time.monotonic_ns()}"
        try:
            done["accounts"] += [name] if client.register(name).status == 303 else []
            if client.sign_in(name).status == 303:
                done["cookies"][name] = client.session_cookie
        except (OSError, HTTPException):
            return  # the connection died with its worker: nothing was acknowledged
        if killed.is_set():
            return


def _wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_kill_9_in_the_middle_of_registrations(tmp_path):
    """Ten times: every account that was acknowledged can sign in, every session still opens, none is half there."""
    done = {"accounts": [], "cookies": {}}
    server = Server(tmp_path / "instance", threads=4, options=PRELOAD).start()
    try:
        for round_ in range(10):
            killed = threading.Event()
            with ThreadPoolExecutor(4) as pool:
                running = [pool.submit(_register_until, killed, server, done, n) for n in range(4)]
                _wait_for(lambda number=3 * round_ + 3: len(done["accounts"]) >= number)
                killed.set()
                server.kill_workers() if round_ < 9 else server.stop(signal.SIGKILL)
                for future in running:
                    future.result(30)
        server.start()
        assert len(done["accounts"]) >= 30
        _nothing_is_lost(server, **done)
        _nothing_is_half_there(server)
    finally:
        server.stop()


def _nothing_is_lost(server, accounts, cookies):
    for name in accounts:
        assert Client(server.url).sign_in(name).status == 303
    for name, cookie in cookies.items():
        assert Client(server.url).get("/who", cookies={"watchword-dev": cookie}).json["name"] == name


def _nothing_is_half_there(server):
    halves = """SELECT a.id FROM watchword_accounts a LEFT JOIN watchword_credentials c ON c.account_id = a.id
        LEFT JOIN watchword_audit e ON e.account_id = a.id AND e.event = 'user_created'
        WHERE c.id IS NULL OR e.id IS NULL"""
    assert server.rows(halves) == []
    assert server.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert server.stored("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
