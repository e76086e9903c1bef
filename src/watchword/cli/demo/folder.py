"""The folder a demo keeps its data in."""

from pathlib import Path
from typing import Final

from watchword.cli.endings import Failed

FILES: Final = ("watchword*.sqlite3", "watchword*.sqlite3-*", "watchword-development-key")


def prepare(folder: Path) -> None:
    """Make it where it is missing, for this user alone, and keep it out of Git."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", "ascii")
    except OSError as error:
        raise Failed(f"{folder} cannot be written ({error.strerror}); name another folder: --instance") from error


def empty(folder: Path) -> None:
    """Remove what a demo made there, and nothing else."""
    for pattern in FILES:
        for file in folder.glob(pattern):
            file.unlink(missing_ok=True)
