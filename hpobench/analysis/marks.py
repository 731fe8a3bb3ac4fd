"""Which values of a table are the best, and which are no worse than by luck."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

import numpy as np
import pandas as pd

from hpobench.analysis.pipeline import Analysis
from hpobench.analysis.significance import LEVEL


class Mark(Enum):
    """What is said of a value."""

    BEST = auto()
    """It is the best of its task or kind."""
    ALIKE = auto()
    """It is not significantly worse than that."""


Marks = Mapping[tuple[int, Any], Mark]
"""By position of the row and name of the column."""


def marks(analysis: Analysis, name: str) -> Marks:
    """The marks of one of an analysis's tables; none for most."""
    match name:
        case "final":
            return _by_kind(analysis)
        case "matrix":
            return _by_task(analysis)
        case _:
            return {}


def _by_kind(analysis: Analysis) -> Marks:
    """The smallest regret of each kind, by the tests between optimizers over tasks."""
    found: dict[tuple[int, Any], Mark] = {}
    names = analysis.final["optimizer"].tolist()
    regrets = analysis.final["regret"].to_numpy(dtype=float)
    for kind, rows in analysis.final.groupby("kind").indices.items():
        if np.isnan(regrets[rows]).all():
            continue
        best = int(np.asarray(rows)[np.nanargmin(regrets[rows])])
        alike = _alike(analysis.pairs[analysis.pairs["kind"] == kind], names[best])
        found |= {(int(at), "regret"): Mark.ALIKE for at in rows if names[at] in alike}
        least = np.flatnonzero(regrets[rows] == regrets[best])
        found |= {(int(at), "regret"): Mark.BEST for at in np.asarray(rows)[least]}
    return found


def _alike(pairs: pd.DataFrame, leader: str) -> set[str]:
    """Those that no test tells apart from the leader."""
    same = pairs[pairs["p_holm"] >= LEVEL]
    names = zip(same["optimizer"], same["other"], strict=True)
    return {name for pair in names if leader in pair for name in pair}


def _by_task(analysis: Analysis) -> Marks:
    """The best on each task, by the tests between optimizers over seeds."""
    rows = {task: at for at, task in enumerate(analysis.matrix["task"])}
    found = analysis.against_best
    entries = zip(found["task"], found["optimizer"], found["best"], found["p"], strict=True)
    return {
        (rows[task], optimizer): Mark.BEST if best else Mark.ALIKE
        for task, optimizer, best, p in entries
        if task in rows and (best or p >= LEVEL)
    }
