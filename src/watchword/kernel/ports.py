"""What the house needs from outside: stores, the database, subjects, sinks. Contracts in prose on each method.

`watchword.testing` holds a contract suite for the ports that others implement.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, Protocol

from watchword.kernel.events import Event
from watchword.kernel.models import (
    Account,
    Anonymous,
    Client,
    Credential,
    Grant,
    Origin,
    SessionEntry,
    Subject,
)
from watchword.kernel.reasons import EndReason


class Expect(Enum):
    """What a `put` expects to find when it is not a version."""

    ABSENT = "absent"
    ANY = "any"


ABSENT: Final = Expect.ABSENT
ANY: Final = Expect.ANY


class Stored(NamedTuple):
    """What a store holds under a key. `version` is opaque; `expires_at` is in seconds since 1970."""

    value: bytes
    version: int
    expires_at: float


class Store(Protocol):
    """Expiring bytes under a key. Every method raises `Outage` when the backend does not answer, nothing else.

    Safe to call from many threads and, for backends that outlive a process, many processes; a handle
    opened before a fork is not used after it.
    """

    def get(self, key: str) -> Stored | None:
        """What is there now. Absent, deleted and expired (`expires_at <= now`) are all None."""
        ...

    def put(self, key: str, value: bytes, *, expires_at: float, expect: int | Expect) -> int:
        """Write if the key is as expected, in one atomic step, and answer the new version.

        `ABSENT`: nothing there (expired counts as nothing). A version: exactly that one, not expired.
        `ANY`: whatever is there (for tombstones alone). Otherwise raises `Conflict` and writes nothing.
        A version is never used twice for a key, not even after a delete.
        """
        ...

    def delete(self, key: str) -> None:
        """Make it absent; absent already is fine."""
        ...


class Sweeper(Protocol):
    """A store without expiry of its own also has this."""

    def sweep(self, limit: int) -> int:
        """Remove at most `limit` expired entries, in one short transaction; answers how many went."""
        ...


class Counters(Protocol):
    """Expiring counters beside a store, atomic under any load. A sliding window is two adjacent counters."""

    def add(self, key: str, n: int, *, expires_at: float) -> int:
        """Add `n` and answer the new total. A new or expired counter starts at 0 and takes `expires_at`;
        a living one keeps the expiry it has."""
        ...

    def add_many(self, entries: Sequence[tuple[str, int, float]]) -> list[int]:
        """The same for several `(key, n, expires_at)` in one round trip, answered in their order."""
        ...


class Subjects(Protocol):
    """Who an id stands for."""

    def load(self, subject_id: str) -> Subject | None:
        """The subject as it is now, by one primary-key read; None when there is none. Raises `Outage`."""
        ...


class Accounts(Protocol):
    """Accounts, durable. Every method raises `Outage` when the database does not answer."""

    def create(self, account: Account, credentials: Sequence[Credential]) -> None:
        """Make the account with its credentials, all or nothing. Raises `AlreadyExists("username")` when
        the canonical name is taken, however many try at once."""
        ...

    def by_id(self, account_id: str) -> Account | None: ...

    def by_name(self, name: str) -> Account | None:
        """By canonical name."""
        ...

    def with_credential(self, name: str, kind: str) -> tuple[Account, Credential | None] | None:
        """The account of that canonical name and its credential of that kind, read in one statement, so
        that the epoch belongs to the credential. None when there is no such account."""
        ...

    def raise_epoch(self, account_id: str, now: float) -> int:
        """Set epoch to max(epoch + 1, now in microseconds) in one UPDATE; answers the new one (0: no account)."""
        ...

    def set_active(self, account_id: str, active: bool, now: float) -> bool:
        """Enable or disable, raising the epoch; False when there is no such account."""
        ...


class Credentials(Protocol):
    """Credentials of every kind, one table."""

    def of(self, account_id: str, kind: str) -> list[Credential]: ...

    def add(self, credential: Credential) -> None:
        """Raises `AlreadyExists("external_id")` when (account, kind, external id) is there."""
        ...

    def replace(self, credential: Credential, data: str) -> bool:
        """Give it new data if its version is still the one read; False when somebody was faster or it is gone."""
        ...


class SessionIndex(Protocol):
    """One row per session opened for an account, so that a person's sessions can be listed and ended."""

    def opened(self, entry: SessionEntry) -> None:
        """Note it. The same (public id, account) again (a re-authentication) updates the absolute end."""
        ...

    def ended(self, public_id: str, reason: EndReason, at: float) -> None:
        """Note the end of that session; the first end noted stays. Unknown is fine."""
        ...

    def of(self, account_id: str) -> list[SessionEntry]:
        """All rows of an account, newest first."""
        ...


class Database(Protocol):
    """Where units of work happen."""

    def transaction(self) -> AbstractContextManager[None]:
        """Everything the rooms' tables do inside, on this thread, commits or rolls back together. Joins an
        open one. Raises `Outage` when the database does not answer."""
        ...


class Sink(Protocol):
    """Writes events down, inside the unit of work that caused them."""

    def write(self, events: Sequence[Event]) -> None: ...


Listener = Callable[[Event], None]
"""Hears an event after commit. What it raises is logged and breaks nothing."""


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """What to tell the browser about the session's cookie: a `value` for `max_age` seconds (None: until
    the browser closes), or, where `value` is empty, to forget it."""

    value: str
    max_age: int | None


class Visit(Protocol):
    """One browser's dealings with its session during one request (or one direct call).

    Nothing is read until somebody looks. Every method raises `Outage` when the store or database
    does not answer.
    """

    @property
    def client(self) -> Client: ...

    @property
    def origin(self) -> Origin: ...

    @property
    def subject(self) -> Subject | Anonymous:
        """Who is signed in, read at most once."""
        ...

    @property
    def csrf_binding(self) -> str:
        """What an anti-forgery token is bound to: changes at sign-in, sign-out and re-authentication; empty when
        nobody is signed in."""
        ...

    @property
    def end_reason(self) -> EndReason | None:
        """Why the session this browser presented is over, where it presented one that is."""
        ...

    @property
    def cookie(self) -> SessionCookie | None:
        """What to tell the browser; None when there is nothing to tell."""
        ...

    def sign_in(self, grant: Grant) -> None:
        """Give the session to the grant's subject: a new secret, the data kept; for another account than
        before a new session altogether. Never dropped. The database is written first, then the store."""
        ...

    def sign_out(self, reason: EndReason = EndReason.SIGNED_OUT) -> bool:
        """End the session everywhere at once; False when there was none. The store first, then the database."""
        ...
