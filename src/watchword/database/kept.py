"""One DBAPI connection kept per thread for single reads: pooled connections cost five times the read itself."""

import contextlib
from typing import Any, Final, cast

from sqlalchemy import Engine

from watchword.database.failures import outage

Row = tuple[Any, ...]


class KeptConnection:
    """One thread's own connection, committing by itself. Opened at construction, closed by `close`."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._dialect: Final = engine.dialect
        self._name: Final = name
        self._errors: Final[type[Exception]] = engine.dialect.loaded_dbapi.Error
        self._connection = self._open(engine)
        self._cursor = self._connection.cursor()

    def row(self, sql: str, parameters: object) -> Row | None:
        """The row of a statement that finds one at most. Raises what the driver raises."""
        cursor = self._cursor
        cursor.execute(sql, parameters)
        found = cursor.fetchone()
        return cast("Row | None", found)

    def stale(self, error: Exception) -> bool:
        """Whether the error says that the server hung up, so that a new connection may answer."""
        return isinstance(error, self._errors) and self._dialect.is_disconnect(error, self._connection, None)  # type: ignore[arg-type]

    def close(self) -> None:
        """Close it; already closed or broken is fine."""
        with contextlib.suppress(self._errors):
            self._connection.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self.close()

    def _open(self, engine: Engine) -> Any:
        try:
            fairy = engine.raw_connection()
        except self._errors as error:
            raise outage(self._name, error) or error from error
        connection = fairy.dbapi_connection
        fairy.detach()
        engine.dialect.set_isolation_level(connection, "AUTOCOMMIT")  # type: ignore[arg-type]
        return connection
