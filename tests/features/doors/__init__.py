"""Stand-ins with the names of real features: the web room is tested with none of them in the house."""

from collections.abc import Mapping, Sequence

from watchword.auth import Feature
from watchword.kernel.http import Field, Form, Route
from watchword.kernel.models import Factor, Grant
from watchword.kernel.outcomes import Done, Outcome, Pending, Refused, SignedIn
from watchword.kernel.ports import Visit
from watchword.kernel.reasons import Reason

PASSWORD = Field("password", "Password", "password", "current-password", max_length=4096, secret=True)
USERNAME = Field("username", "Username", autocomplete="username")
OPTIONAL = Field("display_name", "Display name", required=False, hint="Shown to others.")


class Enter(Feature):
    """Lets in whoever knows the password."""

    name = "sign_in"

    def routes(self) -> Sequence[Route]:
        form = Form((USERNAME, PASSWORD), "Sign in")
        return [
            Route(self.name, "sign-in", "Sign in", form, self.attempt, takes_next=True, invitation="Sign in instead")
        ]

    def attempt(self, visit: Visit, values: Mapping[str, str]) -> Outcome:
        for guard in self.auth.guards:
            guard(visit, values)
        account, credential = self.auth.accounts.with_credential(values["username"].lower(), "password") or (None, None)
        verdict = self.auth.hasher.verify(credential.data if credential else None, values["password"])
        subject = self.auth.subjects.load(account.id) if account else None
        if not verdict.ok or subject is None:
            return Refused(Reason.BAD_CREDENTIALS, cause="secret cause")
        now = self.auth.clock.now()
        grant = Grant(subject, (Factor("password", now),), now)
        for step in self.auth.steps:
            if route := step(visit, grant):
                return Pending(route)
        visit.sign_in(grant)
        return SignedIn(subject)


class Leave(Feature):
    """Lets out whoever asks."""

    name = "sign_out"

    def routes(self) -> Sequence[Route]:
        notices = {"signed_out": "You are signed out."}
        return [Route(self.name, "sign-out", "Sign out", Form(button="Sign out"), self.attempt, notices=notices)]

    def attempt(self, visit: Visit, _values: Mapping[str, str]) -> Outcome:
        visit.sign_out()
        return Done("sign_in", "signed_out")


class Join(Feature):
    """Makes no account, but says so as if it did; a name with a space is none."""

    name = "register"

    def routes(self) -> Sequence[Route]:
        form = Form((USERNAME, OPTIONAL, PASSWORD), "Create account")
        return [
            Route(
                self.name,
                "register",
                "Create your account",
                form,
                self.attempt,
                takes_next=True,
                invitation="New here? Create an account",
                notices={"registered": "Your account is ready."},
            )
        ]

    def attempt(self, _visit: Visit, values: Mapping[str, str]) -> Outcome:
        if " " in values["username"]:
            return Refused(Reason.NAME_UNUSABLE, field="username")
        if len(values["password"]) < 15:
            return Refused(Reason.PASSWORD_TOO_SHORT, field="password", values={"minimum": 15})
        return Done("sign_in", "registered", {"username": values["username"]})


def doors() -> list[Feature]:
    """The three."""
    return [Enter(), Leave(), Join()]
