"""Publishers' own formats as columns, for tables whose `reader` names one of these functions.

Each takes the file and the `array` of the task, and returns by name a value for each row.
"""

import csv
import gzip
import json
import pickle
from ast import literal_eval
from itertools import product
from pathlib import Path
from struct import unpack
from typing import Any

import numpy as np

from hpobench.errors import FileError, nearest

Columns = dict[str, list[Any]]

LCBENCH_CONFIG = (
    "batch_size",
    "learning_rate",
    "max_dropout",
    "max_units",
    "momentum",
    "num_layers",
    "weight_decay",
)

RAG_CONFIG = ("Chunk Size", "Chunk Overlap", "Embedding Model", "Top-K", "Generative Mode")
RAG_MEASURES = ("Context Correctness", "LLMaaJ-AC", "Lexical-AC", "Lexical-FF")

OPERATIONS = ("gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip")
LINKS = ("0000", "0001", "0011", "0012", "0013", "0111", "0112", "0122", "0123")
"""Which output each of a graph's four operations takes: 0 the input's, 1 the first's, ...

Source:
    Qin et al. (2022), NAS-Bench-Graph, https://github.com/THUMNLab/NAS-Bench-Graph, where an
    architecture is numbered by the place of its links here and its operations' places.
"""

REPEATS = 32
"""Kernel Tuner's files hold so many timings of a configuration; some files fewer."""


def oboe(path: Path, _: str) -> Columns:
    """The error matrix of Oboe: every recorded algorithm on every OpenML data set, in turn.

    A row holds a data set, a column's name is a dictionary with algorithm and hyperparameters.
    The run times stand in a file beside it. A hyperparameter is named `algorithm_name`.
    """
    names, errors = _matrix(path)
    timed, times = _matrix(path.with_name(path.name.replace("error", "runtime")))
    if (timed, list(times)) != (names, list(errors)):
        raise FileError(path, "names other algorithms or data sets than the run times beside it")
    described = [_algorithm(name) for name in names]
    return _as_columns(
        [
            {"dataset": dataset.lstrip("0"), **config, "error": error, "runtime": runtime}
            for dataset, row in errors.items()
            for config, error, runtime in zip(described, row, times[dataset], strict=True)
        ]
    )


def _matrix(path: Path) -> tuple[list[str], dict[str, list[float]]]:
    """The names of a CSV file's columns, and its rows by their first cell."""
    with path.open(encoding="utf-8", newline="") as file:
        _, *names = next(lines := csv.reader(file))
        return names, {first: [float(cell) for cell in cells] for first, *cells in lines}


def _algorithm(name: str) -> dict[str, Any]:
    """An algorithm and its hyperparameters, of a dictionary as Python writes it."""
    described = literal_eval(name)
    algorithm = described["algorithm"]
    given = described["hyperparameters"].items()
    named = {f"{algorithm}_{key}": "none" if value is None else value for key, value in given}
    return {"algorithm": algorithm, **named}


def lcbench(path: Path, _: str) -> Columns:
    """LCBench as BOCoDe packs it: the same configurations on every data set, `accuracy.DATASET`."""
    with np.load(path, allow_pickle=False) as arrays:
        tables = {name: arrays[name] for name in arrays.files}
    configs = next(iter(tables.values()))[:, :-1]
    if any(not np.array_equal(table[:, :-1], configs) for table in tables.values()):
        raise FileError(path, "has other configurations on some data sets")
    columns = dict(zip(LCBENCH_CONFIG, configs.T.tolist(), strict=True))
    return columns | {f"accuracy.{name}": each[:, -1].tolist() for name, each in tables.items()}


def one_hot(path: Path, names: str) -> Columns:
    """Tables of HPO-B as BOCoDe packs them, with their codes undone.

    `names` is the array's name, a colon, and the names of its columns with commas between.
    """
    array, _, listed = names.partition(":")
    with np.load(path, allow_pickle=False) as arrays:
        if array not in arrays.files:
            raise FileError(path, f"no array {array!r}{nearest(array, arrays.files)}")
        coded = dict(zip([*listed.split(","), "accuracy"], arrays[array].T.tolist(), strict=True))
    return decoded(coded)


def decoded(coded: Columns) -> Columns:
    """Columns of HPO-B with their codes undone.

    Of `x.ohe.a`, `x.ohe.b`, ... the one that is 1 names the value of the categorical `x`. Where
    `x.na` is 1 the hyperparameter `x` was not set; `x.set` tells whether it was.
    """
    columns: Columns = {}
    for name, values in coded.items():
        stem, _, value = name.partition(".ohe.")
        if value:
            found = columns.setdefault(stem, ["none"] * len(values))
            columns[stem] = [value if hot else f for hot, f in zip(values, found, strict=True)]
        elif name.endswith(".na"):
            columns[name.removesuffix(".na") + ".set"] = [not missing for missing in values]
        else:
            unset = coded.get(f"{name}.na", [0.0] * len(values))
            columns[name] = [None if no else v for v, no in zip(values, unset, strict=True)]
    return columns


