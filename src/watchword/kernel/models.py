"""The things everybody talks about: accounts, credentials, subjects, clients, grants, index rows."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Client:
    """Who is on the other end of the wire, as told by the connection and its headers (untrusted)."""

    address: str = ""
    user_agent: str = ""
    accept_language: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it is this machine; an empty address is a direct call's or a local socket's."""
        try:
            return not self.address or ip_address(self.address.removeprefix("::ffff:")).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event came from: the client and its request (path only, never the query)."""

    client: Client = field(default_factory=Client)
    request_id: str = ""
    method: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `id` is a random UUID as text; `name` is canonical, `username` as they typed it.

    `epoch` (microseconds since 1970) rises at password change, disabling and "sign out everywhere":
    whatever carries another epoch is dead.
    """

    id: str
    name: str
    username: str
    display_name: str
    epoch: int
    created_at: float
    active: bool = True
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credential:
    """One way an account can prove itself. (account_id, kind, external_id) is unique; `version` counts changes."""

    account_id: str
    kind: str
    data: str
    created_at: float
    external_id: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request must know of a signed-in account; loaded with one primary-key read."""

    id: str
    epoch: int
    active: bool = True
    roles: tuple[str, ...] = ()
    username: str = ""
    display_name: str = ""

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def is_active(self) -> bool:
        return self.active

    def get_id(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody is signed in. Answers the same questions as `Subject`."""

    id: None = None
    active: bool = False
    roles: tuple[str, ...] = ()
    username: str = ""
    display_name: str = ""

    is_authenticated: ClassVar[bool] = False
    is_active: ClassVar[bool] = False
    is_anonymous: ClassVar[bool] = True

    def get_id(self) -> None:
        return None


ANONYMOUS = Anonymous()


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor proved ("password", "passkey", ...) and when, in seconds since 1970."""

    name: str
    proved_at: float


@dataclass(frozen=True, slots=True)
class Grant:
    """What a completed sign-in gives a session: whose it is, what was proved, at which assurance level.

    `subject.epoch` is the one read together with the verified credential, so a password changed
    meanwhile makes the session dead on arrival. `aal` follows NIST SP 800-63B-4 (1 to 3).
    """

    subject: Subject
    factors: tuple[Factor, ...]
    auth_time: float
    aal: int = 1


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A row of the session index: a session opened for an account, and how it ended."""

    public_id: str
    account_id: str
    opened_at: float
    absolute_end: float
    client: Client
    ended_at: float | None = None
    end_reason: str | None = None
