"""Signing out, by a button: a mere visit of the page ends nothing (ASVS 3.5.3)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from watchword.auth import Feature
from watchword.kernel.http import Form, Route
from watchword.kernel.outcomes import Done, Outcome
from watchword.kernel.ports import Visit


class SignOut(Feature):
    """Ends this browser's session, everywhere at once."""

    name: ClassVar[str] = "sign_out"

    def attempt(self, visit: Visit) -> Outcome:
        """End the session. Done as well when nobody was signed in: the wish is fulfilled."""
        visit.sign_out()
        return Done(goto="sign_in", notice="signed_out")

    def routes(self) -> Sequence[Route]:
        return (
            Route(
                name=self.name,
                path="sign-out",
                title="Sign out",
                form=Form(button="Sign out"),
                submit=self._submit,
                notices={"signed_out": "You are signed out."},
            ),
        )

    def _submit(self, visit: Visit, _values: Mapping[str, str]) -> Outcome:
        return self.attempt(visit)
