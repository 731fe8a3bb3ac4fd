"""What storing costs: our store against one file of JSON lines a run, with the same data."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from measure import Figure, alternate, progress, seconds, size

from hpobench.optimizer import Capabilities, Variant
from hpobench.run import Run, Status, Trajectory
from hpobench.store import Store, encode
from hpobench.store.journal import Journal
from hpobench.task import Budget, Task
from hpobench.trial import Record

OPTIMIZERS, TASKS, SEEDS, TRIALS, DIMENSION = 5, 20, 100, 100, 5
"""10,000 runs; what is drawn at random in them does not compress, as in real ones."""

RUN_COLUMNS = ["optimizer", "task", "seed"]
TRIAL_COLUMNS = ["number", "values", "cost", "start", "end", "spent"]
OTHER = "a JSONL file a run"


def figures(repeat: int) -> list[Figure]:
    """Bytes, writing (once), and reading into a data frame of one row a trial."""
    with TemporaryDirectory(prefix="hpobench-benchmark-") as name:
        ours, plain = Path(name) / "ours", Path(name) / "plain"
        progress("writing 10,000 runs of 100 trials, twice")
        written = [[_write(ours)], [_write_plain(plain)]]
        frames = _read(ours), _read_plain(plain)
        pd.testing.assert_frame_equal(*frames, check_dtype=False, check_exact=True)
        progress("reading them, in turns")
        read = alternate(repeat, partial(_timed_read, ours), partial(_timed_read_plain, plain))
        sizes = [[size(folder) / 1e6] for folder in (ours, plain)]
    return [
        _figure("10,000 runs of 100 trials, stored", "MB", sizes, aim=1 / 4),
        _figure("10,000 runs of 100 trials, read into a data frame", "s", read, aim=1 / 20),
        _figure("10,000 runs of 100 trials, written", "s", written, aim=None),
    ]


def _figure(name: str, unit: str, taken: list[list[float]], *, aim: float | None) -> Figure:
    ours, theirs = taken
    return Figure(name=name, unit=unit, ours=ours, other=OTHER, theirs=theirs, ratio_at_most=aim)


def _write(folder: Path) -> float:
    """Seconds to write all runs as `hpobench run` does: a journal, compacted in the end."""
    store = Store.create(folder)
    journal = store.journal("benchmark")
    taken = sum(seconds(partial(_append, journal, found)) for found in _trajectories())
    journal.close()
    return taken + seconds(store.compact)


def _append(journal: Journal, found: Trajectory) -> None:
    journal.append(encode(found, "benchmark"))


def _write_plain(folder: Path) -> float:
    """Seconds to write the same records, one object a line, one file a run."""
    return sum(seconds(partial(_write_file, folder, found)) for found in _trajectories())


def _write_file(folder: Path, found: Trajectory) -> None:
    path = folder / found.run.variant.id / found.run.task.id / f"{found.run.seed}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for record in found.records:
            line = {name: getattr(record, name) for name in Record._fields}
            file.write(json.dumps(line) + "\n")


def _read(folder: Path) -> pd.DataFrame:
    table = Store(folder).runs([*RUN_COLUMNS, *TRIAL_COLUMNS])
    counts = pc.list_value_length(table["number"]).to_numpy()
    keys = table.select(RUN_COLUMNS).to_pandas()
    columns = {name: _flat(table[name]) for name in TRIAL_COLUMNS}
    repeated = {name: np.repeat(keys[name].to_numpy(), counts) for name in RUN_COLUMNS}
    return pd.DataFrame({**repeated, **columns})


def _flat(lists: pa.ChunkedArray) -> "np.ndarray[tuple[int], np.dtype[np.generic]]":
    """The items of all lists, one after the other."""
    return np.asarray(pc.list_flatten(lists))


def _read_plain(folder: Path) -> pd.DataFrame:
    rows = [row for path in _in_order(folder) for row in _rows(path)]
    return pd.DataFrame(rows, columns=[*RUN_COLUMNS, *TRIAL_COLUMNS])


def _in_order(folder: Path) -> list[Path]:
    """The files by optimizer, task and seed, as our store gives its runs."""
    return sorted(folder.glob("*/*/*.jsonl"), key=lambda path: (path.parent, int(path.stem)))


def _rows(path: Path) -> Iterator[tuple[object, ...]]:
    key = [path.parent.parent.name, path.parent.name, int(path.stem)]
    with path.open(encoding="utf-8") as file:
        for line in file:
            trial = json.loads(line)
            trial["values"] = trial["values"][0]
            yield (*key, *(trial[name] for name in TRIAL_COLUMNS))


def _timed_read(folder: Path) -> float:
    return seconds(lambda: _read(folder))


def _timed_read_plain(folder: Path) -> float:
    return seconds(lambda: _read_plain(folder))


def _trajectories() -> Iterator[Trajectory]:
    """The same runs each time, one after the other so that they need no memory."""
    rng = np.random.default_rng(0)
    for number in range(OPTIMIZERS * TASKS * SEEDS):
        yield Trajectory(run=_run(number), status=Status.COMPLETED, records=_records(rng))


def _run(number: int) -> Run:
    rest, seed = divmod(number, SEEDS)
    optimizer, task = divmod(rest, TASKS)
    return Run(
        task=Task(
            id=f"task-{task:02d}",
            collection="benchmark",
            benchmark="nowhere:Benchmark",
            params={},
            objectives=("loss",),
            budget=Budget(TRIALS),
            dimension=DIMENSION,
            types=("float",),
        ),
        variant=Variant(
            id=f"optimizer-{optimizer}",
            family="optimizer",
            adapter="nowhere:Optimizer",
            capabilities=Capabilities(types=frozenset({"float"})),
        ),
        seed=seed,
    )


def _records(rng: np.random.Generator) -> list[Record]:
    configs = rng.uniform(-5, 5, (TRIALS, DIMENSION)).tolist()
    values = rng.lognormal(size=TRIALS).tolist()
    clocks = rng.exponential(1e-4, (TRIALS, 2)).tolist()
    return [
        Record(
            number=number,
            config={f"x{i}": x for i, x in enumerate(configs[number])},
            fidelity=None,
            values=(values[number],),
            test=(),
            cost=1.0,
            start=float(number),
            end=number + 1.0,
            worker=0,
            ask_seconds=clocks[number][0],
            tell_seconds=clocks[number][1],
            spent=number + 1.0,
            failure="",
        )
        for number in range(TRIALS)
    ]
