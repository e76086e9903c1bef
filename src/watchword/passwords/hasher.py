"""Passwords to hashes and back to yes or no: argon2id, at a bounded rate, at the same cost for unknown names."""

import os
import threading
import weakref
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import HashingError, InvalidHashError

from watchword.kernel.errors import Busy, ConfigurationError, Problem
from watchword.kernel.policy import Policy
from watchword.passwords.schemes import Unreadable, matches, out_of_memory
from watchword.passwords.strength import encoded, normalise, over_long

MINIMA: Final = ((47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5))
"""Rows of (KiB, passes) of equal strength (B-12: ASVS 5.0 appendix C, OWASP Password Storage)."""

_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password was right, and where its stored hash is not of today's parameters, the new one."""

    ok: bool
    rehash: str | None = None


class _Places:
    """How many may hash at once. Made anew in a forked child: a thread that is not there may hold one."""

    def __init__(self, number: int) -> None:
        self.semaphore = threading.BoundedSemaphore(number)
        self.counting = threading.Lock()


class Hasher:
    """Makes and checks hashes, each with `memory_kib` of memory, at most `places` at once (B-19).

    Safe for many threads and across forks. `computations` counts hashes computed, for tests.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        memory_kib: int = 47104,
        time_cost: int = 1,
        parallelism: int = 1,
        places: int | None = None,
    ) -> None:
        """Raises `ConfigurationError` for parameters below every row of `MINIMA`."""
        _refuse_weak(memory_kib, time_cost)
        self._set_up(policy, PasswordHasher(time_cost, memory_kib, parallelism, _HASH_BYTES, _SALT_BYTES), places)

    @classmethod
    def weak_for_tests(cls, policy: Policy, *, places: int | None = None) -> "Hasher":
        """One that takes microseconds and protects nobody. For test suites alone."""
        hasher = cls.__new__(cls)
        hasher._set_up(policy, PasswordHasher(1, 8, 1, _HASH_BYTES, _SALT_BYTES), places)
        return hasher

    def hash(self, password: str) -> str:
        """The hash to store, with a salt of its own. Raises `Busy`; an over-long password is a ValueError."""
        if over_long(password, self._policy):
            raise ValueError("the password is over-long: ask `unacceptable` before hashing")
        with self._place():
            return self._computed(encoded(normalise(password)))

    def verify(self, stored: str | None, password: str) -> Verdict:
        """Whether `stored` is the hash of this password. Raises `Busy`.

        Costs exactly one computation, for None (no such account) and for what is no hash too; and one more
        when the password was right and the hash has other parameters than today's (B-18). An over-long
        password costs nothing, whoever asks. A hash of other parameters takes another time until then.
        """
        if over_long(password, self._policy):
            return Verdict(False)
        secret = encoded(normalise(password))
        with self._place():
            ok = self._matches(stored or self._nobodys, secret)
            if not ok or stored is None:
                return Verdict(False)
            return Verdict(True, self._computed(secret) if self._outdated(stored) else None)

    def renew_places(self) -> None:
        """In a forked child: all places are free, whatever the parent's threads were doing."""
        self._places = _Places(self._number)

    def _set_up(self, policy: Policy, argon2: PasswordHasher, places: int | None) -> None:
        self._policy = policy
        self._argon2 = argon2
        self._number = places or os.cpu_count() or 1
        self._nobodys = _nobodys_hash(argon2)
        self.computations = 0
        self.renew_places()
        _hashers.add(self)

    @contextmanager
    def _place(self) -> Generator[None]:
        places, wait = self._places.semaphore, self._policy.hash_wait
        if not places.acquire(timeout=wait):
            what = f"no place to check a password came free within {wait:g} s ({self._number} in use)"
            raise Busy(what, retry_after=max(1, ceil(wait)))
        try:
            yield
        finally:
            places.release()

    def _matches(self, stored: str, secret: bytes) -> bool:
        self._count()
        try:
            return matches(stored, secret)
        except Unreadable:
            matches(self._nobodys, secret)
            return False

    def _computed(self, secret: bytes) -> str:
        self._count()
        try:
            return self._argon2.hash(secret)
        except HashingError as error:
            raise out_of_memory() from error

    def _outdated(self, stored: str) -> bool:
        try:
            return self._argon2.check_needs_rehash(stored)
        except InvalidHashError:  # another scheme's
            return True

    def _count(self) -> None:
        with self._places.counting:
            self.computations += 1


def _refuse_weak(memory_kib: int, time_cost: int) -> None:
    if not any(memory_kib >= memory and time_cost >= passes for memory, passes in MINIMA):
        rows = ", ".join(f"{memory} KiB with {passes}" for memory, passes in MINIMA)
        what = f"{memory_kib} KiB with {time_cost} passes of argon2id is too weak"
        raise ConfigurationError([Problem("password hashing", what, f"take at least one of: {rows} (KiB with passes)")])


def _nobodys_hash(argon2: PasswordHasher) -> str:
    """A hash in today's parameters that no password has: checking against it costs what a real one costs."""
    salt, digest = (b64encode(bytes(n)).decode().rstrip("=") for n in (argon2.salt_len, argon2.hash_len))
    cost = f"m={argon2.memory_cost},t={argon2.time_cost},p={argon2.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


_hashers: Final[weakref.WeakSet[Hasher]] = weakref.WeakSet()


def _after_fork() -> None:
    for hasher in list(_hashers):
        hasher.renew_places()


os.register_at_fork(after_in_child=_after_fork)
