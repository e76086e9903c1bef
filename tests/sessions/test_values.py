import contextlib
import datetime as dt
import enum
import math
import os
import subprocess
import sys
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from watchword.kernel.errors import UnstorableValue
from watchword.sessions import values
from watchword.sessions.session import Session


def empty() -> Session:
    return Session(None, None)


class Colour(str, enum.Enum):  # noqa: UP042 - as apps wrote them before 3.11
    RED = "red"


UTC = dt.timezone.utc  # noqa: UP017
FLASKS = [
    pytest.param((1, ("a", ()), []), id="tuple"),
    pytest.param(b"\x00\xff", id="bytes"),
    pytest.param(Markup("<b>&amp;</b>"), id="Markup"),
    pytest.param(UUID(int=5), id="UUID"),
    pytest.param(dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), id="datetime"),
    pytest.param({"a": [{"b": {"c": (1, [2.5, None, True])}}], "": {}}, id="nested"),
    pytest.param({" t": [1], " di": 2}, id="keys that are tags of Flask's"),
    pytest.param([True, False, None, 0, 1, 0.0, -0.0, "", "gr\u00fc\u00df"], id="plain"),
]
OURS = [
    pytest.param(dt.date(1, 1, 1), id="date"),
    pytest.param(dt.time(23, 59, 59, 999999), id="time"),
    pytest.param(dt.datetime(9999, 12, 31, 23, 59, 59, 999999), id="naive datetime"),
    pytest.param(dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=-3, seconds=7))), id="odd offset"),
    pytest.param(dt.timedelta.min, id="least timedelta"),
    pytest.param(dt.timedelta.max, id="greatest timedelta"),
    pytest.param(Decimal("-0.10"), id="Decimal"),
    pytest.param(Decimal("Infinity"), id="infinite Decimal"),
    pytest.param({1, "a", (2, 3), frozenset({b"x"}), None}, id="set"),
    pytest.param(frozenset({frozenset({"a", "b"}), frozenset()}), id="frozenset"),
    pytest.param([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**400], id="big ints"),
    pytest.param({1: "a", -5: "b", 2**63: "c"}, id="int keys"),
    pytest.param(math.inf, id="inf"),
]


@pytest.mark.parametrize("value", [*FLASKS, *OURS])
def test_what_was_stored_comes_back(value: object) -> None:
    session = empty()
    session["k"] = value
    again = values.decode(session.journal().changes["k"] or b"")
    assert again == value
    assert type(again) is type(value)
    assert repr(sorted(again, key=repr)) == repr(sorted(value, key=repr)) if isinstance(value, list) else True


def test_nothing_is_lost_in_signs_and_digits() -> None:
    assert math.copysign(1, values.decode(values.encode(-0.0))) == -1
    assert math.isnan(values.decode(values.encode(math.nan)))
    assert str(values.decode(values.encode(Decimal("1.10")))) == "1.10"
    assert values.decode(values.encode([True, 1]))[0] is True


