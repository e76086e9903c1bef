"""Styles and scripts, read once and served under an address that changes with their content."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from watchword.kernel.http import Reply, Request
from watchword.web.headers import asset_headers

FOLDER: Final = "assets"
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file and the digest that its address carries."""

    body: bytes
    media_type: str
    digest: str


class Assets:
    """The files of the given folders; of two with one name the first folder's counts."""

    def __init__(self, folders: Sequence[Path]) -> None:
        files = [file for folder in reversed(folders) for file in sorted(folder.iterdir())]
        self._assets = {file.name: _read(file) for file in files if file.suffix in TYPES}

    def query(self, name: str) -> str:
        """What follows the `?` in its address. KeyError when there is no such file."""
        return f"v={self._assets[name].digest}"

    def reply(self, request: Request, name: str) -> Reply | None:
        """The file, or 304 where the browser has it (RFC 9110 section 13.1.2); None when there is none.

        Kept for a year under the current address, asked for again under any other.
        """
        asset = self._assets.get(name)
        if asset is None:
            return None
        tag = f'"{asset.digest}"'
        current = parse_qs(request.query).get("v") == [asset.digest]
        cache = _FOREVER if current else "no-cache"
        headers = [*asset_headers(request), ("Cache-Control", cache), ("ETag", tag)]
        if tag in _tags(request.headers.get("if-none-match", "")):
            return Reply(304, headers)
        return Reply(200, [*headers, ("Content-Type", asset.media_type)], asset.body)


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]


def _read(file: Path) -> Asset:
    body = file.read_bytes()
    return Asset(body, TYPES[file.suffix], hashlib.sha256(body).hexdigest()[:16])
