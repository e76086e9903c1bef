"""Watchword in Flask. Translates between Flask and the house, and decides nothing."""

from watchword.flask.current import current_user, login_required
from watchword.flask.extension import Watchword
from watchword.flask.sessions_only import Sessions

__all__ = ["Sessions", "Watchword", "current_user", "login_required"]
