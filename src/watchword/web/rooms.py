"""Where files lie: ours beside this module, a feature's own in its room."""

import sys
from collections.abc import Sequence
from pathlib import Path

from watchword.auth import Feature

HERE = Path(__file__).parent


def folders(features: Sequence[Feature], name: str) -> list[Path]:
    """The folders of that name in the features' rooms, in the list's order, then ours.

    A subclass brings its own folder first and keeps its parents' behind it.
    """
    rooms = [room for feature in features for room in _rooms(type(feature))]
    found = dict.fromkeys(room / name for room in [*rooms, HERE])
    return [folder for folder in found if folder.is_dir()]


def _rooms(kind: type[Feature]) -> list[Path]:
    modules = (sys.modules.get(parent.__module__) for parent in kind.__mro__ if parent is not Feature)
    files = (getattr(module, "__file__", None) for module in modules)
    return [Path(file).parent for file in files if file]
