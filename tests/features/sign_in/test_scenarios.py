"""Signing in, the same at every face (the house's fourth test)."""

import pytest

from tests.features.faces import FACES, SIGNED_IN, Face, refused
from tests.features.house import PASSWORD, PASSWORD_TWO, House
from watchword.features.sign_in import SignIn
from watchword.kernel.reasons import Reason

BAD = refused(Reason.BAD_CREDENTIALS)


@pytest.fixture(params=FACES, ids=lambda face: face.__name__)
def face(request: pytest.FixtureRequest) -> Face:
    face: Face = request.param(House([SignIn()]))
    face.house.account("ada")
    return face


def test_a_name_in_any_spelling(face: Face) -> None:
    for name in ("ada", "ADA", "\uff21da", " ada "):  # phones add the space
        assert face.do("sign_in", username=name, password=PASSWORD) == SIGNED_IN
        assert face.who() == "ada"


def test_whoever_fails_learns_one_thing_only(face: Face) -> None:
    gone = face.house.account("gone")
    face.house.accounts.set_active(gone.id, False, face.house.clock.now())
    wrong = [("ada", "not it"), ("nobody", PASSWORD), ("gone", PASSWORD), ("gone", "not it"), ("a b", PASSWORD)]
    assert {face.do("sign_in", username=name, password=password) for name, password in wrong} == {BAD}
    assert face.who() == ""


def test_A_LOG_17_no_part_of_a_password_opens(face: Face) -> None:
    password = "x" * 60 + "y" * 40
    face.house.account("bob", password)
    parts = [password[:72], password[:64], password + "z", password.upper(), f" {password}", password + "\0"]
    assert {face.do("sign_in", username="bob", password=part) for part in parts} == {BAD}
    assert face.do("sign_in", username="bob", password=password) == SIGNED_IN


def test_R2_one_password_however_the_keyboard_composes_it(face: Face) -> None:
    face.house.account("bob", "cafe\u0301 au lait on the terrace")
    assert face.do("sign_in", username="bob", password="caf\u00e9 au lait on the terrace") == SIGNED_IN


def test_A_LOG_15_an_over_long_password_is_refused_before_hashing(face: Face) -> None:
    before = face.house.hasher.computations
    assert face.do("sign_in", username="ada", password="p" * 1025) == BAD
    assert face.house.hasher.computations == before


def test_A_SES_25_another_account_in_the_same_browser(face: Face) -> None:
    face.house.account("bob", PASSWORD_TWO)
    face.do("sign_in", username="ada", password=PASSWORD)
    assert face.do("sign_in", username="bob", password=PASSWORD_TWO) == SIGNED_IN
    assert face.who() == "bob"
    ended = [entry for entry in face.house.shelves.entries.values() if entry.ended_at is not None]
    assert [entry.end_reason for entry in ended] == ["switched_account"]


def test_A_LOG_22_names_are_taken_literally(face: Face) -> None:
    for name in ("' OR 1=1--", '"; DROP TABLE accounts', "ada'--"):
        assert face.do("sign_in", username=name, password=PASSWORD) == BAD


def test_A_LOG_28_nobody_is_there_to_begin_with(face: Face) -> None:
    for name in ("admin", "root", "test", "demo"):
        assert face.do("sign_in", username=name, password=name) == BAD
