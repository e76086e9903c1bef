import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto.test_keys import NEW, OLD, colliding
from watchword.crypto.keys import KeyRing
from watchword.sessions.cookie import LENGTH, decode, fresh_token, presented, public_id

RING = KeyRing([OLD])
ALPHABET = string.ascii_letters + string.digits + "-_"


def test_B_36_76_opaque_characters() -> None:
    token = fresh_token(RING)
    text = token.encode()
    raw = base64.urlsafe_b64decode(text)
    assert len(text) == LENGTH == 76
    assert set(text) <= set(ALPHABET)
    assert (len(token.handle), len(token.secret), len(raw)) == (16, 32, 57)
    assert raw[0] == RING.newest.id
    assert decode(RING, text) == token


def test_no_two_tokens_are_alike() -> None:
    tokens = [fresh_token(RING) for _ in range(1000)]
    assert len({token.handle for token in tokens}) == len({token.secret for token in tokens}) == 1000
    same = fresh_token(RING, tokens[0].handle)
    assert same.handle == tokens[0].handle
    assert same.secret != tokens[0].secret


def test_B_37_nothing_the_store_sees_is_in_the_cookie() -> None:
    token = fresh_token(RING)
    assert token.public_id == public_id(token.handle)
    assert len(token.public_id) == 43
    assert token.digest not in base64.urlsafe_b64decode(token.encode())
    assert decode(RING, token.public_id) is None


def test_no_secret_shows_in_a_traceback() -> None:
    token = fresh_token(RING)
    assert repr(token.secret) not in repr(token)
    assert repr(token.handle) not in repr(token)


def test_every_other_character_at_every_place_is_noticed() -> None:
    text = fresh_token(RING).encode()
    for place in range(LENGTH):
        for character in ALPHABET:
            if character != text[place]:
                assert decode(RING, text[:place] + character + text[place + 1 :]) is None


def test_B_39_any_other_shape_is_none() -> None:
    text = fresh_token(RING).encode()
    wrong = [
        text[:-1],
        text + "A",
        text[:-1] + "=",
        text[:-1] + "\n",
        text + "\n",
        text[:-1] + "\u0430",
        f'"{text}"',
        "",
    ]
    wrong += [text.replace(text[0], "+", 1), "A" * LENGTH, "A" * 10_000_000, "\ud800" * LENGTH, "\uff11" * LENGTH]
    assert [decode(RING, other) for other in wrong] == [None] * len(wrong)


@given(st.text() | st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_decode_never_raises(text: str) -> None:
    assert decode(RING, text) is None


def test_key_rotation_the_old_cookie_holds_until_its_key_is_dropped() -> None:
    token = fresh_token(RING)
    turned = decode(KeyRing([NEW, OLD]), token.encode())
    assert turned == token
    assert decode(KeyRing([OLD, NEW]), token.encode()) == token
    assert decode(KeyRing([NEW]), token.encode()) is None
    assert fresh_token(KeyRing([NEW, OLD])).key.secret == NEW


def test_of_two_keys_with_one_id_each_cookie_finds_its_own() -> None:
    twin = colliding(OLD)
    both = KeyRing([OLD, twin])
    for ring in (RING, KeyRing([twin])):
        token = fresh_token(ring)
        assert decode(both, token.encode()) == token
    assert decode(RING, fresh_token(KeyRing([twin])).encode()) is None


def test_a_token_has_one_successor_under_each_key() -> None:
    token = fresh_token(RING)
    again = decode(RING, token.encode())
    assert again is not None
    assert token.successor() == again.successor() == token.successor(RING.newest)
    assert token.successor() != token.successor(KeyRing([NEW]).newest)
    assert token.successor() != fresh_token(RING, token.handle).successor()
    assert len(token.successor()) == 32


NAME = "__Host-watchword"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", []),
        (f"{NAME}=v", ["v"]),
        (f"a=1; {NAME}=v; b=2", ["v"]),
        (f"a=1;{NAME}=v;b=2", ["v"]),
        (f"a=1;\t {NAME}=v \t;b=2", ["v"]),
        (f"{NAME}=v; {NAME}=w", ["v", "w"]),
        (f"{NAME}=v; {NAME}=v", ["v", "v"]),
        (f"{NAME}=", [""]),
        (f"{NAME}", []),
        (f"{NAME} =v", []),
        (f"{NAME}==v", ["=v"]),
        (f"x{NAME}=v", []),
        (f"x-{NAME}=v; {NAME}=w", ["w"]),
        (f"{NAME}2=v", []),
        (f"a={NAME}=v", []),
        (f'a="; {NAME}=v"', ['v"']),
        (f"={NAME}=v", []),
        (f";;;{NAME}=v;;", ["v"]),
    ],
)
def test_B_65_every_value_under_exactly_this_name(header: str, found: list[str]) -> None:
    assert presented(header, NAME) == found


@pytest.mark.parametrize(
    "variant", [NAME.upper(), NAME.lower(), "__host-watchword", "__HOST-watchword", "__Host-Watchword"]
)
def test_A_SES_21_B_61_another_spelling_is_another_cookie(variant: str) -> None:
    assert presented(f"{variant}=v", NAME) == []
    assert presented(f"{variant}=v; {NAME}=w", NAME) == ["w"]


@given(st.text(), st.text(min_size=1))
def test_presented_never_raises(header: str, name: str) -> None:
    assert all(isinstance(value, str) for value in presented(header, name))
