"""The app that real servers run in these tests: the newcomer's code, and routes that tests need."""

import os
import time
from pathlib import Path

from flask import Flask, jsonify, render_template_string, request, session

from watchword.flask import Watchword, current_user, login_required
from watchword.kernel.policy import Policy
from watchword.passwords.hasher import Hasher
from watchword.testing import FileClock

INSTANCE = Path(os.environ["WATCHWORD_TEST_INSTANCE"])
POLICY = Policy(idle=float(os.environ.get("WATCHWORD_TEST_IDLE", 1800)))

app = Flask(__name__, instance_path=str(INSTANCE))
app.config["SECRET_KEY"] = os.environ.get("WATCHWORD_TEST_SECRET", "front-door-tests-0123456789abcdef")
watchword = Watchword(
    app,
    policy=POLICY,
    clock=FileClock(INSTANCE / "clock"),
    hasher=None if "WATCHWORD_TEST_REAL_HASHER" in os.environ else Hasher.weak_for_tests(POLICY),
)

HOME = """<!doctype html><html lang="en"><title>Home</title><link rel="icon" href="data:,">
<h1>Hello {{ current_user.display_name }}</h1>
<p id="private">Private words for {{ current_user.username }}</p>
<p><a href="{{ url_for('watchword.sign_out') }}">Sign out</a></p></html>"""


@app.get("/")
@login_required
def home():
    return render_template_string(HOME)


@app.get("/public")
def public():
    return "anyone may read this"


@app.get("/who")
def who():
    return jsonify(id=current_user.id, name=current_user.username)


@app.route("/values", methods=["GET", "POST"])
def values():
    if request.method == "POST":
        for key, value in request.args.items():
            session[key] = value
    return jsonify(dict(session))


@app.route("/slow", methods=["GET", "POST"])
def slow():
    """Looks at the session first, then waits, then writes where asked to."""
    seen = session.get("note")
    time.sleep(float(request.args["s"]))
    if "write" in request.args:
        session["note"] = request.args["write"]
    return jsonify(seen=seen, user=current_user.id)


@app.get("/anonymous-note")
def anonymous_note():
    session["note"] = "from before sign-in"
    return "noted"


@app.get("/boom")
def boom():
    raise RuntimeError("a secret detail of the inside")
