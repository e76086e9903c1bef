"""The addresses of our pages: which route lies where, and where an outcome leads."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from watchword.kernel.http import Request, Route
from watchword.kernel.outcomes import Done, Pending, SignedIn
from watchword.web.assets import FOLDER, Assets
from watchword.web.notices import declared
from watchword.web.page import Link

ANOTHER: Final = "another"
"""The query parameter with which a signed-in visitor asks for the form after all."""


class Site:
    """Routes by path and by name. Paths here begin below the mount point, addresses with it."""

    def __init__(self, routes: Sequence[Route], assets: Assets, prefix: str, name: str, default_next: str) -> None:
        self.prefix = prefix.rstrip("/")
        self.name = name
        self.notices: Mapping[str, str] = declared(routes)
        self.assets = assets
        self._default_next = default_next
        self.paths: Mapping[str, Route] = {self._path(route): route for route in routes}
        self._by_name = {route.name: route for route in routes}

    def route(self, path: str) -> Route | None:
        """The route of exactly that path."""
        return self.paths.get(path)

    def asset_name(self, path: str) -> str | None:
        """The name behind a path of an asset; None for other paths."""
        folder = f"{self.prefix}/{FOLDER}/"
        return path.removeprefix(folder) if path.startswith(folder) else None

    def home(self, request: Request) -> str:
        """The page to go to when nothing says where."""
        return request.mount + self._default_next

    def url(self, request: Request, name: str, **query: str | None) -> str | None:
        """The address of a route; parameters that are None are left out. None without such a route."""
        route = self._by_name.get(name)
        return None if route is None else self.address(request, route, **query)

    def address(self, request: Request, route: Route, **query: str | None) -> str:
        """The address of that route."""
        known = {key: value for key, value in query.items() if value is not None}
        return request.mount + self._path(route) + (f"?{urlencode(known)}" if known else "")

    def asset(self, request: Request, name: str) -> str:
        """The address of an asset, with its content's digest."""
        return f"{request.mount}{self.prefix}/{FOLDER}/{name}?{self.assets.query(name)}"

    def entrances(self, request: Request, route: Route, next_path: str | None) -> tuple[Link, ...]:
        """Links from one entrance to the others, carrying `next`."""
        others = [other for other in self._by_name.values() if other.invitation and other is not route]
        if not route.invitation:
            return ()
        return tuple(Link(other.invitation, self._onward(request, other, next_path)) for other in others)

    def destination(self, request: Request, outcome: SignedIn | Pending | Done, next_path: str | None) -> str:
        """Where the browser goes now: on to the step or page named, else to `next`, else home."""
        name = outcome.step if isinstance(outcome, Pending) else None
        notice = None
        if isinstance(outcome, Done):
            name, notice = outcome.goto, outcome.notice
        route = self._by_name.get(name) if name else None
        if route is None:
            return next_path or self.home(request)
        return self._onward(request, route, next_path, notice=notice)

    def _onward(self, request: Request, route: Route, next_path: str | None, **query: str | None) -> str:
        return self.address(request, route, **query, next=next_path if route.takes_next else None)

    def _path(self, route: Route) -> str:
        return f"{'' if route.root else self.prefix}/{route.path}"


class Located:
    """A site as seen from one request: what templates ask for addresses."""

    def __init__(self, site: Site, request: Request) -> None:
        self._site = site
        self._request = request

    def url(self, name: str) -> str | None:
        return self._site.url(self._request, name)

    def asset(self, name: str) -> str:
        return self._site.asset(self._request, name)
