"""The front door, from the first visit to the last, in a real browser on real servers."""

import time

import pytest

from tests.client import PASSWORD, Client
from tests.servers import PRELOAD, migrate, running

pytestmark = [pytest.mark.browser, pytest.mark.server]


def register(page, username):
    page.goto("/auth/register")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_text("Your account is ready").wait_for()


def sign_in(page, username, password=PASSWORD):
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def session_cookies(context):
    return [cookie for cookie in context.cookies() if not cookie["name"].endswith("-form")]


def walk_through(server, profile, **options):
    """The whole life of one sign-in; answers the session's cookie as the browser held it."""
    options = {"base_url": server.url, **options}
    with profile(**options) as context:
        page = context.new_page()
        register(page, "ann")
        sign_in(page, "ann")
        page.get_by_text("Private words for ann").wait_for()
        assert page.url == f"{server.url}/"
        page.reload()
        assert page.get_by_text("Private words for ann").is_visible()
    with profile(**options) as context:  # the browser was closed and started again
        page = context.new_page()
        page.goto("/")
        assert page.get_by_text("Private words for ann").is_visible()
        server.restart()
        page.reload()
        assert page.get_by_text("Private words for ann").is_visible()
        (cookie,) = session_cookies(context)
        assert context.request.get("/who").json()["name"] == "ann"
        page.get_by_role("link", name="Sign out").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_text("You are signed out.").wait_for()
        assert session_cookies(context) == []
        page.go_back()
        page.go_back()
        assert not page.get_by_text("Private words").is_visible()
        assert page.get_by_role("heading", name="Sign in").is_visible()
        context.add_cookies([cookie])
        page.goto("/")
        assert page.get_by_role("heading", name="Sign in").is_visible()
    thief = Client(server.url, jar={cookie["name"]: cookie["value"]})
    assert thief.user is None
    return cookie


@pytest.mark.parametrize("kind", ["gunicorn", "granian"])
def test_the_front_door(kind, tmp_path, profile):
    with running(tmp_path / "instance", kind=kind) as server:
        cookie = walk_through(server, profile)
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("watchword-dev", True, "Lax")
    assert cookie["path"] == "/"


@pytest.mark.parametrize("kind", ["gunicorn", "granian"])
def test_the_front_door_in_production_over_https(kind, tmp_path, profile, certificate):
    """The cookie that the browser keeps is bound to this host, https and http requests alone."""
    instance = migrate(tmp_path / "instance")
    options = {"env": {"WATCHWORD_ENV": "production"}, "certificate": certificate, "kind": kind}
    if kind == "gunicorn":
        options["options"] = PRELOAD
    with running(instance, **options) as server:
        cookie = walk_through(server, profile, ignore_https_errors=True)
    assert cookie["name"] == "__Host-watchword"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert cookie["domain"] == "localhost"  # no leading dot: this host alone
    assert 11 * 3600 < cookie["expires"] - time.time() <= 12 * 3600


@pytest.mark.parametrize("server", ["front", "granian"])
def test_everything_works_without_javascript(server, request, open_context, name):
    base = request.getfixturevalue(server).url
    page = open_context(base_url=base, java_script_enabled=False).new_page()
    username = name()
    register(page, username)
    sign_in(page, username, "a wrong password of course")
    assert page.get_by_text("The name or the password is not right").first.is_visible()
    assert not page.get_by_role("button", name="Show password").is_visible()
    sign_in(page, username)
    assert page.get_by_text(f"Private words for {username}").is_visible()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_text("You are signed out.").is_visible()
    page.goto("/")
    assert page.get_by_role("heading", name="Sign in").is_visible()


def test_everything_works_by_keyboard_alone(page, name):
    """Tab, type, Enter; the focus is always where one expects it."""

    def tab_to(label):
        for _ in range(12):
            page.keyboard.press("Tab")
            found = page.evaluate("document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText")
            if found.strip().startswith(label):
                return
        raise AssertionError(f"Tab never reached {label}")

    username = name()
    page.goto("/auth/sign-in")
    tab_to("New here? Create an account")
    page.keyboard.press("Enter")
    page.wait_for_url("**/auth/register")
    tab_to("Username")
    page.keyboard.type(username)
    tab_to("Password")
    page.keyboard.type(PASSWORD)
    tab_to("Show")
    tab_to("Create account")
    page.keyboard.press("Enter")
    page.get_by_text("Your account is ready").wait_for()
    tab_to("Username")
    page.keyboard.type(username)
    tab_to("Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text(f"Private words for {username}").wait_for()
    tab_to("Sign out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/auth/sign-out")
    tab_to("Sign out")
    page.keyboard.press("Enter")
    page.get_by_text("You are signed out.").wait_for()
