"""The features together, the same at every face (the house's fourth test)."""

import pytest

from tests.features.faces import DONE, FACES, SIGNED_IN, DirectFace, FormFace, JsonFace
from tests.features.house import PASSWORD, PASSWORD_TWO, House
from watchword.features.register import Register
from watchword.features.sign_in import SignIn
from watchword.features.sign_out import SignOut


@pytest.mark.parametrize("face", FACES)
def test_register_sign_in_sign_out(face: type[FormFace | JsonFace | DirectFace]) -> None:
    person = face(House([SignIn(), SignOut(), Register()]))
    assert person.do("sign_out") == DONE
    assert person.do("register", username="Ada", password=PASSWORD, display_name="Ada Lovelace") == DONE
    assert person.who() == ""
    assert person.do("sign_in", username="ADA", password=PASSWORD) == SIGNED_IN
    assert person.who() == "Ada"
    assert person.do("register", username="bob", password=PASSWORD_TWO) == DONE
    assert person.who() == "Ada"
    assert person.do("sign_in", username="bob", password=PASSWORD_TWO) == SIGNED_IN
    assert person.who() == "bob"
    assert person.do("sign_out") == DONE
    assert person.who() == ""
