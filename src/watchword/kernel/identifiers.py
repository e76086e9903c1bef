"""Names people sign in with: one canonical form, compared everywhere alike.

After PRECIS UsernameCaseMapped (RFC 8265 section 3.3): width mapping, lower case, NFC. Refused besides:
spaces, control and format characters, lone surrogates, symbols, and letters of look-alike alphabets mixed.
"""

import unicodedata
from typing import Final

NAME_MAX: Final = 64
PUNCTUATION: Final = frozenset("._-+@'")
INVISIBLE: Final = frozenset(map(chr, [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810)])) | frozenset(
    map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
)
"""Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point; RFC 8264 section 9.13)."""
LOOK_ALIKES: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def canonical_name(typed: str) -> str | None:
    """The canonical form of a typed name, or None when no account can have such a name.

    Idempotent. Names that differ only in case, width or composition have one form.
    """
    if not 1 <= len(typed) <= NAME_MAX:
        return None
    mapped = "".join(_narrow(character) for character in typed)
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", mapped).lower())
    if not 1 <= len(name) <= NAME_MAX or not all(_allowed(character) for character in name):
        return None
    return None if _mixes_alphabets(name) or name[0] in PUNCTUATION else name


def _narrow(character: str) -> str:
    """Full-width and half-width forms to ordinary ones (RFC 8265 section 3.3.1, rule 1), nothing else of NFKC."""
    if unicodedata.decomposition(character).startswith(("<wide>", "<narrow>")):
        return unicodedata.normalize("NFKC", character)
    return character


def _allowed(character: str) -> bool:
    """Letters, combining marks and decimal digits (RFC 8264 section 9.1), and a little ASCII punctuation."""
    if character in INVISIBLE:
        return False
    category = unicodedata.category(character)
    if category in {"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"}:
        return unicodedata.normalize("NFKC", character) == character
    return character in PUNCTUATION


def _mixes_alphabets(name: str) -> bool:
    """Whether letters of several look-alike alphabets occur (Unicode TR 39, single-script restriction)."""
    found = {
        alphabet
        for character in name
        if character.isalpha()
        for alphabet in LOOK_ALIKES
        if unicodedata.name(character, "").startswith(alphabet)
    }
    return len(found) > 1
