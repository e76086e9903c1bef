import hashlib
from itertools import count

import pytest

from watchword.crypto.keys import Key, KeyRing, as_bytes, weakness
from watchword.kernel.errors import ConfigurationError

OLD, NEW = b"o" * 8 + b"ld secret 123456", b"n" * 8 + b"ew secret 123456"


def colliding(secret: bytes) -> bytes:
    """Another secret with the same one-byte key id."""
    wanted = KeyRing([secret]).newest.id
    candidates = (hashlib.sha256(secret + bytes([n % 256, n // 256])).digest() for n in count())
    return next(other for other in candidates if KeyRing([other]).newest.id == wanted)


def test_rotation_new_key_first_as_a_fallback_then_in_front_then_alone() -> None:
    before, both, turned, after = KeyRing([OLD]), KeyRing([OLD, NEW]), KeyRing([NEW, OLD]), KeyRing([NEW])
    made_by_old, made_by_new = before.mac("p", b"m"), turned.mac("p", b"m")
    assert both.mac("p", b"m") == made_by_old
    assert all(ring.verify("p", b"m", made_by_old) for ring in (before, both, turned))
    assert all(ring.verify("p", b"m", made_by_new) for ring in (both, turned, after))
    assert not after.verify("p", b"m", made_by_old)
    assert not before.verify("p", b"m", made_by_new)


def test_key_ids_are_digests_and_do_not_move_with_the_position() -> None:
    assert [key.id for key in KeyRing([OLD, NEW]).keys] == [key.id for key in KeyRing([NEW, OLD]).keys][::-1]


def test_keys_whose_ids_collide_are_both_found() -> None:
    twin = colliding(OLD)
    ring = KeyRing([OLD, twin, NEW])
    assert [key.secret for key in ring.with_id(ring.newest.id)] == [OLD, twin]


def test_an_unknown_id_has_no_keys() -> None:
    ring = KeyRing([OLD])
    assert all(ring.with_id(key_id) == () for key_id in range(256) if key_id != ring.newest.id)


def test_A_PLT_05_each_purpose_has_a_key_of_its_own() -> None:
    ring = KeyRing([OLD])
    mac = ring.mac("csrf", b"m")
    assert not ring.verify("reset", b"m", mac)
    assert len({ring.newest.derived(purpose) for purpose in ("a", "b", "ab", "a/b", "")}) == 5
    assert all(len(ring.newest.derived(purpose)) == 32 for purpose in ("a", ""))


@pytest.mark.parametrize("cut", range(32))
def test_a_cut_or_altered_mac_does_not_verify(cut: int) -> None:
    ring = KeyRing([OLD])
    mac = ring.mac("p", b"m")
    assert not ring.verify("p", b"m", mac[:cut])
    assert not ring.verify("p", b"m", mac[:cut] + bytes([mac[cut] ^ 1]) + mac[cut + 1 :])
    assert not ring.verify("p", b"m", mac + b"\0")


def test_derivation_is_hkdf_with_one_block() -> None:
    """RFC 5869, against the library's own implementation."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    expected = HKDF(SHA256(), 32, salt=b"watchword", info=b"watchword/session-cookie").derive(OLD)
    assert Key(0, OLD).derived("session-cookie") == expected


@pytest.mark.parametrize("secrets", [[], [b""], [OLD, ""], [""]])
def test_no_ring_without_secrets_or_with_an_empty_one(secrets: list[str | bytes]) -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        KeyRing(secrets)


@pytest.mark.parametrize("secret", ["a secret that is one text", b"a secret that is bytes"])
def test_one_secret_is_not_taken_for_many_of_one_character(secret: str | bytes) -> None:
    with pytest.raises(TypeError, match=r"KeyRing\(\[secret\]\)"):
        KeyRing(secret)  # type: ignore[arg-type]


def test_text_and_its_bytes_are_the_same_secret() -> None:
    assert KeyRing(["gr\u00fc\u00df dich"]).newest == KeyRing(["gr\u00fc\u00df dich".encode()]).newest
    assert as_bytes("\ud800") == b"\xed\xa0\x80"


def test_no_secret_shows_in_a_traceback() -> None:
    assert "secret" not in repr(KeyRing([OLD]).newest)
    assert OLD.decode() not in repr(KeyRing([OLD]).newest)


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        ("", "is empty"),
        ("short", "is shorter than 16 bytes"),
        ("fifteen bytes!!", "is shorter than 16 bytes"),
        ("ababababababababab", "repeats a few characters"),
        ("Change-Me-Change-Me", "is an example from a tutorial"),
        (b'_5#y2L"F4Q8z\n\xec]/', "is an example from a tutorial"),
        ('_5#y2L"F4Q8z\n\xec]/', "is an example from a tutorial"),
        (r'_5#y2L"F4Q8z\n\xec]/', "is an example from a tutorial"),
        ("192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", "is an example from a tutorial"),
        ("sixteen bytes !!", None),
        (OLD, None),
    ],
)
def test_weak_secrets_are_named(secret: str | bytes, what: str | None) -> None:
    assert weakness(secret) == what
