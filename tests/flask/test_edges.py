"""Where Flask apps differ from the tutorial's: several apps, early readers of the body, caches, odd folders."""

import pytest
from flask import Flask, Response, request, session, stream_with_context

from tests.flask.conftest import PASSWORD, sent_cookie, signed_in
from watchword import ConfigurationError
from watchword.flask import Sessions, Watchword, current_user, login_required
from watchword.passwords.hasher import Hasher
from watchword.stores import SqliteStore
from watchword.stores.sqlite.store import SWEEP_EVERY
from watchword.testing import ManualClock


def _app(tmp_path, name="plain", **config):
    folder = tmp_path / name
    app = Flask("plain", instance_path=str(folder), root_path=str(tmp_path))
    app.config.update({"SECRET_KEY": "0123456789abcdef-a-good-long-key", "DEBUG": True, **config})
    return app


def _form(client, path, **fields):
    page = client.get(path).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.post(path, data={"csrf_token": token, **fields})


@pytest.mark.parametrize(
    "early", [lambda: request.form, lambda: request.get_data(), lambda: request.get_json(silent=True)]
)
def test_an_app_may_read_the_body_before_us(house, client, early):
    @house.app.before_request
    def look():
        early()

    assert _form(client, "/auth/register", username="ada", password=PASSWORD).location.startswith("/auth/sign-in")
    assert _form(client, "/auth/sign-in", username="ada", password=PASSWORD).location == "/"


@pytest.mark.parametrize("early", [lambda: request.form, lambda: request.get_data(), lambda: request.get_json()])
def test_an_app_may_read_a_json_body_before_us(house, client, early):
    @house.app.before_request
    def look():
        if request.method == "POST":
            early()

    assert signed_in(client).json["outcome"] == "signed_in"


def test_each_extension_answers_for_its_own_apps(tmp_path, monkeypatch):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    apps = [_app(tmp_path, name) for name in ("one", "two")]
    first, second = (Watchword(app) for app in apps)
    with apps[1].app_context():
        assert first.auth is not second.auth
        assert first.auth is first.house.auth


def test_B_68_what_sets_a_cookie_is_never_stored_whatever_the_view_says(house, client):
    @house.app.get("/public")
    def public():
        session["seen"] = session.get("seen", 0) + 1
        return Response("x", headers={"Cache-Control": "public, max-age=3600"})

    first = client.get("/public")
    assert sent_cookie(first)
    assert first.headers.getlist("Cache-Control") == ["no-store"]
    assert client.get("/public").headers["Cache-Control"] == "public, max-age=3600"


def test_B_144_a_stream_that_looks_late_is_not_stored(house, client):
    @house.app.get("/stream")
    def stream():
        def body():
            yield f"secret of {current_user.username}"

        return Response(stream_with_context(body()))

    signed_in(client)
    response = client.get("/stream")
    assert response.text == "secret of ada"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_factory_may_make_several_apps(tmp_path, monkeypatch):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    watchword = Watchword()
    apps = [_app(tmp_path, name) for name in ("one", "two")]
    for app in apps:
        watchword.init_app(app)
        app.test_client().post(
            "/auth/register", json={"username": "ada", "password": PASSWORD}, headers={"X-Watchword": "1"}
        )
    found = set()
    for app in apps:
        with app.app_context():
            found.add(watchword.auth.accounts.by_name("ada").id)
    assert len(found) == 2


def test_features_of_ones_own_serve_one_app(tmp_path):
    watchword = Watchword(_app(tmp_path), features=[])
    with pytest.raises(ConfigurationError, match="one Watchword per app"):
        watchword.init_app(_app(tmp_path, "two"))


def test_sessions_serve_one_app(tmp_path):
    sessions = Sessions(_app(tmp_path))
    with pytest.raises(ConfigurationError, match="one Sessions per app"):
        sessions.init_app(_app(tmp_path, "two"))


@pytest.mark.parametrize("first", [Watchword, Sessions])
@pytest.mark.parametrize("second", [Watchword, Sessions])
def test_one_app_has_one_of_the_two(tmp_path, first, second):
    app = _app(tmp_path)
    first(app)
    with pytest.raises(ConfigurationError, match="keep one of"):
        second(app)


def test_a_replaced_interface_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = _app(tmp_path)
    kept = app.session_interface
    Watchword(app)
    app.session_interface = kept
    app.add_url_rule("/who", view_func=lambda: str(current_user.id))
    with pytest.raises(ConfigurationError, match=r"app\.session_interface: was replaced"):
        app.test_client().get("/who")


def test_login_required_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = _app(tmp_path)
    Sessions(app)
    app.add_url_rule("/", view_func=login_required(lambda: ""), endpoint="home")
    with pytest.raises(ConfigurationError, match=r"use Watchword\(app\)"):
        app.test_client().get("/")


@pytest.mark.parametrize("name", ["a?b", "a%20b", "a b", "ä#ö"])
def test_data_lies_in_the_instance_folder_whatever_its_name(tmp_path, monkeypatch, name):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = _app(tmp_path, name)
    Watchword(app, hasher=None)
    client = app.test_client()
    client.post("/auth/register", json={"username": "ada", "password": PASSWORD}, headers={"X-Watchword": "1"})
    client.post("/auth/sign-in", json={"username": "ada", "password": PASSWORD}, headers={"X-Watchword": "1"})
    found = {path.name for path in (tmp_path / name).glob("*.sqlite3")}
    assert found == {"watchword.sqlite3", "watchword-sessions.sqlite3"}
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_prefix_is_the_one_the_app_was_made_with(tmp_path, monkeypatch):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = _app(tmp_path)
    Watchword(app)
    app.config["WATCHWORD_URL_PREFIX"] = "/elsewhere"
    assert app.test_client().get("/auth/sign-in").status_code == 200


def test_permanent_as_it_is_already_writes_nothing(house, client):
    @house.app.before_request
    def always():
        session.permanent = True

    house.store.spent()
    client.get("/untouched")
    assert "put" not in house.store.spent()


def test_head_tells_the_length_of_get(client):
    whole, head = client.get("/auth/sign-in"), client.head("/auth/sign-in")
    assert head.data == b""
    assert abs(int(head.headers["Content-Length"]) - len(whole.data)) < 10


def test_a_session_copies_into_a_dict(house):
    with house.app.test_request_context():
        session["a"] = [1]
        assert session.copy() == {"a": [1]}
        assert type(session.copy()) is dict


def test_the_default_store_does_not_grow_with_what_expired(tmp_path):
    clock = ManualClock()
    store = SqliteStore(tmp_path / "s.sqlite3", clock)
    from watchword.kernel.ports import ABSENT

    for number in range(10 * SWEEP_EVERY):
        store.put(f"k{number}", b"v", expires_at=clock.now() + 1, expect=ABSENT)
        clock.advance(1)
    assert store.sweep(10**6) <= SWEEP_EVERY


def test_hashers_are_shared_between_the_apps_of_a_factory(tmp_path, policy, monkeypatch):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    hasher = Hasher.weak_for_tests(policy)
    watchword = Watchword(hasher=hasher)
    apps = [_app(tmp_path, name) for name in ("one", "two")]
    for app in apps:
        watchword.init_app(app)
    with apps[1].app_context():
        assert watchword.auth.hasher is hasher
