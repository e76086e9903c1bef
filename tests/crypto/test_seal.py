import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto.test_keys import NEW, OLD, colliding
from watchword.crypto.keys import KeyRing
from watchword.crypto.seal import seal, unseal
from watchword.kernel.errors import NotAuthentic

RING = KeyRing([OLD])


@given(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_was_sealed_opens(plaintext: bytes, context: str) -> None:
    assert unseal(RING, "p", seal(RING, "p", plaintext, context=context), context=context) == plaintext


def test_every_altered_byte_is_noticed() -> None:
    sealed = seal(RING, "p", b"a seed", context="anna")
    for place in range(len(sealed)):
        for bit in range(8):
            altered = sealed[:place] + bytes([sealed[place] ^ (1 << bit)]) + sealed[place + 1 :]
            with pytest.raises(NotAuthentic):
                unseal(RING, "p", altered, context="anna")


def test_every_cut_and_every_addition_is_noticed() -> None:
    sealed = seal(RING, "p", b"a seed")
    for length in range(len(sealed)):
        with pytest.raises(NotAuthentic):
            unseal(RING, "p", sealed[:length])
    with pytest.raises(NotAuthentic):
        unseal(RING, "p", sealed + b"\0")


@given(st.binary(max_size=80))
def test_any_other_bytes_are_not_authentic(sealed: bytes) -> None:
    with pytest.raises(NotAuthentic):
        unseal(RING, "p", sealed)


def test_A_PLT_05_another_purpose_or_context_does_not_open_it() -> None:
    sealed = seal(RING, "totp", b"a seed", context="anna")
    for purpose, context in [("pepper", "anna"), ("totp", "berta"), ("totp", ""), ("totpanna", "")]:
        with pytest.raises(NotAuthentic, match=purpose):
            unseal(RING, purpose, sealed, context=context)


def test_two_seals_of_one_text_differ() -> None:
    assert len({seal(RING, "p", b"same") for _ in range(100)}) == 100


def test_rotation_any_key_of_the_ring_opens_and_the_newest_seals() -> None:
    by_old = seal(RING, "p", b"a seed")
    turned = KeyRing([NEW, OLD])
    assert unseal(KeyRing([OLD, NEW]), "p", by_old) == b"a seed"
    assert unseal(turned, "p", by_old) == b"a seed"
    assert unseal(KeyRing([NEW]), "p", seal(turned, "p", b"a seed")) == b"a seed"
    with pytest.raises(NotAuthentic):
        unseal(KeyRing([NEW]), "p", by_old)


def test_of_two_keys_with_one_id_the_right_one_opens_it() -> None:
    twin = colliding(OLD)
    for ring in (KeyRing([OLD, twin]), KeyRing([twin, OLD])):
        assert unseal(ring, "p", seal(KeyRing([twin]), "p", b"a seed")) == b"a seed"
        assert unseal(ring, "p", seal(RING, "p", b"a seed")) == b"a seed"
    with pytest.raises(NotAuthentic):
        unseal(KeyRing([twin]), "p", seal(RING, "p", b"a seed"))
