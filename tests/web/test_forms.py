"""Bodies, read strictly: B-148, A-LOG-15, A-LOG-18, A-LOG-20, A-LOG-21."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.features.house import House
from watchword.kernel.http import Field, Form, Request
from watchword.kernel.outcomes import Refused
from watchword.kernel.reasons import Reason
from watchword.web.forms import MAX_BODY, Checked, check, media_refusal, read

FORM = Form(
    (
        Field("name", "Name", max_length=10),
        Field("secret", "Secret", kind="password", max_length=20, secret=True),
        Field("note", "Note", required=False),
    )
)
URLENCODED = "application/x-www-form-urlencoded"


def request(body: bytes, media: str = URLENCODED, **headers: str) -> Request:
    sent = {"content-type": media, "content-length": str(len(body)), **headers}
    return Request("POST", "/x", "", sent, "https", "app.test", lambda n: body[: n + 1], House().visit())


def checked(body: bytes, media: str = URLENCODED) -> Checked | Refused:
    sent = read(request(body, media), FORM)
    return sent if isinstance(sent, Refused) else check(FORM, sent)


def reasons(found: Checked | Refused) -> list[tuple[Reason, str | None]]:
    problems = (found,) if isinstance(found, Refused) else found.problems
    return [(problem.reason, problem.field) for problem in problems]


def as_json(**values: object) -> Checked | Refused:
    return checked(json.dumps(values).encode(), "application/json; charset=utf-8")


def test_a_form_read_well() -> None:
    found = checked(b"name=Zo%C3%AB+B&secret=+a%00b+&other=1&other=2")
    assert isinstance(found, Checked)
    assert found.values == {"name": "Zoë B", "secret": " a\0b ", "note": ""}
    assert found.kept == {"name": "Zoë B", "note": ""}
    assert found.problems == ()


def test_json_read_well() -> None:
    found = as_json(name="Zoë", secret="s", other={"deep": [1]})
    assert isinstance(found, Checked)
    assert found.values == {"name": "Zoë", "secret": "s", "note": ""}


@pytest.mark.parametrize(
    "body", [b"name=%ff", b"name=\xff", b"%c3=1", urlencode([("x", n) for n in range(101)]).encode()]
)
def test_a_form_that_cannot_be_read(body: bytes) -> None:
    assert reasons(checked(body)) == [(Reason.MALFORMED_BODY, None)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"name": NaN}',
        b'{"name": -Infinity}',
        b'{"name": 1' + b"0" * 5000 + b"}",
        b"[" * 30_000,
        b'{"name":' * 7_000,
        b"\xef\xbb\xbf{}",
        json.dumps({str(n): n for n in range(101)}).encode(),
    ],
    ids=range(13),
)
def test_A_LOG_15_json_that_cannot_be_read(body: bytes) -> None:
    assert reasons(checked(body, "application/json")) == [(Reason.MALFORMED_BODY, None)]


@pytest.mark.parametrize("value", [["a"], {"$ne": None}, 1, 1.5, True, None], ids=repr)
@pytest.mark.parametrize("name", ["name", "secret", "note"])
def test_A_LOG_20_values_that_are_no_text(name: str, value: object) -> None:
    found = as_json(**{"name": "a", "secret": "b", name: value})
    assert reasons(found) == [(Reason.FIELD_NOT_TEXT, name)]


def test_A_LOG_18_nul_is_no_part_of_a_name() -> None:
    assert reasons(checked(b"name=a%00&secret=b")) == [(Reason.FIELD_NOT_TEXT, "name")]
    found = as_json(name="a\0", secret="b")
    assert reasons(found) == [(Reason.FIELD_NOT_TEXT, "name")]
    assert isinstance(found, Checked)
    assert "name" not in found.kept


def test_half_a_character_is_no_text() -> None:
    body = b'{"name": "\\ud800", "secret": "\\udfff"}'
    found = checked(body, "application/json")
    assert reasons(found) == [(Reason.FIELD_NOT_TEXT, "name"), (Reason.FIELD_NOT_TEXT, "secret")]


@pytest.mark.parametrize("name", ["name", "secret", "csrf_token", "next"])
def test_A_LOG_21_a_field_sent_twice(name: str) -> None:
    body = f"name=a&secret=b&{name}=x&{name}=y".encode()
    assert reasons(checked(body)) == [(Reason.FIELD_REPEATED, name)]
    twice = f'{{"name": "a", "name": "b", "secret": "c", "{name}": "d", "{name}": "e"}}'.encode()
    assert reasons(checked(twice, "application/json")) == [(Reason.FIELD_REPEATED, "name")]


def test_missing_and_long_values_are_all_named() -> None:
    assert reasons(checked(b"note=" + b"n" * 256)) == [
        (Reason.FIELD_MISSING, "name"),
        (Reason.FIELD_MISSING, "secret"),
        (Reason.FIELD_TOO_LONG, "note"),
    ]


@pytest.mark.parametrize("length", ["65537", "1" * 5000])
def test_A_LOG_15_too_large_is_refused_unread(length: str) -> None:
    asked = request(b"")
    asked.headers = {**asked.headers, "content-length": length}
    asked.body = lambda _: pytest.fail("read")
    assert reasons(_read(asked)) == [(Reason.BODY_TOO_LARGE, None)]


def test_B_148_a_body_longer_than_it_says_is_noticed() -> None:
    asked = request(b"x" * (MAX_BODY + 5))
    asked.headers = {"content-type": URLENCODED}
    assert reasons(_read(asked)) == [(Reason.BODY_TOO_LARGE, None)]


@pytest.mark.parametrize("length", ["-1", "1e3", "²", "1,1"])
def test_a_length_that_is_none(length: str) -> None:
    asked = request(b"name=a")
    asked.headers = {**asked.headers, "content-length": length}
    assert reasons(_read(asked)) == [(Reason.MALFORMED_BODY, None)]


@pytest.mark.parametrize(
    ("media", "custom", "fine"),
    [
        (URLENCODED, "", True),
        ("Application/X-WWW-Form-URLencoded; charset=utf-8", "", True),
        ("application/json", "1", True),
        ("application/json", "", False),
        ("application/json", "yes", False),
        ("text/plain", "1", False),
        ("multipart/form-data; boundary=x", "", False),
        ("application/jsonx", "1", False),
        ("", "1", False),
    ],
)
def test_A_CSR_02_media_types(media: str, custom: str, fine: bool) -> None:
    refused = media_refusal(request(b"", media, **{"x-watchword": custom}))
    assert (refused is None) is fine
    assert refused is None or refused.reason.status == 415


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    for media in (URLENCODED, "application/json"):
        assert isinstance(checked(body, media), Checked | Refused)


@given(st.dictionaries(st.sampled_from(["name", "secret", "note"]), st.text(max_size=10), min_size=3))
def test_what_is_typed_is_what_arrives(values: dict[str, str]) -> None:
    found = checked(urlencode(values).encode())
    assert isinstance(found, Checked)
    assert all(found.values[key] == values[key] for key in found.values)


def _read(asked: Request) -> Checked | Refused:
    found = read(asked, FORM)
    assert isinstance(found, Refused)
    return found
