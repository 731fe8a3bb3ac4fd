"""Stored contents with right checksums and wrong shapes: named and left out, all else is read."""

import copy
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hpobench.cli import group
from hpobench.errors import UserError
from hpobench.optimizer import Capabilities, Variant
from hpobench.run import Run
from hpobench.store import Store
from hpobench.store.files import digest_bytes
from hpobench.store.rows import seal, trajectory_row
from hpobench.store.tables import SCHEMA
from tests.conftest import Often
from tests.unit.test_store import TASK, record, trajectory

SEED = 20261
ODD: list[Any] = [
    *(None, 0, -1, 0.5, 1e300, 2**40, 10**30, 10**400, True, "", "x", "NaN", "\ud800", "1"),
    *("[]", "{}", '{"0":1}', "null", "[1", "[" * 3000, '{"a":' * 3000, "../../x", "\x1b[31mred"),
    *([], [1], ["a"], [None], [[1]], [1e300] * 3, [10**20], [10**400], {}, {"a": 1}),
]
"""Values that a field may have which nobody of us wrote."""
COLUMNS: list[Any] = [
    *([1, 2], [0.5, None], ["a", "\x1b"], [None, None], [True, False], [[], [1]]),
    *([["a"], []], [[1.5], [None]], [[2**40], [1]], [{"a": 1}, None], [b"\xff", b""]),
    *([[[1]], []], ["[]", "{}"], ["{}", "null"], ["é", ""]),
]
"""Columns of two rows, as another writer may type them."""
COMMANDS: list[Callable[[str], tuple[str, ...]]] = [
    lambda r: ("results", "list", r),
    lambda r: ("results", "merge", r, f"{r}-whole"),
    lambda r: ("results", "merge", r, f"{r}-thin", "--thin"),
    lambda r: ("results", "prune", r, "--outdated", "--dry-run"),
    lambda r: ("results", "prune", r, "--failed", "--yes"),
    lambda r: ("verify", r, "--all"),
    lambda r: ("results", "export", r, "--format", "csv", "--output", f"{r}.csv"),
    lambda r: ("results", "export", r, "--format", "parquet", "--output", f"{r}.pq"),
    lambda r: ("results", "export", r, "--format", "carps", "--output", f"{r}.carps"),
    lambda r: ("results", "export", r, "--format", "ioh", "--output", f"{r}.ioh"),
    lambda r: ("results", "import", f"{r}.csv", "--format", "csv", "--results", f"{r}-back"),
    lambda r: ("compare", r, r),
    lambda r: ("analyze", r, "--no-figures"),
]
MANIFEST = {
    "id": "m",
    "started": 1.0,
    "ended": 2.0,
    "command": ["hpobench"],
    "overhead": "none",
    "optimizers": ["o"],
    "tasks": ["c/t"],
    "seeds": [0, 1],
    "skipped": [{"optimizer": "o", "task": "c/u", "reason": "it cannot"}],
    "definitions": {"optimizers": {}, "tasks": {}},
    "versions": {"numpy": "2.0"},
    "environments": {},
    "hpobench": "0.1.0",
    "python": "3.11",
    "host": "h",
    "executable": "python",
}

Edit = tuple[str, Callable[[Path], None]]

pytestmark = pytest.mark.timeout(7200)


def sound(seed: int, name: str = "o") -> dict[str, Any]:
    """A row as we write it."""
    variant = Variant(
        id=name, family=name, adapter="m:O", capabilities=Capabilities(types=frozenset())
    )
    task = replace(TASK, objectives=("f",))
    records = [record(i, values=(float(i + seed),), test=(0.5,)) for i in range(3)]
    found = trajectory(run=Run(task=task, variant=variant, seed=seed), records=records)
    return trajectory_row(found, "m")


def bad() -> dict[str, Any]:
    """The row that edits begin with."""
    return sound(7)


def make(path: Path) -> None:
    """A folder with four sound runs and a manifest."""
    store = Store.create(path)
    store.note_experiment(MANIFEST)
    rows = [sound(seed, name) for seed in (0, 1) for name in ("o", "random")]
    (path / "journal" / "a.jsonl").write_bytes(b"".join(sealed(each) for each in rows))


def sealed(found: Any) -> bytes:
    return seal(json.dumps(found))


