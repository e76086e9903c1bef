"""An app with a template of its own for our sign-in page."""

import os

from flask import Flask

from watchword.flask import Watchword, current_user, login_required
from watchword.kernel.policy import Policy
from watchword.passwords.hasher import Hasher

app = Flask("bookshop", instance_path=os.environ["WATCHWORD_TEST_INSTANCE"], root_path=os.path.dirname(__file__))
app.config["SECRET_KEY"] = "branded-tests-0123456789abcdef"
watchword = Watchword(app, hasher=Hasher.weak_for_tests(Policy()))


@app.get("/")
@login_required
def home():
    return f"<!doctype html><title>Home</title>Hello {current_user.username}"


@app.get("/public")
def public():
    return "anyone may read this"
