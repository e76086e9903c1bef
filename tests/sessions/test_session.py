"""The mapping: like a dict to its user, with a journal for the manager."""

import enum
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from watchword.crypto.keys import KeyRing
from watchword.kernel.errors import SessionClosed, UnstorableValue
from watchword.kernel.policy import Policy
from watchword.sessions import rules, values
from watchword.sessions.cookie import fresh_token
from watchword.sessions.rules import Standing
from watchword.sessions.session import Held, Session

RING = KeyRing(["a secret of sixteen bytes or more"])


def holding(**stored: object) -> Session:
    data = {key: msgspec.Raw(values.encode(value)) for key, value in stored.items()}
    token = fresh_token(RING)
    record = rules.begun(token.digest, data, 1e9, Policy())
    return Session(Held(token, record, 1, Standing.CURRENT), None)


def after(session: Session) -> dict[str, object]:
    """What a manager would save."""
    data = session.held.record.data if session.held else {}
    return {key: values.decode(raw) for key, raw in session.journal().replay(data).items()}


KEYS = st.sampled_from("abcd")
LISTS = st.lists(st.integers(), max_size=3)


class LikeADict(RuleBasedStateMachine):
    """Every operation on both; both must always agree, and what would be saved is what is seen."""

    @initialize(stored=st.dictionaries(KEYS, st.integers() | LISTS))
    def begin(self, stored: dict[str, Any]) -> None:
        self.session = holding(**stored)
        self.model: dict[str, Any] = {key: values.decode(values.encode(value)) for key, value in stored.items()}

    @rule(key=KEYS, value=st.integers() | LISTS)
    def put(self, key: str, value: Any) -> None:
        self.session[key] = value
        self.model[key] = list(value) if isinstance(value, list) else value

    @rule(key=KEYS, item=st.integers())
    def append(self, key: str, item: int) -> None:
        for mapping in (self.session, self.model):
            value = mapping.get(key)
            if isinstance(value, list):
                value.append(item)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        assert outcome(lambda: self.session.__delitem__(key)) == outcome(lambda: self.model.__delitem__(key))

    @rule(key=KEYS)
    def pop(self, key: str) -> None:
        assert outcome(lambda: self.session.pop(key)) == outcome(lambda: self.model.pop(key))

    @rule(key=KEYS, item=st.integers())
    def setdefault(self, key: str, item: int) -> None:
        for mapping in (self.session, self.model):
            value = mapping.setdefault(key, [])
            if isinstance(value, list):
                value.append(item)

    @rule(changes=st.dictionaries(KEYS, st.integers()))
    def update(self, changes: dict[str, int]) -> None:
        self.session.update(changes)
        self.model.update(changes)

    @rule()
    def clear(self) -> None:
        self.session.clear()
        self.model.clear()

    @precondition(lambda self: self.session.held is not None)
    @rule()
    def save(self) -> None:
        held = self.session.held
        assert held is not None
        record = msgspec.structs.replace(held.record, data=self.session.journal().replay(held.record.data))
        self.session.saved(Held(held.token, record, held.version + 1, held.standing))
        assert not self.session.modified

    @invariant()
    def agree(self) -> None:
        if hasattr(self, "model"):
            assert dict(self.session) == self.model
            assert self.session == self.model
            assert (len(self.session), sorted(self.session)) == (len(self.model), sorted(self.model))
            assert [key in self.session for key in "abcd"] == [key in self.model for key in "abcd"]
            assert after(self.session) == self.model


def outcome(action: Any) -> object:
    try:
        return action()
    except KeyError as error:
        return str(error)


TestLikeADict = LikeADict.TestCase
TestLikeADict.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_a_nested_change_is_noticed() -> None:
    session = holding(cart={"items": [{"n": 1}]})
    session["cart"]["items"][0]["n"] = 2
    assert session.modified
    assert after(session) == {"cart": {"items": [{"n": 2}]}}


def test_a_value_handed_out_and_left_alone_is_no_change() -> None:
    session = holding(cart=[1, {2, 3}], name="anna")
    assert session["cart"] == [1, {2, 3}]
    assert dict(session.items())
    assert not session.modified
    assert not session.journal()


def test_a_value_is_one_object_however_often_it_is_asked_for() -> None:
    session = holding(cart=[])
    assert session["cart"] is session["cart"]
    session["tags"] = tags = set()
    assert session["tags"] is tags


def test_a_value_set_and_then_changed_is_saved_as_it_is_last() -> None:
    session = holding()
    session["cart"] = cart = [1]
    cart.append(2)
    assert after(session) == {"cart": [1, 2]}


