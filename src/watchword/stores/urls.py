"""From a URL to the store it names."""

from collections.abc import Callable
from typing import Final, Protocol
from urllib.parse import unquote

from watchword.kernel.clock import Clock
from watchword.kernel.errors import ConfigurationError, Problem
from watchword.kernel.ports import Counters, Store
from watchword.stores.memory import MemoryStore
from watchword.stores.sqlite import SqliteStore

SETTING: Final = "WATCHWORD_STORE_URL"


class Backend(Store, Counters, Protocol):
    """What a URL opens: a store with its counters. One without expiry of its own is a `Sweeper` too."""

    def close(self) -> None:
        """Let go of connections and files. What is called afterwards opens them again."""
        ...


def open_store(url: str, clock: Clock) -> Backend:
    """The store that `url` names: `memory://`, or `sqlite:///` followed by a relative or an absolute path
    (so an absolute one shows four slashes), with what a URL cannot hold percent-encoded.

    Opens no file and no connection: that is the first use's. Raises `ConfigurationError` for a URL that
    names no store; its text shows the scheme alone, as the rest may hold a password.
    """
    scheme, separator, rest = url.partition("://")
    opener = _OPENERS.get(scheme) if separator else None
    if opener is None:
        named = f"names an unknown kind of store, {scheme!r}" if separator else "is not a URL"
        raise _refused(named, f"use one of {', '.join(_FORMS)}")
    return opener(rest, clock)


def _memory(rest: str, clock: Clock) -> Backend:
    if rest:
        raise _refused("has something after memory://", "write memory:// alone")
    return MemoryStore(clock)


def _sqlite(rest: str, clock: Clock) -> Backend:
    path = rest.removeprefix("/")
    if path == rest:
        raise _refused("names no file", "write sqlite:///store.sqlite or sqlite:////folder/store.sqlite")
    if path in {"", ":memory:"}:
        raise _refused("names an SQLite database in memory", "write memory://, or name a file")
    if "?" in path:
        raise _refused("has options, and sqlite takes none", "remove what follows the question mark")
    return SqliteStore(unquote(path), clock)


def _refused(what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([Problem(SETTING, what, remedy)])


_OPENERS: Final[dict[str, Callable[[str, Clock], Backend]]] = {"memory": _memory, "sqlite": _sqlite}
_FORMS: Final = ("memory://", "sqlite:///relative/path", "sqlite:////absolute/path")
