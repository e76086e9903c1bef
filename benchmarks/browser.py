"""A browser without a network: prepared WSGI environs, a cookie jar, nothing that costs more than what is measured."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_HEADERS = {
    "HTTP_HOST": "app.example",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "HTTP_ACCEPT": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.5",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
}
_SERVER = {
    "SCRIPT_NAME": "",
    "QUERY_STRING": "",
    "SERVER_NAME": "app.example",
    "SERVER_PORT": "443",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "https",
    "wsgi.errors": BytesIO(),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class Browser:
    """One person's browser on one app."""

    app: WsgiApp
    jar: dict[str, str] = field(default_factory=dict)

    def prepare(self, method: str, path: str, body: bytes = b"", **headers: str) -> Environ:
        """A request ready to be played any number of times."""
        environ = {**_SERVER, **_HEADERS, **headers, "REQUEST_METHOD": method, "PATH_INFO": path}
        environ["wsgi.input"] = BytesIO(body)
        if body:
            environ["CONTENT_LENGTH"] = str(len(body))
        if self.jar:
            environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return environ

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send it, keep the cookies, insist on success."""
        answer = ask(self.app, self.prepare(method, path, body, **headers))
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {answer.body[:300]!r}")
        for header in answer.all("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            self.jar[name] = value
        return answer


def play(app: WsgiApp, environ: Environ) -> None:
    """One request and no bookkeeping: what is timed."""
    parts = app(dict(environ), _ignore)
    b"".join(parts)
    parts.close()  # type: ignore[attr-defined]


def ask(app: WsgiApp, environ: Environ) -> Answer:
    """One request with its answer."""
    said: list[Any] = []
    parts = app(dict(environ), lambda status, headers, _=None: said.extend((status, headers)))
    body = b"".join(parts)
    parts.close()  # type: ignore[attr-defined]
    return Answer(int(said[0][:3]), said[1], body)


def _ignore(status: str, headers: list[tuple[str, str]], failure: object = None) -> None:
    del status, headers, failure
