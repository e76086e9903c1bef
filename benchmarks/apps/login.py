"""Flask-Login on whatever session the app has. Its one user waits in a dict, so that no database shows."""

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from benchmarks.apps.routes import add_routes


class User(UserMixin):  # type: ignore[misc]
    """Who signs in."""

    id = "1"


USERS = {User.id: User()}


def add_login(app: Flask) -> Flask:
    """The user loader and the routes."""
    LoginManager(app).user_loader(USERS.get)
    return add_routes(app, session, lambda: current_user.id, lambda: login_user(USERS["1"]))
