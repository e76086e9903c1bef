"""What people live through, the same at every face (the house's fourth test)."""

from collections.abc import Callable

import pytest

from tests.features.faces import DONE, FACES, SIGNED_IN, Face, refused
from tests.features.house import PASSWORD, PASSWORD_TWO, House
from watchword.kernel.reasons import Reason

BAD = refused(Reason.BAD_CREDENTIALS)


@pytest.fixture(params=FACES, ids=lambda face: face.__name__)
def face(request: pytest.FixtureRequest) -> Face:
    make: Callable[[House], Face] = request.param
    return make(House())


def test_register_sign_in_sign_out(face: Face) -> None:
    assert face.register("Ada", PASSWORD, "Ada Lovelace") == DONE
    assert face.who() == ""
    assert face.sign_in("ADA", PASSWORD) == SIGNED_IN
    assert face.who() == "Ada"
    assert face.sign_out() == DONE
    assert face.who() == ""


def test_whoever_fails_learns_one_thing_only(face: Face) -> None:
    face.register("ada", PASSWORD)
    face.register("gone", PASSWORD)
    gone = face.house.accounts.by_name("gone")
    assert gone is not None
    face.house.accounts.set_active(gone.id, False, face.house.clock.now())
    wrong = [("ada", "not it"), ("nobody", PASSWORD), ("gone", PASSWORD), ("gone", "not it"), ("a b", PASSWORD)]
    assert {face.sign_in(name, password) for name, password in wrong} == {BAD}
    assert face.who() == ""


def test_A_LOG_17_no_part_of_a_password_opens(face: Face) -> None:
    password = "x" * 60 + "y" * 40
    face.register("ada", password)
    parts = [password[:72], password[:64], password + "z", password.upper(), f" {password}", password + "\0"]
    assert {face.sign_in("ada", part) for part in parts} == {BAD}
    assert face.sign_in("ada", password) == SIGNED_IN


def test_R2_one_password_however_the_keyboard_composes_it(face: Face) -> None:
    face.register("ada", "cafe\u0301 au lait on the terrace")
    assert face.sign_in("ada", "caf\u00e9 au lait on the terrace") == SIGNED_IN


def test_A_LOG_15_an_over_long_password_is_refused_before_hashing(face: Face) -> None:
    face.register("ada", PASSWORD)
    before = face.house.hasher.computations
    assert face.sign_in("ada", "p" * 1025) == BAD
    assert face.register("bob", "p" * 1025) == refused(Reason.PASSWORD_TOO_LONG, "password")
    assert face.house.hasher.computations == before


def test_A_REG_04_a_name_has_one_spelling(face: Face) -> None:
    face.register("admin", PASSWORD)
    for variant in ("ADMIN", "\uff41dmin", "Admin"):
        assert face.register(variant, PASSWORD) == refused(Reason.NAME_TAKEN, "username")
    for unusable in ("\u0430dmin", "admin\u200b", "ad min", "x" * 65, ".admin"):
        assert face.register(unusable, PASSWORD) == refused(Reason.NAME_UNUSABLE, "username")


def test_a_space_that_a_phone_adds_is_forgiven(face: Face) -> None:
    assert face.register("ada ", PASSWORD) == DONE
    assert face.sign_in(" ada ", PASSWORD) == SIGNED_IN
    assert face.who() == "ada"


def test_what_cannot_be_a_password(face: Face) -> None:
    assert face.register("ada", "short") == refused(Reason.PASSWORD_TOO_SHORT, "password")
    assert face.register("ada", PASSWORD + "\0") == refused(Reason.PASSWORD_UNUSABLE, "password")
    assert face.register("a-long-enough-name", "A-Long-Enough-Name") == refused(Reason.PASSWORD_IS_NAME, "password")


def test_what_cannot_be_a_display_name(face: Face) -> None:
    for name in ("x" * 101, "two\nlines", "tag\u200bged", "right\u202eleft"):
        assert face.register("ada", PASSWORD, name) == refused(Reason.DISPLAY_NAME_UNUSABLE, "display_name")
    assert face.register("ada", PASSWORD, "  Ada  ") == DONE
    account = face.house.accounts.by_name("ada")
    assert account is not None
    assert account.display_name == "Ada"


def test_signing_out_is_done_when_nobody_was_signed_in(face: Face) -> None:
    assert face.sign_out() == DONE


def test_A_SES_25_another_account_in_the_same_browser(face: Face) -> None:
    face.register("ada", PASSWORD)
    face.register("bob", PASSWORD_TWO)
    face.sign_in("ada", PASSWORD)
    assert face.sign_in("bob", PASSWORD_TWO) == SIGNED_IN
    assert face.who() == "bob"
    ended = [entry for entry in face.house.shelves.entries.values() if entry.ended_at is not None]
    assert [entry.end_reason for entry in ended] == ["switched_account"]


def test_A_LOG_22_names_are_taken_literally(face: Face) -> None:
    face.register("ada", PASSWORD)
    for name in ("' OR 1=1--", '"; DROP TABLE accounts', "ada'--"):
        assert face.sign_in(name, PASSWORD) == BAD


def test_A_LOG_28_nobody_is_there_to_begin_with(face: Face) -> None:
    assert face.house.shelves.accounts == {}
    for name in ("admin", "root", "test", "demo"):
        assert face.sign_in(name, name) == BAD
