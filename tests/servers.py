"""Starts real application servers in other processes, on free loopback ports, and stops them by pid."""

import contextlib
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from watchword.database.upgrade import upgrade
from watchword.database.urls import open_database
from watchword.testing import FileClock

ROOT = Path(__file__).resolve().parent.parent
PRELOAD = ("--preload",)
"""gunicorn's option to import the app once and fork: half the start, and forks that inherit what was made."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """`python -m gunicorn` or `granian` with two workers; restartable on the same port.

    `prefix` goes before the command (`setpriv ...`), `options` are the server's own; `prepare` runs in the
    child before it.
    """

    instance: Path
    kind: str = "gunicorn"
    app: str = "tests.apps.front:app"
    workers: int = 2
    threads: int = 8
    env: dict[str, str] = field(default_factory=dict)
    certificate: tuple[Path, Path] | None = None
    prefix: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    prepare: Callable[[], None] | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://localhost:{self.port}"

    @property
    def log(self) -> str:
        return self._log_file.read_text("utf-8", "replace")

    @property
    def clock(self) -> FileClock:
        """Moves the time of all workers at once."""
        return FileClock(self.instance / "clock")

    def rows(self, statement: str, *values: object) -> list[dict[str, object]]:
        """What the server's own database says."""
        return self._query("watchword.sqlite3", statement, values)

    def stored(self, statement: str, *values: object) -> list[dict[str, object]]:
        """What the server's session store says."""
        return self._query("watchword-sessions.sqlite3", statement, values)

    def audited(self, event: str, since: int = 0) -> list[dict[str, object]]:
        """The audit rows of that event after a row's id, oldest first."""
        return self.rows("SELECT * FROM watchword_audit WHERE event = ? AND id > ? ORDER BY id", event, since)

    def last_audited(self) -> int:
        """The newest audit row's id: what happens from now on comes after it."""
        return int(str(self.rows("SELECT coalesce(max(id), 0) AS id FROM watchword_audit")[0]["id"]))

    def start(self) -> "Server":
        self.spawn()
        self._wait()
        return self

    def spawn(self) -> None:
        """Start without waiting for an answer."""
        self.instance.mkdir(parents=True, exist_ok=True)
        environ = {**os.environ, "WATCHWORD_TEST_INSTANCE": str(self.instance), "WATCHWORD_ENV": "development"}
        environ |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""}
        environ |= {"PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "pycache"), **self.env}
        with open(self._log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *self._command()],
                cwd=ROOT,
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self.prepare,
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if how is signal.SIGKILL:
                os.killpg(self.process.pid, how)
            else:
                self.process.send_signal(how)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)
        self.process = None

    def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.stop(how)
        self.start()

    @property
    def _log_file(self) -> Path:
        """Beside the instance folder, which may be full or read-only."""
        return self.instance.with_name(f"{self.instance.name}-{self.port}.log")

    def _query(self, name: str, statement: str, values: tuple[object, ...]) -> list[dict[str, object]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.instance / name}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(statement, values)]

    def kill_workers(self) -> None:
        """SIGKILL to each; the server starts others."""
        assert self.process is not None
        pid = self.process.pid
        for worker in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(worker), signal.SIGKILL)

    def _command(self) -> list[str]:
        at = f"127.0.0.1:{self.port}"
        if self.kind == "granian":
            command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
            command += ["--port", str(self.port), "--workers", str(self.workers)]
            command += ["--blocking-threads", str(self.threads), self.app]
            if self.certificate:
                command += ["--ssl-certificate", str(self.certificate[0]), "--ssl-keyfile", str(self.certificate[1])]
            return command
        command = [sys.executable, "-m", "gunicorn", "--bind", at, "--workers", str(self.workers)]
        command += ["--worker-class", "gthread", "--threads", str(self.threads), "--graceful-timeout", "1"]
        command += ["--keep-alive", "1", "--no-control-socket", *self.options, self.app]
        if self.certificate:
            command += ["--certfile", str(self.certificate[0]), "--keyfile", str(self.certificate[1])]
        return command

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                break
            if self._answers():
                return
            time.sleep(0.05)
        self.stop(signal.SIGKILL)
        raise RuntimeError(f"the server did not start:\n{self.log[-4000:]}")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                stream: socket.socket = connection
                if self.certificate:
                    stream = ssl._create_unverified_context().wrap_socket(connection, server_hostname="localhost")
                with stream:
                    stream.sendall(b"GET /public HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    return stream.recv(12).startswith(b"HTTP/1.1 ")
        except OSError:
            return False


@contextlib.contextmanager
def running(instance: Path, **options: object) -> Iterator[Server]:
    server = Server(instance, **options)  # type: ignore[arg-type]
    try:
        yield server.start()
    finally:
        server.stop()


def migrate(instance: Path) -> Path:
    """What `watchword db upgrade` does: production starts on a database that is ready."""
    instance.mkdir(parents=True, exist_ok=True)
    database = open_database(f"sqlite:///{instance / 'watchword.sqlite3'}")
    upgrade(database)
    database.close()
    return instance
