"""The one sentence above a form: what was just done, or why a session is over."""

from collections.abc import Iterable
from typing import Final

from watchword.kernel.http import Route
from watchword.kernel.reasons import EndReason

IDLE: Final = "idle"
ABSOLUTE: Final = "absolute"
ELSEWHERE: Final = "signed_out"

_WORDS: Final = {
    IDLE: "You were signed out because nothing happened for a while. Sign in to carry on.",
    ABSOLUTE: "You were signed out because you had been signed in for long enough. Sign in to carry on.",
    ELSEWHERE: "You were signed out. Sign in to carry on.",
}


def end_class(reason: EndReason) -> str:
    """What the holder of a dead cookie may know: one of three classes, nothing administrative (B-170, B-176)."""
    classes = {EndReason.IDLE: IDLE, EndReason.ABSOLUTE: ABSOLUTE}
    return classes.get(reason, ELSEWHERE)


def end_words(reason: EndReason) -> str:
    """The sentence for it."""
    return _WORDS[end_class(reason)]


def declared(routes: Iterable[Route]) -> dict[str, str]:
    """All notices by code. Only these are ever shown: the code comes from the address."""
    return {code: words for route in routes for code, words in route.notices.items()}
