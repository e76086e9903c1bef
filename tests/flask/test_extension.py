"""`Watchword(app)`: how it starts, and how it refuses to."""

import logging

import pytest
from flask import Flask, render_template_string, url_for

from tests.flask.conftest import PASSWORD, signed_in
from watchword import ConfigurationError
from watchword.features.sign_in import SignIn
from watchword.flask import Sessions, Watchword, current_user, login_required
from watchword.flask.current import flask_session


def _plain(tmp_path, **config):
    app = Flask("plain", instance_path=str(tmp_path / "instance"), root_path=str(tmp_path))
    app.config.update(config)
    app.add_url_rule("/", view_func=lambda: "open")
    return app


def test_the_newcomers_code_runs_with_nothing_configured(tmp_path, monkeypatch, caplog):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = _plain(tmp_path)
    app.debug = True
    Watchword(app)
    with caplog.at_level(logging.WARNING, "watchword"):
        assert app.test_client().get("/auth/sign-in").status_code == 200
    assert "made one for development" in caplog.text
    kept = (tmp_path / "instance" / "watchword-development-key").read_text()
    assert len(kept) == 64
    assert kept not in caplog.text


def test_every_problem_is_told_at_once_with_its_remedy(tmp_path):
    app = _plain(
        tmp_path,
        WATCHWORD_ENV="production",
        SECRET_KEY="short",
        WATCHWORD_URL_PREFIX="auth/",
        SESSION_COOKIE_DOMAIN="example.org",
        WATCHWORD_STORE_URL="gopher://x",
        WATCHWORD_PROXY_HOPS="many",
    )
    with pytest.raises(ConfigurationError) as caught:
        Watchword(app)
    settings = [problem.setting for problem in caught.value.problems]
    assert {"SECRET_KEY", "WATCHWORD_URL_PREFIX", "SESSION_COOKIE_DOMAIN", "WATCHWORD_PROXY_HOPS"} <= set(settings)
    assert "WATCHWORD_STORE_URL" in str(caught.value)
    assert all(problem.remedy for problem in caught.value.problems)


