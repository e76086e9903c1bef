"""The database's ports in dictionaries, honest to their docstrings, so that features are tested without one."""

import copy
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from watchword.kernel.errors import AlreadyExists, Outage
from watchword.kernel.events import Event
from watchword.kernel.models import Account, Credential, SessionEntry, Subject
from watchword.kernel.reasons import EndReason


class Shelves:
    """What the database holds. A transaction that raises puts everything back; `away` makes it an outage."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.credentials: dict[tuple[str, str, str], Credential] = {}
        self.entries: dict[tuple[str, str], SessionEntry] = {}
        self.events: list[Event] = []
        self.away = False

    def answer(self) -> None:
        """Raises `Outage` while the database is away."""
        if self.away:
            raise Outage("the database is away", retry_after=7)

    @contextmanager
    def transaction(self) -> Generator[None]:
        self.answer()
        before = {name: copy.copy(value) for name, value in vars(self).items()}
        try:
            yield
        except BaseException:
            vars(self).update(before)
            raise

    def write(self, events: Sequence[Event]) -> None:
        """The `Sink`."""
        self.answer()
        self.events.extend(events)


class MemoryAccounts:
    """`Accounts` and `Subjects`."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def create(self, account: Account, credentials: Sequence[Credential]) -> None:
        if self.by_name(account.name) is not None:
            raise AlreadyExists("username")
        self._shelves.accounts[account.id] = account
        for item in credentials:
            self._shelves.credentials[item.account_id, item.kind, item.external_id] = item

    def by_id(self, account_id: str) -> Account | None:
        self._shelves.answer()
        return self._shelves.accounts.get(account_id)

    def by_name(self, name: str) -> Account | None:
        self._shelves.answer()
        return next((item for item in self._shelves.accounts.values() if item.name == name), None)

    def with_credential(self, name: str, kind: str) -> tuple[Account, Credential | None] | None:
        account = self.by_name(name)
        if account is None:
            return None
        found = (item for item in self._shelves.credentials.values() if item.account_id == account.id)
        return account, next((item for item in found if item.kind == kind), None)

    def raise_epoch(self, account_id: str, now: float) -> int:
        account = self.by_id(account_id)
        if account is None:
            return 0
        epoch = max(account.epoch + 1, int(now * 1_000_000))
        self._shelves.accounts[account_id] = replace(account, epoch=epoch)
        return epoch

    def set_active(self, account_id: str, active: bool, now: float) -> bool:
        if not self.raise_epoch(account_id, now):
            return False
        account = self._shelves.accounts[account_id]
        self._shelves.accounts[account_id] = replace(account, active=active)
        return True

    def load(self, subject_id: str) -> Subject | None:
        account = self.by_id(subject_id)
        if account is None:
            return None
        return Subject(account.id, account.epoch, account.active, account.roles, account.username, account.display_name)


class MemoryCredentials:
    """`Credentials`."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def of(self, account_id: str, kind: str) -> list[Credential]:
        self._shelves.answer()
        held = self._shelves.credentials.values()
        return [item for item in held if (item.account_id, item.kind) == (account_id, kind)]

    def add(self, credential: Credential) -> None:
        self._shelves.answer()
        key = credential.account_id, credential.kind, credential.external_id
        if key in self._shelves.credentials:
            raise AlreadyExists("external_id")
        self._shelves.credentials[key] = credential

    def replace(self, credential: Credential, data: str) -> bool:
        self._shelves.answer()
        key = credential.account_id, credential.kind, credential.external_id
        now = self._shelves.credentials.get(key)
        if now is None or now.version != credential.version:
            return False
        self._shelves.credentials[key] = replace(now, data=data, version=now.version + 1)
        return True


class MemoryIndex:
    """`SessionIndex`."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def opened(self, entry: SessionEntry) -> None:
        self._shelves.answer()
        self._shelves.entries[entry.public_id, entry.account_id] = entry

    def ended(self, public_id: str, reason: EndReason, at: float) -> None:
        self._shelves.answer()
        for key, entry in self._shelves.entries.items():
            if entry.public_id == public_id and entry.ended_at is None:
                self._shelves.entries[key] = replace(entry, ended_at=at, end_reason=reason.value)

    def of(self, account_id: str) -> list[SessionEntry]:
        self._shelves.answer()
        rows = [entry for entry in self._shelves.entries.values() if entry.account_id == account_id]
        return sorted(rows, key=lambda entry: entry.opened_at, reverse=True)
