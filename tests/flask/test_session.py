"""`flask.session` on Watchword: what it reads, writes and sends, and what it does not."""

import threading

import pytest
from flask import Response, flash, get_flashed_messages, session, stream_with_context

from tests.flask.conftest import as_json, sent_cookie, signed_in
from watchword.kernel.errors import SessionClosed, UnstorableValue


def test_an_untouched_page_costs_nothing_and_says_nothing(client, house):
    signed_in(client)
    house.store.spent()
    response = client.get("/untouched")
    assert house.store.spent() == []
    assert "Vary" not in response.headers
    assert "Set-Cookie" not in response.headers
    assert "Cache-Control" not in response.headers


def test_a_signed_in_read_is_one_command_varies_and_is_not_stored(client, house):
    signed_in(client)
    house.store.spent()
    response = client.get("/")
    assert house.store.spent() == ["get"]
    assert response.text == "Hello ada"
    assert response.headers["Vary"] == "Cookie"
    assert response.headers["Cache-Control"] == "no-store"
    assert sent_cookie(response) is None


def test_a_write_is_two_commands(client, house):
    client.post("/values?a=1")
    house.store.spent()
    assert client.post("/values?b=2").json == {"a": "1", "b": "2"}
    assert house.store.spent() == ["get", "put"]


def test_looking_without_a_cookie_varies_but_reads_nothing(client, house):
    response = client.get("/values")
    assert response.headers["Vary"] == "Cookie"
    assert "Cache-Control" not in response.headers
    assert house.store.spent() == []


def test_the_first_value_opens_a_session_with_a_safe_cookie(client):
    cookie = sent_cookie(client.post("/values?a=1"))
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_vary_keeps_what_the_view_said(house, client):
    @house.app.get("/varied")
    def varied():
        return Response(str(dict(session)), headers={"Vary": "Accept-Language", "Cache-Control": "private"})

    signed_in(client)
    response = client.get("/varied")
    assert response.headers["Vary"] == "Accept-Language, Cookie"
    assert response.headers["Cache-Control"] == "private"


def test_vary_is_not_said_twice(house, client):
    @house.app.get("/varied")
    def varied():
        return Response(str(dict(session)), headers={"Vary": "Cookie"})

    assert client.get("/varied").headers.getlist("Vary") == ["Cookie"]


@pytest.mark.parametrize("cookie", ["x", "A" * 76, "é" * 76, "A" * 8192, '"quoted"', "a; b", "\x00"])
def test_A_SES_02_a_forged_or_malformed_cookie_costs_no_command_and_no_500(house, cookie):
    client = house.app.test_client(use_cookies=False)
    response = client.get("/who", headers={"Cookie": f"watchword-dev={cookie}"})
    assert response.json == {"id": None, "authenticated": False}
    assert house.store.spent() == []
    assert sent_cookie(response) is None


def test_nested_changes_are_kept(house, client):
    @house.app.post("/push")
    def push():
        session.setdefault("cart", []).append(len(session["cart"]))
        return session["cart"]

    client.post("/push")
    client.post("/push")
    assert client.post("/push").json == [0, 1, 2]


def test_flashed_messages_arrive_once(house, client):
    @house.app.post("/say")
    def say():
        flash("hello", "info")
        return ""

    @house.app.get("/hear")
    def hear():
        return {"heard": get_flashed_messages(with_categories=True)}

    client.post("/say")
    assert client.get("/hear").json == {"heard": [["info", "hello"]]}
    assert client.get("/hear").json == {"heard": []}


def test_the_face_is_a_whole_mapping(house):
    with house.app.test_request_context():
        assert session.new
        assert not session.modified
        assert repr(session._get_current_object()) == "<FlaskSession {}>"
        session["a"] = 1
        session["b"] = [2]
        assert (len(session), sorted(session), "a" in session) == (2, ["a", "b"], True)
        assert session.modified
        session.modified = True
        del session["a"]
        session.clear()
        assert not session
        assert session.permanent


def test_repr_reads_nothing(house):
    with house.app.test_request_context() as context:
        assert repr(context._session) == "<FlaskSession unread>"
        assert not context._session.modified
    assert house.store.spent() == []


def test_not_permanent_means_until_the_browser_closes(house, client):
    @house.app.get("/brief")
    def brief():
        session.permanent = False
        return ""

    assert "Max-Age" not in sent_cookie(client.get("/brief"))


def test_a_value_that_cannot_be_stored_is_refused_where_it_is_set(house):
    with house.app.test_request_context(), pytest.raises(UnstorableValue, match=r"session\['thing'\]"):
        session["thing"] = threading.Lock()


def test_a_nested_value_that_cannot_be_stored_is_a_500_that_loses_nothing_else(house, client):
    house.app.testing = False
    house.app.config["PROPAGATE_EXCEPTIONS"] = False

    @house.app.get("/bad")
    def bad():
        session["list"] = []
        session["list"].append(threading.Lock())
        return ""

    client.post("/values?a=1")
    assert client.get("/bad").status_code == 500
    assert client.get("/values").json == {"a": "1"}


