"""What a template gets: one value, `page`, the same for every route."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from watchword.kernel.http import Field, Form
from watchword.kernel.models import ANONYMOUS, Anonymous, Subject
from watchword.kernel.outcomes import Refused


class Addresses(Protocol):
    """Where things are, for this request."""

    def url(self, name: str) -> str | None:
        """The path of a route by its name; None when no feature of the list has it."""
        ...

    def asset(self, name: str) -> str:
        """The path of a style or script, with its content's digest. KeyError when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    words: str
    url: str


_AGAIN: Final = "Please type it again: it was not kept."


@dataclass(frozen=True, slots=True)
class Input:
    """A field as it is shown: its declaration, what was typed before, what is wrong with it."""

    declared: Field
    value: str = ""
    error: str = ""
    again: str = ""
    """For a secret that is right as far as is known, but was not kept: a request to type it once more."""

    @property
    def id(self) -> str:
        return f"watchword-{self.declared.name}"

    @property
    def described_by(self) -> str:
        """The ids of its hint and error, for `aria-describedby`; empty when it has neither."""
        parts = ("hint", self.declared.hint), ("error", self.error), ("again", self.again)
        return " ".join(f"{self.id}-{part}" for part, text in parts if text)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One line of the summary above the form; `input` is the field it is about, if it is about one."""

    message: str
    input: Input | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on a page of ours. `next` and `home` are checked addresses of this site."""

    title: str
    addresses: Addresses
    site_name: str = ""
    inputs: tuple[Input, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    notice: str = ""
    message: str = ""
    button: str = ""
    action: str = ""
    csrf_token: str = ""
    next: str = ""
    home: str = "/"
    links: tuple[Link, ...] = ()
    subject: Subject | Anonymous = field(default=ANONYMOUS)


def inputs(form: Form, kept: Mapping[str, str], problems: Sequence[Refused]) -> tuple[Input, ...]:
    """The form's fields with what may be shown again; a secret never may."""
    errors = {problem.field: problem.message for problem in problems}
    return tuple(_input(item, kept, errors.get(item.name, ""), again=bool(problems)) for item in form.fields)


def _input(item: Field, kept: Mapping[str, str], error: str, *, again: bool) -> Input:
    if item.secret:
        return Input(item, error=error, again=_AGAIN if again and not error else "")
    return Input(item, kept.get(item.name, ""), error)


def complaints(shown: Sequence[Input], problems: Sequence[Refused]) -> tuple[Complaint, ...]:
    """The summary: every problem, tied to its field where the form has it."""
    by_name = {item.declared.name: item for item in shown}
    return tuple(Complaint(problem.message, by_name.get(problem.field or "")) for problem in problems)
