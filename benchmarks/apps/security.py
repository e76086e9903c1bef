"""Flask-Security-Too on its SQLAlchemy datastore; sessions are Flask's signed cookie."""

from pathlib import Path
from typing import Any

from flask import Flask, session
from flask_security import Security, SQLAlchemyUserDatastore, current_user, hash_password, login_user
from flask_security.models import fsqla_v3

from benchmarks.apps.built import SECRET, TOO_BIG_FOR_A_COOKIE, Built
from benchmarks.apps.routes import add_routes
from benchmarks.apps.wal import database

EMAIL = "someone@example.com"


def build(folder: Path, observed: bool) -> Built:
    del observed
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=SECRET,
        SECURITY_PASSWORD_SALT=SECRET,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_LOGIN_URL="/security/login",  # /login is ours
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'flask-security.sqlite3'}",
    )
    users = _datastore(app)
    add_routes(app, session, lambda: current_user.fs_uniquifier, lambda: login_user(users.find_user(email=EMAIL)))
    return Built(app, lacks=TOO_BIG_FOR_A_COOKIE)


def _datastore(app: Flask) -> SQLAlchemyUserDatastore:
    """The models as its documentation has them, and one user."""
    db: Any = database(app)
    fsqla_v3.FsModels.set_db_info(db)

    class Role(db.Model, fsqla_v3.FsRoleMixin):  # type: ignore[misc]
        pass

    class User(db.Model, fsqla_v3.FsUserMixin):  # type: ignore[misc]
        pass

    users = SQLAlchemyUserDatastore(db, User, Role)
    Security(app, users)
    with app.app_context():
        db.create_all()
        users.create_user(email=EMAIL, password=hash_password("correct horse battery staple"))
        db.session.commit()
    return users
