"""Configuration: read from a mapping and the environment, with every problem found and its remedy."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from watchword.crypto.keys import weakness
from watchword.kernel.errors import Problem
from watchword.kernel.policy import Policy

NEW_SECRET: Final = "set it to the output of: python -c 'import secrets; print(secrets.token_hex())'"  # noqa: S105
_COOKIE_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}")
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")
HOST_NAME: Final = "__Host-watchword"
DEVELOPMENT_NAME: Final = "watchword-dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a house is built from. `secrets` is newest first and may be empty in development."""

    production: bool
    secrets: tuple[str | bytes, ...]
    store_url: str
    database_url: str
    public_url: str
    url_prefix: str
    cookie_name: str
    cookie_samesite: str
    proxy_hops: int
    site_name: str
    policy: Policy
    instance: Path

    def session_cookie(self, *, https: bool) -> str:
        """The session cookie's name on that kind of connection: the `__Host-` prefix needs https (B-58, B-69)."""
        if self.cookie_name and (https or self.production or not self.cookie_name.startswith("__Host-")):
            return self.cookie_name
        return HOST_NAME if https or self.production else DEVELOPMENT_NAME


class Reader:
    """Reads settings, noting problems instead of stopping at the first."""

    def __init__(self, config: Mapping[str, object], environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self.problems: list[Problem] = []

    def get(self, name: str) -> object:
        """The app's configuration first, then the environment under the same name; None when neither has it."""
        value = self._config.get(name)
        return self._environ.get(name) if value is None else value

    def configured(self, name: str) -> object:
        """From the app's configuration alone: an environment holds no lists."""
        return self._config.get(name)

    def text(self, name: str, default: str) -> str:
        value = self.get(name)
        if value is None:
            return default
        if isinstance(value, str):
            return value
        self.wrong(name, f"is {value!r}, not text", "set it to text")
        return default

    def number(self, name: str, default: int) -> int:
        value = self.get(name)
        try:
            number = int(cast(str, value)) if value is not None else default
        except (TypeError, ValueError):
            number = -1
        if number < 0:
            self.wrong(name, f"is {value!r}", "set it to a whole number, 0 or more")
            return default
        return number

    def wrong(self, setting: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(setting, what, remedy))


def read_settings(
    config: Mapping[str, object],
    environ: Mapping[str, str],
    *,
    instance: Path,
    debug: bool,
    policy: Policy | None = None,
) -> tuple[Settings, list[Problem]]:
    """The settings and everything wrong with them. `debug` decides the profile where WATCHWORD_ENV does not."""
    reader = Reader(config, environ)
    production = _profile(reader, debug)
    name = _cookie_name(reader)
    settings = Settings(
        production=production,
        secrets=_secrets(reader, production),
        store_url=reader.text("WATCHWORD_STORE_URL", _in_folder(instance, "watchword-sessions.sqlite3")),
        database_url=reader.text("WATCHWORD_DATABASE_URL", _in_folder(instance, "watchword.sqlite3")),
        public_url=_public_url(reader, production),
        url_prefix=_url_prefix(reader),
        cookie_name=name,
        cookie_samesite=_samesite(reader),
        proxy_hops=reader.number("WATCHWORD_PROXY_HOPS", 0),
        site_name=reader.text("WATCHWORD_SITE_NAME", ""),
        policy=policy or _policy(reader),
        instance=instance,
    )
    if production and debug:
        reader.wrong("DEBUG", "is on in production", "turn it off: the debugger runs code for anyone who finds it")
    _refuse_cookie_attributes(reader, name)
    return settings, reader.problems


def _in_folder(folder: Path, name: str) -> str:
    return f"sqlite:///{quote(str(folder / name))}"


def _profile(reader: Reader, debug: bool) -> bool:
    profile = reader.text("WATCHWORD_ENV", "development" if debug else "production")
    if profile not in ("development", "production"):
        reader.wrong("WATCHWORD_ENV", f"is {profile!r}", "set it to development or production")
    return profile != "development"


def _secrets(reader: Reader, production: bool) -> tuple[str | bytes, ...]:
    newest = reader.get("SECRET_KEY")
    fallbacks = reader.configured("SECRET_KEY_FALLBACKS") or ()
    if isinstance(fallbacks, str | bytes) or not isinstance(fallbacks, list | tuple):
        reader.wrong("SECRET_KEY_FALLBACKS", "is not a list", "set it to a list of earlier keys")
        fallbacks = ()
    found = [("SECRET_KEY", newest)] if newest is not None else []
    found += [("SECRET_KEY_FALLBACKS", key) for key in cast("list[object]", fallbacks)]
    if production and newest is None:
        reader.wrong("SECRET_KEY", "is not set", NEW_SECRET)
    return tuple(key for name, key in found if _usable_secret(reader, name, key, production))  # type: ignore[misc]


def _usable_secret(reader: Reader, name: str, key: object, production: bool) -> bool:
    if not isinstance(key, str | bytes) or not key:
        reader.wrong(name, "is empty or not text", NEW_SECRET)
        return False
    weak = weakness(key)
    if production and weak:
        reader.wrong(name, weak, NEW_SECRET)
    return True


def _public_url(reader: Reader, production: bool) -> str:
    url = reader.text("WATCHWORD_PUBLIC_URL", "")
    if url and not url.startswith("https://" if production else ("https://", "http://")):
        reader.wrong("WATCHWORD_PUBLIC_URL", f"is {url!r}", "set it to the https:// address people open")
    return url.rstrip("/")


def _url_prefix(reader: Reader) -> str:
    prefix = reader.text("WATCHWORD_URL_PREFIX", "/auth")
    if _PREFIX.fullmatch(prefix):
        return prefix
    reader.wrong("WATCHWORD_URL_PREFIX", f"is {prefix!r}", "begin it with / and do not end it so, e.g. /auth")
    return "/auth"


def _cookie_name(reader: Reader) -> str:
    """Ours, else Flask's where the app changed that, else the profile's (empty)."""
    flask_name = reader.get("SESSION_COOKIE_NAME")
    fallback = flask_name if isinstance(flask_name, str) and flask_name != "session" else ""
    name = reader.text("WATCHWORD_COOKIE_NAME", fallback)
    if name and not _COOKIE_NAME.fullmatch(name):
        reader.wrong("WATCHWORD_COOKIE_NAME", f"is {name!r}", "use at most 64 letters, digits and - _ .")
        return ""
    return name


def _samesite(reader: Reader) -> str:
    value = reader.get("SESSION_COOKIE_SAMESITE")
    if value in (None, "Lax", "Strict"):
        return "Strict" if value == "Strict" else "Lax"
    reader.wrong("SESSION_COOKIE_SAMESITE", f"is {value!r}", "set it to Lax or Strict, or leave it out for Lax")
    return "Lax"


def _refuse_cookie_attributes(reader: Reader, name: str) -> None:
    """Attributes of Flask's that would weaken the cookie or break its `__Host-` prefix."""
    if reader.get("SESSION_COOKIE_DOMAIN"):
        reader.wrong("SESSION_COOKIE_DOMAIN", "shares the session with other hosts", "remove it")
    if reader.get("SESSION_COOKIE_PATH") not in (None, "/"):
        reader.wrong("SESSION_COOKIE_PATH", "limits the session to a part of the site", "remove it, or set it to /")
    if reader.get("SESSION_COOKIE_HTTPONLY") is False:
        reader.wrong("SESSION_COOKIE_HTTPONLY", "lets scripts read the session's cookie", "remove it")
    if name.startswith("__Secure-"):
        reader.wrong("WATCHWORD_COOKIE_NAME", f"is {name!r}", "use the prefix __Host-, which is stronger")


def _policy(reader: Reader) -> Policy:
    value = reader.configured("WATCHWORD_POLICY")
    if value is None:
        return Policy()
    if isinstance(value, Policy):
        return value
    if not isinstance(value, dict):
        reader.wrong("WATCHWORD_POLICY", f"is {value!r}", "set it to a watchword Policy or a dict of its figures")
        return Policy()
    return replace(Policy(), **_figures(reader, cast("dict[str, object]", value)))


def _figures(reader: Reader, figures: dict[str, object]) -> dict[str, Any]:
    known = {item.name for item in fields(Policy)}
    for name in sorted(set(figures) - known):
        reader.wrong("WATCHWORD_POLICY", f"has no figure {name!r}", f"use one of {', '.join(sorted(known))}")
    return {name: figure for name, figure in figures.items() if name in known and _is_figure(reader, name, figure)}


def _is_figure(reader: Reader, name: str, figure: object) -> bool:
    if isinstance(figure, int | float) and not isinstance(figure, bool) and 0 < figure < math.inf:
        return True
    reader.wrong("WATCHWORD_POLICY", f"has {name} = {figure!r}", "use a finite number above 0")
    return False
