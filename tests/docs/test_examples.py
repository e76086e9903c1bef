"""Code in the documentation runs, and the newcomer's app does what the README says."""

import itertools
import os
import re

import pytest

from tests.docs.pages import PAGES, ROOT, runnable

WITH_CODE = [page for page in PAGES if "<!-- runnable -->" in page.read_text("utf-8")]
PASSWORD = "four words make one"
QUICKSTART = ROOT / "examples" / "quickstart" / "app.py"
numbers = itertools.count()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("WATCHWORD_", "FLASK_", "SECRET_KEY")):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_pages_code_runs(page):
    names = run(*runnable(page.read_text("utf-8")))
    if "app" in names:
        answer = client_of(names["app"]).get("/")
        assert answer.status_code in {200, 303, 404}


def test_no_python_block_is_left_out():
    blocks = [block for page in PAGES for block in re.findall(r"```python\n.*?```", page.read_text("utf-8"), re.S)]
    assert len(blocks) == sum(len(runnable(page.read_text("utf-8"))) for page in WITH_CODE)


def test_the_readmes_code_is_the_quickstart():
    (code,) = runnable((ROOT / "README.md").read_text("utf-8"))
    assert code == QUICKSTART.read_text("utf-8")


def test_a_newcomer_registers_signs_in_and_signs_out():
    client = client_of(run(QUICKSTART.read_text("utf-8"))["app"])
    assert client.get("/").location == "/auth/sign-in?next=%2F"
    assert submit(client, "/auth/register", username="ada", display_name="Ada", password=PASSWORD).status_code == 303
    assert submit(client, "/auth/sign-in?next=/", username="ada", password=PASSWORD).location == "/"
    assert client.get("/").text == "Hello Ada"
    submit(client, "/auth/sign-out")
    assert client.get("/").status_code == 303


def submit(client, path, **fields):
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', client.get(path).text)
    return client.post(path.partition("?")[0], data={**dict(hidden), **fields})


def run(*blocks):
    """The names that the blocks leave behind, run one after the other as one module."""
    names = {"__name__": f"example_{next(numbers)}"}
    for block in blocks:
        exec(compile(block, "an example", "exec"), names)
    return names


def client_of(app):
    app.testing = True
    return app.test_client()
