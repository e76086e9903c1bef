"""Everything has its entry in the reference, and no entry is stale."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

import watchword
import watchword.flask
import watchword.testing
from tests.docs.pages import DOCS, PAGES, ROOT, listed, read, rows
from watchword.cli import main
from watchword.cli.group import Rooms
from watchword.compose import default_features, settings
from watchword.kernel import events
from watchword.kernel.events import Event
from watchword.kernel.policy import Policy
from watchword.kernel.reasons import EndReason, Reason
from watchword.stores.urls import _OPENERS


def test_reasons():
    documented = rows(read("reasons").split("## Ends")[0], "reason")
    assert {name: cells[1:] for name, cells in documented.items()} == {
        reason.value: [str(reason.status), reason.message] for reason in Reason
    }


def test_ends_of_sessions():
    assert set(rows(read("reasons").split("## Ends")[1], "reason")) == {reason.value for reason in EndReason}


KINDS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event and "name" in vars(kind)
]


def test_events():
    base = {item.name for item in fields(Event)}
    documented = [
        (*cells[:2], set(re.findall(r"\w+", cells[3])) - {"none"}) for cells in listed(read("events"), "event")
    ]
    assert documented == [(kind.name, kind.__name__, {item.name for item in fields(kind)} - base) for kind in KINDS]


def test_kinds_and_levels_of_events():
    assert list(rows(read("events"), "class").values()) == [
        [kind.__name__, kind.__base__.__name__, str(kind.level), "yes" if kind.audited else "no"] for kind in KINDS
    ]


def test_parents_of_events():
    parents = {
        name
        for name, kind in vars(events).items()
        if isinstance(kind, type) and issubclass(kind, Event) and "name" not in vars(kind)
    }
    sentence = re.search(r"The parents are (.*?), all kinds of", read("events"), re.S)
    assert sentence
    assert set(re.findall(r"`(\w+)`", sentence[1])) == parents


def test_configuration_keys():
    source = Path(settings.__file__).read_text("utf-8")
    known = set(re.findall(r'"((?:WATCHWORD|SECRET|SESSION)_[A-Z_]+)"', source))
    assert set(rows(read("configuration"), "key")) == known


def test_policy_figures():
    documented = {name: float(cells[1]) for name, cells in rows(read("policy"), "figure").items()}
    assert documented == {item.name: item.default for item in fields(Policy)}


def test_routes():
    routes = [route for feature in default_features() for route in feature.routes()]
    documented = {
        name: (cells[1], set(re.findall(r"\w+", cells[2])) - {"none"})
        for name, cells in rows(read("routes"), "route").items()
    }
    assert documented == {route.name: (route.path, {item.name for item in route.form.fields}) for route in routes}


def test_commands():
    documented = {
        name: set(re.findall(r"--[\w-]+", cells[1])) for name, cells in rows(read("commands"), "command").items()
    }
    assert documented == dict(commands(main, "watchword"))


def commands(command, name):
    """Each command that can be called, with its options; a group of ours counts with its own."""
    context = click.Context(command)
    options = {flag for item in command.params for flag in item.opts if flag.startswith("--")} - {"--help"}
    if not isinstance(command, click.Group) or isinstance(command, Rooms):
        yield name, options
    if isinstance(command, click.Group):
        for word in command.list_commands(context):
            yield from commands(command.get_command(context, word), f"{name} {word}")


def test_stores():
    documented = {cells[1].partition("://")[0].strip("`") for cells in listed(read("stores"), "store")}
    assert documented == set(_OPENERS)


@pytest.mark.parametrize("module", [watchword, watchword.flask, watchword.testing])
def test_public_python_names(module):
    section = read("python").split(f"## {module.__name__}\n")[1].split("\n## ")[0]
    assert set(rows(section, "name")) == set(module.__all__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"^    .*$", "", page.read_text("utf-8"), flags=re.M)
    targets = re.findall(r"\]\(([^)#:]+)", text) + re.findall(r'src(?:set)?="([^"]+)"', page.read_text("utf-8"))
    missing = [target for target in targets if "{{" not in target and not (page.parent / target).exists()]
    assert missing == []


def test_every_page_is_in_the_navigation():
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert set(re.findall(r": (\S+\.md)$", menu, re.M)) == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
