"""Tables of HPO-B from its authors' archive, of which one at a time is held in memory."""

import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from hpobench.benchmarks.tabular.publisher_formats import Columns, decoded
from hpobench.errors import FileError, UserError, nearest

MEMBER, TRAIN = "meta-test-dataset.json", "meta-train-dataset.json"
DESIGNS = "bo-initializations.json"
"""Files of the archive: both splits, and the rows that methods begin with."""

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
    return _decoded_table(path, wanted, _table(path, wanted), listed)


def normalised(path: Path, names: str) -> Columns:
    """A table as `published` gives it, with the regret between its worst (1) and its best (0).

    This is what HPO-B's own programs tell methods and report; it takes the accuracy's place.
    """
    return _with_regret(published(path, names))


def meta_train(path: Path, space: str, listed: str) -> Iterator[tuple[str, Columns]]:
    """The tables of the training split of a search space, by data set, as `normalised` gives them.

    Args:
        path: The zip archive.
        space: Number of the search space.
        listed: The names of the columns of X with commas between.

    Raises:
        FileError: The archive cannot be read, or has no such split of the space.
    """
    count = 0
    for name, part in _named_tables(path, TRAIN):
        if name.startswith(f"{space}/"):
            count += 1
            table = _decoded_table(path, name, _json_of(part), listed)
            yield name.partition("/")[2], _with_regret(table)
    if not count:
        raise FileError(path, f"{TRAIN} has no tables of the space {space!r}")


def initial_rows(path: Path, space: str, dataset: str, seed: int) -> list[int]:
    """The rows of a table that every method begins with, of one of the five published seeds.

    Raises:
        UserError: There are no such ones.
        FileError: The archive cannot be read, or has none of this table.
    """
    try:
        with _opened(path, DESIGNS) as file:
            designs = json.load(file)[space][dataset]
            seeds = {name: [int(row) for row in rows] for name, rows in designs.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise FileError(path, f"{DESIGNS} has no lists of rows of {space}/{dataset}") from None
    if f"test{seed}" not in seeds:
        known = ", ".join(sorted(seeds))
        raise UserError(f"HPO-B has initial designs for {known}, none for seed {seed}")
    return seeds[f"test{seed}"]


def _with_regret(columns: Columns) -> Columns:
    """Columns with the accuracy as regret; a table whose accuracies are all alike has none."""
    accuracy = columns.pop("accuracy")
    low, high = min(accuracy), max(accuracy)
    return columns | {"regret": [(high - each) / ((high - low) or 1.0) for each in accuracy]}


def _decoded_table(path: Path, wanted: str, text: bytes, listed: str) -> Columns:
    """The columns of a table from its JSON object."""
    try:
        parts = json.loads(text)
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
    for name, part in _named_tables(path, MEMBER):
        if name == wanted:
            return _json_of(part)
        known.append(name)
    if not known:
        raise FileError(path, f"{MEMBER} holds no tables by search space and data set")
    raise FileError(path, f"{MEMBER} has no table {wanted!r}{nearest(wanted, known)}")


def _named_tables(path: Path, member: str) -> Iterator[tuple[str, bytes]]:
    """Name, as `space/dataset`, of each table of a split, and the text that ends with it."""
    with _opened(path, member) as file:
        yield from _tables(file)


@contextmanager
def _opened(path: Path, member: str) -> Iterator[IO[bytes]]:
    """A file of the archive; what is wrong with the archive is an error that names it."""
    try:
        with ZipFile(path) as archive, archive.open(_member(path, archive, member)) as file:
            yield file
    except FAULTS as error:
        raise FileError(path, f"is no zip archive that can be read: {error}") from None


def _json_of(part: bytes) -> bytes:
    """The JSON object at the end of a text that lacks its last brace."""
    return part[part.rindex(b"{") :] + b"}"


def _member(path: Path, archive: ZipFile, wanted: str) -> str:
    """A file of the archive, in whichever folder."""
    for name in archive.namelist():
        if name.rpartition("/")[2] == wanted:
            return name
    raise FileError(path, f"holds no {wanted}")


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
