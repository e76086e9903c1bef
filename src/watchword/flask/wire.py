"""What a WSGI request says of itself, proxies taken into account (B-147): scheme, host, client, cookies."""

from typing import Any

from watchword.compose.settings import Settings
from watchword.kernel.models import Client, Origin
from watchword.sessions.cookie import presented

Environ = dict[str, Any]


class FlaskWire:
    """Implements the session room's `Wire` for one WSGI environ; reads it only when asked."""

    __slots__ = ("_https", "environ", "settings")

    def __init__(self, environ: Environ, settings: Settings) -> None:
        self.environ = environ
        self.settings = settings
        self._https: bool | None = None

    @property
    def https(self) -> bool:
        """Asked several times a request, found out once."""
        https = self._https
        if https is None:
            direct = not self.settings.proxy_hops
            https = self._https = (self.environ.get("wsgi.url_scheme") if direct else self.scheme) == "https"
        return https

    @property
    def scheme(self) -> str:
        """As the browser used it: the trusted proxy's word, else the server's."""
        forwarded = self._forwarded("HTTP_X_FORWARDED_PROTO")
        return (forwarded or str(self.environ.get("wsgi.url_scheme", "http"))).lower()

    @property
    def host(self) -> str:
        """As the browser used it, with its port."""
        return (self._forwarded("HTTP_X_FORWARDED_HOST") or str(self.environ.get("HTTP_HOST", ""))).lower()

    @property
    def address(self) -> str:
        """The client's address as the outermost trusted proxy saw it."""
        return self._forwarded("HTTP_X_FORWARDED_FOR") or str(self.environ.get("REMOTE_ADDR", ""))

    @property
    def usable(self) -> bool:
        """Production carries sessions over https alone (B-58); development answers this machine alone (B-69)."""
        return self.https if self.settings.production else Client(self.address).is_here

    @property
    def cookie_name(self) -> str:
        return self.settings.session_cookie(https=self.https)

    def cookies(self) -> list[str]:
        header = self.environ.get("HTTP_COOKIE")
        return presented(header, self.settings.session_cookie(https=self.https)) if header else []

    def origin(self) -> Origin:
        environ = self.environ
        client = Client(self.address, environ.get("HTTP_USER_AGENT", ""), environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        return Origin(
            client=client,
            request_id=environ.get("HTTP_X_REQUEST_ID", ""),
            method=environ.get("REQUEST_METHOD", ""),
            path=environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
        )

    def _forwarded(self, name: str) -> str:
        """The right-most value but hops - 1: what the outermost of our own proxies wrote; never what came before."""
        hops = self.settings.proxy_hops
        if not hops:
            return ""
        values = [value.strip() for value in str(self.environ.get(name, "")).split(",")]
        if len(values) >= hops:
            return values[-hops]
        # Of these two most proxies write one value over what came; each adds its own to -For, or somebody is missing.
        return "" if name == "HTTP_X_FORWARDED_FOR" else values[0]
