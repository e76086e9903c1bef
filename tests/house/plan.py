"""Where things lie, for the tests of the house."""

import sys
from pathlib import Path

import watchword
from watchword.compose import default_features

SOURCE = Path(watchword.__file__).parent
ROOT = Path(__file__).resolve().parent.parent.parent
SHELF = [
    SOURCE / "compose",
    SOURCE / "__init__.py",
    SOURCE / "database" / "tables.py",
    SOURCE / "database" / "migrations",
]
FEATURES = default_features()


def room_of(feature) -> Path:
    """The file or folder a feature lies in."""
    file = Path(sys.modules[type(feature).__module__].__file__)
    return file.parent if file.name == "__init__.py" else file
