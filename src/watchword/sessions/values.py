"""How one value of a session becomes bytes and comes back the same. MessagePack with eleven extensions; never pickle.

None, bool, int, float, str, bytes, list and dict are MessagePack's own; tuple, set, frozenset, datetime,
date, time, timedelta, UUID, Decimal, Markup and large ints travel as extensions. Subclasses of these come
back as the plain type. Everything else is refused when it is set, not when the response is sent.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from markupsafe import Markup
from msgspec.msgpack import Ext

MAX_DEPTH: Final = 32
_TOO_DEEP: Final = f"values nested deeper than {MAX_DEPTH}, or a value that contains itself"
_SCALARS: Final = frozenset({type(None), bool, float, bytes, str})
_IMMUTABLE: Final = frozenset(
    {
        type(None),
        bool,
        int,
        float,
        str,
        bytes,
        Markup,
        UUID,
        Decimal,
        dt.datetime,
        dt.date,
        dt.time,
        dt.timedelta,
    }
)


def encode(value: Any) -> bytes:
    """The value as bytes. Raises TypeError or ValueError, naming what cannot be stored."""
    kind = cast(type[object], type(value))
    try:
        return _encoder.encode(value if kind in _SCALARS else _plain(value, 0))
    except UnicodeEncodeError:
        raise ValueError("text with a lone surrogate, which is not valid Unicode") from None
    except OverflowError:
        raise ValueError("a whole number beyond 64 bits as a dict key") from None


def decode(raw: bytes | msgspec.Raw) -> Any:
    """The value again. Raises ValueError, nothing else, on bytes that `encode` did not make."""
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"not a value of this version's: {error}") from None


def may_change(value: object) -> bool:
    """Whether the value can be changed in place, so that it must be looked at again before saving."""
    return type(value) not in _IMMUTABLE


def _plain(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError(_TOO_DEEP)
    freeze = _FREEZERS.get(cast(type[object], type(value)))
    if freeze is None:
        freeze = _by_ancestry(value)
    return freeze(value, depth)


def _by_ancestry(value: Any) -> "Freezer":
    """For subclasses and proxies: the first kind it is an instance of."""
    if callable(getattr(value, "__html__", None)):
        return lambda value, _depth: Ext(_MARKUP, str(value.__html__()).encode())
    for kind, freeze in _FREEZERS.items():
        if isinstance(value, kind) and kind is not type(None):
            return freeze
    raise TypeError(f"a {type(value).__qualname__}; store plain values, such as an id to load it by")


def _int(value: int, _depth: int) -> Any:
    number = int(value)
    return number if -(2**63) <= number < 2**63 else Ext(_LONG, str(number).encode())


def _list(value: list[Any], depth: int) -> Any:
    below = _below(value, depth)
    return [item if type(item) in _SCALARS else _plain(item, below) for item in value]


def _dict(value: dict[Any, Any], depth: int) -> Any:
    below = _below(value, depth)
    return {
        key if type(key) is str else _key(key): item if type(item) in _SCALARS else _plain(item, below)
        for key, item in value.items()
    }


def _below(value: list[Any] | dict[Any, Any], depth: int) -> int:
    """The depth of what is inside: scalars are not looked at one by one, so it is judged here for all."""
    if value and depth >= MAX_DEPTH:
        raise ValueError(_TOO_DEEP)
    return depth + 1


def _key(key: object) -> object:
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise TypeError(f"a dict key of type {type(key).__qualname__}; keys are text or whole numbers")
    return _text(key) if isinstance(key, str) else int(key)


def _text(value: str) -> str:
    """Its characters, whatever a subclass (an enumeration's member, say) shows instead."""
    return str.__str__(value)


def _delta(value: dt.timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


Freezer = Callable[[Any, int], Any]


def _tuple(value: Any, depth: int) -> Any:
    return Ext(_TUPLE, _encoder.encode(_list(value, depth)))


def _members(code: int) -> Freezer:
    """A set's members in the order of their bytes, which is the same in every process."""

    def freeze(value: Any, depth: int) -> Any:
        encoded = sorted(_encoder.encode(_plain(item, depth + 1)) for item in value)
        return Ext(code, _encoder.encode([msgspec.Raw(item) for item in encoded]))

    return freeze


def _texted(code: int, to_text: Callable[[Any], str]) -> Freezer:
    return lambda value, _depth: Ext(code, to_text(value).encode())


def _same(value: Any, _depth: int) -> Any:
    return value


_TUPLE, _SET, _FROZENSET, _DATETIME, _DATE, _TIME, _DELTA, _UUID, _DECIMAL, _MARKUP, _LONG = range(1, 12)


def _thaw(code: int, data: memoryview) -> Any:
    thaw = _THAWERS.get(code)
    if thaw is None:
        raise ValueError(f"extension {code} is not one of this version's")
    return thaw(bytes(data))


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final[msgspec.msgpack.Decoder[Any]] = msgspec.msgpack.Decoder(ext_hook=_thaw)

_FREEZERS: Final[dict[type[object], Freezer]] = {
    type(None): _same,
    bool: _same,
    int: _int,
    float: lambda value, _depth: float(value),
    Markup: _texted(_MARKUP, str),
    str: lambda value, _depth: _text(value),
    bytes: lambda value, _depth: bytes(value),
    list: _list,
    dict: _dict,
    tuple: _tuple,
    set: _members(_SET),
    frozenset: _members(_FROZENSET),
    dt.datetime: _texted(_DATETIME, lambda value: value.isoformat()),
    dt.date: _texted(_DATE, lambda value: value.isoformat()),
    dt.time: _texted(_TIME, lambda value: value.isoformat()),
    dt.timedelta: lambda value, _depth: Ext(_DELTA, _encoder.encode(_delta(value))),
    UUID: lambda value, _depth: Ext(_UUID, value.bytes),
    Decimal: _texted(_DECIMAL, str),
}

_THAWERS: Final[dict[int, Callable[[bytes], Any]]] = {
    _TUPLE: lambda data: tuple(_decoder.decode(data)),
    _SET: lambda data: set(_decoder.decode(data)),
    _FROZENSET: lambda data: frozenset(_decoder.decode(data)),
    _DATETIME: lambda data: dt.datetime.fromisoformat(data.decode()),
    _DATE: lambda data: dt.date.fromisoformat(data.decode()),
    _TIME: lambda data: dt.time.fromisoformat(data.decode()),
    _DELTA: lambda data: dt.timedelta(*_decoder.decode(data)),
    _UUID: lambda data: UUID(bytes=data),
    _DECIMAL: lambda data: Decimal(data.decode()),
    _MARKUP: lambda data: Markup(data.decode()),  # noqa: S704 - it was Markup when it was set
    _LONG: lambda data: int(data.decode()),
}
