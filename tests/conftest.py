"""Servers that many tests share: started when the first test asks, one of each kind per test process."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.apps.certificates import make_certificate
from tests.client import Client
from tests.servers import PRELOAD, Server, migrate, running

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The front app on gunicorn with two workers, in the development profile."""
    with running(tmp_path_factory.mktemp("front") / "instance") as server:
        Client(server.url).get("/anonymous-note")  # makes the store's file
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost and its key, as files."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The production profile behind one trusted proxy: `secure` clients are what it lets through from https.

    The second variable is gunicorn's own trust in whoever comes from this machine.
    """
    env = {"WATCHWORD_ENV": "production", "FORWARDED_ALLOW_IPS": "", "WATCHWORD_PROXY_HOPS": "1"}
    instance = migrate(tmp_path_factory.mktemp("production") / "instance")
    with running(instance, env=env, options=PRELOAD) as server:
        yield server


@pytest.fixture
def secure(production: Server) -> Callable[..., Client]:
    """Clients that reached the production server over https."""
    return lambda name="": Client(production.url, headers={"X-Forwarded-Proto": "https"}, name=name)


@pytest.fixture
def server(front: Server) -> Iterator[Server]:
    """The shared server, for a test after which its log must show no stack trace."""
    before = len(front.log)
    yield front
    assert "Traceback" not in front.log[before:], front.log[before:][-4000:]


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server.url)


@pytest.fixture
def name() -> Callable[[], str]:
    """Usernames nobody has."""
    return lambda: f"person{next(_numbers)}{secrets.token_hex(4)}"


@pytest.fixture
def person(server: Server, name: Callable[[], str]) -> Callable[..., Client]:
    """Somebody new, signed in; `username` is in the client's `name`."""

    def make(base: str = server.url) -> Client:
        somebody = Client(base, name=name())
        assert somebody.register(somebody.name).status == 303
        assert somebody.sign_in(somebody.name).status == 303
        return somebody

    return make
