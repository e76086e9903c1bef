"""A real Chromium: where it lies, how it starts, and what every page of ours must keep (no errors, no CSP reports)."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.servers import ROOT, Server, running

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _first(name: str, *places: str) -> Path:
    """The first of the environment's place and the usual ones that exists."""
    named = [os.environ[name]] if name in os.environ else []
    for place in [*named, *places]:
        if (ROOT / place).exists():
            return ROOT / place
    pytest.skip(f"no {places[0]} here: `make browser` provides it")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> Path:
    return _first("WATCHWORD_CHROMIUM", ".cache/browser/chromium", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source."""
    return _first("WATCHWORD_AXE", ".cache/browser/axe.min.js").read_text("utf-8")


class Watch:
    """Notes what goes wrong in a context's pages: console errors, exceptions, refused content."""

    def __init__(self, context: BrowserContext) -> None:
        self.errors: list[str] = []
        context.on("console", lambda message: self._note(message.type, message.text))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def _note(self, kind: str, text: str) -> None:
        answered = text.startswith("Failed to load resource: the server responded with a status of 4")
        if kind in ("error", "warning") and not answered:  # Chromium reports every 4xx page as an error
            self.errors.append(text)


@pytest.fixture(scope="session")
def chrome(playwright: Playwright, chromium: Path) -> Iterator[object]:
    """One browser for all tests that need no profile of their own."""
    browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def open_context(chrome) -> Iterator[Callable[..., BrowserContext]]:
    """New contexts (windows with cookies of their own); afterwards none may have noted an error."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def make(**options: object) -> BrowserContext:
        context = chrome.new_context(**options)
        context.set_default_timeout(10_000)
        opened.append((context, Watch(context)))
        return context

    yield make
    errors = [error for _, watch in opened for error in watch.errors]
    for context, _ in opened:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], front: Server) -> Page:
    return open_context(base_url=front.url).new_page()


@pytest.fixture
def profile(playwright: Playwright, chromium: Path, tmp_path: Path) -> Callable[..., object]:
    """`with profile(base_url=...) as context`: a browser with a profile on disk, closed and started again at will."""

    @contextmanager
    def start(**options: object) -> Iterator[BrowserContext]:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium, args=FLAGS, **options
        )
        context.set_default_timeout(10_000)
        watch = Watch(context)
        yield context
        context.close()
        assert watch.errors == []

    return start


@pytest.fixture(scope="session")
def granian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("granian") / "instance", kind="granian") as server:
        yield server