def offset(seconds: int) -> dt.timezone:
    return dt.timezone(dt.timedelta(seconds=seconds))


ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.uuids()
    | st.decimals(allow_nan=False)
    | st.datetimes()
    | st.datetimes(timezones=st.integers(-86399, 86399).map(offset))
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.text(st.characters(exclude_categories=["Cs"])).map(Markup)
)
KEYS = st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**63), 2**64 - 1)
HASHABLE = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4), max_leaves=5
)
ANYTHING = st.recursive(
    ATOMS | st.sets(HASHABLE, max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(ANYTHING)
def test_any_value_round_trips_and_encodes_alike_each_time(value: object) -> None:
    raw = values.encode(value)
    again = values.decode(raw)
    assert again == value
    assert values.encode(again) == raw


def test_a_set_encodes_alike_in_every_process() -> None:
    """Else a set that was only looked at would count as changed, wherever another process had written it."""
    code = (
        "from watchword.sessions import values;"
        "print(values.encode({frozenset({'a', 'b', 'c'}), frozenset({'d', 'e', 'f'}), 'g', 1}).hex())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Colour.RED, "red"),
        ([Colour.RED], ["red"]),
        ({Colour.RED: 1}, {"red": 1}),
        (enum.IntEnum("Size", {"BIG": 3}).BIG, 3),  # type: ignore[attr-defined]
        (type("Text", (str,), {})("t"), "t"),
        (type("Ordered", (dict,), {})({"a": 1}), {"a": 1}),
        (type("Stack", (list,), {})([1]), [1]),
        (type("Point", (tuple,), {})((1, 2)), (1, 2)),
        (type("Html", (), {"__html__": lambda _self: "<i>"})(), Markup("<i>")),
    ],
)
def test_subclasses_come_back_as_the_plain_kind(value: object, plain: object) -> None:
    again = values.decode(values.encode(value))
    assert again == plain
    assert type(again) is type(plain)


class Custom:
    def __reduce__(self) -> tuple[object, ...]:
        raise AssertionError("pickled")


def cycle() -> list[object]:
    loop: list[object] = []
    loop += [loop, loop]
    return loop


def deep(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


REFUSED = [
    pytest.param(Custom(), "Custom", id="custom object"),
    pytest.param([{"a": Custom()}], "Custom", id="custom object inside"),
    pytest.param(Custom, "type", id="class"),
    pytest.param(lambda: 1, "function", id="function"),
    pytest.param(object(), "object", id="object"),
    pytest.param(bytearray(b"a"), "bytearray", id="bytearray"),
    pytest.param(1j, "complex", id="complex"),
    pytest.param(range(3), "range", id="range"),
    pytest.param(cycle(), "contains itself", id="cycle"),
    pytest.param(deep(33), "deeper than 32", id="too deep"),
    pytest.param(deep(5000), "deeper than 32", id="far too deep"),
    pytest.param("a\ud800", "lone surrogate", id="lone surrogate"),
    pytest.param(["\udfff"], "lone surrogate", id="lone surrogate inside"),
    pytest.param({"\udfff": 1}, "lone surrogate", id="lone surrogate as a key"),
    pytest.param(Markup("\udfff"), "lone surrogate", id="lone surrogate in Markup"),
    pytest.param({2**64: 1}, "64 bits", id="huge int as a key"),
    pytest.param({1.5: 1}, "dict key of type float", id="float key"),
    pytest.param({True: 1}, "dict key of type bool", id="bool key"),
    pytest.param({None: 1}, "dict key of type NoneType", id="None key"),
    pytest.param({(1,): 1}, "dict key of type tuple", id="tuple key"),
    pytest.param(10**5000, "4300 digits", id="number beyond Python's own limit"),
]


@pytest.mark.parametrize(("value", "what"), REFUSED)
def test_B_57_a_value_that_cannot_be_stored_is_refused_where_it_is_set(value: object, what: str) -> None:
    session = empty()
    with pytest.raises(UnstorableValue, match=rf"session\['cart'\] cannot hold .*{what}"):
        session["cart"] = value
    assert "cart" not in session
    assert not session.journal()


def test_the_deepest_value_allowed_comes_back() -> None:
    assert values.decode(values.encode(deep(32))) == deep(32)


def test_a_value_spoilt_after_it_was_set_is_refused_at_the_end_and_named() -> None:
    session = empty()
    session["cart"] = items = ["a"]
    items.append(Custom())  # type: ignore[arg-type]
    with pytest.raises(UnstorableValue, match=r"session\['cart'\].*Custom"):
        session.journal()


EXT = msgspec.msgpack.Ext
PACK = msgspec.msgpack.encode


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(PACK(EXT(99, b"")), id="unknown extension"),
        pytest.param(b"\x91" * 5000 + b"\xc0", id="deep"),
        pytest.param(PACK(EXT(1, b"\x05")), id="tuple of a number"),
        pytest.param(PACK(EXT(2, b"\x91\x90")), id="set of a list"),
        pytest.param(PACK(EXT(4, b"yesterday")), id="no datetime"),
        pytest.param(PACK(EXT(4, b"\xff")), id="no text"),
        pytest.param(PACK(EXT(7, PACK([math.inf]))), id="endless timedelta"),
        pytest.param(PACK(EXT(7, PACK("abc"))), id="timedelta of text"),
        pytest.param(PACK(EXT(8, b"ab")), id="short UUID"),
        pytest.param(PACK(EXT(9, b"one")), id="no Decimal"),
        pytest.param(PACK(EXT(11, b"9" * 5000)), id="too many digits"),
        pytest.param(b"\xdd\xff\xff\xff\xff", id="promised array"),
        pytest.param(b"\x80\x04N.", id="pickle"),
    ],
)
def test_A_PLT_02_bytes_that_are_no_value_raise_one_kind_of_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        values.decode(raw)


@given(st.binary(max_size=60))
def test_A_PLT_02_any_bytes_are_a_value_or_a_value_error(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        values.decode(raw)


def test_only_what_can_change_is_looked_at_again() -> None:
    assert not any(values.may_change(value) for value in (None, 1, "a", b"", Markup(""), UUID(int=1), dt.date.min))
    assert all(values.may_change(value) for value in ([], {}, set(), (), ([],), object()))
