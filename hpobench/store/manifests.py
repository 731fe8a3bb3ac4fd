"""What experiments were asked for, each in a file that says if it was altered."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from hpobench.store.files import read_regular, write_atomically
from hpobench.store.rows import DamagedError, seal, unseal
from hpobench.store.shape import shorten_value, wrong_value
from hpobench.system.json_values import (
    has_fields,
    is_absent_or,
    is_count,
    is_dict,
    is_filled_text,
    is_finite_number,
    is_list_of,
    is_text,
    is_tree,
)

_MANIFEST: Mapping[str, Callable[[object], bool]] = {
    "id": is_filled_text,
    "started": is_finite_number,
    "ended": is_absent_or(is_finite_number),
    "optimizers": is_list_of(is_filled_text),
    "tasks": is_list_of(is_filled_text),
    "seeds": is_list_of(is_count),
    "skipped": is_list_of(has_fields(optimizer=is_text, task=is_text)),
    "versions": is_absent_or(is_dict),
}

MACHINE = ("command", "host", "executable")
"""What a manifest says of the machine, and of who sat before it."""


def without_machine(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest, to be published; times are then not compared with those of other machines."""
    return {**manifest, **dict.fromkeys(MACHINE, "")}


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write or replace a manifest in its file, which has the name of its id.

    Raises:
        ValueError: The id is no name of a file, or would lead to another folder.
    """
    path = folder / f"{manifest['id']}.json"
    if flaw := manifest_flaw(manifest, path.stem):
        raise ValueError(f"no manifest: {flaw}")
    write_atomically(path, seal(json.dumps(manifest, indent=1)))


def remove_manifest(folder: Path, experiment: str) -> None:
    """Remove the manifest of that id, if it is there."""
    (folder / f"{experiment}.json").unlink(missing_ok=True)


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest's fields.

    Raises:
        OSError: It cannot be read.
        ValueError: It is torn or altered, or is no manifest of that file.
    """
    found = unseal(read_regular(path))
    if flaw := manifest_flaw(found, path.stem):
        raise DamagedError(f"it is no manifest: {flaw}")
    return found


def manifest_flaw(manifest: Mapping[str, Any], name: str) -> str:
    """What makes it no manifest that could lie in a file of this name, or an empty text."""
    for field, check in _MANIFEST.items():
        if not check(manifest.get(field)):
            return wrong_value(field, manifest.get(field))
    if not is_tree(manifest):
        return "it is nested too deeply, or holds what is no text"
    return (
        ""
        if manifest["id"] == name
        else f"its id {shorten_value(manifest['id'])} is not its file's"
    )


def versions_of(manifests: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By package the versions that the experiments ran with, hpobench and Python first."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for manifest in manifests:
        about = {"hpobench": manifest.get("hpobench"), "Python": manifest.get("python")}
        for name, version in {**about, **manifest.get("versions", {})}.items():
            found[name] |= {str(version)} if version else set()
    return {name: ", ".join(sorted(versions)) for name, versions in found.items() if versions}
