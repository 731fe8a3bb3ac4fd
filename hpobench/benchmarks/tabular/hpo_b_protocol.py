"""HPO-B as its authors evaluate: their splits, their initial designs, their normalised regret."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from hpobench.benchmarks.recorded import Recorded
from hpobench.benchmarks.tabular.hpo_b import initial_rows, meta_train, normalised
from hpobench.history import PastTask, PastTrial
from hpobench.system.folders import locate
from hpobench.trial import Config

ARCHIVE = "hpo_b/hpob-data.zip"
READER = "hpobench.benchmarks.tabular.hpo_b:normalised"


class MetaTest(Recorded):
    """A table of the test split of HPO-B-v3 under its authors' protocol.

    The only objective is the regret between the worst (1) and the best (0) accuracy of the table.
    A run with seed 0 to 4 begins with the five rows that are published for it; its history are the
    tables of the training split of the same search space.

    Args:
        space: Number of the search space.
        dataset: Number of the data set.
        columns: The names of the columns of X, in their order.

    Source:
        Pineda-Arango et al. (2021), HPO-B: `evaluate` of `hpob_handler.py`.
    """

    def __init__(self, *, space: str, dataset: str, columns: Sequence[str]) -> None:
        """Open the table, which is converted the first time."""
        self._place, self._listed = (space, dataset), ",".join(columns)
        super().__init__(
            file=ARCHIVE,
            reader=READER,
            array=f"{space}/{dataset}:{self._listed}",
            lookup="nearest",
            seeds={"use": "draw"},
            objectives={"regret": "minimize"},
            hyperparameters=coded_hyperparameters(columns),
        )

    def initial_design(self, seed: int) -> tuple[Config, ...]:
        """The five configurations that are published for a seed from 0 to 4."""
        path, (space, dataset) = locate(ARCHIVE), self._place
        configs = _configs(normalised(path, f"{space}/{dataset}:{self._listed}"))
        return tuple(configs[row] for row in initial_rows(path, space, dataset, seed))

    def past_tasks(self, quota: int) -> tuple[PastTask, ...]:
        """The training split of the space: of each table so many rows, drawn once for all."""
        return _past_tasks(locate(ARCHIVE), self._place[0], self._listed, quota)


@lru_cache(maxsize=2)
def _past_tasks(path: Path, space: str, listed: str, quota: int) -> tuple[PastTask, ...]:
    """The training split of a space, which takes long to read."""
    found = []
    for dataset, table in meta_train(path, space, listed):
        configs, regrets = _configs(table), table["regret"]
        rng = np.random.default_rng(crc32(f"{space}/{dataset}".encode()))
        rows = np.sort(rng.permutation(len(configs))[:quota]).tolist()
        trials = (PastTrial(config=configs[i], fidelity=None, values=(regrets[i],)) for i in rows)
        found.append(PastTask(dataset=dataset, trials=tuple(trials)))
    return tuple(found)


def _configs(table: Mapping[str, list[Any]]) -> list[Config]:
    """The configuration of each row: what is set."""
    names = [name for name in table if name != "regret"]
    rows = zip(*(table[name] for name in names), strict=True)
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in rows
    ]


def coded_hyperparameters(columns: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The space behind HPO-B's codes, as `described_space` reads it.

    Args:
        columns: `x` is a float in [0, 1], `x.na` says whether it was not set, and `x.ohe.a`,
            `x.ohe.b` and so on are the choices of a categorical.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in columns:
        stem, _, choice = name.partition(".ohe.")
        if choice:
            found.setdefault(stem, {"type": "categorical", "values": []})["values"].append(choice)
        elif name.endswith(".na"):
            flag = name.removesuffix(".na") + ".set"
            found[name.removesuffix(".na")]["if"] = {flag: True}
            found[flag] = {"type": "categorical", "values": [False, True]}
        else:
            found[name] = {"type": "float", "low": 0, "high": 1}
    return found
