"""Rules of sessions and cookies by their numbers, as a browser meets them, and which of them wait for later."""

import re
from importlib.metadata import requires
from pathlib import Path

import pytest

from tests.flask.conftest import PASSWORD, as_json, sent_cookie, signed_in
from watchword.database.audit import AuditLog
from watchword.kernel.clock import HOUR, MINUTE

WAITS = {
    "B-44": "resuming a locked session needs second factors",
    "B-46": "the warning before the end comes with graceful expiry",
    "B-48": "the number of sessions at once comes with their list",
    "B-50": "changing a factor comes with accounts and second factors",
    "B-51": "windows of freshness come with step-up",
    "B-56": "comparing clients by meaning comes with session protection",
}


def test_every_rule_is_named_by_a_test_or_waits_with_a_reason():
    folder = Path(__file__).parent.parent
    text = "\n".join(path.read_text("utf-8") for path in folder.rglob("*.py") if path != Path(__file__))
    text += Path(__file__).read_text("utf-8").partition("def test_every_rule")[2]
    for number in (*range(36, 70), *range(137, 150)):
        named = re.search(rf"\bB[-_]{number}\b|B_{number}_", text)
        assert bool(named) != (f"B-{number}" in WAITS), f"B-{number}"


def _raw(house):
    return house.app.test_client(use_cookies=False)


def _pair(response):
    return sent_cookie(response).partition(";")[0]


def _who(house, cookie):
    return _raw(house).get("/who", headers={"Cookie": cookie}).json["id"]


def test_B_38_an_unknown_id_is_never_adopted_and_is_reported(house):
    made_up = "watchword-dev=" + "A" * 76
    response = _raw(house).post("/values?a=1", headers={"Cookie": made_up})
    assert _pair(response) != made_up
    database = house.watchword.house.database
    assert "malicious_extraneous" in [row.event for row in AuditLog(database).recent()]


def test_B_41_B_47_the_overall_limit_holds_however_busy_the_session_is(house, client):
    cookie = _pair(signed_in(client))
    for _ in range(12 * 6 - 1):
        house.clock.advance(10 * MINUTE)
        assert client.get("/who").json["id"]
    house.clock.advance(10 * MINUTE)
    assert client.get("/who").json["id"] is None
    assert _who(house, cookie) is None


def test_B_42_B_47_an_unused_session_ends_after_half_an_hour_whatever_the_browser_keeps(house, client):
    cookie = _pair(signed_in(client))
    house.clock.advance(30 * MINUTE - 1)
    assert _who(house, cookie)
    house.clock.advance(30 * MINUTE)
    assert _who(house, cookie) is None


def test_B_45_use_counts_the_idle_time_anew_and_signing_in_again_counts_both(house, client):
    signed_in(client)
    for _ in range(4):
        house.clock.advance(25 * MINUTE)
        assert client.get("/who").json["id"]
    as_json(client, "/auth/sign-in", username="ada", password=PASSWORD)
    for _ in range(26):
        house.clock.advance(25 * MINUTE)
        assert client.get("/who").json["id"], "twelve hours count from the last sign-in"


def test_B_54_the_session_claims_no_more_than_was_proved(house, client):
    cookie = _pair(signed_in(client)).partition("=")[2]
    record = house.auth.visit(cookie).session.held.record
    assert (record.aal, [name for name, _ in record.factors]) == (1, ["password"])


def test_B_55_an_id_is_taken_from_the_cookie_alone(house, client):
    name, _, value = _pair(signed_in(client)).partition("=")
    asked = f"/who?{name}={value}&session={value}&sid={value}"
    headers = {"Authorization": f"Bearer {value}", "X-Session-Id": value, name: value}
    assert _raw(house).get(asked, headers=headers).json["id"] is None


def test_B_59_B_60_B_62_B_63_B_66_the_cookie_is_small_opaque_and_says_what_it_is_for(client):
    cookie = sent_cookie(signed_in(client))
    pair, *attributes = cookie.split("; ")
    assert len(pair) <= 4096
    assert all(len(attribute) <= 1024 for attribute in attributes)
    assert int(re.search(r"Max-Age=(\d+)", cookie)[1]) <= 12 * HOUR < 34_560_000
    assert re.fullmatch(r"watchword-dev=[A-Za-z0-9_-]{76}", pair)
    assert "SameSite=Lax" in attributes
    assert "ada" not in cookie


def test_B_67_signing_out_deletes_it_with_the_same_attributes(client):
    given = sent_cookie(signed_in(client)).split("; ")[1:]
    taken = sent_cookie(as_json(client, "/auth/sign-out")).split("; ")
    assert taken[0] == "watchword-dev="
    assert "Max-Age=0" in taken
    assert {item for item in given if "Max-Age" not in item} == {item for item in taken[1:] if "Max-Age" not in item}


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("application/json", {}),
        ("text/plain", {"X-Watchword": "1"}),
        ("multipart/form-data; boundary=x", {"X-Watchword": "1"}),
    ],
)
def test_B_139_json_needs_its_type_and_our_header(client, kind, headers):
    body = b'{"username": "ada", "password": "x"}'
    response = client.post("/auth/sign-in", data=body, content_type=kind, headers=headers)
    assert response.status_code in (403, 415)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_B_140_safe_methods_change_nothing(client, method):
    signed_in(client)
    getattr(client, method)("/auth/sign-out")
    assert client.get("/who").json["id"]


def test_B_149_flask_is_new_enough_to_rotate_keys():
    wanted = [line for line in requires("watchword") or [] if line.lower().startswith("flask>")]
    assert wanted
    assert all(tuple(map(int, re.search(r">=(\d+)\.(\d+)\.(\d+)", line).groups())) >= (3, 1, 1) for line in wanted)
