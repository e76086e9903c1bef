"""The words a feature declares as its own occur in `src` only under its room and on the shelf."""

import re

import pytest

from tests.house.plan import FEATURES, SHELF, SOURCE, room_of


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_features_words_stay_in_its_room(feature):
    words = feature.words
    assert words or feature.name in {"sign_out"}, f"{feature.name} declares no words of its own"
    strangers = [
        f"{path.relative_to(SOURCE)}:{number}: {line.strip()}"
        for path in SOURCE.rglob("*")
        if path.suffix in {".py", ".html", ".css", ".js"} and not _at_home(path, feature)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if any(re.search(rf"\b{re.escape(word)}\b", line, re.I) for word in words)
    ]
    assert not strangers, "\n".join(strangers)


def _at_home(path, feature):
    return path.is_relative_to(room_of(feature)) or any(path.is_relative_to(place) for place in SHELF)
