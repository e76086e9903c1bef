"""Bare Flask: no secret key, so Flask opens no session; the views use a dict. The unit of every ratio."""

from pathlib import Path
from typing import Any

from flask import Flask

from benchmarks.apps.built import Built
from benchmarks.apps.routes import SMALL, add_routes
from benchmarks.browser import Browser


def build(folder: Path, observed: bool) -> Built:
    del folder, observed
    values: dict[str, Any] = dict(SMALL)
    return Built(add_routes(Flask(__name__), values, lambda: "1", lambda: None), sign_in)


def sign_in(browser: Browser) -> None:
    """A cookie of a session's size, which nobody reads."""
    browser.jar["session"] = "A" * 76
