"""The demo's pages: an ordinary Flask app."""

from pathlib import Path
from typing import Final

from flask import Flask, render_template, session
from flask.wrappers import Response

from watchword.compose.development import development_secret
from watchword.flask import Watchword, current_user, login_required

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def make_app(folder: Path) -> Flask:
    """The app, with everything it keeps in that folder. The environment's configuration does not reach it."""
    app = Flask(__name__, instance_path=str(folder))
    app.config.from_mapping(_configuration(folder))
    Watchword(app)
    app.add_url_rule("/", view_func=home)
    app.add_url_rule("/members", view_func=login_required(members))
    app.after_request(protect)
    return app


def _configuration(folder: Path) -> dict[str, object]:
    """Everything is said here, so that nothing is asked of the environment."""
    return {
        "SECRET_KEY": development_secret(folder),
        "SECRET_KEY_FALLBACKS": [],
        "WATCHWORD_ENV": "development",
        "WATCHWORD_STORE_URL": f"sqlite:///{folder / 'watchword-sessions.sqlite3'}",
        "WATCHWORD_DATABASE_URL": f"sqlite:///{folder / 'watchword.sqlite3'}",
        "WATCHWORD_PUBLIC_URL": "",
        "WATCHWORD_URL_PREFIX": "/auth",
        "WATCHWORD_COOKIE_NAME": "watchword-demo",
        "WATCHWORD_PROXY_HOPS": 0,
        "WATCHWORD_POLICY": {},
        "WATCHWORD_SITE_NAME": "The Reading Room",
    }


def home() -> str:
    """For everybody."""
    return render_template("demo/home.html")


def members() -> str:
    """For people who signed in. Counts their visits in the session."""
    session["visits"] = session.get("visits", 0) + 1
    return render_template("demo/members.html", visits=session["visits"], account_id=current_user.id)


def protect(response: Response) -> Response:
    """A strict policy for pages that have none of their own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
