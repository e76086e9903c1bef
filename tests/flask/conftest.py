"""A real app on real SQLite files, with a clock that tests move."""

from types import SimpleNamespace

import pytest
from flask import Flask, session

from watchword.flask import Watchword, current_user, login_required
from watchword.kernel.errors import Outage
from watchword.kernel.policy import Policy
from watchword.passwords.hasher import Hasher
from watchword.stores import MemoryStore, SqliteStore
from watchword.testing import ManualClock

PASSWORD = "correct horse battery staple"


class Counting:
    """A store that counts its commands, and fails where a test says so."""

    def __init__(self, store):
        self._store = store
        self.calls = []
        self.down = False

    def __getattr__(self, name):
        verb = getattr(self._store, name)

        def call(*args, **options):
            self.calls.append(name)
            if self.down:
                raise Outage("the store is down")
            return verb(*args, **options)

        return call

    def spent(self):
        calls, self.calls = self.calls, []
        return calls


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request, clock, tmp_path):
    return Counting(MemoryStore(clock) if request.param == "memory" else SqliteStore(tmp_path / "s.sqlite3", clock))


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.delenv("WATCHWORD_ENV", raising=False)
    app = Flask("front", instance_path=str(tmp_path / "instance"), root_path=str(tmp_path))
    app.testing = True
    app.config["SECRET_KEY"] = "a-test-key-of-thirty-two-letters"

    @app.get("/")
    @login_required
    def home():
        return f"Hello {current_user.display_name}"

    @app.get("/untouched")
    def untouched():
        return "nothing looked at"

    @app.route("/values", methods=["GET", "POST"])
    def values():
        from flask import request

        session.update(request.args)
        return dict(session)

    @app.get("/who")
    def who():
        return {"id": current_user.id, "authenticated": current_user.is_authenticated}

    return app


@pytest.fixture
def policy():
    return Policy()


@pytest.fixture
def house(app, store, clock, policy):
    watchword = Watchword(app, store=store, clock=clock, policy=policy, hasher=Hasher.weak_for_tests(policy))
    return SimpleNamespace(app=app, store=store, clock=clock, watchword=watchword, auth=watchword.auth)


@pytest.fixture
def client(house):
    return house.app.test_client()


def sent_cookie(response):
    """The session cookie's Set-Cookie header, if there is one."""
    found = [value for value in response.headers.getlist("Set-Cookie") if value.startswith("watchword-dev=")]
    assert len(found) <= 1
    return found[0] if found else None


def as_json(client, path, **fields):
    return client.post(path, json=fields, headers={"X-Watchword": "1"})


def signed_in(client, name="ada"):
    """Register and sign in; answers the sign-in's response."""
    as_json(client, "/auth/register", username=name, password=PASSWORD)
    response = as_json(client, "/auth/sign-in", username=name, password=PASSWORD)
    assert response.status_code == 200, response.text
    return response
