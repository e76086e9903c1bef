"""Styles and scripts: cached for good under an address that changes with them."""

import re
from pathlib import Path

import pytest

from tests.features.house import Browser, House, header
from watchword.web.assets import Assets


@pytest.fixture
def browser() -> Browser:
    return Browser(House())


def address(browser: Browser, name: str) -> str:
    browser.get("/auth/sign-in")
    found = re.search(rf'"(/auth/assets/{name}\?v=[0-9a-f]+)"', browser.page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("name", "media"),
    [("watchword.css", "text/css; charset=utf-8"), ("watchword.js", "text/javascript; charset=utf-8")],
)
def test_the_address_on_the_page_is_kept_for_a_year(browser: Browser, name: str, media: str) -> None:
    reply = browser.get(address(browser, name))
    assert reply.status == 200
    assert header(reply, "Content-Type") == media
    assert header(reply, "Cache-Control") == "public, max-age=31536000, immutable"
    assert header(reply, "X-Content-Type-Options") == "nosniff"
    assert header(reply, "Set-Cookie") == ""
    assert reply.body


def test_another_address_is_asked_for_again(browser: Browser) -> None:
    for query in ("", "?v=old", "?v=1&v=2"):
        reply = browser.get(f"/auth/assets/watchword.css{query}")
        assert header(reply, "Cache-Control") == "no-cache"


@pytest.mark.parametrize("pattern", ["{}", "W/{}", '"x", {}'])
def test_what_the_browser_has_is_not_sent_again(browser: Browser, pattern: str) -> None:
    tag = header(browser.get("/auth/assets/watchword.css"), "ETag")
    reply = browser.get("/auth/assets/watchword.css", if_none_match=pattern.format(tag))
    assert (reply.status, reply.body) == (304, b"")
    assert header(reply, "ETag") == tag


def test_head_and_other_methods(browser: Browser) -> None:
    assert browser.send("HEAD", "/auth/assets/watchword.css").body == b""
    reply = browser.send("POST", "/auth/assets/watchword.css", body=b"x")
    assert (reply.status, header(reply, "Allow")) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("name", ["", "missing.css", "../page.py", "/etc/passwd", "watchword.css/", "WATCHWORD.CSS"])
def test_nothing_else_is_served(browser: Browser, name: str) -> None:
    assert browser.get(f"/auth/assets/{name}").status == 404


def test_the_first_folder_counts_and_other_kinds_of_file_do_not(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, text in ((first, "one"), (second, "two")):
        folder.mkdir()
        (folder / "x.css").write_text(text)
        (folder / "notes.txt").write_text(text)
    assets = Assets([first, second])
    assert assets.query("x.css") == Assets([first]).query("x.css")
    with pytest.raises(KeyError):
        assets.query("notes.txt")
