"""Hashing: parameters, equal cost, equal forms, a bounded number at once."""

import os
import threading
import time

import pytest
from argon2 import PasswordHasher, Type

from watchword.kernel.errors import Busy, ConfigurationError
from watchword.kernel.policy import Policy
from watchword.passwords import hasher as room
from watchword.passwords.hasher import MINIMA, Hasher, Verdict

PASSWORD = "correct horse battery"


@pytest.fixture
def hasher() -> Hasher:
    return Hasher.weak_for_tests(Policy())


@pytest.mark.parametrize(("memory", "passes"), [*MINIMA, (65536, 1), (19456, 3)])
def test_parameters_of_the_table_are_taken(memory: int, passes: int) -> None:
    Hasher(Policy(), memory_kib=memory, time_cost=passes)


@pytest.mark.parametrize(("memory", "passes"), [(47103, 1), (19455, 2), (12287, 3), (9215, 4), (7167, 5), (8, 1000)])
def test_weaker_ones_are_refused(memory: int, passes: int) -> None:
    with pytest.raises(ConfigurationError, match="47104 KiB with 1"):
        Hasher(Policy(), memory_kib=memory, time_cost=passes)


def test_the_default_is_argon2id_of_the_first_row() -> None:
    hasher = Hasher(Policy())
    stored = hasher.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert hasher.verify(stored, PASSWORD) == Verdict(True)
    assert hasher.verify(stored, PASSWORD + ".") == Verdict(False)


def test_each_hash_has_a_salt_of_its_own(hasher: Hasher) -> None:
    assert hasher.hash(PASSWORD) != hasher.hash(PASSWORD)


def test_one_password_however_it_is_composed(hasher: Hasher) -> None:
    composed, decomposed = "passe\u0301 compose\u0301 trois", "pass\u00e9 compos\u00e9 trois"
    assert hasher.verify(hasher.hash(composed), decomposed).ok
    assert hasher.verify(hasher.hash(decomposed), composed).ok


@pytest.mark.parametrize("other", ["Correct horse battery", "correct horse battery ", "ｃorrect horse battery"])
def test_nothing_else_is_folded(hasher: Hasher, other: str) -> None:
    assert not hasher.verify(hasher.hash(PASSWORD), other).ok


@pytest.mark.parametrize("length", [8, 55, 64, 72, 128, 1023])
def test_nothing_is_cut_off(hasher: Hasher, length: int) -> None:
    assert not hasher.verify(hasher.hash("a" * length), "a" * length + "b").ok
    assert not hasher.verify(hasher.hash("a" * length + "b"), "a" * length).ok


def test_nul_ends_nothing(hasher: Hasher) -> None:
    assert not hasher.verify(hasher.hash("horse\x00battery"), "horse\x00").ok
    assert not hasher.verify(hasher.hash("horse\x00battery"), "horse").ok


def test_a_lone_surrogate_is_only_wrong(hasher: Hasher) -> None:
    assert not hasher.verify(hasher.hash(PASSWORD), "\ud800" + PASSWORD).ok


def test_a_megabyte_never_reaches_the_hash(hasher: Hasher) -> None:
    stored = hasher.hash(PASSWORD)
    begun = time.perf_counter()
    assert hasher.verify(stored, "x" * 1_000_000) == Verdict(False)
    assert hasher.verify(None, "\u0301" * 1_000_000) == Verdict(False)
    assert time.perf_counter() - begun < 0.05
    with pytest.raises(ValueError, match="over-long"):
        hasher.hash("x" * 1_000_000)
    assert hasher.computations == 1


# --- cost -------------------------------------------------------------------------------------------------

MALFORMED = [
    "",
    "plain",
    "$argon2id$",
    "$argon2id$v=19$m=8,t=1,p=1$$",
    "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$!!",
    "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AA",
    "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA\n",
    "$argon2id$v=99$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$2b$12$abcdefghijklmnopqrstuv",
    "\ud800é",
]


@pytest.mark.parametrize("stored", [None, *MALFORMED])
def test_an_unknown_name_costs_one_computation(hasher: Hasher, stored: str | None) -> None:
    assert hasher.verify(stored, PASSWORD) == Verdict(False)
    assert hasher.computations == 1


