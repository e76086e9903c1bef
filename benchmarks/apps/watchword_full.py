"""The whole of Watchword, in production's profile: sessions in one SQLite file, accounts in another."""

import json
from pathlib import Path

from flask import Flask, session

from benchmarks.apps.built import SECRET, Built, sign_in_at_login
from benchmarks.apps.counting_store import CountingStore, sqlite_store
from benchmarks.apps.routes import add_routes
from benchmarks.browser import Browser
from watchword.database.engine import SqlDatabase
from watchword.database.upgrade import upgrade
from watchword.flask import Watchword, current_user

CREDENTIALS = {"username": "someone", "password": "correct horse battery staple"}


def build(folder: Path, observed: bool) -> Built:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET, WATCHWORD_ENV="production")
    store = CountingStore(sqlite_store(folder))
    database = SqlDatabase(f"sqlite:///{folder / 'accounts.sqlite3'}")
    upgrade(database)
    Watchword(app, store=store if observed else store.inner, database=database)
    add_routes(app, session, lambda: current_user.id, lambda: None)
    _post(Browser(app), "/auth/register")
    return Built(app, _sign_in, commands=lambda: store.commands)


def _sign_in(browser: Browser) -> None:
    _post(browser, "/auth/sign-in")
    sign_in_at_login(browser)


def _post(browser: Browser, path: str) -> None:
    """As a script of the app's own origin would."""
    headers = {"CONTENT_TYPE": "application/json", "HTTP_ACCEPT": "application/json", "HTTP_X_WATCHWORD": "1"}
    browser.request("POST", path, json.dumps(CREDENTIALS).encode(), **headers)
