"""The pages as people meet them: labels, errors, what is shown again and what never is."""

import re

import jinja2
import pytest

from tests.features.doors import Enter, Join
from tests.features.house import PASSWORD, Browser, House
from watchword.web.rooms import HERE, folders
from watchword.web.templates import standalone_renderer


@pytest.fixture
def house() -> House:
    house = House()
    house.account("ada", display_name="Ada Lovelace")
    return house


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(house)


def inputs(page: str) -> dict[str, str]:
    """The visible inputs' tags by name."""
    tags = re.findall(r"<input[^>]*>", page)
    return {re.findall(r'name="(\w+)"', tag)[0]: tag for tag in tags if "hidden" not in tag}


def test_every_page_says_its_language_site_and_name(browser: Browser) -> None:
    for page, title in (("sign-in", "Sign in"), ("register", "Create your account"), ("sign-out", "Sign out")):
        browser.get(f"/auth/{page}")
        assert '<html lang="en">' in browser.page
        assert f"<title>{title} · Bookshop</title>" in browser.page
        assert browser.page.count("<h1>") == browser.page.count("<main") == 1
        assert " style=" not in browser.page
        assert "<script>" not in browser.page


def test_a_site_without_a_name(browser: Browser) -> None:
    plain = Browser(House(site_name=""))
    plain.get("/auth/sign-in")
    assert "<title>Sign in</title>" in plain.page
    assert "brand" not in plain.page


def test_B_11_fields_help_password_managers(browser: Browser) -> None:
    browser.get("/auth/sign-in")
    fields = inputs(browser.page)
    assert 'autocomplete="username"' in fields["username"]
    assert 'autocapitalize="none"' in fields["username"]
    assert 'autocomplete="current-password"' in fields["password"]
    browser.get("/auth/register")
    assert "maxlength" not in browser.page
    assert 'aria-label="Show password"' in browser.page


def test_every_field_has_its_label(browser: Browser) -> None:
    browser.get("/auth/register")
    labelled = set(re.findall(r'<label for="([^"]+)"', browser.page))
    assert labelled == {"watchword-username", "watchword-display_name", "watchword-password"}
    assert "required" in inputs(browser.page)["username"]
    assert "required" not in inputs(browser.page)["display_name"]


def test_an_error_is_tied_to_its_field_and_focused(browser: Browser) -> None:
    browser.post("/auth/register", {"username": "ada lovelace", "password": PASSWORD, "display_name": "A"})
    field = inputs(browser.page)["username"]
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="watchword-username-error"' in field
    assert 'id="watchword-username-error"' in browser.page
    assert '<a href="#watchword-username">' in browser.page
    assert 'role="alert" tabindex="-1" autofocus' in browser.page
    assert "<title>Problem: Create your account" in browser.page
    assert 'value="ada lovelace"' in field
    assert 'value="A"' in inputs(browser.page)["display_name"]
    assert 'aria-describedby="watchword-display_name-hint"' in inputs(browser.page)["display_name"]


def test_secrets_are_never_shown_again(browser: Browser) -> None:
    browser.post("/auth/register", {"username": "a b", "password": PASSWORD})
    assert PASSWORD not in browser.page
    assert "value=" not in inputs(browser.page)["password"]


def test_all_empty_fields_are_named(browser: Browser) -> None:
    assert browser.post("/auth/sign-in", {}).status == 400
    assert browser.page.count("Please fill in this field.") == 4
    assert browser.house.heard("input_validation_discrete_fail") == []


@pytest.mark.parametrize(
    "name", ["{{7*7}}", "{0.__class__}", "%s%n", "${7*7}", '"><script>alert(1)</script>', "{% x %}"]
)
def test_A_REG_11_names_are_literal(house: House, name: str) -> None:
    house.account("eve", display_name=name)
    browser = Browser(house)
    browser.sign_in("eve")
    browser.get("/auth/sign-out")
    shown = re.findall(r'<strong class="name">(.*?)</strong>', browser.page)
    assert [str(jinja2.utils.markupsafe.Markup(text).unescape()) for text in shown] == [name]
    assert "<script>alert" not in browser.page


