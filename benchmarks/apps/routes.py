"""The routes that all apps share. Views are as small as they get, so that the session's cost shows."""

import hashlib
from collections.abc import Callable, MutableMapping
from typing import Any

from flask import Flask

# About nine kilobytes as a cart would be: a list of small dicts, hardly compressible.
BIG = [
    {"id": number, "sku": hashlib.blake2b(b"%d" % number, digest_size=24).hexdigest(), "tags": ["a", "b"]}
    for number in range(120)
]
SMALL = {"language": "en", "visits": 0, "cart": [1, 2, 3], "theme": "dark"}


def add_routes(
    app: Flask, session: MutableMapping[str, Any], user_id: Callable[[], str | None], login: Callable[[], object]
) -> Flask:
    """`login` signs the one user in; the session is given a few values at the same time."""

    @app.get("/plain")
    def plain() -> str:
        return "plain"

    @app.get("/read")
    def read() -> str:
        return str(session["language"])

    @app.get("/who")
    def who() -> str:
        return f"{session['language']} {user_id()}"

    @app.post("/count")
    def count() -> str:
        session["visits"] = session["visits"] + 1
        return "counted"

    @app.get("/size")
    def size() -> str:
        return str(len(session["big"]))

    @app.post("/fill")
    def fill() -> str:
        session["big"] = BIG
        return "filled"

    @app.post("/login")
    def log_in() -> str:
        login()
        for key, value in SMALL.items():
            session[key] = value
        return "signed in"

    return app
