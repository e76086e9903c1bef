"""Read-only folders, full disks, neighbours with our cookie's name: clear words, nothing lost, never a 500."""

import contextlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.client import PASSWORD, Client
from tests.servers import PRELOAD, running
from watchword.crypto.keys import KeyRing
from watchword.sessions.cookie import fresh_token

pytestmark = pytest.mark.server

ROOT_USER = os.geteuid() == 0
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if ROOT_USER else ()


def clear_503(answer):
    """Words for the person, when to come back, nothing of the inside."""
    assert answer.status == 503
    assert int(answer.get("Retry-After")) > 0
    assert "no-store" in answer.get("Cache-Control")
    assert "Nothing was changed; please try again shortly." in answer.text
    assert "sqlite" not in answer.text
    return True


@pytest.fixture
def folder():
    """An instance folder that user 65534 can reach."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place / "instance"
    subprocess.run(["chmod", "-R", "u+w", str(place)], check=False)
    shutil.rmtree(place)


def give_away(folder, mode):
    for path in [folder, *folder.iterdir()]:
        if ROOT_USER:
            os.chown(path, 65534, 65534)
        path.chmod(mode if path.is_dir() else mode & 0o666)


def test_read_only_folder_from_the_start(folder):
    """Development with nothing made yet: the server starts or says why not; nobody sees a stack trace."""
    folder.mkdir()
    give_away(folder, 0o555)
    with pytest.raises(RuntimeError, match="did not start") as refused, running(folder, options=PRELOAD, prefix=NOBODY):
        pass
    said = str(refused.value)
    assert "Watchword cannot start with this configuration:" in said
    assert "watchword.sqlite3 cannot be made (Permission denied) -> make the folder, writable for the user" in said


def test_folder_that_became_read_only(folder):
    """A running server answers as ever or 503; a new one says what to mend; then everything is there again."""
    folder.mkdir()
    give_away(folder, 0o755)
    with running(folder, options=PRELOAD, prefix=NOBODY) as server:
        ann = Client(server.url)
        ann.register("ann")
        ann.sign_in("ann")
        ann.post("/values?note=kept")
        give_away(folder, 0o555)
        _answers_or_says_why(server, ann)
        assert "Traceback" not in server.log
        server.stop()
        with contextlib.suppress(RuntimeError):
            server.start()  # it starts where SQLite finds nothing to write
            _answers_or_says_why(server, ann)
        assert "make the file and its folder writable for the user" in server.log
        server.stop()
        give_away(folder, 0o755)
        server.start()
        assert ann.get("/values").json == {"note": "kept"}
        assert ann.get("/who").json["name"] == "ann"


def _answers_or_says_why(server, ann):
    answers = [ann.get("/") for _ in range(20)]
    answers += [ann.post("/values?note=kept") for _ in range(20)]
    answers += [Client(server.url).send("/auth/register", _somebody(number)) for number in range(20)]
    assert {answer.status for answer in answers} <= {200, 409, 503}
    assert all(clear_503(answer) for answer in answers if answer.status == 503)


def _tmpfs(folder):
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], check=False)
    return mounted.returncode == 0


def test_full_disk(folder):
    """Reads go on; writes are answered 503 in clear words; after space is made all goes on, nothing lost."""
    if not (ROOT_USER and _tmpfs(folder)):
        pytest.skip("a full disk takes root and mount")
    try:
        with running(folder, options=PRELOAD) as server:
            ann = Client(server.url)
            assert ann.register("ann").status == 303
            assert ann.sign_in("ann").status == 303
            assert ann.post("/values?note=kept").status == 200
            filler = folder / "filler"
            with pytest.raises(OSError, match="No space"):
                _fill(filler)
            assert ann.get("/").status == 200
            assert ann.get("/values").json == {"note": "kept"}
            refused = _until_refused(lambda n: ann.post(f"/values?note=lost{n}&more={'x' * 3000}"))
            assert clear_503(refused)
            refused = _until_refused(lambda n: Client(server.url).send("/auth/register", _somebody(n)))
            assert clear_503(refused)
            assert refused.json["error"] == "outage"
            page = _until_refused(lambda n: Client(server.url).register(f"page{n}"))
            assert clear_503(page)
            assert ann.user is not None
            log = server.log
            assert "disk" in log
            assert "free some space" in log
            filler.unlink()
            assert ann.post("/values?note=again").status == 200
            assert ann.get("/values").json["note"] == "again"
            bob = Client(server.url)
            assert bob.register("bob").status == 303
            assert bob.sign_in("bob").status == 303
            assert server.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
            assert "Traceback" not in server.log
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(path):
    with path.open("wb", buffering=0) as file:
        for _ in range(5000):
            file.write(b"x" * 1024)


def _somebody(number):
    return {"username": f"full{number}", "password": PASSWORD}


def _until_refused(call):
    """Files have a little room inside: the disk's end is met within some writes."""
    for number in range(300):
        answer = call(number)
        if answer.status == 503:
            return answer
    raise AssertionError("the disk never filled up")


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (160_000, 160_000))