def test_what_was_typed_is_escaped(browser: Browser) -> None:
    browser.post("/auth/sign-in?next=/x%22%3E", {"username": '"><img src=x>', "password": "x"})
    assert "<img" not in browser.page
    assert '/x">' not in browser.page


def test_entrances_lead_to_each_other_with_next(browser: Browser) -> None:
    browser.get("/auth/sign-in?next=/orders")
    assert '<a href="/auth/register?next=%2Forders">New here? Create an account</a>' in browser.page
    browser.get("/auth/register?next=/orders")
    assert '<a href="/auth/sign-in?next=%2Forders">Sign in instead</a>' in browser.page
    browser.get("/auth/sign-out")
    assert "New here?" not in browser.page


def test_somebody_signed_in_is_told_so_at_an_entrance(browser: Browser) -> None:
    browser.sign_in("ada")
    for page in ("sign-in", "register"):
        browser.get(f"/auth/{page}?next=/orders")
        assert "Ada Lovelace</strong> (ada)" in browser.page
        assert '<a class="main" href="/orders">Continue</a>' in browser.page
        assert f'<a href="/auth/{page}?another=1&amp;next=%2Forders">Use another account</a>' in browser.page
        assert '<a href="/auth/sign-out">Sign out</a>' in browser.page
    browser.get("/auth/sign-in?another=1&next=/orders")
    assert "username" in inputs(browser.page)


def test_without_a_sign_out_page_there_is_no_link_to_it() -> None:
    house = House([Enter(), Join()])
    house.account("ada")
    browser = Browser(house)
    browser.sign_in("ada")
    browser.get("/auth/sign-in")
    assert "Continue" in browser.page
    assert "Sign out" not in browser.page


def test_the_sign_out_page_for_nobody(browser: Browser) -> None:
    browser.get("/auth/sign-out")
    assert "You are not signed in." in browser.page
    assert 'href="/auth/sign-in">Sign in</a>' in browser.page
    assert "<form" not in browser.page


def test_only_declared_notices_are_shown(browser: Browser) -> None:
    browser.get("/auth/sign-in?notice=signed_out")
    assert '<p class="notice" role="status">You are signed out.</p>' in browser.page
    for code in ("Call+0800+123", "idle", "registered&notice=signed_out"):
        browser.get(f"/auth/sign-in?notice={code}")
        assert 'class="notice"' not in browser.page


def test_a_missing_page_leads_home(browser: Browser) -> None:
    browser.get("/auth/missing")
    assert "<h1>Page not found</h1>" in browser.page
    assert '<a class="main" href="/">Go to the start page</a>' in browser.page


def test_a_refused_method_leads_back_to_the_form(browser: Browser) -> None:
    browser.send("DELETE", "/auth/sign-in")
    assert '<a class="main" href="/auth/sign-in">Open the page again</a>' in browser.page


# --- templates ---


def test_an_application_overrides_any_template(house: House) -> None:
    own = {"watchword/sign_in.html": "{% extends 'watchword/page.html' %}{% block content %}mine{% endblock %}"}
    render = standalone_renderer(house.features, jinja2.DictLoader(own))
    browser = Browser(House(render=render))
    browser.get("/auth/sign-in")
    assert "mine" in browser.page
    assert "<h1>Sign in</h1>" in browser.page
    browser.get("/auth/register")
    assert "mine" not in browser.page


class Renamed(Enter):
    """An application's own kind of a feature: its room has no files, its parent's are found."""


def test_a_subclass_keeps_its_parents_templates() -> None:
    browser = Browser(House([Renamed(), Join()]))
    assert browser.get("/auth/sign-in").status == 200


def test_rooms_come_in_the_lists_order_and_ours_last() -> None:
    rooms = folders([Enter(), Join(), Enter()], "templates")
    assert [folder.parent.name for folder in rooms] == ["doors", "web"]
    assert rooms[-1] == HERE / "templates"
    assert folders([], "missing") == []
