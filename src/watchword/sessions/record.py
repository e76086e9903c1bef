"""What the store holds of a session. Values stay undecoded until somebody looks."""

import math
from typing import Final

import msgspec

SCHEMA: Final = 1


class Record(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A session at rest: digests of its secrets, its times (seconds since 1970), its owner, its values.

    `seen_at` is when the current secret was first presented (0: not yet noted). `ended_at` other than 0
    makes it a tombstone. New fields go to the end, with a default, so that older rows stay readable; a row
    with more fields than these is a newer version's and counts as none.
    """

    schema: int
    current: bytes
    previous: bytes
    seen_at: float
    rotated_at: float
    created_at: float
    touched_at: float
    absolute_end: float
    subject_id: str
    epoch: int
    auth_time: float
    aal: int
    factors: tuple[tuple[str, float], ...]
    ended_at: float
    end_reason: str
    data: dict[str, msgspec.Raw]


def encode(record: Record) -> bytes:
    """The record as bytes."""
    return _encoder.encode(record)


def encoded_size(data: dict[str, msgspec.Raw]) -> int:
    """How many bytes the values take at rest."""
    return len(_encoder.encode(data))


def decode(value: bytes) -> Record | None:
    """The record, or None for bytes that are not one (damaged, crafted, of a newer schema). Never raises."""
    try:
        record = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # Against NaN each comparison fails, so nothing would ever end.
    limits = record.absolute_end + record.touched_at + record.ended_at
    times = limits + record.rotated_at + record.seen_at + record.auth_time
    return record if record.schema == SCHEMA and math.isfinite(times) else None


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Record)
