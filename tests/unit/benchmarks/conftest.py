"""Values recorded from implementations that are not ours, with how they were made."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "golden"


@pytest.fixture
def golden() -> Callable[[str], Any]:
    """Read a collection's recorded values."""
    return lambda name: json.loads((FOLDER / f"{name}.json").read_text())
