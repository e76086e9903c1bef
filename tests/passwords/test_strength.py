"""What makes a password acceptable."""

import time

import pytest

from watchword.kernel.policy import Policy
from watchword.kernel.reasons import Reason
from watchword.passwords.strength import normalise, over_long, unacceptable

POLICY = Policy()


def reason(password: str, name: str = "") -> Reason | None:
    refused = unacceptable(password, POLICY, name=name)
    assert refused is None or refused.field == "password"
    return refused.reason if refused else None


@pytest.mark.parametrize(
    "password",
    [
        "correct horse b",
        "aaaaaaaaaaaaaaa",
        "               ",
        "密码密码密码密码密码密码密码密",
        "👩‍👩‍👧‍👦" * 3,
        "x" * 1024,
        "é" * 1024,
        "e\u0301" * 1024,
        "\u1112\u1161\u11ab" * 1024,
        "😀" * 1024,
    ],
)
def test_acceptable(password: str) -> None:
    assert reason(password) is None
    assert not over_long(password, POLICY)


def test_too_short_says_how_long() -> None:
    refused = unacceptable("e\u0301" * 14, POLICY)
    assert refused is not None
    assert refused.reason is Reason.PASSWORD_TOO_SHORT
    assert refused.values == {"minimum": 15}
    assert "15" in refused.message
    assert reason("") is Reason.PASSWORD_TOO_SHORT


@pytest.mark.parametrize("password", ["x" * 1025, "e\u0301" * 1025, "x" * 1_000_000, "\x00" * 5000])
def test_too_long_comes_first(password: str) -> None:
    assert reason(password) is Reason.PASSWORD_TOO_LONG
    assert over_long(password, POLICY)


def test_bytes_count_too() -> None:
    assert over_long("密" * 11, Policy(password_max_bytes=32))
    assert not over_long("密" * 10, Policy(password_max_bytes=32))


def test_over_long_is_cheap() -> None:
    begun = time.perf_counter()
    assert over_long("\u0301\u0327" * 500_000, POLICY)
    assert time.perf_counter() - begun < 0.01


@pytest.mark.parametrize("character", ["\x00", "\t", "\n", "\x1b", "\x7f", "\x85", "\ud800"])
def test_unusable(character: str) -> None:
    assert reason(f"correct horse{character}battery") is Reason.PASSWORD_UNUSABLE
    assert reason(character) is Reason.PASSWORD_UNUSABLE


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("countess.lovelace", "countess.lovelace"),
        ("Countess.LOVELACE", "countess.lovelace"),
        ("countess.lovelac\u0065\u0301", "countess.lovelac\u00e9"),
        ("ｃountess.lovelace", "countess.lovelace"),
        ("countess lovelace", "Countess Lovelace"),
    ],
)
def test_the_name_itself(password: str, name: str) -> None:
    assert reason(password, name) is Reason.PASSWORD_IS_NAME
    assert reason(password + "!", name) is None


def test_normalise_is_nfc_alone() -> None:
    assert normalise("e\u0301 ﬁ Ａ ") == "\u00e9 ﬁ Ａ "
    assert normalise(normalise("e\u0301")) == normalise("e\u0301")