def test_a_value_replaced_after_it_was_handed_out_no_longer_counts() -> None:
    session = holding(cart=[1])
    cart = session["cart"]
    session["cart"] = "none"
    cart.append(2)
    assert after(session) == {"cart": "none"}
    session = holding(cart=[1])
    cart = session["cart"]
    del session["cart"]
    cart.append(2)
    assert after(session) == {}


def test_clear_drops_what_others_write_meanwhile_and_keeps_what_follows() -> None:
    session = holding(a=1, cart=[])
    session["cart"].append(1)
    session.clear()
    session["b"] = 2
    newer = {"a": msgspec.Raw(b"\x05"), "z": msgspec.Raw(b"\x06")}
    assert session.journal().replay(newer) == {"b": msgspec.Raw(b"\x02")}
    assert newer.keys() == {"a", "z"}


def test_a_deletion_is_done_again_to_newer_values() -> None:
    session = holding(a=1)
    del session["a"]
    assert session.journal().replay({"a": msgspec.Raw(b"\x05"), "b": msgspec.Raw(b"\x06")}) == {
        "b": msgspec.Raw(b"\x06")
    }
    assert session.journal().replay({}) == {}


def test_none_is_a_value() -> None:
    session = holding(a=None)
    assert "a" in session
    assert session["a"] is None
    session["b"] = None
    assert after(session) == {"a": None, "b": None}


@pytest.mark.parametrize("key", [1, None, b"a", ("a",), True])
def test_a_key_that_is_not_text_is_refused(key: Any) -> None:
    session = holding()
    with pytest.raises(UnstorableValue, match="keys are text"):
        session[key] = 1
    assert key not in session
    assert session.get(key) is None


@pytest.mark.parametrize("key", ["\ud800", "a\udfffb"])
def test_a_key_that_is_no_unicode_is_refused_where_it_is_set(key: str) -> None:
    session = holding()
    with pytest.raises(UnstorableValue, match="lone surrogates"):
        session[key] = 1
    assert not session.journal()


def test_a_key_from_an_enumeration_is_its_text() -> None:
    class Key(str, enum.Enum):  # noqa: UP042
        CART = "cart"

    session = holding()
    session[Key.CART] = [1]
    session[Key.CART].append(2)
    assert session["cart"] == session[Key.CART] == [1, 2]
    assert after(session) == {"cart": [1, 2]}
    del session[Key.CART]
    assert dict(session) == {}


def test_after_close_it_can_be_read_and_not_written() -> None:
    session = holding(a=1, cart=[])
    session.close()
    assert session["a"] == 1
    for write in (
        lambda: session.__setitem__("a", 2),
        lambda: session.__delitem__("a"),
        session.clear,
        lambda: session.pop("a"),
        lambda: session.update(b=1),
    ):
        with pytest.raises(SessionClosed, match="before the body is streamed"):
            write()
    assert session["a"] == 1


def test_what_is_dropped_is_gone_with_its_changes() -> None:
    session = holding(cart=[1])
    session["cart"].append(2)
    session["b"] = 1
    session.dropped(None)
    assert dict(session) == {}
    assert not session.modified
    assert session.is_new


def test_after_saving_a_value_that_is_no_longer_there_is_not_seen() -> None:
    session = holding(cart=[1], name="x")
    held = session.held
    assert held is not None
    assert session["cart"] == [1]
    other = msgspec.structs.replace(held.record, data={"name": msgspec.Raw(b"\xa1y")})
    session.saved(Held(held.token, other, 2, Standing.CURRENT))
    assert dict(session) == {"name": "y"}
    assert session.get("cart") is None


def test_A_PLT_02_a_value_that_cannot_be_read_is_absent_and_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    session = holding(a=1)
    held = session.held
    assert held is not None
    held.record.data["odd"] = msgspec.Raw(b"\xc7\x01\x63\x00")
    assert dict(session) == {"a": 1}
    assert ("odd" in session, session.get("odd"), len(session)) == (False, None, 1)
    assert "'odd' cannot be read" in caplog.text
    session["a"] = 2
    assert session.journal().replay(held.record.data)["odd"] == msgspec.Raw(b"\xc7\x01\x63\x00")
    session["odd"] = 3
    assert session["odd"] == 3


def test_its_repr_shows_no_values() -> None:
    session = holding(password="hunter2")
    assert repr(session) == f"<Session {session.public_id}: ['password']>"
    assert repr(Session(None, None)) == "<Session new: []>"
