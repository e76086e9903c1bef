"""A small HTTP client with a cookie jar: sends exactly what a test says, and keeps what a browser would."""

import contextlib
import http.client
import json as jsonlib
import re
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

PASSWORD = "correct horse battery staple"


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return jsonlib.loads(self.body)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.text)
        assert found, self.text[:2000]
        return found.group(1)


def _check(answer: Answer) -> None:
    """What holds for every answer to everything: no crash, nothing of the inside, cookies that browsers keep."""
    assert answer.status != 500, answer.text[:2000]
    assert b"Traceback" not in answer.body
    assert all(len(cookie) <= 4096 for cookie in answer.all("Set-Cookie"))


@dataclass
class Client:
    """`base` is the server's address; `headers` go with every request; `jar` holds cookies by name."""

    base: str
    headers: dict[str, str] = field(default_factory=dict)
    jar: dict[str, str] = field(default_factory=dict)
    name: str = ""

    def request(self, method, path, body=None, headers=None, cookies=None, raw_cookie=None) -> Answer:
        connection = self.connect()
        sent = {**self.headers, **(headers or {})}
        jar = self.jar if cookies is None else cookies
        if raw_cookie is not None:
            sent["Cookie"] = raw_cookie
        elif jar:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before it was all sent
                connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        _check(answer)
        if cookies is None and raw_cookie is None:
            self._keep(answer)
        return answer

    def connect(self) -> http.client.HTTPConnection:
        where = urlsplit(self.base)
        if where.scheme == "https":
            context = ssl._create_unverified_context()
            return http.client.HTTPSConnection(where.hostname, where.port, timeout=30, context=context)
        return http.client.HTTPConnection(where.hostname, where.port, timeout=30)

    def raw(self, request: bytes) -> bytes:
        """The whole answer to exactly these bytes; for requests that no client library sends."""
        where = urlsplit(self.base)
        with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def get(self, path, **options) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path, form=None, **options) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **options.pop("headers", {})}
        return self.request("POST", path, urlencode(form or {}), headers, **options)

    def send(self, path, json, **options) -> Answer:
        """JSON as our own scripts send it."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Watchword": "1"}
        headers |= options.pop("headers", {})
        return self.request("POST", path, jsonlib.dumps(json), headers, **options)

    def submit(self, path, **fields) -> Answer:
        """Open the form, fill it in, send it: what a person does."""
        return self.post(path, {"csrf_token": self.get(path).csrf, **fields})

    def register(self, username, password=PASSWORD, **more) -> Answer:
        return self.submit("/auth/register", username=username, password=password, **more)

    def sign_in(self, username, password=PASSWORD, **more) -> Answer:
        """At the form that somebody who is signed in gets too, by "Use another account"."""
        form = self.get("/auth/sign-in?another=1").csrf
        return self.post("/auth/sign-in", {"csrf_token": form, "username": username, "password": password, **more})

    def sign_out(self) -> Answer:
        return self.submit("/auth/sign-out")

    @property
    def session_cookie(self) -> str | None:
        return self.jar.get("watchword-dev") or self.jar.get("__Host-watchword")

    def twin(self, **more) -> "Client":
        """Another client with the same cookies: a thief, or another tab."""
        return Client(self.base, dict(self.headers), {**self.jar, **more}, self.name)

    @property
    def user(self) -> str | None:
        return self.get("/who").json["id"]

    def _keep(self, answer: Answer) -> None:
        for header in answer.all("Set-Cookie"):
            pair, _, attributes = header.partition(";")
            name, _, value = pair.partition("=")
            if re.search(r"max-age=0\b", attributes, re.I):
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
