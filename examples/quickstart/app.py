from flask import Flask

from watchword.flask import Watchword, current_user, login_required

app = Flask(__name__)
Watchword(app)  # pages under /auth, sessions and accounts in SQLite in the instance folder


@app.get("/")
@login_required
def home():
    return f"Hello {current_user.display_name}"
