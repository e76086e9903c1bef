"""Auth: takes the ordered list of features, binds them, finds them by type, runs units of work."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from watchword.crypto.keys import KeyRing
from watchword.kernel.clock import Clock
from watchword.kernel.errors import ConfigurationError, Problem
from watchword.kernel.events import Event
from watchword.kernel.http import Command, Route
from watchword.kernel.models import Client, Grant
from watchword.kernel.outcomes import Refused
from watchword.kernel.policy import Policy
from watchword.kernel.ports import (
    Accounts,
    Credentials,
    Listener,
    SessionIndex,
    Subjects,
    Visit,
)
from watchword.kernel.units import Units
from watchword.passwords.hasher import Hasher
from watchword.sessions.manager import SessionManager
from watchword.sessions.visit import DirectCall, SessionVisit

Guard = Callable[[Visit, Mapping[str, str]], Refused | None]
"""May refuse an attempt before anything is checked; None lets it pass."""

Step = Callable[[Visit, Grant], str | None]
"""Stands between the first proof and being signed in: names the route that must be done, or None."""

F = TypeVar("F", bound="Feature")


class Feature:
    """A capability: a line in the user's list. Subclasses override what they have.

    `name` is unique; `requires` names features that must be in the list too; `words` are the terms that
    occur in this room alone; `kind` is the kind of the credentials it makes, where it makes any.
    """

    name: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[str | None] = None

    auth: "Auth"

    def bind(self, auth: "Auth") -> None:
        """Called once, in the list's order, before anything else."""
        self.auth = auth

    def guards(self) -> Sequence[Guard]:
        """What may refuse a sign-in before it is looked at, in order."""
        return ()

    def steps(self) -> Sequence[Step]:
        """What stands between a first proof and being signed in, in order."""
        return ()

    def subscriptions(self) -> Sequence[tuple[type[Event], Listener]]:
        """What it wants to hear after commit; a type brings its subtypes."""
        return ()

    def routes(self) -> Sequence[Route]:
        """Its pages. Adapters ask before it is bound, to know the addresses: leave `self.auth` alone here."""
        return ()

    def commands(self) -> Sequence[Command]:
        """Its lines in the command line."""
        return ()

    def checks(self) -> Sequence[Problem]:
        """What is weak or wrong about its configuration."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an Auth is made of; `compose` puts them together."""

    sessions: SessionManager
    units: Units
    accounts: Accounts
    credentials: Credentials
    index: SessionIndex
    subjects: Subjects
    hasher: Hasher
    keys: KeyRing
    policy: Policy
    clock: Clock


class Auth:
    """The features at work on their parts. Safe to share between threads; knows no framework."""

    def __init__(self, features: Sequence[Feature], parts: Parts) -> None:
        self.sessions = parts.sessions
        self.units = parts.units
        self.accounts = parts.accounts
        self.credentials = parts.credentials
        self.index = parts.index
        self.subjects = parts.subjects
        self.hasher = parts.hasher
        self.keys = parts.keys
        self.policy = parts.policy
        self.clock = parts.clock
        self.features = tuple(features)
        _refuse_bad_list(self.features)
        for feature in self.features:
            feature.bind(self)
        self.guards = tuple(guard for feature in self.features for guard in feature.guards())
        self.steps = tuple(step for feature in self.features for step in feature.steps())
        for feature in self.features:
            for kind, listener in feature.subscriptions():
                self.units.listen(kind, listener)

    def __getitem__(self, kind: type[F]) -> F:
        """The feature of that type. KeyError when it is not in the list."""
        for feature in self.features:
            if isinstance(feature, kind):
                return feature
        raise KeyError(f"{kind.__name__} is not in the list of features")

    def routes(self) -> tuple[Route, ...]:
        """All pages, in the list's order, their hints filled with this policy's figures."""
        return tuple(_filled(route, self.policy) for feature in self.features for route in feature.routes())

    def commands(self) -> tuple[Command, ...]:
        """All commands, in the list's order."""
        return tuple(command for feature in self.features for command in feature.commands())

    def checks(self) -> list[Problem]:
        """Everything a feature finds weak about its configuration."""
        return [problem for feature in self.features for problem in feature.checks()]

    def visit(self, cookie: str = "", client: Client | None = None) -> SessionVisit:
        """A visit without HTTP, for calling a flow directly: `cookie` is what `visit.cookie` told an earlier one.

        `commit()` it when done.
        """
        return SessionVisit(self.sessions, self.subjects, DirectCall(cookie, client))

    def unit(self) -> AbstractContextManager[None]:
        """A unit of work, see `Units.unit`."""
        return self.units.unit()

    def emit(self, event: Event) -> None:
        """Report an event, see `Units.emit`."""
        self.units.emit(event)


def _filled(route: Route, policy: Policy) -> Route:
    inputs = tuple(replace(item, hint=item.hint.format(policy=policy)) for item in route.form.fields)
    return replace(route, form=replace(route.form, fields=inputs))


def _refuse_bad_list(features: Sequence[Feature]) -> None:
    names = [feature.name for feature in features]
    problems = [
        Problem("features", f"{name!r} is in the list twice", "remove one of them")
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    problems += [
        Problem("features", f"{feature.name!r} needs {needed!r}", f"add {needed!r} to the list")
        for feature in features
        for needed in feature.requires
        if needed not in names
    ]
    if problems:
        raise ConfigurationError(problems)
