"""What the command line works on: a Flask application, or the environment's configuration."""

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from watchword.auth import Feature
from watchword.compose import DatabaseSource, House, compose, default_features
from watchword.compose.settings import Settings, read_settings
from watchword.database.engine import SqlDatabase
from watchword.database.urls import open_database
from watchword.kernel.errors import ConfigurationError, Problem
from watchword.kernel.ports import Store

if TYPE_CHECKING:
    from flask import Flask


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Settings with what is wrong with them, and how to build from them.

    `database` and `build` are None where an app uses sessions alone.
    """

    settings: Settings
    problems: Sequence[Problem]
    store: Store | str
    database: DatabaseSource | None
    debug: bool
    features: Sequence[Feature] = ()
    build: Callable[[], House] | None = field(default=None, repr=False)

    @contextmanager
    def open_house(self) -> Generator[House]:
        """The composed parts, closed again afterwards. Raises `ConfigurationError` with every problem."""
        if self.build is None:
            raise ConfigurationError([_NO_ACCOUNTS])
        house = self.build()
        try:
            yield house
        finally:
            house.database.close()

    @contextmanager
    def open_database(self) -> Generator[SqlDatabase]:
        """The database alone, whatever else is wrong. Raises `ConfigurationError` when its address is."""
        if self.database is None:
            raise ConfigurationError([_NO_ACCOUNTS])
        database = open_database(self.database) if isinstance(self.database, str) else self.database
        try:
            yield database
        finally:
            database.close()


_NO_ACCOUNTS = Problem("Sessions", "keep no accounts and need no database", "use Watchword(app) for accounts")


def locate(app: str | None, instance: Path) -> Place:
    """The app of that name, else what the environment says, with SQLite in the folder `instance`."""
    if app is None:
        return of_environment(os.environ, instance)
    from watchword.cli.loading import load

    return of_app(load(app))


def of_environment(environ: Mapping[str, str], instance: Path) -> Place:
    """The default features with the environment's configuration."""
    debug = environ.get("FLASK_DEBUG", "").lower() not in {"", "0", "false", "no"}
    settings, problems = read_settings({}, environ, instance=instance.absolute(), debug=debug)
    features = default_features()
    return Place(
        settings=settings,
        problems=problems,
        store=settings.store_url,
        database=settings.database_url,
        debug=debug,
        features=features,
        build=lambda: compose(settings, problems, features=features),
    )


def of_app(app: "Flask") -> Place:
    """What that app was given. Raises `ConfigurationError` when it has no Watchword."""
    from watchword.cli.loading import parts

    found = parts(app)
    return Place(
        settings=found.settings,
        problems=found.problems,
        store=found.store or found.settings.store_url,
        database=None if found.build is None else found.database or found.settings.database_url,
        debug=app.debug,
        features=found.features,
        build=found.build,
    )
