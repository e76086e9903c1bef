"""Making an account: by its owner at a form, by an operator at the command line."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final
from uuid import uuid4

from watchword.auth import Feature
from watchword.kernel.errors import AlreadyExists
from watchword.kernel.events import AccountCreated, RegistrationRefused
from watchword.kernel.http import PASSWORD_FIELD_MAX, Command, Field, Form, Option, Route
from watchword.kernel.identifiers import canonical_name
from watchword.kernel.models import Account, Credential, Origin
from watchword.kernel.outcomes import Done, Outcome, Refused
from watchword.kernel.ports import Visit
from watchword.kernel.reasons import Reason
from watchword.passwords.strength import unacceptable

KIND: Final = "password"
DISPLAY_NAME_MAX: Final = 100


class Register(Feature):
    """Makes accounts with a name and a password. Nobody is signed in by it, and no form sets roles (B-161)."""

    name: ClassVar[str] = "register"
    words: ClassVar[tuple[str, ...]] = ("nickname", "registered")
    kind: ClassVar[str | None] = KIND

    def attempt(self, visit: Visit, *, username: str, password: str, display_name: str = "") -> Outcome:
        """Make an account: Done, or Refused with the field to correct.

        Of many who want the same name at once one gets it and the others `name_taken`.
        Raises `Busy` and `Outage`; nothing was made then.
        """
        return self._attempt(visit.origin, "self", username, password, display_name)

    def routes(self) -> Sequence[Route]:
        return (
            Route(
                name=self.name,
                path="register",
                title="Create your account",
                form=Form(fields=self._fields(), button="Create account"),
                submit=self._submit,
                takes_next=True,
                invitation="New here? Create an account",
                notices={"registered": "Your account is ready. Sign in to start using it."},
            ),
        )

    def commands(self) -> Sequence[Command]:
        options = (
            Option("username", "the name to sign in with", prompt="Username"),
            Option("password", "the password; asked for when not given", prompt="Password", hidden=True),
            Option("display_name", "the name to show; the username when left out", default=""),
        )
        return (Command("users", "create", "Make an account.", options, self._command),)

    def _fields(self) -> tuple[Field, ...]:
        return (
            Field(
                "username",
                "Username",
                autocomplete="username",
                hint="Letters, digits and . _ - + @, without spaces. You sign in with it.",
            ),
            Field(
                "display_name",
                "Display name",
                autocomplete="nickname",
                required=False,
                max_length=4 * DISPLAY_NAME_MAX,
                hint="Shown to others. Leave it empty to use your username.",
            ),
            Field(
                KIND,
                "Password",
                kind="password",
                autocomplete="new-password",
                max_length=PASSWORD_FIELD_MAX,
                secret=True,
                hint="At least {policy.password_min} characters. A few words in a row make a good one.",
            ),
        )

    def _submit(self, visit: Visit, values: Mapping[str, str]) -> Outcome:
        return self.attempt(
            visit,
            username=values["username"],
            password=values[KIND],
            display_name=values["display_name"],
        )

    def _command(self, values: Mapping[str, str]) -> Outcome:
        display_name = values.get("display_name", "")
        return self._attempt(Origin(), "operator", values["username"], values[KIND], display_name)

    def _attempt(self, origin: Origin, by: str, username: str, password: str, display_name: str) -> Outcome:
        outcome = self._make(origin, by, username.strip(" "), password, display_name)
        if isinstance(outcome, Refused):
            now = self.auth.clock.now()
            self.auth.emit(RegistrationRefused(at=now, origin=origin, reason=str(outcome.reason)))
        return outcome

    def _make(self, origin: Origin, by: str, username: str, password: str, display_name: str) -> Outcome:
        name = canonical_name(username)
        shown = _display_name(display_name)
        if problems := self._problems(name, shown, password):
            return replace(problems[0], also=tuple(problems[1:]))
        now = self.auth.clock.now()
        account = Account(str(uuid4()), name or "", username, shown or username, int(now * 1_000_000), now)
        return self._keep(account, self.auth.hasher.hash(password), origin, by)

    def _problems(self, name: str | None, shown: str | None, password: str) -> list[Refused]:
        """Everything that is wrong, in the form's order; whether the name is taken only the database knows."""
        problems: list[Refused] = []
        if name is None:
            problems.append(Refused(Reason.NAME_UNUSABLE, field="username"))
        if shown is None:
            problems.append(Refused(Reason.DISPLAY_NAME_UNUSABLE, field="display_name"))
        if refused := unacceptable(password, self.auth.policy, name=name or ""):
            problems.append(replace(refused, field=KIND))
        return problems

    def _keep(self, account: Account, data: str, origin: Origin, by: str) -> Outcome:
        credential = Credential(account.id, KIND, data, account.created_at)
        try:
            with self.auth.unit():
                self.auth.accounts.create(account, [credential])
                event = AccountCreated(at=account.created_at, account_id=account.id, origin=origin, by=by)
                self.auth.emit(event)
        except AlreadyExists:
            return Refused(Reason.NAME_TAKEN, field="username")
        return Done(goto="sign_in", notice="registered", data={"id": account.id, "username": account.username})


def _display_name(typed: str) -> str | None:
    """Trimmed and composed (NFC); None when longer than 100 code points or with control, format or surrogate
    characters (RFC 8266 section 2.1 allows letters, symbols and spaces)."""
    name = unicodedata.normalize("NFC", typed.strip())
    if len(name) > DISPLAY_NAME_MAX or any(unicodedata.category(c) in _INVISIBLE for c in name):
        return None
    return name


_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
