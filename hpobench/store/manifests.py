"""What experiments were asked for, each in a file that says if it was altered."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpobench.store.codec import DamagedError, seal, unseal
from hpobench.store.files import write_atomically

_NEEDED = {"id", "started", "optimizers", "tasks", "seeds", "skipped"}
"""Fields that reading relies on."""


def write(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write or replace a manifest."""
    write_atomically(path, seal(json.dumps(manifest, indent=1)))


def read(path: Path) -> dict[str, Any]:
    """A manifest's fields.

    Raises:
        OSError: It cannot be read.
        ValueError: It is torn or altered, or is no manifest.
    """
    found = unseal(path.read_bytes())
    if not found.keys() >= _NEEDED:
        raise DamagedError("it is no manifest")
    return found