def test_a_write_after_the_headers_were_sent_is_refused(house, client):
    @house.app.get("/stream")
    def stream():
        def body():
            with pytest.raises(SessionClosed):
                session["late"] = 1
            yield str(session.get("a"))

        return Response(stream_with_context(body()))

    client.post("/values?a=1")
    response = client.get("/stream")
    assert response.text == "1"
    assert response.headers["Vary"] == "Cookie"
    assert client.get("/values").json == {"a": "1"}


def test_a_stream_for_a_browser_without_our_cookie_does_not_vary(house):
    @house.app.get("/stream")
    def stream():
        return Response(iter(["a", "b"]))

    client = house.app.test_client(use_cookies=False)
    assert "Vary" not in client.get("/stream", headers={"Cookie": "other=1"}).headers
    assert "Vary" not in client.get("/stream").headers


def test_session_transaction_works_as_in_flask(house, client):
    with client.session_transaction() as values:
        values["planted"] = "by a test"
    assert client.get("/values").json == {"planted": "by a test"}
    with client.session_transaction() as values:
        assert values["planted"] == "by a test"
        values["planted"] = "again"
    assert client.get("/values").json == {"planted": "again"}


def test_a_redirect_loop_of_saves_does_nothing_twice(house, client):
    """`save_session` is called again after a failing save; it must be harmless."""
    with house.app.test_request_context() as context:
        session["a"] = 1
        interface = house.app.session_interface
        first, second = Response(), Response()
        interface.save_session(house.app, context._session, first)
        house.store.spent()
        interface.save_session(house.app, context._session, second)
    assert house.store.spent() == []
    assert sent_cookie(first)
    assert sent_cookie(second) is None


def test_a_foreign_session_object_is_left_alone(house):
    from flask.sessions import SecureCookieSession

    response = Response()
    with house.app.test_request_context():
        house.app.session_interface.save_session(house.app, SecureCookieSession(), response)
    assert "Vary" not in response.headers


# --- outages ---


def test_B_53_a_store_that_is_away_means_503_not_anonymous(house, client):
    signed_in(client)
    house.store.down = True
    response = client.get("/", headers={"Accept": "text/html"})
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "try again" in response.text
    house.store.down = False
    assert client.get("/").text == "Hello ada"


def test_code_gets_an_outage_as_json(house, client):
    signed_in(client)
    house.store.down = True
    response = client.get("/", headers={"Accept": "application/json"})
    assert response.status_code == 503
    assert response.json["error"] == "outage"
    assert response.json["retry_after"] == 5


def test_an_error_page_that_looks_again_waits_for_no_second_timeout(house, client):
    from watchword.kernel.errors import Outage

    @house.app.errorhandler(Outage)
    def sorry(error):
        return {"user": house.app.jinja_env.globals and str(session.get("a"))}, 503

    client.post("/values?a=1")
    house.store.spent()
    house.store.down = True
    assert client.get("/values").status_code == 503
    assert house.store.spent() == ["get"]


def test_the_apps_own_page_for_503_is_shown(house, client):
    @house.app.errorhandler(503)
    def sorry(error):
        return f"our own words, for {session.get('a')}, again in {error.retry_after}", 503

    client.post("/values?a=1")
    house.store.spent()
    house.store.down = True
    response = client.get("/values")
    assert (response.status_code, response.text) == (503, "our own words, for None, again in 5")
    assert house.store.spent() == ["get"]


def test_an_outage_at_saving_replaces_the_answer(house, client):
    closed = []

    class Body:
        def __iter__(self):
            return iter([b"it is saved"])

        def close(self):
            closed.append(True)

    @house.app.post("/save")
    def save():
        session["a"] = 2
        house.store.down = True
        return Response(Body(), headers={"X-Told": "yes"})

    client.post("/values?a=1")
    response = client.post("/save")
    assert response.status_code == 503
    assert "saved" not in response.text
    assert "X-Told" not in response.headers
    assert closed == [True]
    house.store.down = False
    assert client.get("/values").json == {"a": "1"}


# --- life ---


def test_B_40_the_secret_changes_at_sign_in_and_the_data_stays(house, client):
    before = sent_cookie(client.post("/values?cart=tea"))
    after = sent_cookie(signed_in(client))
    assert before.split(";")[0] != after.split(";")[0]
    assert client.get("/values").json == {"cart": "tea"}
    old = house.app.test_client(use_cookies=False)
    assert old.get("/who", headers={"Cookie": before.split(";")[0]}).json["id"] is None


def test_a_session_over_is_told_with_its_reason(house, client):
    signed_in(client)
    house.clock.advance(31 * 60)
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 303
    assert page.location.startswith("/auth/sign-in?next=%2F")
    assert client.get("/", headers={"Accept": "application/json"}).status_code == 401


def test_renewal_sends_one_new_cookie(house, client):
    signed_in(client)
    house.clock.advance(16 * 60)
    assert sent_cookie(client.get("/"))
    assert sent_cookie(client.get("/")) is None


def test_sign_out_forgets_the_cookie_and_the_copy_is_dead(house, client):
    cookie = sent_cookie(signed_in(client)).split(";")[0]
    response = as_json(client, "/auth/sign-out")
    assert "Max-Age=0" in sent_cookie(response)
    copied = house.app.test_client(use_cookies=False)
    for _ in range(3):
        assert copied.get("/who", headers={"Cookie": cookie}).json["id"] is None
