"""What every app module's `build(folder, observed)` gives back."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from benchmarks.browser import Browser

TOO_BIG_FOR_A_COOKIE = ("read@9k", "9k")
SECRET = "for-benchmarks-only-7d3f1c9a5b8e2460"


def sign_in_at_login(browser: Browser) -> None:
    """The way of the apps whose sign-in is a route of ours."""
    browser.request("POST", "/login")


@dataclass(frozen=True)
class Built:
    """`sign_in` makes a browser a signed-in one; `commands` counts what its store was told so far (None: it has
    no store but SQL or the cookie); `lacks` names the scenarios it cannot play."""

    app: Flask
    sign_in: Callable[[Browser], None] = sign_in_at_login
    commands: Callable[[], int] | None = None
    lacks: tuple[str, ...] = ()
