"""What the store holds of a session. Values stay undecoded until somebody looks."""

from typing import Final

import msgspec

SCHEMA: Final = 1


class Record(msgspec.Struct, frozen=True, array_like=True):
    """A session at rest: digests of its secrets, its times (seconds since 1970), its owner, its values.

    `seen_at` is when the current secret was first presented (0: not yet noted). `ended_at` other than 0
    makes it a tombstone. New fields go to the end, with a default, so that older rows stay readable.
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


def decode(value: bytes) -> Record | None:
    """The record, or None for bytes that are not one (damaged, crafted, of a newer schema). Never raises."""
    try:
        record = _decoder.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None
    return record if record.schema == SCHEMA else None


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Record)
