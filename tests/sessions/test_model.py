import tempfile
from pathlib import Path

from hypothesis import settings

from watchword.kernel.ports import Store
from watchword.stores import MemoryStore, SqliteStore
from watchword.testing import ManualClock
from watchword.testing.session_model import SessionModel


class MemoryModel(SessionModel):
    def make_store(self, clock: ManualClock) -> Store:
        return MemoryStore(clock)


TestMemoryModel = MemoryModel.TestCase
TestMemoryModel.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


class SqliteModel(SessionModel):
    def make_store(self, clock: ManualClock) -> Store:
        self.folder = tempfile.TemporaryDirectory()
        self.sqlite = SqliteStore(Path(self.folder.name) / "store.sqlite", clock)
        return self.sqlite

    def teardown(self) -> None:
        self.sqlite.close()
        self.folder.cleanup()


TestSqliteModel = SqliteModel.TestCase
TestSqliteModel.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