def nas_bench_graph(path: Path, _: str) -> Columns:
    """NAS-Bench-Graph: every architecture without `skip`, however its operations are numbered.

    Two numberings of the same tree of operations are one architecture, of which one is recorded.
    Those with `skip` are left out: where it may move without effect is decided by rules of the
    publisher, and of most placements one is recorded that looks different.
    """
    with path.open("rb") as file:
        recorded: dict[int, dict[str, float]] = NumbersUnpickler(file).load()
    known = {_tree(*_numbered(number)): facts for number, facts in recorded.items()}
    rows: list[dict[str, Any]] = []
    for links, *chosen in product(LINKS, *[OPERATIONS[:-1]] * 4):
        facts = known.get(_tree(links, tuple(chosen)))
        if facts is not None:
            named = {f"operation{i}": name for i, name in enumerate(chosen, start=1)}
            rows.append({"links": f"to_{links}", **named, **facts})
    return _as_columns(rows)


def _numbered(number: int) -> tuple[str, tuple[str, ...]]:
    """Links and operations of an architecture's number."""
    chosen = []
    for _ in range(4):
        number, place = divmod(number, len(OPERATIONS) + 1)
        chosen.append(OPERATIONS[place])
    return LINKS[number], tuple(reversed(chosen))


def _tree(links: str, operations: tuple[str, ...], root: int = 0) -> tuple[Any, ...]:
    """The same for all numberings of a tree: each child's operation and own tree, sorted."""
    children = [i for i, link in enumerate(links, start=1) if int(link) == root]
    return tuple(sorted((operations[i - 1], _tree(links, operations, i)) for i in children))


class NumbersUnpickler(pickle.Unpickler):
    """Reads numbers, texts, lists and mappings; runs no code of the file."""

    def find_class(self, module: str, name: str) -> Any:
        """What stands in for the two classes behind numpy's numbers.

        Raises:
            pickle.UnpicklingError: Something else is asked for.
        """
        if module in {"numpy.core.multiarray", "numpy._core.multiarray"} and name == "scalar":
            return lambda _, data: unpack("<d", data)[0]
        if (module, name) == ("numpy", "dtype"):
            return _Double
        raise pickle.UnpicklingError(f"a table must not refer to {module}.{name}")


class _Double:
    """The type of numpy's numbers of 64 bits, the only one there is in these files."""

    def __init__(self, code: str, *_: object) -> None:
        if code != "f8":
            raise pickle.UnpicklingError(f"a table must not hold numbers of type {code!r}")

    def __setstate__(self, _: object) -> None:
        """Byte order and the like: always the same."""


def nas_bench_macro(path: Path, _: str) -> Columns:
    """NAS-Bench-Macro: eight layers of three kinds each, trained three times."""
    rows = [
        {
            **{f"layer{i}": int(kind) for i, kind in enumerate(architecture, start=1)},
            "accuracy": accuracy,
            "params": facts["params"],
            "flops": facts["flops"],
        }
        for architecture, facts in _json(path).items()
        for accuracy in facts["test_acc"]
    ]
    return _as_columns(rows)


def taskset(path: Path, _: str) -> Columns:
    """TaskSet: learning curves of one network under many settings of its optimizer."""
    rows = [
        {**each["hp"], "checkpoint": step, "train": train, "valid": valid, "test": test}
        for each in _json(path)
        for step, (train, valid, test) in enumerate(
            zip(*(each[part]["loss"] for part in ("train", "valid", "test")), strict=True), start=1
        )
    ]
    return _as_columns(rows)


def kernel_tuner(path: Path, _: str) -> Columns:
    """Kernel Tuner: a brute-forced space, with repeated timings in milliseconds.

    Where there is no time the configuration is invalid. The cost is compiling and all timings.
    """
    recorded = _json(path)
    rows = []
    for each in recorded["cache"].values():
        times = each.get("times") or [None]
        config = {name: each[name] for name in recorded["tune_params_keys"]}
        spent = sum(each.get(name) or 0.0 for name in ("compile_time", "benchmark_time")) / 1000
        rows += [{**config, "time": time, "seconds": spent} for time in times[:REPEATS]]
    return _as_columns(rows)


def rag_hpo(path: Path, dataset: str) -> Columns:
    """RAG-HPO-Bench: what was measured on development questions, and beside it on the test's.

    `dataset` is the publisher's name without `-Dev`; a sample of the development questions, such
    as `ClapNQ-Sampled`, has the test questions of the whole.
    """
    name, _, sampled = dataset.partition("-")
    parts: dict[str, dict[tuple[str, ...], dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            config = tuple(row[column] for column in RAG_CONFIG)
            parts.setdefault(row["Dataset"], {})[config] = row
    if f"{name}-Test" not in parts:
        known = {part.partition("-")[0] for part in parts}
        raise FileError(path, f"no data set {name!r}{nearest(name, known)}")
    told = parts["-".join(filter(None, (name, "Dev", sampled)))]
    tests = parts[f"{name}-Test"]
    rows: list[dict[str, Any]] = []
    for config, row in told.items():
        numbers = {measure: float(row[measure]) for measure in RAG_MEASURES}
        held = {f"{measure} test": float(tests[config][measure]) for measure in RAG_MEASURES}
        rows.append({**dict(zip(RAG_CONFIG, map(_number, config), strict=True)), **numbers, **held})
    return _as_columns(rows)


def _number(text: str) -> Any:
    """A number if it is one."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _json(path: Path) -> Any:
    """A JSON file, which may be compressed."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return json.load(file)
    except (OSError, EOFError, ValueError) as error:
        raise FileError(path, f"is not JSON: {error}") from None


def _as_columns(rows: list[dict[str, Any]]) -> Columns:
    """Rows as columns; None where a row has no such field."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}
