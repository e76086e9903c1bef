"""What `check` finds: problems, which keep an app from starting, and warnings. Reads; makes no file."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from watchword.cli.db import missing_file
from watchword.cli.places import Place
from watchword.compose.settings import NEW_SECRET, Settings
from watchword.crypto.keys import as_bytes, weakness
from watchword.database.upgrade import is_current
from watchword.kernel.clock import SystemClock
from watchword.kernel.errors import ConfigurationError, Outage, Problem
from watchword.stores import open_store

STRONG_SECRET: Final = 32
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_STORE: Final = "WATCHWORD_STORE_URL"
_DATABASE: Final = "WATCHWORD_DATABASE_URL"
_FILE: Final = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Findings:
    """The profile by name, and what was found."""

    profile: str
    problems: Sequence[Problem]
    warnings: Sequence[Problem]


def examine(place: Place) -> Findings:
    """Everything that is wrong, and everything that is weak."""
    problems = [*place.problems, *_store(place)]
    warnings = weak_spots(place.settings, debug=place.debug)
    stale = _database(place)
    outdated = [item for item in stale if item is _UPGRADED_AT_START]
    problems += [item for item in stale if item is not _UPGRADED_AT_START]
    if not problems and not outdated and place.build is not None:
        problems += _features(place, warnings)
    return Findings("production" if place.settings.production else "development", problems, [*warnings, *outdated])


def weak_spots(settings: Settings, *, debug: bool) -> list[Problem]:
    """What works, and is not as it should be where others use it. Pure."""
    found = [_weak_secret(key) for key in settings.secrets]
    found += [_weak_store(settings), _weak_address(settings)]
    if settings.production and not settings.proxy_hops:
        found.append(_NO_PROXY)
    if debug and not settings.production:
        found.append(_DEBUG)
    return [item for item in dict.fromkeys(found) if item is not None]


def _weak_secret(key: str | bytes) -> Problem | None:
    what = weakness(key)
    if what is None and len(as_bytes(key)) < STRONG_SECRET:
        what = f"is shorter than {STRONG_SECRET} bytes"
    return None if what is None else Problem("SECRET_KEY", what, NEW_SECRET)


def _weak_store(settings: Settings) -> Problem | None:
    if not settings.store_url.startswith("memory:"):
        return None
    what = "keeps sessions in this process alone: a restart signs everybody out, and workers do not share them"
    return Problem(_STORE, what, "name a file: sqlite:////var/lib/app/sessions.sqlite3")


def _weak_address(settings: Settings) -> Problem | None:
    url = urlsplit(settings.public_url)
    if not settings.public_url:
        return Problem("WATCHWORD_PUBLIC_URL", "is not set", "set it to the https:// address people open")
    if url.scheme == "http" and url.hostname not in _HERE:
        return Problem("WATCHWORD_PUBLIC_URL", "is an http:// address", "serve the site with https and name that")
    return None


def _store(place: Place) -> Sequence[Problem]:
    """Whether the store answers. A file that is not there yet is not made; its folder must be writable."""
    source = place.store
    try:
        if not isinstance(source, str):
            source.get("watchword-check")
            return ()
        store = open_store(source, SystemClock())
        if source.startswith(_FILE) and not (path := Path(unquote(source.removeprefix(_FILE)))).exists():
            return _unwritable(_STORE, path)
        store.get("watchword-check")
        store.close()
    except ConfigurationError as error:
        return error.problems
    except Outage as outage:
        return [Problem(_STORE, f"does not answer: {outage}", "make it reachable")]
    return ()


def _database(place: Place) -> Sequence[Problem]:
    """Whether the database answers and is at this version's revision."""
    if place.database is None:
        return ()
    try:
        with place.open_database() as database:
            missing = missing_file(database)
            if missing is not None and (unwritable := _unwritable(_DATABASE, missing)):
                return unwritable
            if missing is None and is_current(database):
                return ()
    except ConfigurationError as error:
        return error.problems
    except Outage as outage:
        return [Problem(_DATABASE, f"does not answer: {outage}", "make it reachable")]
    return [_NOT_CURRENT if place.settings.production else _UPGRADED_AT_START]


def _features(place: Place, warnings: list[Problem]) -> Sequence[Problem]:
    try:
        with place.open_house() as house:
            warnings += house.auth.checks()
    except ConfigurationError as error:
        return error.problems
    return ()


def _unwritable(setting: str, path: Path) -> Sequence[Problem]:
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return ()
    return [Problem(setting, f"names {path}, which cannot be made", f"make {folder} writable for this user")]


_NOT_CURRENT: Final = Problem(_DATABASE, "is not at this version's revision", "run: watchword db upgrade")
_UPGRADED_AT_START: Final = Problem(
    _DATABASE,
    "is not at this version's revision",
    "nothing to do: in development it is brought there when the app starts",
)
_NO_PROXY: Final = Problem(
    "WATCHWORD_PROXY_HOPS",
    "is 0: X-Forwarded-Proto, -Host and -For are ignored",
    "right when the server itself speaks https; behind a proxy that does, set it to 1 (to the number of proxies)",
)
_DEBUG: Final = Problem(
    "DEBUG", "is on: the debugger runs code for anyone who reaches it", "use it on your own machine alone"
)
