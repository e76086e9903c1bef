"""What a request asks of the store, of SQL and of the browser: exact, so that no change makes it dearer unseen."""

import sqlite3
from dataclasses import dataclass, field

import pytest
from flask import Flask, session

from watchword.features.register import Register
from watchword.features.sign_in import SignIn
from watchword.flask import Sessions, Watchword, current_user
from watchword.kernel.policy import Policy
from watchword.passwords.hasher import Hasher
from watchword.stores.sqlite import SqliteStore
from watchword.testing import ManualClock

PASSWORD = "correct horse battery staple"
JSON = {"X-Watchword": "1", "Accept": "application/json"}


@dataclass
class CountingStore:
    """A store that writes down which verbs it was given."""

    inner: SqliteStore
    verbs: list[str] = field(default_factory=list)

    def get(self, key):
        self.verbs.append("get")
        return self.inner.get(key)

    def put(self, key, value, *, expires_at, expect):
        self.verbs.append("put")
        return self.inner.put(key, value, expires_at=expires_at, expect=expect)

    def delete(self, key):
        self.verbs.append("delete")
        self.inner.delete(key)


@dataclass
class Bench:
    """An app, its browser, and what is seen of both."""

    client: object
    store: CountingStore
    statements: list[str]

    def get(self, path, **options):
        """The answer to one request, with nothing counted but it."""
        self.store.verbs.clear()
        self.statements.clear()
        return self.client.get(path, **options)

    @property
    def tables(self):
        """Which table each statement was about, in order: the store's or the accounts'."""
        return [name for text in self.statements for name in ("entries", "accounts") if f"watchword_{name}" in text]


@pytest.fixture
def statements(monkeypatch):
    """Every SQL statement that any SQLite connection of this test runs."""
    seen = []
    connect = sqlite3.connect

    def traced(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", traced)
    return seen


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store(tmp_path, clock):
    store = SqliteStore(tmp_path / "sessions.sqlite3", clock)
    yield CountingStore(store)
    store.close()


@pytest.fixture
def app(tmp_path):
    app = Flask(__name__, instance_path=str(tmp_path))
    app.testing = True
    app.config["SECRET_KEY"] = "counted-0123456789abcdef"
    app.add_url_rule("/plain", view_func=lambda: "plain", endpoint="plain")
    app.add_url_rule("/read", view_func=lambda: str(session.get("visits")), endpoint="read")
    app.add_url_rule("/who", view_func=lambda: f"{session.get('visits')} {current_user.username}", endpoint="who")
    app.add_url_rule("/count", view_func=count, endpoint="count")
    app.add_url_rule("/same", view_func=same, endpoint="same")
    return app


def count():
    session["visits"] = session.get("visits", 0) + 1
    return "counted"


def same():
    return str(session.get("cart"))


@pytest.fixture
def bench(app, store, statements, clock):
    """Signed in, the session written to."""
    features = [SignIn(), Register()]
    watchword = Watchword(app, features=features, store=store, clock=clock, hasher=Hasher.weak_for_tests(Policy()))
    client = app.test_client()
    for path in ("/auth/register", "/auth/sign-in"):
        answer = client.post(path, json={"username": "someone", "password": PASSWORD}, headers=JSON)
        assert answer.status_code == 200, answer.text
    assert client.get("/count").text == "counted"
    yield Bench(client, store, statements)
    watchword.house.database.close()


def assert_silent(answer):
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


def test_an_untouched_page_asks_nothing(bench):
    assert_silent(bench.get("/plain"))
    assert bench.store.verbs == []
    assert bench.statements == []


def test_an_untouched_page_without_a_cookie_asks_nothing(bench):
    bench.client.delete_cookie("watchword-dev")
    assert_silent(bench.get("/plain"))
    assert bench.store.verbs == []
    assert bench.statements == []


def test_a_read_is_one_store_command(bench):
    answer = bench.get("/read")
    assert answer.text == "1"
    assert bench.store.verbs == ["get"]
    assert bench.tables == ["entries"]
    assert len(bench.statements) == 1
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Cookie"


def test_the_subject_is_one_statement_more(bench):
    answer = bench.get("/who")
    assert answer.text == "1 someone"
    assert bench.store.verbs == ["get"]
    assert bench.tables == ["entries", "accounts"]
    assert len(bench.statements) == 2
    assert "Set-Cookie" not in answer.headers


def test_a_write_is_two_store_commands_and_no_cookie(bench):
    answer = bench.get("/count")
    assert bench.store.verbs == ["get", "put"]
    assert bench.tables == ["entries", "entries"]
    assert len(bench.statements) == 2
    assert "Set-Cookie" not in answer.headers


def test_a_value_that_could_have_changed_and_did_not_is_not_written(bench):
    with bench.client.session_transaction() as values:
        values["cart"] = [1, {"sku": "x"}]
    assert bench.get("/same").text == "[1, {'sku': 'x'}]"
    assert bench.store.verbs == ["get"]


@pytest.mark.parametrize("value", ["A" * 76, "short", "A" * 4000, "Ä" * 76])
def test_a_forged_cookie_costs_no_store_command(bench, value):
    bench.client.delete_cookie("watchword-dev")
    bench.get("/read", headers={"Cookie": f"watchword-dev={value}"})  # the first one is noted in the audit
    assert bench.store.verbs == []
    assert bench.tables == []
    answer = bench.get("/read", headers={"Cookie": f"watchword-dev={value}"})
    assert answer.text == "None"
    assert bench.store.verbs == []
    assert bench.statements == []
    assert "Set-Cookie" not in answer.headers


def test_nobody_without_a_cookie_costs_a_store_command(bench):
    bench.client.delete_cookie("watchword-dev")
    answer = bench.get("/who")
    assert answer.text == "None "
    assert bench.store.verbs == []
    assert bench.statements == []
    assert "Set-Cookie" not in answer.headers


def test_the_last_use_is_written_down_rarely(bench, clock):
    clock.advance(Policy().touch_after() - 1)
    bench.get("/read")
    assert bench.store.verbs == ["get"]
    clock.advance(1)
    answer = bench.get("/read")
    assert bench.store.verbs == ["get", "put"]
    assert "Set-Cookie" not in answer.headers
    bench.get("/read")
    assert bench.store.verbs == ["get"]


def test_sessions_alone_cost_the_same(app, store, statements, clock):
    Sessions(app, store, clock=clock)
    bench = Bench(app.test_client(), store, statements)
    assert "Set-Cookie" in bench.get("/count").headers
    assert bench.store.verbs == ["put"]
    assert_silent(bench.get("/plain"))
    assert bench.store.verbs == []
    assert bench.get("/read").text == "1"
    assert bench.store.verbs == ["get"]
    bench.get("/count")
    assert bench.store.verbs == ["get", "put"]
