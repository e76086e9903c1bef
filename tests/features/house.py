"""An Auth at work on real sessions, a real store and a real (weak) hasher, and browsers that visit it."""

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.features.doors import doors
from tests.features.ports import MemoryAccounts, MemoryCredentials, MemoryIndex, Shelves
from watchword.auth import Auth, Feature, Parts
from watchword.crypto.keys import KeyRing
from watchword.kernel.events import Event
from watchword.kernel.http import Reply, Request
from watchword.kernel.models import Account, Client, Credential
from watchword.kernel.policy import Policy
from watchword.kernel.units import Units
from watchword.passwords.hasher import Hasher
from watchword.sessions.manager import SessionManager
from watchword.sessions.visit import DirectCall, SessionVisit
from watchword.stores.memory import MemoryStore
from watchword.testing.clocks import ManualClock
from watchword.web.dispatch import Pages
from watchword.web.templates import standalone_renderer

PASSWORD = "four words make one good password"
PASSWORD_TWO = "another four words for somebody else"


class House:
    """Everything of one application, and what happened in it."""

    def __init__(
        self,
        features: Sequence[Feature] | None = None,
        *,
        policy: Policy | None = None,
        secrets: Sequence[str] = ("a key for the tests of features",),
        address: str = "203.0.113.9",
        **pages: Any,
    ) -> None:
        self.client = Client(address, "a browser")
        self.clock = ManualClock()
        self.shelves = Shelves()
        self.store = MemoryStore(self.clock)
        self.policy = policy or Policy(hash_wait=0.01)
        self.units = Units(self.shelves, [self.shelves])
        self.accounts = MemoryAccounts(self.shelves)
        self.features = list(features) if features is not None else doors()
        self.hasher = Hasher.weak_for_tests(self.policy, places=2)
        self.auth = self.build(KeyRing(secrets))
        render = standalone_renderer(self.features)
        self.pages = Pages(self.auth, **{"render": render, "site_name": "Bookshop", **pages})

    def build(self, keys: KeyRing) -> Auth:
        index = MemoryIndex(self.shelves)
        return Auth(
            self.features,
            Parts(
                sessions=SessionManager(self.store, keys, self.policy, self.clock, self.units, index),
                units=self.units,
                accounts=self.accounts,
                credentials=MemoryCredentials(self.shelves),
                index=index,
                subjects=self.accounts,
                hasher=self.hasher,
                keys=keys,
                policy=self.policy,
                clock=self.clock,
            ),
        )

    def visit(self, cookie: str = "") -> SessionVisit:
        """A direct call's dealings with the session of that cookie."""
        return SessionVisit(self.auth.sessions, self.accounts, DirectCall(cookie, self.client))

    def account(self, username: str, password: str = PASSWORD, display_name: str = "") -> Account:
        """Make an account, as if it had always been there."""
        now = self.clock.now()
        account = Account(str(uuid4()), username.lower(), username, display_name or username, int(now * 1e6), now)
        self.accounts.create(account, [Credential(account.id, "password", self.hasher.hash(password), now)])
        return account

    def heard(self, name: str) -> list[Event]:
        """The events of that name so far."""
        return [event for event in self.shelves.events if event.name == name]


class Browser:
    """Keeps cookies, follows nothing by itself, and sends what browsers send."""

    def __init__(self, house: House, *, scheme: str = "https", host: str = "app.test", mount: str = "") -> None:
        self.house = house
        self.scheme = scheme
        self.host = host
        self.mount = mount
        self.session = ""
        self.jar: dict[str, str] = {}
        self.page = ""

    def send(self, method: str, address: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """One request. Afterwards `page` is the reply's text and the cookies are those it set."""
        path, _, query = address.partition("?")
        visit = self.house.visit(self.session)
        sent = {"cookie": "; ".join(f"{key}={value}" for key, value in self.jar.items()), **(headers or {})}
        if body:
            sent = {"content-length": str(len(body)), **sent}
        request = Request(
            method=method,
            path=path.removeprefix(self.mount),
            query=query,
            headers=sent,
            scheme=self.scheme,
            host=self.host,
            body=lambda limit: body[: limit + 1],
            visit=visit,
            mount=self.mount,
        )
        reply = self.house.pages.handle(request)
        visit.commit()
        self._keep(visit, reply)
        self.page = reply.body.decode()
        return reply

    def get(self, address: str, **headers: str) -> Reply:
        return self.send("GET", address, headers=_lower(headers))

    def post(self, address: str, values: Mapping[str, str] | None = None, **headers: str) -> Reply:
        """Send the form of the page at that address, as a person does: with its token and its `next`."""
        self.get(address + ("&" if "?" in address else "?") + "another=1")
        fields = {**self.hidden(), **(values or {})}
        return self.post_raw(address.partition("?")[0], urlencode(fields).encode(), **headers)

    def post_raw(self, address: str, body: bytes, **headers: str) -> Reply:
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            "sec-fetch-site": "same-origin",
            **_lower(headers),
        }
        return self.send("POST", address, body=body, headers=sent)

    def json(self, method: str, address: str, content: object = None, **headers: str) -> tuple[Reply, Any]:
        sent = {"accept": "application/json", **_lower(headers)}
        if method == "POST":
            sent = {"content-type": "application/json", "x-watchword": "1", **sent}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        reply = self.send(method, address, body=body if method == "POST" else b"", headers=sent)
        return reply, json.loads(reply.body)

    def sign_in(self, username: str, password: str = PASSWORD, **headers: str) -> Reply:
        return self.post("/auth/sign-in", {"username": username, "password": password}, **headers)

    def hidden(self) -> dict[str, str]:
        """The hidden inputs of the page in hand."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page)
        return {name: unescape(value) for name, value in found}

    def who(self) -> str:
        """The username of whoever is signed in; empty for nobody."""
        return self.house.visit(self.session).subject.username

    def _keep(self, visit: SessionVisit, reply: Reply) -> None:
        if visit.cookie is not None:
            self.session = visit.cookie.value
        for value in (value for name, value in reply.headers if name == "Set-Cookie"):
            name, _, rest = value.partition("=")
            self.jar[name] = rest.partition(";")[0]


def header(reply: Reply, name: str) -> str:
    """The only value of a header; empty when there is none."""
    values = [value for key, value in reply.headers if key.lower() == name.lower()]
    assert len(values) <= 1, values
    return values[0] if values else ""


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower().replace("_", "-"): value for name, value in headers.items()}
