"""Tables of HPO-B from its authors' archive, of which one at a time is held in memory."""

import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from hpobench.benchmarks.tabular.publisher_formats import Columns, decoded
from hpobench.errors import FileError, nearest

MEMBER = "meta-test-dataset.json"
FAULTS = (BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
"""What a damaged or encrypted archive raises."""

CHUNK = 1 << 20
_NAME = re.compile(rb'"([^"]*)"\s*:')


def published(path: Path, names: str) -> Columns:
    """A table of the test split of HPO-B-v3, with its codes undone.

    Args:
        path: The zip archive.
        names: The table, as `space/dataset`, a colon, and the names of the columns of X with
            commas between, as in the publisher's `meta-dataset-descriptors.json`.

    Raises:
        FileError: There is no such table, or it is not as its authors' programs write it.

    Source:
        Pineda-Arango et al. (2021), HPO-B, https://github.com/releaunifreiburg/HPO-B:
        `meta-dataset-creation/data_splitting.py` writes the file, `hpob_handler.py` reads it.
    """
    wanted, _, listed = names.partition(":")
    found = _table(path, wanted)
    try:
        parts = json.loads(found)
        rows = [
            [*map(float, x), *map(float, y)] for x, y in zip(parts["X"], parts["y"], strict=True)
        ]
        columns = zip([*listed.split(","), "accuracy"], zip(*rows, strict=True), strict=True)
        return decoded({name: list(values) for name, values in columns})
    except (ValueError, TypeError, KeyError, OverflowError):
        width = listed.count(",") + 1
        raise FileError(
            path,
            f'the table {wanted!r} is not {{"X": [...], "y": [...]}} '
            f"with as many rows of {width} numbers in X as rows of one number in y",
        ) from None


def _table(path: Path, wanted: str) -> bytes:
    """The JSON object of a table."""
    known = []
    try:
        with ZipFile(path) as archive, archive.open(_member(path, archive)) as file:
            for name, part in _tables(file):
                if name == wanted:
                    return part[part.rindex(b"{") :] + b"}"
                known.append(name)
    except FAULTS as error:
        raise FileError(path, f"is no zip archive that can be read: {error}") from None
    if not known:
        raise FileError(path, f"{MEMBER} holds no tables by search space and data set")
    raise FileError(path, f"{MEMBER} has no table {wanted!r}{nearest(wanted, known)}")


def _member(path: Path, archive: ZipFile) -> str:
    """The file of the test split, in whichever folder."""
    for name in archive.namelist():
        if name.rpartition("/")[2] == MEMBER:
            return name
    raise FileError(path, f"holds no {MEMBER}")


def _tables(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Name, as `space/dataset`, of each table, and the text that ends with it.

    No object stands in a table, so that the first brace that closes ends it, and the last that
    opens begins it. Before that stands the data set's name, after the space's if it is its first.
    """
    space = ""
    for part in _parts(file):
        names = _NAME.findall(part[: max(part.rfind(b"{"), 0)])
        if names:
            *before, dataset = (name.decode(errors="replace") for name in names)
            space = before[-1] if before else space
            yield f"{space}/{dataset}", part


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    """What stands between closing braces; of a file that ends early, not the rest."""
    pending: list[bytes] = []
    while chunk := file.read(CHUNK):
        first, *others = chunk.split(b"}")
        pending.append(first)
        for other in others:
            yield b"".join(pending)
            pending = [other]
