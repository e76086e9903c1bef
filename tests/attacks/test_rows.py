"""Every known attack on sessions and by forgery is tested here, or named with what it waits for."""

import re
from pathlib import Path

import pytest

SESSIONS = "01 02 03 05 06 07 08 09 11 12 13 14 15 17 18 19 20 21 23 24 25 26 27 29 30"
FORGERY = "01 02 03 05 06 07 08 09 11"
KNOWN = [f"A-SES-{number}" for number in SESSIONS.split()] + [f"A-CSR-{number}" for number in FORGERY.split()]

WAITING = {
    "A-SES-07": "a stolen cookie from another place is answered by the audit's response, which is not built",
    "A-SES-13": "the status page is not built; static files are never looked at by the session",
    "A-SES-17": "the list of sessions is not built",
    "A-SES-18": "ending a session from the list is not built",
    "A-SES-19": "the maximum of sessions is not built",
    "A-SES-29": "drafts (the resume feature) are not built, so nothing is replayed",
}


def covered():
    sources = "".join(file.read_text("utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    found = re.findall(r"def test_A_([A-Z]+)_(\d+)_", sources)
    return {f"A-{area}-{number}" for area, number in found}


@pytest.mark.parametrize("row", KNOWN)
def test_each_row_is_tested_or_waits_for_a_reason(row):
    assert (row in covered()) != (row in WAITING)


def test_nothing_unknown_is_listed():
    assert set(WAITING) <= set(KNOWN)
    assert {row for row in covered() if row.startswith(("A-SES", "A-CSR"))} <= set(KNOWN)
