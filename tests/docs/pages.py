"""The documentation as the tests read it: tables and runnable blocks."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", *DOCS.rglob("*.md")])


def read(page: str) -> str:
    return (DOCS / "reference" / f"{page}.md").read_text("utf-8")


def rows(text: str, first: str) -> dict[str, list[str]]:
    """The rows of the table whose first column has that heading, by what stands in it in backquotes."""
    return {cells[0]: cells for cells in listed(text, first)}


def listed(text: str, first: str) -> list[list[str]]:
    """The same with rows that share their first cell; one pair of backquotes around a cell is taken off."""
    found: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if cells and cells[0] == first:
            inside = True
        elif not cells:
            inside = False
        elif inside and not cells[0].startswith("---"):
            found.append([re.sub(r"^`([^`]*)`$", r"\1", cell) for cell in cells])
    assert found, f"no table begins with {first!r}"
    return found


def runnable(text: str) -> list[str]:
    """The Python blocks marked as runnable."""
    return re.findall(r"<!-- runnable -->\n```python\n(.*?)```", text, re.S)