def test_file_size_limit(folder):
    """The same end met by a limit instead of a disk."""
    with running(folder, options=PRELOAD, prepare=_small_files) as server:
        ann = Client(server.url)
        assert ann.register("ann").status == 303
        assert ann.sign_in("ann").status == 303
        refused = _until_refused(lambda n: ann.post(f"/values?note{n % 4}={'x' * 3000}{n}"))
        assert clear_503(refused)
        assert ann.get("/").status in (200, 503)
        assert "raise the file size limit" in server.log or "the disk" in server.log
        server.stop()
        server.prepare = None
        server.start()
        assert ann.get("/who").json["name"] == "ann"


def test_two_apps_on_one_host_with_one_cookie_name(server, person, tmp_path):
    """Ports share cookies: each app takes the other's for a stranger's, goes on, and tells its operator."""
    neighbour_key = {"WATCHWORD_TEST_SECRET": "the neighbour's own key, 0123456789abcdef"}
    with running(tmp_path / "instance", env=neighbour_key, options=PRELOAD) as neighbour:
        server.clock.advance(120)
        before = server.last_audited()
        ann = person()
        ours = ann.session_cookie
        there = Client(neighbour.url, jar=ann.jar)  # one browser: one jar for both ports
        assert there.user is None
        assert there.get("/auth/sign-in").status == 200
        assert ann.session_cookie == ours  # looking signs nobody out
        there.register("bob")
        assert there.sign_in("bob").status == 303
        assert there.user is not None
        theirs = ann.session_cookie
        assert theirs != ours
        assert ann.user is None  # replaced in the jar, as browsers do; still alive on our side
        assert ann.get("/who", cookies={"watchword-dev": ours}).json["id"] is not None
        assert ann.session_cookie == theirs
        rows = server.audited("malicious_extraneous", before) + neighbour.audited("malicious_extraneous")
        assert len(rows) >= 2
        assert {json.loads(row["details"])["kind"] for row in rows} == {"forged"}


def test_two_apps_on_one_host_and_the_log_says_the_remedy(server, client):
    server.clock.advance(120)
    theirs = fresh_token(KeyRing(["the neighbour's own key, 0123456789abcdef"])).encode()
    client.get("/who", cookies={"watchword-dev": theirs})
    assert "WATCHWORD_COOKIE_NAME" in server.log


def test_a_cookie_of_eight_kilobytes(client, person):
    """Too long for any session of ours: a stranger's, and the server stays up."""
    victim = person()
    for size in (7_900, 8_100, 20_000):
        answer = client.get("/who", raw_cookie=f"watchword-dev={'A' * size}")
        assert answer.status in (200, 400, 431)
        assert answer.status != 200 or answer.json["id"] is None
    assert client.get("/who", raw_cookie="watchword-dev=" + "%00" * 20).json["id"] is None
    assert client.get("/who", raw_cookie="watchword-dev=" + "é" * 76).json["id"] is None
    assert victim.user is not None


MALFORMED = ["watchword-dev", "watchword-dev=", "=", ";;;", "watchword-dev=;watchword-dev=", '"', "a=b=c;=;d"]


@pytest.mark.parametrize("header", MALFORMED)
def test_malformed_cookie_headers(client, header):
    assert client.get("/who", raw_cookie=header).json["id"] is None
    assert client.get("/auth/sign-in", raw_cookie=header).status == 200


def test_hostile_header_values(client):
    """They reach the audit and the log; neither page nor row breaks."""
    for value in ("\xff\xfe", "\x1b[31m", "a" * 7000, "' OR 1=1", "<script>", "\u2028".encode().decode("latin-1")):
        headers = dict.fromkeys(("User-Agent", "Accept-Language", "X-Request-Id", "X-Forwarded-For", "Referer"), value)
        assert client.get("/who", headers=headers).status in (200, 400)
        assert client.post("/auth/sign-in", {"username": "x"}, headers=headers).status in (400, 403)
        assert client.get("/auth/sign-in", headers={"Accept": value, "Host": "localhost"}).status in (200, 400)


HOSTS = ["", "evil.example", "a b", "[::1", "localhost:99999", "\xff", "x" * 300, "localhost,evil"]


@pytest.mark.parametrize("host", HOSTS)
def test_hostile_hosts(client, host):
    answer = client.raw(f"GET /auth/sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1"))
    assert answer.split()[1] in (b"200", b"400")
    assert b"evil" not in answer


def test_slow_sign_in_does_not_wait_forever_for_a_lock(server, person):
    """Another program holds the database for a second: people wait, nobody is refused."""
    victim = person()
    holder = sqlite3.connect(server.instance / "watchword.sqlite3", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert victim.get("/").status == 200  # reading waits for nobody
    assert time.monotonic() - began < 1
    holder.execute("ROLLBACK")
    holder.close()
    assert victim.sign_in(victim.name).status == 303
