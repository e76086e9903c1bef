"""Makes the pictures in `docs/images` from the real pages: run the demo, look at it with Chromium, take pictures.

WATCHWORD_CHROMIUM=.cache/browser/chromium .venv/bin/python scripts/screenshots.py
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("WATCHWORD_CHROMIUM", str(ROOT / ".cache" / "browser" / "chromium"))
WINDOW = {"width": 560, "height": 620}


@contextmanager
def demo() -> Iterator[str]:
    """The address of a running demo."""
    with tempfile.TemporaryDirectory() as folder:
        command = [Path(sys.executable).with_name("watchword"), "demo", "--port", "0", "--instance", folder]
        environ = os.environ | {"PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
            try:
                yield read(process)
            finally:
                process.send_signal(signal.SIGINT)


def read(process: subprocess.Popen[str]) -> str:
    said = ""
    for line in process.stdout or ():
        said += line
        if line.startswith("Ctrl-C"):
            break
    address = re.search(r"http://\S+", said)
    if not address:
        sys.exit(f"the demo did not start:\n{said}")
    return address[0]


def take(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"{name}.png {(IMAGES / f'{name}.png').stat().st_size // 1024} KiB")


def picture(browser: Browser, address: str, scheme: str) -> None:
    page = browser.new_page(viewport=WINDOW, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{address}/members")
    take(page, f"sign-in-{scheme}")
    page.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            picture(browser, address, scheme)
        browser.close()


if __name__ == "__main__":
    main()
