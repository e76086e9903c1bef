"""The size of things, and names that say something."""

import ast
from statistics import median

from tests.house.plan import SOURCE

FILES = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]
FORBIDDEN = {"utils", "helpers", "common", "misc", "util", "helper"}


def _functions():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def _code_lines(node):
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(getattr(body[0], "value", None), ast.Constant):
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_no_file_explains_nothing_by_its_name():
    assert not [path for path in SOURCE.rglob("*") if path.stem in FORBIDDEN]


def test_files_are_short():
    sizes = sorted((len(path.read_text("utf-8").splitlines()), path.name) for path in FILES)
    assert median(size for size, _ in sizes) <= 130
    assert [entry for entry in sizes if entry[0] > 400] == []


def test_functions_are_short():
    sizes = [(_code_lines(node), f"{path.relative_to(SOURCE)}:{node.name}") for path, node in _functions()]
    assert median(size for size, _ in sizes) <= 10
    assert [entry for entry in sizes if entry[0] > 40] == []


def test_every_room_and_file_says_what_it_is():
    silent = [str(path.relative_to(SOURCE)) for path in FILES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_time_comes_from_the_clock_and_randomness_from_secrets():
    """`time.sleep` and `monotonic` measure waiting, not the time of day."""
    forbidden = {"datetime.now", "datetime.utcnow", "time.time", "random.random", "random.choice", "uuid1"}
    allowed = {"kernel/clock.py", "testing/clocks.py"}
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}: {ast.unparse(node.func)}"
        for path in FILES
        if str(path.relative_to(SOURCE)) not in allowed
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).removeprefix("dt.") in forbidden
    ]
    assert found == []


def test_rules_and_cookie_are_pure():
    for name in ("rules", "cookie", "record", "values"):
        text = (SOURCE / "sessions" / f"{name}.py").read_text("utf-8")
        imported = {
            alias.name.partition(".")[0]
            for node in ast.walk(ast.parse(text))
            for alias in (node.names if isinstance(node, ast.Import) else [])
        }
        assert not imported & {"time", "socket", "os", "logging", "threading", "random"}, name
