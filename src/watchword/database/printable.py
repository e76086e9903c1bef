"""Text from outside, made safe to keep in a log and to show in a terminal (B-165)."""

from collections.abc import Iterable
from typing import Final, cast

LONGEST_DETAIL: Final = 512


def printable(text: str, limit: int) -> str:
    """At most `limit` characters, with whatever does not print on one line (control characters, ANSI
    escapes, line and paragraph separators, direction overrides, lone surrogates) written as `\\x1b`."""
    text = text[:limit]
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))[:limit]


def printable_details(value: object) -> object:
    """The same for every text inside lists and mappings; what JSON cannot hold becomes text."""
    if isinstance(value, str):
        return printable(value, LONGEST_DETAIL)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value).items()
        return {printable(str(key), LONGEST_DETAIL): printable_details(item) for key, item in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [printable_details(item) for item in cast("Iterable[object]", value)]
    return printable(str(value), LONGEST_DETAIL)


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
