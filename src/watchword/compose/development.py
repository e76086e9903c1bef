"""The development profile's own secret key: made once, kept in the instance folder, the same for all workers."""

import contextlib
import logging
import os
import secrets
from pathlib import Path
from typing import Final

from watchword.kernel.errors import ConfigurationError, Problem

log = logging.getLogger("watchword")

FILE: Final = "watchword-development-key"


def development_secret(instance: Path) -> str:
    """The key in the folder, made by whoever comes first: of two workers starting at once one makes it and both
    read it. Raises `ConfigurationError` when the folder cannot be written."""
    path = instance / FILE
    try:
        if not path.exists() and _make(path):
            log.warning(
                "SECRET_KEY is not set: made one for development and keep it in %s. "
                "Never use it in production; set SECRET_KEY there.",
                path,
            )
        return path.read_text("ascii").strip()
    except OSError as error:
        raise ConfigurationError([_unwritable(path, error)]) from error
    except UnicodeDecodeError as error:
        problem = Problem("SECRET_KEY", f"in {path} is damaged", "remove that file; a new key is made")
        raise ConfigurationError([problem]) from error


def _make(path: Path) -> bool:
    """Write it aside and link it into place, which only one process can do; half a key is never seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        os.link(aside, path)
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()
    return True


def _unwritable(path: Path, error: OSError) -> Problem:
    return Problem(
        "SECRET_KEY",
        f"is not set, and none can be kept in {path.parent} ({error.strerror})",
        "make that folder writable for this user, or set SECRET_KEY",
    )