def test_known_names_cost_the_same(hasher: Hasher) -> None:
    stored = hasher.hash(PASSWORD)
    hasher.verify(stored, "wrong")
    hasher.verify(stored, PASSWORD)
    assert hasher.computations == 3


def test_unknown_and_malformed_take_the_time_of_a_real_one() -> None:
    hasher = Hasher(Policy())
    stored = hasher.hash(PASSWORD)

    def best(asked: str | None) -> float:
        times: list[float] = []
        for _ in range(5):
            begun = time.perf_counter()
            hasher.verify(asked, "wrong")
            times.append(time.perf_counter() - begun)
        return min(times)

    real = best(stored)
    assert 0.5 < best(None) / real < 2
    assert 0.5 < best("junk") / real < 2


def test_nobodys_hash_is_nobodys(hasher: Hasher) -> None:
    assert not hasher.verify(hasher._nobodys, "").ok


# --- upgrades ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "old",
    [
        PasswordHasher(2, 8, 1),
        PasswordHasher(1, 16, 1),
        PasswordHasher(1, 8, 1, type=Type.I),
        PasswordHasher(1, 8, 1, type=Type.D),
        PasswordHasher(1, 8, 1, salt_len=8),
    ],
)
def test_other_parameters_are_renewed_when_the_password_is_right(hasher: Hasher, old: PasswordHasher) -> None:
    stored = old.hash(PASSWORD)
    assert hasher.verify(stored, "wrong") == Verdict(False)
    verdict = hasher.verify(stored, PASSWORD)
    assert verdict.ok
    assert verdict.rehash is not None
    assert hasher.verify(verdict.rehash, PASSWORD) == Verdict(True)


# --- places -----------------------------------------------------------------------------------------------


def test_a_waiting_sign_in_is_told_to_come_back() -> None:
    hasher = Hasher.weak_for_tests(Policy(hash_wait=0.05), places=1)
    with hasher._place():
        with pytest.raises(Busy, match="no place") as caught:
            hasher.verify(None, PASSWORD)
        with pytest.raises(Busy):
            hasher.hash(PASSWORD)
    assert caught.value.retry_after == 1
    assert hasher.computations == 0
    assert hasher.verify(None, PASSWORD) == Verdict(False)


def test_no_more_than_its_places_compute_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Hasher.weak_for_tests(Policy(hash_wait=10), places=2)
    inside, most = 0, 0
    lock = threading.Lock()

    def slow(_stored: str, _password: bytes) -> bool:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.01)
        with lock:
            inside -= 1
        return False

    monkeypatch.setattr(room, "matches", slow)
    threads = [threading.Thread(target=hasher.verify, args=(None, PASSWORD)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
    assert hasher.computations == 12


def test_a_place_comes_free_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Hasher.weak_for_tests(Policy(hash_wait=0.05), places=1)
    with monkeypatch.context() as patched:
        patched.setattr(room, "matches", lambda *_: 1 / 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                hasher.verify(None, PASSWORD)
    assert hasher.verify(None, PASSWORD) == Verdict(False)


def test_a_forked_child_has_all_places() -> None:
    hasher = Hasher.weak_for_tests(Policy(hash_wait=0.05), places=1)
    with hasher._place():
        child = os.fork()
        if child == 0:
            os._exit(0 if hasher.verify(None, PASSWORD) == Verdict(False) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_no_memory_is_busy_not_wrong() -> None:
    """In a child whose address space ends just above what it has."""
    hasher = Hasher(Policy(), memory_kib=1024 * 1024)
    stored = hasher._nobodys
    child = os.fork()
    if child == 0:
        os._exit(_out_of_memory(hasher, stored))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _out_of_memory(hasher: Hasher, stored: str) -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (768 * 1024 * 1024,) * 2)
    busy = 0
    for ask in (lambda: hasher.verify(stored, PASSWORD), lambda: hasher.hash(PASSWORD)):
        try:
            ask()
        except Busy:
            busy += 1
    return 0 if busy == 2 else 1
