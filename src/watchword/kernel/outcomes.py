"""What a flow answers. A person or an attacker can cause any of these, so they are values, not exceptions."""

import dataclasses
from dataclasses import dataclass

from watchword.kernel.models import Subject
from watchword.kernel.reasons import Reason


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The browser's session now belongs to `subject`."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Pending:
    """The first proof holds; `step` (a route's name) must be done before anything is granted."""

    step: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No. `reason` may be told, `cause` is for the audit only; `retry_after` is in whole seconds. `also` holds what
    else is wrong, so that a person mends everything at once."""

    reason: Reason
    field: str | None = None
    retry_after: int | None = None
    cause: str | None = None
    values: dict[str, object] = dataclasses.field(default_factory=dict[str, object])
    also: tuple["Refused", ...] = ()

    @property
    def message(self) -> str:
        """The reason's words, filled in with `values`."""
        return self.reason.message.format(**self.values)


@dataclass(frozen=True, slots=True)
class Done:
    """It is done. `goto` is the route to show next (None: the app's own page), `notice` a code it explains."""

    goto: str | None = None
    notice: str | None = None
    data: dict[str, object] = dataclasses.field(default_factory=dict[str, object])


Outcome = SignedIn | Pending | Refused | Done
