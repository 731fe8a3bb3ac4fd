"""Write stores of any size with plausible runs, faster than any optimizer could make them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hpobench.scoring.constants import Constants, save_constants
from hpobench.store import Store
from hpobench.store.shards import write_shard
from hpobench.store.tables import SCHEMA

Floats = npt.NDArray[np.float64]

SEVERAL = 4
"""Every so many-th task has two objectives."""

_VARIANT = json.dumps(
    {"family": "synthetic", "adapter": "", "library": "", "version": "", "options": {}}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there is to analyse; each optimizer is somewhat better than the one before.

    Attributes:
        optimizers, tasks, seeds, trials: So many of each.
        objectives: At most; with two, every fourth task has so many.
    """

    optimizers: int
    tasks: int
    seeds: int
    trials: int
    objectives: int = 2

    @property
    def records(self) -> int:
        """All trials of all runs."""
        return self.optimizers * self.tasks * self.seeds * self.trials

    def several(self, task: int) -> bool:
        """Whether a task has two objectives."""
        return self.objectives > 1 and task % SEVERAL == SEVERAL - 1


def make(folder: Path, size: Size) -> None:
    """Write a results folder with its constants; a shard for each optimizer."""
    store = Store.create(folder)
    rng = np.random.default_rng(0)
    infos = [_info(task, size) for task in range(size.tasks)]
    for optimizer in range(size.optimizers):
        write_shard(
            store.path / "runs", pa.Table.from_batches([_shard(rng, optimizer, size, infos)])
        )
    save_constants(folder / "constants" / "synthetic.json", dict(_constants(size)))
    store.note_experiment(_experiment(size))


def _experiment(size: Size) -> dict[str, Any]:
    """The manifest of what was planned: that of real runs is held against what is there."""
    return {
        "id": "synthetic",
        "started": 0.0,
        "ended": 1.0,
        "optimizers": [f"optimizer-{i:02d}" for i in range(size.optimizers)],
        "tasks": [_name(task) for task in range(size.tasks)],
        "seeds": list(range(size.seeds)),
        "skipped": [],
    }


def _shard(
    rng: np.random.Generator, optimizer: int, size: Size, infos: list[str]
) -> pa.RecordBatch:
    """All runs of one optimizer."""
    runs = size.tasks * size.seeds
    task = np.repeat(np.arange(size.tasks), size.seeds)
    counts = np.full(runs, size.trials)
    widths = np.array([1 + size.several(int(i)) for i in task])
    ends = np.tile(np.arange(1.0, size.trials + 1), runs)
    clocks = rng.exponential(1e-3, (2, len(ends))).astype(np.float32)
    columns: dict[str, Any] = {
        "run": [f"{optimizer:016x}{i:016x}" for i in range(runs)],
        "optimizer": [f"optimizer-{optimizer:02d}"] * runs,
        "task": [_name(int(i)) for i in task],
        "task_info": [infos[i] for i in task],
        "variant_info": [_VARIANT] * runs,
        "status": ["completed"] * runs,
        **{name: [""] * runs for name in ("reason", "cut")},
        "experiment": ["synthetic"] * runs,
        "seed": np.tile(np.arange(size.seeds), size.tasks),
        **{name: np.ones(runs) for name in ("seconds", "finished")},
        "number": _lists(np.tile(np.arange(size.trials, dtype=np.int32), runs), counts),
        "worker": _lists(np.zeros(len(ends), dtype=np.int32), counts),
        "fidelity": pa.nulls(runs, pa.list_(pa.float64())),
        "values": _lists(_values(rng, optimizer, widths, size), counts * widths),
        "test": _lists(np.empty(0), counts * 0),
        "cost": _lists(np.ones(len(ends)), counts),
        **{name: _lists(ends - (name == "start"), counts) for name in ("start", "end", "spent")},
        "ask_seconds": _lists(clocks[0], counts),
        "tell_seconds": _lists(clocks[1], counts),
        **{name: ["{}"] * runs for name in ("failures", "configs")},
    }
    arrays = [
        pa.array(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(runs, field.type)  # what only some rows have
        for field in SCHEMA
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _values(
    rng: np.random.Generator, optimizer: int, widths: npt.NDArray[np.int64], size: Size
) -> Floats:
    """Losses over 0 whose scale falls over the trials, the faster the better the optimizer."""
    speed = 0.3 + optimizer / size.optimizers
    falling = np.arange(1.0, size.trials + 1) ** -speed
    scales = [np.repeat(falling, width) for width in widths]
    drawn = rng.exponential(np.concatenate(scales))
    return np.asarray(np.minimum(drawn, 1.5))


def _lists(flat: Any, counts: npt.NDArray[np.int64]) -> pa.ListArray:
    offsets = np.append(0, np.cumsum(counts)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat))


def _name(task: int) -> str:
    return f"synthetic{task % 3}/task-{task:03d}"


def _info(task: int, size: Size) -> str:
    several = size.several(task)
    return json.dumps(
        {
            "collection": f"synthetic{task % 3}",
            "kind": "multi-objective" if several else "blackbox",
            "dimension": 2,
            "types": ["float"],
            "budget": {"unit": "trials", "amount": size.trials},
            "workers": 1,
            "overhead": "none",
            "base_id": _name(task),
            "fidelity": None,
            "objectives": [{"name": f"loss{i}", "maximize": False} for i in range(1 + several)],
            "real_time": False,
            "definition": {},
        }
    )


def _constants(size: Size) -> Iterator[tuple[str, Constants]]:
    about: dict[str, Any] = {
        "seconds": float(size.trials),
        "seeds": 20,
        "budget": f"trials={size.trials}",
        "source": "exact",
    }
    box: dict[str, Any] = {"reference": (1.5, 1.5), "ideal": (0.0, 0.0)}
    for task in range(size.tasks):
        if size.several(task):
            yield _name(task), Constants(best=-2.25, random=-2.2, start=0.0, **box, **about)
        else:
            yield _name(task), Constants(best=0.0, random=0.003, start=0.7, **about)
