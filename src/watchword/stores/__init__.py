"""Where expiring bytes lie: one room per backend, all behind the kernel's `Store` and `Counters`.

`open_store` finds the backend by URL. Every backend passes `watchword.testing.store_contract`.
"""

from watchword.stores.memory import MemoryStore
from watchword.stores.sqlite import SqliteStore
from watchword.stores.urls import Backend, open_store

__all__ = ["Backend", "MemoryStore", "SqliteStore", "open_store"]
