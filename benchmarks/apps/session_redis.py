"""Flask-Login on Flask-Session's Redis backend, with a Redis of its own that ends with this process."""

import atexit
import subprocess
import time
from pathlib import Path

from flask import Flask
from flask_session import Session
from redis import Redis
from redis.exceptions import ConnectionError as NotThere

from benchmarks.apps.built import SECRET, Built
from benchmarks.apps.login import add_login


def build(folder: Path, observed: bool) -> Built:
    app = Flask(__name__)
    redis = _start(folder)
    app.config.update(SECRET_KEY=SECRET, SESSION_TYPE="redis", SESSION_REDIS=redis)
    Session(app)
    return Built(add_login(app), commands=CommandCounter(folder) if observed else None)


def _start(folder: Path) -> Redis:
    """Listens on a socket in the folder and nowhere else; keeps nothing."""
    socket = folder / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    atexit.register(server.terminate)
    redis = Redis(unix_socket_path=str(socket))
    for _ in range(100):
        try:
            redis.ping()
            return redis
        except NotThere:
            time.sleep(0.05)
    raise RuntimeError("redis-server did not start")


class CommandCounter:
    """All commands the server processed, but for the ones that ask."""

    def __init__(self, folder: Path) -> None:
        self._redis = Redis(unix_socket_path=str(folder / "redis.sock"))
        self._asked = 0

    def __call__(self) -> int:
        processed = int(self._redis.info("stats")["total_commands_processed"])
        self._asked += 1
        return processed - self._asked
