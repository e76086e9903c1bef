"""Registering, the same at every face (the house's fourth test)."""

import pytest

from tests.features.faces import DONE, FACES, Face, refused
from tests.features.house import PASSWORD, House
from watchword.features.register import Register
from watchword.kernel.models import Account
from watchword.kernel.reasons import Reason


@pytest.fixture(params=FACES, ids=lambda face: face.__name__)
def face(request: pytest.FixtureRequest) -> Face:
    face: Face = request.param(House([Register()], default_next="/welcome"))
    return face


def account(face: Face, name: str) -> Account:
    found = face.house.accounts.by_name(name)
    assert found is not None
    return found


def test_an_account_is_made_and_nobody_signed_in(face: Face) -> None:
    assert face.do("register", username="Ada ", password=PASSWORD, display_name="  Ada Lovelace ") == DONE
    assert (account(face, "ada").username, account(face, "ada").display_name) == ("Ada", "Ada Lovelace")
    assert face.who() == ""


def test_A_REG_04_a_name_has_one_spelling(face: Face) -> None:
    assert face.do("register", username="admin", password=PASSWORD) == DONE
    for variant in ("ADMIN", "\uff41dmin", "Admin"):
        taken = refused(Reason.NAME_TAKEN, "username")
        assert face.do("register", username=variant, password=PASSWORD) == taken
    for unusable in ("\u0430dmin", "admin\u200b", "ad min", "x" * 65, ".admin"):
        bad = refused(Reason.NAME_UNUSABLE, "username")
        assert face.do("register", username=unusable, password=PASSWORD) == bad
    assert len(face.house.shelves.accounts) == 1


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        ("ada", "short", Reason.PASSWORD_TOO_SHORT),
        ("ada", "p" * 1025, Reason.PASSWORD_TOO_LONG),
        ("ada", PASSWORD + "\0", Reason.PASSWORD_UNUSABLE),
        ("a-long-enough-name", "A-Long-Enough-Name", Reason.PASSWORD_IS_NAME),
    ],
)
def test_B_09_what_cannot_be_a_password(face: Face, username: str, password: str, reason: Reason) -> None:
    before = face.house.hasher.computations
    assert face.do("register", username=username, password=password) == refused(reason, "password")
    assert face.house.hasher.computations == before


@pytest.mark.parametrize("name", ["x" * 101, "two\nlines", "tag\u200bged", "right\u202eleft"])
def test_what_cannot_be_a_display_name(face: Face, name: str) -> None:
    bad = refused(Reason.DISPLAY_NAME_UNUSABLE, "display_name")
    assert face.do("register", username="ada", password=PASSWORD, display_name=name) == bad
