"""HTTP without a framework: what adapters hand in, what they get back, and what a feature declares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watchword.kernel.outcomes import Outcome

if TYPE_CHECKING:
    from watchword.kernel.ports import Visit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


PASSWORD_FIELD_MAX = 4096
"""Code points that a password's field reads; the flow then judges by the policy."""


@dataclass(slots=True)
class Request:
    """One request to one of our own pages.

    `headers` has lower-case names. `body` reads at most the given number of bytes plus one and may be
    called once. `scheme`, `host` and `visit.client` are already corrected for the configured proxies.
    `visit` is this browser's dealings with its session; looking at it may cost a store command.
    `path` is decoded and begins below `mount`, the path the application hangs under (WSGI's SCRIPT_NAME).
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    scheme: str
    host: str
    body: Callable[[int], bytes]
    visit: "Visit"
    request_id: str = ""
    mount: str = ""


@dataclass(slots=True)
class Reply:
    """The whole answer, ready to be sent; session cookies are added by the adapter from the visit."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Field:
    """One typed input of a form. Text only; longer than `max_length` code points is refused unread.

    `secret` values are never shown again, logged or kept. `hint` may show a figure of the policy, as in
    `{policy.password_min}`. `kind` and `autocomplete` are the HTML ones.
    """

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    required: bool = True
    max_length: int = 255
    secret: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The inputs of a route, in the order people fill them in, and the words on the button."""

    fields: tuple[Field, ...] = ()
    button: str = "Continue"


def no_context(_visit: "Visit") -> Mapping[str, object]:
    """The page needs nothing but its form."""
    return {}


@dataclass(frozen=True, slots=True)
class Route:
    """One address of a feature: the page that GET shows, and what POST does.

    `name` is also the template (`watchword/<name>.html`) and the endpoint (`watchword.<name>`); `path`
    is below the prefix, or below the root where `root` is set. `submit` gets the visit and the form's
    checked values and answers an outcome; it never sees HTTP. `show` adds to the page's template
    context. `takes_next` routes carry a checked `next` address through to where SignedIn or Done leads.
    A route with an `invitation` is an entrance, for people who are not signed in: the other entrances link
    to it in those words. `notices` are the codes its outcomes carry, in the words the next page shows.
    """

    name: str
    path: str
    title: str
    form: Form
    submit: Callable[["Visit", Mapping[str, str]], Outcome]
    show: Callable[["Visit"], Mapping[str, object]] = no_context
    takes_next: bool = False
    root: bool = False
    invitation: str = ""
    notices: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command line; `prompt` asks for it when it was not given, `hidden` without echo."""

    name: str
    help: str
    prompt: str = ""
    hidden: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A feature's command: `watchword <group> <name>`; `run` gets the options and answers an outcome."""

    group: str
    name: str
    help: str
    options: Sequence[Option]
    run: Callable[[Mapping[str, str]], Outcome]
