"""Flask-Login on Flask's own session: everything in a signed cookie."""

from pathlib import Path

from flask import Flask

from benchmarks.apps.built import SECRET, TOO_BIG_FOR_A_COOKIE, Built
from benchmarks.apps.login import add_login


def build(folder: Path, observed: bool) -> Built:
    del folder, observed
    app = Flask(__name__)
    app.config["SECRET_KEY"] = SECRET
    return Built(add_login(app), lacks=TOO_BIG_FOR_A_COOKIE)
