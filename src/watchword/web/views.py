"""HTML pages: the form, the message, and who is signed in already."""

from collections.abc import Mapping, Sequence
from typing import Final

from watchword.auth import Auth
from watchword.kernel.http import Reply, Request, Route
from watchword.kernel.outcomes import Refused
from watchword.web import answers, csrf
from watchword.web.forms import Checked
from watchword.web.headers import Headers
from watchword.web.notices import end_words
from watchword.web.page import Link, Page, complaints, inputs
from watchword.web.site import ANOTHER, Located, Site
from watchword.web.templates import Render

_TITLES: Final[Mapping[int, str]] = {
    401: "Please sign in",
    403: "Nothing was done",
    404: "Page not found",
    405: "That does not work here",
    503: "Please try again in a moment",
}


class Views:
    """Fills pages in. `form` looks at the session, `message` never does: it must work in an outage."""

    def __init__(self, auth: Auth, site: Site, render: Render) -> None:
        self._auth = auth
        self._site = site
        self._render = render

    def form(
        self,
        request: Request,
        route: Route,
        checked: Checked,
        next_path: str | None,
        *,
        problems: Sequence[Refused] = (),
        notice: str | None = None,
    ) -> Reply:
        """The route's page, with what was typed and what is wrong with it; the first problem gives the status."""
        issued = csrf.issue(self._auth.keys, request)
        shown = inputs(route.form, checked.kept, problems)
        page = Page(
            title=route.title,
            addresses=Located(self._site, request),
            site_name=self._site.name,
            inputs=shown,
            complaints=complaints(shown, problems),
            notice="" if problems else self._notice(request, route, notice),
            button=route.form.button,
            action=self._site.address(request, route),
            csrf_token=issued.token,
            next=next_path or "",
            home=self._site.home(request),
            links=self._site.entrances(request, route, next_path),
            subject=request.visit.subject,
        )
        context = {**route.show(request.visit), "page": page}
        headers: Headers = [("Set-Cookie", issued.set_cookie)] if issued.set_cookie else []
        headers += answers.refusal_headers(problems[0]) if problems else []
        status = problems[0].reason.status if problems else 200
        return answers.html(request, status, self._render(f"watchword/{route.name}.html", context), headers)

    def signed_in(self, request: Request, route: Route, next_path: str | None) -> Reply:
        """Instead of an entrance, for somebody who is inside: go on, sign out, or use another account."""
        page = Page(
            title="You are signed in",
            addresses=Located(self._site, request),
            site_name=self._site.name,
            next=next_path or "",
            home=self._site.home(request),
            links=(Link(route.title, self._site.address(request, route, **{ANOTHER: "1"}, next=next_path)),),
            subject=request.visit.subject,
        )
        return answers.html(request, 200, self._render("watchword/signed_in.html", {"page": page}), [])

    def message(self, request: Request, refused: Refused, route: Route | None) -> Reply:
        """A page that only says something, with a way on: the route's form again, or home."""
        home = self._site.home(request)
        way_on = Link("Go to the start page", home)
        if route is not None:
            way_on = Link("Open the page again", self._site.address(request, route))
        page = Page(
            title=_TITLES.get(refused.reason.status, "That did not work"),
            addresses=Located(self._site, request),
            site_name=self._site.name,
            message=refused.message,
            home=home,
            links=(way_on,),
        )
        text = self._render("watchword/message.html", {"page": page})
        return answers.html(request, refused.reason.status, text, answers.refusal_headers(refused))

    def _notice(self, request: Request, route: Route, code: str | None) -> str:
        """A declared notice, else at an entrance why the session that this browser shows is over."""
        if code in self._site.notices:
            return self._site.notices[code or ""]
        ended = request.visit.end_reason
        return end_words(ended) if route.invitation and ended else ""
