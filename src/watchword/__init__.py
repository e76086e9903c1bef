"""Watchword signs people in and keeps them signed in. Start with `watchword.flask`."""

from importlib.metadata import version as _version

from watchword.auth import Feature
from watchword.kernel.errors import (
    ConfigurationError,
    Outage,
    SessionClosed,
    SessionTooLarge,
    UnstorableValue,
    WatchwordError,
)
from watchword.kernel.policy import Policy

__version__ = _version("watchword")

__all__ = [
    "ConfigurationError",
    "Feature",
    "Outage",
    "Policy",
    "SessionClosed",
    "SessionTooLarge",
    "UnstorableValue",
    "WatchwordError",
    "__version__",
]
