"""Keep converted tables on the disk, memory-mapped, so that processes share them."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench import __version__
from hpobench.system.folders import cache_dir, locked

FORMAT = 3
"""Raised when the meaning of a converted table changes."""

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A converted table: arrays by name, and plain data."""

    arrays: Arrays
    facts: dict[str, Any]


def cached(source: Path, spec: str, convert: Callable[[], tuple[Arrays, dict[str, Any]]]) -> Entry:
    """The converted table, made now if it has not been made from this very file before.

    One process converts, others that want the same wait for it. Where nothing can be written the
    table is held in memory.

    Args:
        source: The file; another size or time of change makes it another.
        spec: All else that the conversion depends on.
        convert: Reads and converts it.
    """
    folder = cache_dir() / "tables" / _key(source, spec)
    if entry := _open(folder):
        return entry
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.with_suffix(".lock")):
            if entry := _open(folder):
                return entry
            made = Entry(*convert())
            _write(folder, made)
    except OSError as error:
        if error.filename == str(source):
            raise
        return Entry(*convert())
    return _open(folder) or made


def _key(source: Path, spec: str) -> str:
    """What the entry is named: it changes with the file's content and with the description."""
    stat = source.stat()
    identity = [
        FORMAT,
        __version__,
        str(source),
        stat.st_size,
        stat.st_mtime_ns,
        stat.st_ctime_ns,
        spec,
    ]
    return blake2b(json.dumps(identity).encode(), digest_size=16).hexdigest()


def _open(folder: Path) -> Entry | None:
    """Map an entry into memory; None if it is not there or damaged."""
    try:
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in facts["arrays"]
        }
    except (OSError, ValueError, KeyError):
        return None
    return Entry(arrays, facts["facts"])


def _write(folder: Path, entry: Entry) -> None:
    """Put an entry in its place, all of it or nothing."""
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
    partial.mkdir()
    for name, array in entry.arrays.items():
        with (partial / f"{name}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
    facts = {"arrays": list(entry.arrays), "facts": entry.facts}
    (partial / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)  # a damaged one
    partial.rename(folder)
