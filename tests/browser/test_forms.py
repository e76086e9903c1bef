"""What a person meets at the forms: mistakes, two tabs, the show button, frames, the app's own templates."""

import pytest

from tests.browser.test_front_door import register, session_cookies, sign_in
from tests.client import PASSWORD
from tests.servers import running

pytestmark = [pytest.mark.browser, pytest.mark.server]

FOCUSED = "document.activeElement.className"
WRONG = "The name or the password is not right"


def test_a_wrong_password(page, name):
    """The message is seen and heard, the name is kept, the password is not, and sending again works."""
    username = name()
    register(page, username)
    sign_in(page, username, "a wrong password of course")
    summary = page.get_by_role("alert")
    assert WRONG in summary.inner_text()
    assert page.evaluate(FOCUSED) == "problem"
    assert page.title().startswith("Problem: ")
    assert page.get_by_label("Username").input_value() == username
    assert page.get_by_label("Password", exact=True).input_value() == ""
    above = summary.bounding_box()
    field = page.get_by_label("Username").bounding_box()
    assert 0 < field["y"] - above["y"] - above["height"] < 80  # just above the fields
    sign_in(page, username)
    page.get_by_text(f"Private words for {username}").wait_for()


def test_a_problem_with_one_field_is_said_at_the_field(page, name):
    page.goto("/auth/register")
    page.get_by_label("Username").fill(name())
    page.get_by_label("Password", exact=True).fill("too short")
    page.get_by_role("button", name="Create account").click()
    field = page.get_by_label("Password", exact=True)
    assert field.get_attribute("aria-invalid") == "true"
    said = [page.locator(f"#{one}").inner_text() for one in field.get_attribute("aria-describedby").split()]
    assert any("at least 15 characters" in text for text in said)
    assert page.evaluate(FOCUSED) == "problem"
    page.get_by_role("alert").get_by_role("link").click()
    assert page.evaluate("document.activeElement.name") == "password"


def test_A_SES_27_a_form_opened_before_signing_in_in_another_tab(page, name):
    """Refused in friendly words, and can be sent again at once (A-CSR-06)."""
    username, other = name(), name()
    register(page, username)
    register(page, other)
    page.goto("/auth/sign-in")
    second = page.context.new_page()
    second.goto("/auth/sign-in")
    sign_in(second, username)
    second.get_by_text(f"Private words for {username}").wait_for()
    (before,) = session_cookies(page.context)
    sign_in(page, other)
    assert "Please send it again" in page.get_by_role("alert").inner_text()
    assert session_cookies(page.context) == [before]
    assert page.get_by_label("Username").input_value() == other
    sign_in(page, other)
    page.get_by_text(f"Private words for {other}").wait_for()
    second.reload()
    assert second.get_by_text(f"Private words for {other}").is_visible()


def test_show_password(page):
    page.goto("/auth/sign-in")
    field = page.get_by_label("Password", exact=True)
    field.fill(PASSWORD)
    assert field.get_attribute("type") == "password"
    page.get_by_role("button", name="Show password").click()
    assert field.get_attribute("type") == "text"
    page.get_by_role("button", name="Hide password").click()
    assert field.get_attribute("type") == "password"
    page.get_by_role("button", name="Show password").click()
    page.get_by_label("Username").fill("nobody")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Password", exact=True).get_attribute("type") == "password"


def test_a_double_click_on_sign_in(page, name):
    username = name()
    register(page, username)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).dblclick()
    page.get_by_text(f"Private words for {username}").wait_for()
    page.reload()
    assert page.get_by_text(f"Private words for {username}").is_visible()


@pytest.mark.parametrize("path", ["sign-in", "register", "sign-out", "nowhere"])
def test_A_CSR_08_clickjacking(chrome, front, path):
    """Inside another page's frame nothing of ours is shown."""
    context = chrome.new_context()
    page = context.new_page()
    frame = f'<!doctype html><iframe src="{front.url}/auth/{path}" width="600" height="600"></iframe>'
    page.route("http://evil.example/", lambda route: route.fulfill(body=frame, content_type="text/html"))
    page.goto("http://evil.example/")
    page.wait_for_load_state("networkidle")
    (inner,) = page.main_frame.child_frames
    assert inner.url == "chrome-error://chromewebdata/"
    assert inner.locator("form, .card").count() == 0
    context.close()


def test_the_apps_own_template_wins(tmp_path, open_context):
    """`templates/watchword/sign_in.html` of the app replaces ours, and may build on it."""
    with running(tmp_path / "instance", app="tests.apps.bookshop.app:app") as server:
        page = open_context(base_url=server.url).new_page()
        page.goto("/auth/sign-in")
        assert page.get_by_role("heading", name="Welcome to the bookshop").is_visible()
        assert page.get_by_text("Books since 1901").is_visible()
        page.goto("/auth/register")
        assert page.get_by_role("heading", name="Create your account").is_visible()
        register(page, "ann")
        sign_in(page, "ann")
        page.get_by_text("Hello ann").wait_for()
