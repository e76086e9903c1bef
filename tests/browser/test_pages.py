"""Every page of ours, with its error states: accessible, narrow enough, in both colour schemes, no console errors."""

import json

import pytest

from tests.browser.conftest import Watch
from tests.client import PASSWORD, Client
from tests.servers import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.server]

SCREENS = ROOT / "artifacts" / "screens"
SIZES = {"phone": {"width": 320, "height": 640}, "desktop": {"width": 1280, "height": 800}}
AXE = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONG_NAME = "w" * 64


def send(page, label, **fields):
    for field, value in fields.items():
        page.locator(f"[name={field}]").fill(value)
    page.locator("form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name=label, exact=True).click()
    page.get_by_role("alert").or_(page.locator(".notice")).first.wait_for()


def spoil(page):
    page.locator("[name=csrf_token]").evaluate("input => input.value = 'stale'")


def wrong_password(page, _person):
    page.goto("/auth/sign-in")
    send(page, "Sign in", username="somebody", password="not the right words")


def empty_sign_in(page, _person):
    page.goto("/auth/sign-in")
    send(page, "Sign in")


def idle(page, person):
    person.clock.advance(1801)
    page.goto("/")


def all_wrong(page, _person):
    page.goto("/auth/register")
    send(page, "Create account", username=LONG_NAME + "x", display_name="x" * 101, password="short")


def empty_register(page, _person):
    page.goto("/auth/register")
    send(page, "Create account")


def name_taken(page, person):
    page.goto("/auth/register")
    send(page, "Create account", username=person.name, display_name="Ann", password=PASSWORD)


def stale_sign_out(page, _person):
    page.goto("/auth/sign-out")
    spoil(page)
    send(page, "Sign out")


def signed_out(page, _person):
    page.goto("/auth/sign-out")
    send(page, "Sign out")


STATES = {
    "sign-in": "/auth/sign-in?next=/",
    "sign-in-wrong": wrong_password,
    "sign-in-empty": empty_sign_in,
    "sign-in-idle": idle,
    "sign-in-registered": "/auth/sign-in?notice=registered",
    "register": "/auth/register",
    "register-wrong": all_wrong,
    "register-empty": empty_register,
    "register-taken": name_taken,
    "signed-in": "/auth/sign-in",
    "sign-out": "/auth/sign-out",
    "sign-out-nobody": "/auth/sign-out",
    "sign-out-stale": stale_sign_out,
    "signed-out": signed_out,
    "message": "/auth/nowhere",
}
SIGNED_IN = {"signed-in", "sign-out", "sign-out-stale", "signed-out", "sign-in-idle"}


@pytest.fixture
def visitor(front, name):
    """Somebody with a long display name, and the browser's cookies for it."""
    somebody = Client(front.url, name=name())
    somebody.register(somebody.name, display_name="Annabel Longname of the Long Valley behind the Seven Mountains")
    somebody.sign_in(somebody.name)
    somebody.clock = front.clock
    return somebody


@pytest.mark.parametrize("state", STATES)
def test_every_page_is_accessible_and_fits(state, front, open_context, visitor, axe):
    """On a narrow phone and a desktop, in light and dark; pictures of all of them go to `artifacts/screens`."""
    context = open_context(base_url=front.url, viewport=SIZES["phone"])
    if state in SIGNED_IN:
        context.add_cookies([{"name": "watchword-dev", "value": visitor.session_cookie, "url": front.url}])
    page = context.new_page()
    reach = STATES[state]
    page.goto(reach) if isinstance(reach, str) else reach(page, visitor)
    page.wait_for_load_state("load")
    assert page.title()
    assert page.locator("h1").count() == 1
    page.evaluate(axe)
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        assert page.evaluate(OVERFLOW) == 0
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=SCREENS / f"{state}-{size}-{scheme}.png", full_page=True, animations="disabled")
            violations = page.evaluate(AXE)
            assert violations == [], json.dumps([(one["id"], one["nodes"][0]["html"]) for one in violations])


def test_axe_would_complain(page, axe):
    """The probe itself works: a page made worse on purpose is found out."""
    page.goto("/auth/sign-in")
    page.evaluate("""() => { document.querySelector('label').remove(); document.documentElement.lang = '';
        document.querySelector('h1').style.color = document.querySelector('.card').style.background = '#ccc' }""")
    page.evaluate(axe)
    found = {violation["id"] for violation in page.evaluate(AXE)}
    assert {"label", "html-has-lang", "color-contrast"} <= found


def test_the_watch_would_notice(chrome, front):
    """So does the other probe: content that the policy refuses is noted as an error."""
    context = chrome.new_context(base_url=front.url)
    watch = Watch(context)
    page = context.new_page()
    page.goto("/auth/sign-in")
    assert watch.errors == []
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_timeout(50)
    context.close()
    assert len(watch.errors) == 2
    assert all("Content Security Policy" in error for error in watch.errors)


SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden])')]
    .filter(one => one.offsetParent && one.getBoundingClientRect().height < 24).map(one => one.outerHTML)"""


@pytest.mark.parametrize("path", ["sign-in", "register", "sign-out", "nowhere"])
def test_targets_are_large_enough_for_fingers(path, page):
    """WCAG 2.2, 2.5.8: 24 CSS pixels at least."""
    page.set_viewport_size(SIZES["phone"])
    page.goto(f"/auth/{path}")
    assert page.evaluate(SMALL) == []


def test_text_at_twice_the_size_still_fits(page):
    """WCAG 1.4.4 and 1.4.10: zoomed to 200 % at 640 px (as wide as 320) nothing is cut off."""
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("sign-in", "register", "sign-out", "nowhere"):
        page.goto(f"/auth/{path}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(OVERFLOW) == 0
