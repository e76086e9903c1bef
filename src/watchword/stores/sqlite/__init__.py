"""One file on one machine, by the standard library's driver.

`store` holds the verbs, `file` the connections, `schema` the tables, `faults` what to say when it fails.
"""

from watchword.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
