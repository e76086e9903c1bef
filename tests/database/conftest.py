"""A migrated SQLite file for each test, and other processes to share it with."""

import os
import subprocess
import sys
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from watchword.database.accounts import SqlAccounts
from watchword.database.engine import SqlDatabase
from watchword.database.upgrade import upgrade
from watchword.database.urls import open_database
from watchword.kernel.models import Account, Credential


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'instance' / 'watchword.sqlite3'}"


@pytest.fixture
def empty(url: str) -> Iterator[SqlDatabase]:
    database = open_database(url)
    yield database
    database.close()


@pytest.fixture
def database(empty: SqlDatabase) -> SqlDatabase:
    upgrade(empty)
    return empty


@pytest.fixture
def accounts(database: SqlDatabase) -> SqlAccounts:
    return SqlAccounts(database)


@pytest.fixture
def make_account() -> Callable[..., Account]:
    def make(name: str = "ada", **other: object) -> Account:
        values = {"username": name.title(), "display_name": "Ada L.", "epoch": 1, "created_at": 1.5, **other}
        return Account(id=str(uuid.uuid4()), name=name, **values)  # type: ignore[arg-type]

    return make


@pytest.fixture
def ada(accounts: SqlAccounts, make_account: Callable[..., Account]) -> Account:
    account = make_account()
    accounts.create(account, [Credential(account.id, "password", "hash", 1.5)])
    return account


Script = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Script]:
    """Starts Python text in another process; whatever still runs at the end of the test is killed."""
    running: list[subprocess.Popen[str]] = []

    def run(text: str, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-W", "error", "-c", text, *arguments]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def in_fork() -> Callable[..., str]:
    """Runs a function in a forked child, as nobody if asked, and answers what it returned or raised."""

    def run(function: Callable[[], object], *, as_nobody: bool = False) -> str:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, _answer(function, as_nobody).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        return answer

    return run


def _answer(function: Callable[[], object], as_nobody: bool) -> str:
    try:
        if as_nobody and os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        return str(function())
    except BaseException as error:
        return "".join(traceback.format_exception_only(error))


@pytest.fixture
def together() -> Callable[[int, Callable[[], object]], None]:
    """Runs a function in so many threads at once; the first failure is raised."""

    def run(number: int, work: Callable[[], object]) -> None:
        failures: list[BaseException] = []
        barrier = threading.Barrier(number)

        def one() -> None:
            barrier.wait()
            try:
                work()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=one) for _ in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    return run
