"""One scenario, three faces: as a web form, as JSON, and as a direct call."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Protocol

from tests.features.house import Browser, House
from watchword.features.register import Register
from watchword.features.sign_in import SignIn
from watchword.features.sign_out import SignOut
from watchword.kernel.http import Reply
from watchword.kernel.outcomes import Done, Outcome, Refused, SignedIn
from watchword.kernel.reasons import Reason
from watchword.sessions.visit import SessionVisit


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
    house: House

    def register(self, username: str, password: str, display_name: str = "") -> Seen: ...

    def sign_in(self, username: str, password: str) -> Seen: ...

    def sign_out(self) -> Seen: ...

    def who(self) -> str: ...


class FormFace:
    """A person at a browser."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.browser = Browser(house)

    def register(self, username: str, password: str, display_name: str = "") -> Seen:
        values = {"username": username, "password": password, "display_name": display_name}
        return self._seen(self.browser.post("/auth/register", values))

    def sign_in(self, username: str, password: str) -> Seen:
        return self._seen(self.browser.sign_in(username, password))

    def sign_out(self) -> Seen:
        self.browser.get("/auth/sign-in?another=1")  # the confirmation has no form when nobody is signed in
        body = f"csrf_token={self.browser.hidden()['csrf_token']}".encode()
        return self._seen(self.browser.post_raw("/auth/sign-out", body))

    def who(self) -> str:
        return self.browser.who()

    def _seen(self, reply: Reply) -> Seen:
        if reply.status == 303:
            location = dict(reply.headers)["Location"]
            return SIGNED_IN if location == "/" else DONE
        assert reply.status in {401, 409, 422, 400, 503}
        text = self.browser.page
        summary = re.search(r'role="alert".*?<p>(?:<a [^>]*>[^<]*</a>: )?(.*?)</p>', text, re.S)
        field = re.search(r'id="watchword-(\w+)-error"', text)
        assert summary
        return Seen("refused", unescape(summary[1]), field[1] if field else None)


class JsonFace:
    """A program, or a page with a script."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.browser = Browser(house)

    def register(self, username: str, password: str, display_name: str = "") -> Seen:
        content = {"username": username, "password": password, "display_name": display_name}
        return self._post("register", content)

    def sign_in(self, username: str, password: str) -> Seen:
        return self._post("sign-in", {"username": username, "password": password})

    def sign_out(self) -> Seen:
        return self._post("sign-out", {})

    def who(self) -> str:
        return self.browser.who()

    def _post(self, path: str, content: object) -> Seen:
        reply, answer = self.browser.json("POST", f"/auth/{path}", content)
        if reply.status == 200:
            return Seen(answer["outcome"])
        return Seen("refused", answer["message"], answer["field"])


class DirectFace:
    """Code that calls the flow, without HTTP."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cookie = ""

    def register(self, username: str, password: str, display_name: str = "") -> Seen:
        flow = self.house.auth[Register]
        return self._seen(
            visit := self._visit(),
            flow.attempt(visit, username=username, password=password, display_name=display_name),
        )

    def sign_in(self, username: str, password: str) -> Seen:
        flow = self.house.auth[SignIn]
        return self._seen(visit := self._visit(), flow.attempt(visit, username=username, password=password))

    def sign_out(self) -> Seen:
        return self._seen(visit := self._visit(), self.house.auth[SignOut].attempt(visit))

    def who(self) -> str:
        return self._visit().subject.username

    def _visit(self) -> SessionVisit:
        return self.house.visit(self.cookie)

    def _seen(self, visit: SessionVisit, outcome: Outcome) -> Seen:
        visit.commit()
        if visit.cookie is not None:
            self.cookie = visit.cookie.value
        match outcome:
            case SignedIn():
                return SIGNED_IN
            case Done():
                return DONE
            case Refused(field=field):
                return Seen("refused", outcome.message, field)
            case _:
                raise AssertionError(outcome)


FACES = (FormFace, JsonFace, DirectFace)
