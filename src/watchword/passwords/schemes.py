"""The formats of stored hashes, by prefix. A format that another library wrote is one more row."""

import re
from collections.abc import Callable
from typing import Final

from argon2 import low_level
from argon2.exceptions import VerificationError, VerifyMismatchError

from watchword.kernel.errors import Busy

Scheme = Callable[[str, bytes], bool]
"""Whether the password has that hash. Raises `Unreadable`, before computing anything, when it is none."""


class Unreadable(Exception):
    """This is not a hash that any scheme here can check."""


def matches(stored: str, password: bytes) -> bool:
    """Whether the password has that hash, by the scheme it is written in; one computation. Raises `Unreadable`."""
    for prefix, scheme in SCHEMES.items():
        if stored.startswith(prefix):
            return scheme(stored, password)
    raise Unreadable


def out_of_memory() -> Busy:
    return Busy("there is no memory to check another password; lower `places` or add memory", retry_after=2)


# --- argon2: the PHC string format ------------------------------------------------------------------------

_PHC: Final = re.compile(
    r"\$argon2(?:id|i|d)(?:\$v=\d{1,3})?\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+", re.ASCII
)
_MOST: Final = (1024 * 1024, 100, 64)  # KiB, passes, lanes: an imported row must not be able to stop the process


def _argon2(kind: low_level.Type) -> Scheme:
    def scheme(stored: str, password: bytes) -> bool:
        if not _affordable(stored):
            raise Unreadable
        try:
            return low_level.verify_secret(stored.encode(), password, kind)
        except VerifyMismatchError:
            return False
        except VerificationError as error:
            if "allocation" in str(error).lower():
                raise out_of_memory() from error
            raise Unreadable from error

    return scheme


def _affordable(stored: str) -> bool:
    found = _PHC.fullmatch(stored)
    return found is not None and all(int(value) <= most for value, most in zip(found.groups(), _MOST, strict=True))


SCHEMES: Final[dict[str, Scheme]] = {
    "$argon2id$": _argon2(low_level.Type.ID),
    "$argon2i$": _argon2(low_level.Type.I),
    "$argon2d$": _argon2(low_level.Type.D),
}
