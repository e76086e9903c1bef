"""Settings -> Auth: opens the store and the database, lists the default features. The one place that names them."""

import importlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from watchword.auth import Auth, Feature, Parts
from watchword.compose.development import development_secret
from watchword.compose.settings import Settings
from watchword.crypto.keys import KeyRing
from watchword.database.accounts import SqlAccounts
from watchword.database.audit import AuditLog
from watchword.database.credentials import SqlCredentials
from watchword.database.engine import SqlDatabase
from watchword.database.session_index import SqlSessionIndex
from watchword.database.subjects import SqlSubjects
from watchword.database.upgrade import is_current, upgrade
from watchword.database.urls import open_database
from watchword.kernel.clock import Clock, SystemClock
from watchword.kernel.errors import ConfigurationError, Outage, Problem
from watchword.kernel.events import Event
from watchword.kernel.ports import Store
from watchword.kernel.units import NoDatabase, Units
from watchword.passwords.hasher import Hasher
from watchword.sessions.manager import SessionManager
from watchword.stores import open_store

log = logging.getLogger("watchword")

DatabaseSource = SqlDatabase | str
"""A database, or the URL of one."""

SHELF: Final = (
    "watchword.features.sign_in:SignIn",
    "watchword.features.sign_out:SignOut",
    "watchword.features.register:Register",
)
"""The features an app has when it does not name its own, in the order of its list."""


def default_features() -> list[Feature]:
    """One of each on the shelf."""
    features: list[Feature] = []
    for line in SHELF:
        module, _, name = line.partition(":")
        features.append(getattr(importlib.import_module(module), name)())
    return features


@dataclass(frozen=True, slots=True)
class House:
    """A composed Watchword: its flows, its sessions, and the handles to close."""

    settings: Settings
    auth: Auth
    database: SqlDatabase


def compose(
    settings: Settings,
    problems: Sequence[Problem] = (),
    *,
    features: Sequence[Feature] | None = None,
    store: Store | str | None = None,
    database: DatabaseSource | None = None,
    clock: Clock | None = None,
    hasher: Hasher | None = None,
) -> House:
    """Build it, or raise one `ConfigurationError` with every problem found.

    In development the database is brought up to date; in production it must be already. Nothing is opened
    before the first use, but for that.
    """
    found = list(problems)
    clock = clock or SystemClock()
    opened_store = _try(found, lambda: _open_store(store or settings.store_url, clock))
    opened = _try(found, lambda: _open_database(database or settings.database_url))
    keys = _try(found, lambda: _keys(settings)) if settings.secrets or not settings.production else None
    if opened is not None:
        _try(found, lambda: _migrate(opened, production=settings.production))
    if found or opened_store is None or opened is None or keys is None:
        raise ConfigurationError(found)
    auth = _auth(settings, keys, opened_store, opened, clock, features, hasher)
    return House(settings, auth, opened)


def compose_sessions(
    settings: Settings,
    problems: Sequence[Problem] = (),
    *,
    store: Store | str | None = None,
    clock: Clock | None = None,
) -> SessionManager:
    """Sessions alone: a store, no accounts and no database. Raises `ConfigurationError` like `compose`."""
    found = list(problems)
    clock = clock or SystemClock()
    opened = _try(found, lambda: _open_store(store or settings.store_url, clock))
    keys = _try(found, lambda: _keys(settings)) if settings.secrets or not settings.production else None
    if found or opened is None or keys is None:
        raise ConfigurationError(found)
    units = Units(NoDatabase())
    units.listen(Event, log_event)
    return SessionManager(opened, keys, settings.policy, clock, units)


def log_event(event: Event) -> None:
    """Where there is no audit table, events go to the log."""
    log.info("%s %s session=%s account=%s", event.level, event.name, event.session_id, event.account_id)


def _auth(
    settings: Settings,
    keys: KeyRing,
    store: Store,
    database: SqlDatabase,
    clock: Clock,
    features: Sequence[Feature] | None,
    hasher: Hasher | None,
) -> Auth:
    units = Units(database, [AuditLog(database)])
    index = SqlSessionIndex(database)
    parts = Parts(
        sessions=SessionManager(store, keys, settings.policy, clock, units, index),
        units=units,
        accounts=SqlAccounts(database),
        credentials=SqlCredentials(database),
        index=index,
        subjects=SqlSubjects(database),
        hasher=hasher or Hasher(settings.policy),
        keys=keys,
        policy=settings.policy,
        clock=clock,
    )
    return Auth(default_features() if features is None else features, parts)


def _keys(settings: Settings) -> KeyRing:
    if settings.secrets:
        return KeyRing(settings.secrets)
    return KeyRing([development_secret(settings.instance)])


def _open_store(store: Store | str, clock: Clock) -> Store:
    return open_store(store, clock) if isinstance(store, str) else store


def _open_database(database: DatabaseSource) -> SqlDatabase:
    return open_database(database) if isinstance(database, str) else database


def _migrate(database: SqlDatabase, *, production: bool) -> None:
    try:
        if is_current(database):
            return
        if not production:
            for revision in upgrade(database):
                log.info("database brought to revision %s", revision)
            return
    except Outage as outage:
        raise ConfigurationError([_unreachable(outage)]) from outage
    what = "names a database that is not at this version's revision"
    raise ConfigurationError([Problem("WATCHWORD_DATABASE_URL", what, "run: watchword db upgrade")])


def _unreachable(outage: Outage) -> Problem:
    """The database's message ends with its remedy, behind the driver's own words in brackets."""
    what, bracket, remedy = str(outage).rpartition("): ")
    return Problem("WATCHWORD_DATABASE_URL", what + bracket.rstrip(": "), remedy)


T = TypeVar("T")


def _try(found: list[Problem], build: Callable[[], T]) -> T | None:
    try:
        return build()
    except ConfigurationError as error:
        found.extend(error.problems)
        return None
