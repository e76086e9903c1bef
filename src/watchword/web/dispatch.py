"""From a request to a reply: finds the route, keeps forged and malformed requests out, runs the flow."""

import re
from typing import Final
from urllib.parse import parse_qs, quote

from watchword.auth import Auth
from watchword.kernel.errors import Busy, Outage
from watchword.kernel.events import ForgerySuspected, MalformedInput, RequestRefused
from watchword.kernel.http import Reply, Request, Route
from watchword.kernel.outcomes import Done, Outcome, Pending, Refused
from watchword.kernel.reasons import Reason
from watchword.web import answers, assets, csrf, forms
from watchword.web.forms import Checked
from watchword.web.headers import CLEAR_SITE_DATA, FORM, media_type, wants_json
from watchword.web.notices import end_class
from watchword.web.redirects import safe_next
from watchword.web.rooms import folders
from watchword.web.site import ANOTHER, Site
from watchword.web.templates import Render
from watchword.web.views import Views

_ALLOW: Final = "GET, HEAD, POST, OPTIONS"
_ALLOW_ASSET: Final = "GET, HEAD, OPTIONS"
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_PATH: Final = "/~!$&'()*+,;=:@"
_NOTHING: Final = Checked({}, {})


class Pages:
    """All pages of an Auth, for whatever framework hands in requests. Safe to share between threads.

    `prefix` is where they lie, `render` fills templates, `site_name` is shown above each page,
    `default_next` is the application's own page to lead to. In `production` a page asked for over http
    leads to https and everything else over http is refused; otherwise only this machine is answered (B-69).
    """

    def __init__(
        self,
        auth: Auth,
        *,
        render: Render,
        prefix: str = "/auth",
        site_name: str = "",
        default_next: str = "/",
        production: bool = True,
    ) -> None:
        self._auth = auth
        self._production = production
        files = assets.Assets(folders(auth.features, assets.FOLDER))
        self.site = Site(auth.routes(), files, prefix, site_name, default_next)
        self._views = Views(auth, self.site, render)

    def handle(self, request: Request) -> Reply:
        """The reply to a request for one of our pages; for any other path 404.

        An outage becomes 503, nothing else that is raised is caught. HEAD is GET without the body.
        """
        try:
            reply = self._answer(request)
        except Outage as error:
            reply = self.refusal(request, answers.outage(error))
        if request.method == "HEAD":
            reply.headers.append(("Content-Length", str(len(reply.body))))
            reply.body = b""
        return reply

    def refusal(self, request: Request, refused: Refused) -> Reply:
        """A refusal as JSON or as a page of its own; touches neither session nor database."""
        if wants_json(request.headers):
            return _refused_json(request, refused)
        return self._views.message(request, refused, self.site.route(request.path))

    def challenge(self, request: Request) -> Reply:
        """For the application's own pages: sign in first, then come back (B-170).

        JSON gets 401, `session_expired` where the browser's session is over. Raises `Outage`.
        """
        signed_in = request.visit.subject.is_authenticated
        ended = None if signed_in else request.visit.end_reason
        if wants_json(request.headers):
            refused = Refused(Reason.SESSION_EXPIRED if ended else Reason.SIGN_IN_REQUIRED)
            return _refused_json(request, refused, end_class(ended) if ended else None)
        here = _own_address(request) if request.method in {"GET", "HEAD"} else None
        target = self.site.url(request, "sign_in", next=safe_next(here))
        return answers.redirect(request, target or self.site.home(request))

    def _answer(self, request: Request) -> Reply:
        if self._production and request.scheme != "https":
            return self._insecure(request)
        if not self._production and not request.visit.client.is_here:
            return self.refusal(request, Refused(Reason.NOT_LOOPBACK))
        asset = self.site.asset_name(request.path)
        if asset is not None:
            return self._asset(request, asset)
        route = self.site.route(request.path)
        if route is None:
            return self.refusal(request, Refused(Reason.NOT_FOUND))
        if request.method in {"GET", "HEAD"}:
            return self._show(request, route)
        if request.method == "POST":
            return self._submit(request, route)
        return self._other_method(request, _ALLOW)

    def _insecure(self, request: Request) -> Reply:
        page = request.method in {"GET", "HEAD"} and not wants_json(request.headers)
        if page and _HOST.fullmatch(request.host):
            # RFC 6797 section 7.2; nothing was sent that http could have leaked but the path.
            location = f"https://{request.host.removesuffix(':80')}{_own_address(request)}"
            return answers.redirect(request, location, 308)
        return self.refusal(request, Refused(Reason.INSECURE_CONNECTION))

    def _asset(self, request: Request, name: str) -> Reply:
        if request.method not in {"GET", "HEAD"}:
            return self._other_method(request, _ALLOW_ASSET)
        return self.site.assets.reply(request, name) or self.refusal(request, Refused(Reason.NOT_FOUND))

    def _other_method(self, request: Request, allow: str) -> Reply:
        """OPTIONS names the methods and, as no other origin is allowed anything, no CORS header."""
        if request.method == "OPTIONS":
            reply = answers.empty(request)
        else:
            reply = self.refusal(request, Refused(Reason.METHOD_NOT_ALLOWED))
        reply.headers.append(("Allow", allow))
        return reply

    def _show(self, request: Request, route: Route) -> Reply:
        if wants_json(request.headers):
            content = answers.description(route, request.visit.subject)
            return answers.document(request, 200, content, [])
        query = parse_qs(request.query)
        next_path = safe_next(_only(query, forms.NEXT_FIELD)) if route.takes_next else None
        if route.invitation and ANOTHER not in query and request.visit.subject.is_authenticated:
            return self._views.signed_in(request, route, next_path)
        return self._views.form(request, route, _NOTHING, next_path, notice=_only(query, "notice"))

    def _submit(self, request: Request, route: Route) -> Reply:
        if reason := csrf.foreign(request):
            self._forgery(request, reason)
            return self.refusal(request, Refused(reason))
        if refused := forms.media_refusal(request):
            self._malformed(request, refused)
            return self.refusal(request, refused)
        sent = forms.read(request, route.form)
        if isinstance(sent, Refused):
            self._malformed(request, sent)
            return self._refused(request, route, _NOTHING, None, sent)
        checked = forms.check(route.form, sent)
        next_path = safe_next(sent.own(forms.NEXT_FIELD)) if route.takes_next else None
        if media_type(request.headers) == FORM and not self._genuine(request, sent):
            expired = Refused(Reason.FORM_EXPIRED)
            return self._refused(request, route, checked, next_path, expired)
        if checked.problems:
            self._malformed(request, *checked.problems)
            return self._refused(request, route, checked, next_path, *checked.problems)
        outcome = _run(route, request, checked)
        return self._conclude(request, route, checked, next_path, outcome)

    def _genuine(self, request: Request, sent: forms.Sent) -> bool:
        if csrf.genuine(self._auth.keys, request, sent.own(forms.CSRF_FIELD)):
            return True
        self._forgery(request, Reason.FORM_EXPIRED, request.visit.subject.id)
        return False

    def _conclude(
        self, request: Request, route: Route, checked: Checked, next_path: str | None, outcome: Outcome
    ) -> Reply:
        if isinstance(outcome, Refused):
            return self._refused(request, route, checked, next_path, outcome, *outcome.also)
        target = self.site.destination(request, outcome, next_path)
        if wants_json(request.headers):
            status = 202 if isinstance(outcome, Pending) else 200
            reply = answers.document(request, status, answers.outcome(outcome, target), [])
        else:
            reply = answers.redirect(request, target)
        if isinstance(outcome, Done) and _session_ended(request):
            reply.headers.append(CLEAR_SITE_DATA)
        return reply

    def _refused(
        self, request: Request, route: Route, checked: Checked, next_path: str | None, *problems: Refused
    ) -> Reply:
        if wants_json(request.headers):
            return _refused_json(request, problems[0])
        return self._views.form(request, route, checked, next_path, problems=problems)

    def _forgery(self, request: Request, reason: Reason, account_id: str | None = None) -> None:
        self._report(ForgerySuspected, request, reason, account_id)

    def _malformed(self, request: Request, *problems: Refused) -> None:
        """Reported once a request; an empty field is nothing to report."""
        reasons = [problem.reason for problem in problems if problem.reason is not Reason.FIELD_MISSING]
        if reasons:
            self._report(MalformedInput, request, reasons[0], None)

    def _report(self, kind: type[RequestRefused], request: Request, reason: Reason, account_id: str | None) -> None:
        now = self._auth.clock.now()
        origin = request.visit.origin
        self._auth.emit(kind(at=now, account_id=account_id, origin=origin, reason=str(reason)))


def _run(route: Route, request: Request, checked: Checked) -> Outcome:
    """The flow. When it is too busy the form comes back filled in; a true outage ends the request."""
    try:
        return route.submit(request.visit, checked.values)
    except Busy as error:
        return answers.outage(error)


def _refused_json(request: Request, refused: Refused, reason: str | None = None) -> Reply:
    content = answers.refusal(refused, reason)
    return answers.document(request, refused.reason.status, content, answers.refusal_headers(refused))


def _session_ended(request: Request) -> bool:
    """Whether this request ended its session: only then is the browser told to forget the cookie."""
    cookie = request.visit.cookie
    return request.scheme == "https" and cookie is not None and not cookie.value


def _own_address(request: Request) -> str:
    """The address that was asked for, encoded again."""
    path = quote(request.mount + request.path, safe=_PATH, errors="replace")
    query = quote(request.query, safe=f"{_PATH}?%", errors="replace")
    return f"{path}?{query}" if query else path


def _only(query: dict[str, list[str]], name: str) -> str | None:
    """A parameter that was given exactly once."""
    values = query.get(name, [])
    return values[0] if len(values) == 1 else None
