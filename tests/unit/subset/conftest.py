"""Point sets with values from elsewhere, in a folder beside the checkout or named by a variable."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.folders import CHECKOUT

FOLDER = Path(os.environ.get("HPOBENCH_REFERENCE_DIR", CHECKOUT.parent / "shared" / "reference"))


@pytest.fixture(scope="session")
def reference() -> Path:
    if not FOLDER.is_dir():
        pytest.skip(f"no reference point sets in {FOLDER}; name a folder in HPOBENCH_REFERENCE_DIR")
    return FOLDER


@pytest.fixture(scope="session")
def exact(reference: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((reference / "star_discrepancy.json").read_text())
    return content


@pytest.fixture(scope="session")
def published(reference: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (reference / "star_discrepancy_published.json").read_text()
    )
    return content


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process runs them all: two would compile the same loops."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("subset"))
