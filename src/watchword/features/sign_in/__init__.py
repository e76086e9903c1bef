"""Signing in with a name and a password."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from watchword.auth import Feature
from watchword.crypto.keys import as_bytes
from watchword.kernel.events import PasswordRehashed, SignInFailed
from watchword.kernel.http import PASSWORD_FIELD_MAX, Field, Form, Route
from watchword.kernel.identifiers import canonical_name
from watchword.kernel.models import Account, Credential, Factor, Grant, Subject
from watchword.kernel.outcomes import Outcome, Pending, Refused, SignedIn
from watchword.kernel.ports import Visit
from watchword.kernel.reasons import Reason
from watchword.passwords.strength import over_long

KIND: Final = "password"
"""The kind of credential, the name of the factor and the form's field."""


class SignIn(Feature):
    """Proves a password and gives the browser's session to its account.

    Whoever fails learns one thing only: name and password do not fit together. Unknown, unusable and
    disabled names cost one hash computation like any other, so the time tells nothing either
    (OWASP Authentication, "Authentication Responses"; ASVS 6.3.8).
    """

    name: ClassVar[str] = "sign_in"
    words: ClassVar[tuple[str, ...]] = ("unknown_name", "wrong_password")
    kind: ClassVar[str | None] = KIND

    def attempt(self, visit: Visit, *, username: str, password: str) -> Outcome:
        """Sign in: guards, proof, steps, session, in this order.

        SignedIn, Pending when a step stands in between, or Refused. Raises `Busy` when all places to hash
        are taken and `Outage` when store or database are away; nothing was granted then.
        """
        for guard in self.auth.guards:
            if refused := guard(visit, {"username": username}):
                return refused
        if over_long(password, self.auth.policy):
            return self._refuse(visit, username, "over_long")
        return self._prove(visit, username, password)

    def routes(self) -> Sequence[Route]:
        return (
            Route(
                name=self.name,
                path="sign-in",
                title="Sign in",
                form=Form(
                    fields=(
                        Field("username", "Username", autocomplete="username"),
                        Field(
                            KIND,
                            "Password",
                            kind="password",
                            autocomplete="current-password",
                            max_length=PASSWORD_FIELD_MAX,
                            secret=True,
                        ),
                    ),
                    button="Sign in",
                ),
                submit=self._submit,
                takes_next=True,
                invitation="Already have an account? Sign in",
            ),
        )

    def _submit(self, visit: Visit, values: Mapping[str, str]) -> Outcome:
        return self.attempt(visit, username=values["username"], password=values[KIND])

    def _prove(self, visit: Visit, username: str, password: str) -> Outcome:
        account, credential = self._find(username)
        verdict = self.auth.hasher.verify(credential.data if credential else None, password)
        if account is None:
            return self._refuse(visit, username, "unknown_name")
        if credential is None:
            return self._refuse(visit, username, "no_password", account)
        if not verdict.ok:
            return self._refuse(visit, username, "wrong_password", account)
        if not account.active:
            return self._refuse(visit, username, "disabled", account)
        if verdict.rehash:
            self._rehash(visit, credential, verdict.rehash)
        return self._grant(visit, account)

    def _find(self, username: str) -> tuple[Account | None, Credential | None]:
        """Account and credential in one read, so that the epoch granted is the verified credential's."""
        name = canonical_name(username.strip(" "))
        found = self.auth.accounts.with_credential(name, KIND) if name else None
        return found or (None, None)

    def _grant(self, visit: Visit, account: Account) -> Outcome:
        now = self.auth.clock.now()
        grant = Grant(_subject(account), factors=(Factor(KIND, now),), auth_time=now, aal=1)
        for step in self.auth.steps:
            if route := step(visit, grant):
                return Pending(route)
        visit.sign_in(grant)
        return SignedIn(grant.subject)

    def _rehash(self, visit: Visit, credential: Credential, data: str) -> None:
        """Keep the hash in today's parameters, unless the password was changed meanwhile (B-18)."""
        with self.auth.unit():
            if self.auth.credentials.replace(credential, data):
                now = self.auth.clock.now()
                account_id = credential.account_id
                self.auth.emit(PasswordRehashed(at=now, account_id=account_id, origin=visit.origin))

    def _refuse(self, visit: Visit, username: str, cause: str, account: Account | None = None) -> Refused:
        self.auth.emit(
            SignInFailed(
                at=self.auth.clock.now(),
                account_id=account.id if account else None,
                origin=visit.origin,
                cause=cause,
                identifier=self._identifier(username),
            )
        )
        return Refused(Reason.BAD_CREDENTIALS, cause=cause)

    def _identifier(self, username: str) -> str:
        """A keyed hash of the canonical name: people type passwords into the wrong field (B-25, B-164)."""
        name = canonical_name(username.strip(" ")) or username
        return self.auth.keys.mac("audit-identifier", as_bytes(name)).hex()[:16]


def _subject(account: Account) -> Subject:
    return Subject(
        account.id,
        account.epoch,
        active=account.active,
        roles=account.roles,
        username=account.username,
        display_name=account.display_name,
    )
