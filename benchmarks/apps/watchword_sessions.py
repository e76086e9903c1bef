"""Watchword's `Sessions`: Flask's session on a server-side store, and nothing else."""

from pathlib import Path

from flask import Flask, session

from benchmarks.apps.built import SECRET, Built
from benchmarks.apps.counting_store import CountingStore, sqlite_store
from benchmarks.apps.routes import add_routes
from watchword.flask import Sessions


def build(folder: Path, observed: bool) -> Built:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET, WATCHWORD_ENV="production")
    store = CountingStore(sqlite_store(folder))
    Sessions(app, store if observed else store.inner)
    add_routes(app, session, lambda: session.get("user"), lambda: session.update(user="1"))
    return Built(app, commands=lambda: store.commands, lacks=("subject",))