def variations(found: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A record without one field, and with odd values in its place."""
    yield f"{name} missing", {key: value for key, value in found.items() if key != name}
    for value in ODD:
        yield f"{name}={value!r:.40}", {**found, name: value}


def edits() -> Iterator[Edit]:
    """All that is tried: of rows, of what they hold as JSON, of manifests, and of Parquet."""
    yield from of_rows()
    for field in MANIFEST:
        for what, changed in variations(MANIFEST, field):
            yield f"manifest: {what}", manifest(changed)
    for value in ODD:
        yield f"a line that is {value!r:.40}", line(value)
        yield f"a manifest that is {value!r:.40}", manifest(value)
        yield f"a list of retired files that is {value!r:.40}", retired({"files": value})
    for name in SCHEMA.names:
        yield from of_columns(name)
    yield from others()


def of_rows() -> Iterator[Edit]:
    """A line of a journal with one field changed, also inside of the JSON that it holds."""
    for name in bad():
        for what, changed in variations(bad(), name):
            yield f"row: {what}", journal(changed)
    for name in ("task_info", "variant_info", "failures", "configs"):
        info = json.loads(bad()[name])
        for what, inner in (each for field in info for each in variations(info, field)):
            yield f"{name}: {what}", journal({**bad(), name: json.dumps(inner)})
    for what, inner in nested(json.loads(bad()["task_info"])):
        yield f"task_info: {what}", journal({**bad(), "task_info": json.dumps(inner)})


def of_columns(name: str) -> Iterator[Edit]:
    """A Parquet file with one column changed."""
    yield f"parquet: {name} missing", parquet(lambda t: t.drop_columns([name]))
    yield f"parquet: {name} twice", parquet(lambda t: t.append_column(name, t.column(name)))
    for values in COLUMNS:
        yield f"parquet: {name}={values!r}", parquet(partial(replaced, name, pa.array(values)))
    for kind in (pa.large_string(), pa.int32(), pa.float32(), pa.null()):
        nothing = pa.array([None, None], kind)
        what = f"parquet: {name} without a value, as {kind}"
        yield what, parquet(partial(replaced, name, nothing))


def nested(info: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is inside the objects of a task's facts."""
    ranged = {"name": "e", "low": 1.0, "high": 9.0, "integer": False, "continuable": True}
    for field, inside in (
        ("budget", info["budget"]),
        ("fidelity", ranged),
        ("definition", info["definition"]),
    ):
        for key in (*inside, "spare"):
            for what, inner in variations(inside, key):
                yield f"{field}.{what}", {**info, field: inner}
    for key in ("name", "maximize"):
        for what, inner in variations(info["objectives"][0], key):
            yield f"objectives.{what}", {**info, "objectives": [inner]}
    yield "objectives twice", {**info, "objectives": info["objectives"] * 2}


def others() -> Iterator[Edit]:
    """Names in the folders of a store that are no files."""
    for name in ("runs/n.parquet", "journal/n.jsonl", "experiments/n.json"):
        for what, build in {
            "a link to nothing": lambda place: place.symlink_to("nowhere"),
            "a link to itself": lambda place: place.symlink_to(place),
            "a folder": Path.mkdir,
            "a pipe": os.mkfifo,
            "empty": Path.touch,
        }.items():
            yield f"{name} is {what}", partial(within, name, build)


def within(name: str, build: Callable[[Path], object], path: Path) -> None:
    """Make something of a name in a folder."""
    build(path / name)


def journal(found: Any) -> Callable[[Path], None]:
    return lambda path: line_of(path, sealed(found))


def line_of(path: Path, data: bytes) -> None:
    (path / "journal" / "b.jsonl").write_bytes(data)


def line(value: Any) -> Callable[[Path], None]:
    return lambda path: line_of(path, closed(value))


def manifest(value: Any) -> Callable[[Path], None]:
    return lambda path: void((path / "experiments" / "m.json").write_bytes(closed(value)))


def retired(value: Any) -> Callable[[Path], None]:
    return lambda path: void((path / "retired.json").write_text(json.dumps(value)))


def closed(value: Any) -> bytes:
    """Any JSON with a checksum behind it; only an object is left an object by that."""
    return seal(json.dumps(value)) if isinstance(value, dict) else seal(json.dumps(value) + " ")


def void(_: object) -> None:
    """Forget a result."""


def parquet(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    """A Parquet file of two runs, as another writer would have made it."""

    def build(path: Path) -> None:
        rows = copy.deepcopy([bad(), sound(8)])
        table = change(pa.Table.from_pylist(rows, schema=SCHEMA))
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        data = sink.getvalue().to_pybytes()
        (path / "runs" / f"{digest_bytes(data)}.parquet").write_bytes(data)

    return build


def replaced(name: str, values: pa.Array, table: pa.Table) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def crash(arguments: tuple[str, ...]) -> str:
    """What no command may end with, or an empty text."""
    try:
        group(list(arguments), standalone_mode=False)
    except (UserError, click.ClickException, click.exceptions.Exit):
        return ""
    except Exception as error:  # noqa: BLE001 (this is what is looked for)
        return f"{type(error).__name__}: {error}"[:200]
    return ""


def misread(path: Path) -> str:
    """What went wrong when the folder itself was read, or an empty text."""
    intact = {sound(seed, name)["run"] for seed in (0, 1) for name in ("o", "random")}
    try:
        store = Store(path)
        stored = set(store.history(["run"]).column("run").to_pylist())
        return "" if intact <= stored and intact <= set(store.statuses()) else "runs are lost"
    except UserError as error:
        return "" if "retired.json" in str(error) else str(error)
    except Exception as error:  # noqa: BLE001 (this is what is looked for)
        return f"{type(error).__name__}: {error}"[:200]


def crashes(path: Path) -> dict[str, str]:
    """By command how it crashed; the folder itself is read first."""
    found = {"reading": misread(path)}
    for make_arguments in COMMANDS:
        arguments = make_arguments(str(path))
        found[" ".join(arguments[:2])] = crash(arguments)
    return {command: text for command, text in found.items() if text}


def test_what_is_of_another_shape_crashes_no_command_and_costs_no_other_run(
    tmp_path: Path, often: Often
) -> None:
    everything = list(edits())
    chosen = random.Random(SEED).sample(everything, min(often(40, 10_000), len(everything)))
    found = {}
    for number, (what, edit) in enumerate(chosen):
        path = tmp_path / str(number) / "r"
        path.parent.mkdir()
        make(path)
        edit(path)
        if crashed := crashes(path):
            found[what] = crashed
        shutil.rmtree(path.parent)
    assert not found, f"{len(found)} of {len(chosen)} edits"
