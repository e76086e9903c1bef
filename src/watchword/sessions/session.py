"""A session during one request: a mapping that keeps a journal of what this request changed."""

import logging
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import msgspec

from watchword.kernel.errors import SessionClosed, UnstorableValue
from watchword.kernel.models import Origin
from watchword.sessions import values
from watchword.sessions.cookie import Token
from watchword.sessions.record import Record
from watchword.sessions.rules import Standing, Values, Verdict

log = logging.getLogger("watchword")


class Held(msgspec.Struct, frozen=True):
    """The living session a request holds: its genuine token, the record as read, and that record's version."""

    token: Token
    record: Record
    version: int
    standing: Standing


class Journal(msgspec.Struct):
    """What this request did to the values, so that it can be done again to newer ones."""

    cleared: bool = False
    changes: dict[str, msgspec.Raw | None] = {}

    def __bool__(self) -> bool:
        return self.cleared or bool(self.changes)

    def replay(self, data: Values) -> Values:
        """The values after the same changes; `data` itself is left as it is."""
        result = {} if self.cleared else dict(data)
        for key, raw in self.changes.items():
            if raw is None:
                result.pop(key, None)
            else:
                result[key] = raw
        return result


Whence = Callable[[], Origin]
"""Says where the request came from; asked when something is to be reported, which is seldom."""


class Session(MutableMapping[str, Any]):
    """Values under text keys, for one browser. Not for sharing between threads.

    Values are decoded when looked at. A list or dict that was handed out is encoded again when the session
    is saved, so nested changes count. A value that cannot be stored is refused where it is set; one that
    this version cannot read (damaged, of a newer one) is absent here and left as it is. After `close`
    every write raises `SessionClosed`.
    """

    __slots__ = ("_closed", "_data", "_handed_out", "_journal", "held", "verdict", "whence")

    def __init__(self, held: Held | None, verdict: Verdict | None, whence: Whence = Origin) -> None:
        self.held = held
        self.verdict = verdict
        """How the presented secret stood; None when no genuine cookie was presented or nothing is known of it."""
        self.whence = whence
        self._data: Values = held.record.data if held else {}
        self._journal = Journal()
        self._handed_out: dict[str, tuple[bytes, Any]] = {}
        self._closed = False

    # --- the mapping ---

    def __getitem__(self, key: str) -> Any:
        handed = self._handed_out.get(key)
        if handed is not None:
            return handed[1]
        raw = self._current(key)
        if raw is None:
            raise KeyError(key)
        try:
            value = values.decode(raw)
        except ValueError as error:
            log.error("session %s: the value under %r cannot be read: %s", self.public_id, key, error)
            raise KeyError(key) from None
        if values.may_change(value):
            self._handed_out[key] = (bytes(raw), value)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        self._refuse_when_closed()
        key = _plain_text(key)
        raw = _encode(key, value)
        self._journal.changes[key] = msgspec.Raw(raw)
        if values.may_change(value):
            self._handed_out[key] = (raw, value)
        else:
            self._handed_out.pop(key, None)

    def __delitem__(self, key: str) -> None:
        self._refuse_when_closed()
        if self._current(key) is None:
            raise KeyError(key)
        self._journal.changes[key] = None
        self._handed_out.pop(key, None)

    def __iter__(self) -> Iterator[str]:
        return (key for key, raw in self._journal.replay(self._data).items() if _is_readable(raw))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        raw = self._current(key) if isinstance(key, str) else None
        return raw is not None and _is_readable(raw)

    def clear(self) -> None:
        """Drop every value, those that other requests write meanwhile included. The session itself stays."""
        self._refuse_when_closed()
        self._journal = Journal(cleared=True)
        self._handed_out.clear()

    def __repr__(self) -> str:
        return f"<Session {self.public_id or 'new'}: {sorted(self)}>"

    # --- for the manager ---

    @property
    def public_id(self) -> str | None:
        """Its name in lists and in the audit; None while there is no session."""
        return self.held.token.public_id if self.held else None

    @property
    def origin(self) -> Origin:
        """Where the request came from."""
        return self.whence()

    @property
    def is_new(self) -> bool:
        return self.held is None

    @property
    def is_clean(self) -> bool:
        """Surely unchanged: nothing was set, and nothing handed out that could have been changed in place."""
        return not (self._handed_out or self._journal.changes or self._journal.cleared)

    @property
    def modified(self) -> bool:
        """Whether this request changed a value, nested ones included."""
        return bool(self._journal) or any(_encode(key, value) != raw for key, (raw, value) in self._handed_out.items())

    def journal(self) -> Journal:
        """The changes, nested ones noted. Raises `UnstorableValue` naming the key."""
        for key, (raw, value) in self._handed_out.items():
            now = _encode(key, value)
            if now != raw:
                self._journal.changes[key] = msgspec.Raw(now)
        return self._journal

    def saved(self, held: Held) -> None:
        """What the store now holds is the state from here on; later changes start a new journal."""
        self.held = held
        self._data = held.record.data
        self._journal = Journal()
        kept = ((key, value) for key, (_, value) in self._handed_out.items() if key in self._data)
        self._handed_out = {key: (_encode(key, value), value) for key, value in kept}

    def dropped(self, verdict: Verdict | None) -> None:
        """There is no session any more: its values and this request's changes are gone."""
        self.held = None
        self.verdict = verdict
        self._data = {}
        self._journal = Journal()
        self._handed_out = {}

    def close(self) -> None:
        """From now on a write raises `SessionClosed`: it would be lost."""
        self._closed = True

    def _current(self, key: str) -> msgspec.Raw | None:
        if key in self._journal.changes:
            return self._journal.changes[key]
        return None if self._journal.cleared else self._data.get(key)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise SessionClosed(
                "the session was already saved with this response's headers; change it before the body is streamed"
            )


def _plain_text(key: object) -> str:
    """The key as the store will hold it: the characters of a subclass, nothing that UTF-8 cannot say."""
    if not isinstance(key, str):
        raise UnstorableValue(f"a session's keys are text, not {type(key).__qualname__}: {key!r}")
    if not key.isascii() and any("\ud800" <= character <= "\udfff" for character in key):
        raise UnstorableValue(f"a session's keys are valid Unicode, without lone surrogates: {key!r}")
    return key if type(key) is str else str.__str__(key)


def _is_readable(raw: msgspec.Raw) -> bool:
    try:
        values.decode(raw)
    except ValueError:
        return False
    return True


def _encode(key: str, value: object) -> bytes:
    try:
        return values.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnstorableValue(f"session[{key!r}] cannot hold {error}") from None
