import math
import pickle
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.kernel.policy import Policy
from watchword.sessions import record, rules, values

GOOD = rules.begun(b"d" * 32, {"a": msgspec.Raw(values.encode(1))}, 1e9, Policy())
FIELDS = record.Record.__struct_fields__
PACK = msgspec.msgpack.encode


def row(**changes: object) -> bytes:
    """A good row with other things in some of its places."""
    fields = msgspec.msgpack.decode(record.encode(GOOD))
    for name, value in changes.items():
        fields[FIELDS.index(name)] = value
    return PACK(fields)


def test_a_record_comes_back() -> None:
    assert record.decode(record.encode(GOOD)) == GOOD
    assert record.decode(row()) == GOOD


class Payload:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_A_PLT_01_a_pickle_is_not_loaded(tmp_path: Path, protocol: int) -> None:
    target = tmp_path / "touched"
    assert record.decode(pickle.dumps(Payload(target), protocol)) is None
    assert not target.exists()


NESTED = b"\x91" * 5_000_000
HEAD = b"\xdc\x00\x10" + row(data={})[3:-1]


@pytest.mark.parametrize(
    "crafted",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xc0", id="None"),
        pytest.param(b"\x90", id="empty list"),
        pytest.param(b"{}", id="JSON"),
        pytest.param(b'{"__proto__": {"a": 1}}', id="__proto__"),
        pytest.param(PACK(dict.fromkeys(FIELDS, 1)), id="a map"),
        pytest.param(record.encode(GOOD)[:-1], id="cut"),
        pytest.param(record.encode(GOOD) + b"\0", id="longer"),
        pytest.param(NESTED, id="5 MB nesting"),
        pytest.param(HEAD + b"\x81\xa1k" + NESTED + b"\xc0", id="5 MB nesting in a value"),
        pytest.param(HEAD + b"\xdf\xff\xff\xff\xff", id="4 billion values promised"),
        pytest.param(b"\xdd\xff\xff\xff\xff", id="4 billion fields promised"),
        pytest.param(b"\0" * 50_000_000, id="50 MB"),
        pytest.param(PACK([*msgspec.msgpack.decode(row()), 1]), id="one field more"),
        pytest.param(PACK(msgspec.msgpack.decode(row())[:-1]), id="one field less"),
        pytest.param(row(schema=2), id="newer schema"),
        pytest.param(row(schema=0), id="older schema"),
        pytest.param(row(schema=True), id="schema as bool"),
        pytest.param(row(schema="1"), id="schema as text"),
        pytest.param(row(current="d" * 32), id="digest as text"),
        pytest.param(row(current=None), id="no digest"),
        pytest.param(row(absolute_end="never"), id="limit as text"),
        pytest.param(row(absolute_end=math.inf), id="no limit at all"),
        pytest.param(row(absolute_end=math.nan), id="limit is not a number"),
        pytest.param(row(touched_at=math.inf), id="never idle"),
        pytest.param(row(touched_at=math.nan), id="idle is not a number"),
        pytest.param(row(ended_at=math.nan), id="end is not a number"),
        pytest.param(row(seen_at=-math.inf), id="seen never"),
        pytest.param(row(subject_id=5), id="subject as a number"),
        pytest.param(row(subject_id=None), id="subject None"),
        pytest.param(row(subject_id="ZZZZ").replace(b"ZZZZ", b"\xff\xfe\xff\xff"), id="subject not UTF-8"),
        pytest.param(row(data={"ZZZZ": 1}).replace(b"ZZZZ", b"\xff\xfe\xff\xff"), id="key not UTF-8"),
        pytest.param(row(epoch=1.5), id="epoch as a fraction"),
        pytest.param(row(factors=[["password"]]), id="factor without a time"),
        pytest.param(row(factors="password"), id="factors as text"),
        pytest.param(row(data=[1]), id="values as a list"),
        pytest.param(row(data={1: 1}), id="number as a key"),
    ],
)
def test_A_PLT_02_a_crafted_row_is_no_session(crafted: bytes) -> None:
    assert record.decode(crafted) is None


@given(st.binary(max_size=400))
def test_A_PLT_02_any_bytes_are_no_session(crafted: bytes) -> None:
    assert record.decode(crafted) is None


@given(st.integers(0), st.integers(0, 255))
def test_A_PLT_02_a_damaged_row_never_raises(place: int, byte: int) -> None:
    raw = bytearray(record.encode(GOOD))
    raw[place % len(raw)] = byte
    found = record.decode(bytes(raw))
    assert found is None or isinstance(found, record.Record)


def test_the_size_counts_the_values_alone() -> None:
    assert record.encoded_size({}) == 1
    assert record.encoded_size(GOOD.data) == 4