def test_without_a_profile_a_bad_configuration_answers_503_until_it_is_mended(tmp_path, monkeypatch, caplog):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = _plain(tmp_path)
    Watchword(app)
    client = app.test_client()
    with caplog.at_level(logging.ERROR, "watchword"):
        answers = [client.get("/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert "SECRET_KEY" not in answers[0].text
    assert caplog.text.count("SECRET_KEY: is not set") == 1
    app.debug = True
    assert client.get("/").text == "open"


def test_production_needs_a_migrated_database(tmp_path):
    app = _plain(tmp_path, WATCHWORD_ENV="production", SECRET_KEY="0123456789abcdef-a-good-long-key")
    with pytest.raises(ConfigurationError, match="watchword db upgrade"):
        Watchword(app)


def test_a_watchword_without_an_app_says_so(tmp_path):
    watchword = Watchword()
    with pytest.raises(ConfigurationError, match="init_app"):
        _ = watchword.auth
    watchword.init_app(_plain(tmp_path, SECRET_KEY="0123456789abcdef-a-good-long-key", DEBUG=True))


def test_endpoints_have_names(house):
    with house.app.test_request_context():
        assert url_for("watchword.sign_in") == "/auth/sign-in"
        assert url_for("watchword.register") == "/auth/register"
        assert url_for("watchword.sign_out") == "/auth/sign-out"


def test_templates_know_who_is_signed_in(house, client):
    house.app.add_url_rule("/page", view_func=lambda: render_template_string("{{ current_user.username }}"))
    assert client.get("/page").text == ""
    signed_in(client)
    assert client.get("/page").text == "ada"


def test_an_apps_own_template_wins(house, client, tmp_path):
    folder = tmp_path / "templates" / "watchword"
    folder.mkdir(parents=True)
    (folder / "sign_in.html").write_text("our own page for {{ page.site_name }}")
    assert client.get("/auth/sign-in").text.startswith("our own page for")


def test_current_user_is_nothing_outside_a_request():
    assert not current_user


def test_the_subject_is_read_once_a_request(house, client, monkeypatch):
    house.app.add_url_rule("/thrice", view_func=lambda: f"{current_user.id}{current_user.username}{current_user}")
    signed_in(client)
    loads = []
    load = type(house.auth.subjects).load
    monkeypatch.setattr(type(house.auth.subjects), "load", lambda self, key: loads.append(key) or load(self, key))
    client.get("/thrice")
    assert len(loads) == 1


def test_login_required_sends_people_to_sign_in_and_tells_code_401(house, client):
    page = client.get("/?a=1")
    assert (page.status_code, page.location) == (303, "/auth/sign-in?next=%2F%3Fa%3D1")
    code = client.get("/", headers={"Accept": "application/json"})
    assert code.status_code == 401
    assert code.json["error"] == "sign_in_required"
    assert client.options("/").status_code == 200


def test_login_required_on_a_view_of_its_own_methods(house, client):
    @house.app.route("/own", methods=["OPTIONS", "POST"])
    @login_required
    def own():
        return "ran"

    assert client.options("/own").text == "ran"
    assert client.post("/own").location == "/auth/sign-in"


def test_every_flow_can_be_called_without_http(house):
    from watchword.features.register import Register

    visit = house.auth.visit()
    house.auth[Register].attempt(visit, username="ada", password=PASSWORD)
    house.auth[SignIn].attempt(visit, username="ada", password=PASSWORD)
    visit.commit()
    again = house.auth.visit(visit.cookie.value)
    assert again.subject.username == "ada"
    with pytest.raises(KeyError, match="SqliteStore"):
        house.auth[type("SqliteStore", (SignIn,), {})]


def test_our_code_reaches_the_session_without_touching_it(house):
    with house.app.test_request_context():
        assert not flask_session().visit.looked


def test_sessions_alone_need_no_accounts(tmp_path, monkeypatch):
    from flask import session

    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = _plain(tmp_path, SECRET_KEY="0123456789abcdef-a-good-long-key", DEBUG=True)
    Sessions(app)

    @app.get("/count")
    def count():
        session["n"] = session.get("n", 0) + 1
        return str(session["n"])

    client = app.test_client()
    assert [client.get("/count").text for _ in range(3)] == ["1", "2", "3"]
    assert client.get("/auth/sign-in").status_code == 404
    assert sorted(path.name for path in (tmp_path / "instance").glob("*.sqlite3")) == ["watchword-sessions.sqlite3"]


def test_sessions_alone_refuse_a_bad_configuration(tmp_path, monkeypatch):
    app = _plain(tmp_path, WATCHWORD_ENV="production")
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        Sessions(app)
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    later = _plain(tmp_path, WATCHWORD_STORE_URL="gopher://x", DEBUG=True)
    Sessions(later)
    assert later.test_client().get("/").status_code == 503


def test_sessions_alone_fail_closed_when_the_store_is_away(tmp_path, monkeypatch, store):
    from flask import session

    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = _plain(tmp_path, SECRET_KEY="0123456789abcdef-a-good-long-key", DEBUG=True)
    Sessions(app, store)
    app.add_url_rule("/read", "read", view_func=lambda: str(session.get("a")))
    app.add_url_rule("/write", "write", view_func=lambda: session.update(a=1) or "ok")
    client = app.test_client()
    client.get("/write")
    store.down = True
    assert client.get("/read").status_code == 503


def test_an_app_mounted_below_a_path_links_below_it(house, client):
    page = client.get("/auth/sign-in", base_url="http://localhost/shop")
    assert 'action="/shop/auth/sign-in"' in page.text
    assert "/shop/auth/assets/watchword.css" in page.text
    response = client.get("/?a=1", base_url="http://localhost/shop")
    assert response.location == "/shop/auth/sign-in?next=%2Fshop%2F%3Fa%3D1"
