"""One scenario, three faces: as a web form, as JSON, and as a direct call."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any, Protocol

from tests.features.house import Browser, House, header
from watchword.kernel.outcomes import Done, Outcome, Refused, SignedIn
from watchword.kernel.reasons import Reason


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody at that face learns."""

    outcome: str
    message: str = ""
    field: str | None = None


def refused(reason: Reason, field: str | None = None) -> Seen:
    """A refusal as every face shows it."""
    return Seen("refused", reason.message.format(minimum=15), field)


SIGNED_IN = Seen("signed_in")
DONE = Seen("done")


class Face(Protocol):
    """A way to do what a feature does, by the feature's name, in one browser."""

    house: House

    def do(self, feature: str, **values: str) -> Seen: ...

    def who(self) -> str:
        """The username of whoever is signed in; empty for nobody."""
        ...


class FormFace:
    """A person at a browser."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.browser = Browser(house)

    def do(self, feature: str, **values: str) -> Seen:
        path = f"/auth/{feature.replace('_', '-')}"
        self.browser.get(f"{path}?another=1")
        if not self.browser.hidden():  # the confirmation has no form when there is nothing to confirm
            return DONE
        reply = self.browser.post(path, values)
        if reply.status == 303:
            return SIGNED_IN if header(reply, "Location") == "/" else DONE
        assert reply.status in {401, 409, 422}
        summary = re.search(
            r'role="alert".*?<p>(?:<a [^>]*><strong>.*?</strong> )?(.*?)(?:</a>)?</p>', self._page, re.S
        )
        field = re.search(r'id="watchword-(\w+)-error"', self._page)
        assert summary
        return Seen("refused", unescape(summary[1]), field[1] if field else None)

    def who(self) -> str:
        return self.browser.who()

    @property
    def _page(self) -> str:
        return self.browser.page


class JsonFace:
    """A program, or a page with a script."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.browser = Browser(house)

    def do(self, feature: str, **values: str) -> Seen:
        reply, answer = self.browser.json("POST", f"/auth/{feature.replace('_', '-')}", values)
        if reply.status == 200:
            return Seen(answer["outcome"])
        return Seen("refused", answer["message"], answer["field"])

    def who(self) -> str:
        return self.browser.who()


class DirectFace:
    """Code that calls the flow, without HTTP."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cookie = ""

    def do(self, feature: str, **values: str) -> Seen:
        flow: Any = next(item for item in self.house.features if item.name == feature)
        visit = self.house.visit(self.cookie)
        outcome: Outcome = flow.attempt(visit, **values)
        visit.commit()
        if visit.cookie is not None:
            self.cookie = visit.cookie.value
        match outcome:
            case SignedIn():
                return SIGNED_IN
            case Done():
                return DONE
            case Refused():
                return Seen("refused", outcome.message, outcome.field)
            case _:
                raise AssertionError(outcome)

    def who(self) -> str:
        return self.house.visit(self.cookie).subject.username


FACES = (FormFace, JsonFace, DirectFace)
