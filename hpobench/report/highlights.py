"""Which values of a table are the best, and which are no worse than by luck."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

import numpy as np

from hpobench.analysis.frames import Analysis
from hpobench.stats.significance import LEVEL


class Highlight(Enum):
    """What is said of a value."""

    BEST = auto()
    """It is the best of its task or kind."""
    ALIKE = auto()
    """It is not significantly worse than that."""


Highlights = Mapping[tuple[int, Any], Highlight]
"""By position of the row and name of the column."""


def highlights(analysis: Analysis, name: str) -> Highlights:
    """The marks of one of an analysis's tables; none for most."""
    match name:
        case "final":
            return _by_kind(analysis)
        case "matrix":
            return _by_task(analysis)
        case _:
            return {}


def _by_kind(analysis: Analysis) -> Highlights:
    """The smallest regret of each kind, by the tests of each optimizer with the first."""
    found: dict[tuple[int, Any], Highlight] = {}
    final = analysis.final
    regrets, p = (final[name].to_numpy(dtype=float) for name in ("regret", "p_first"))
    for rows in final.groupby("kind").indices.values():
        if np.isnan(regrets[rows]).all():
            continue
        found |= {(int(at), "regret"): Highlight.ALIKE for at in rows if p[at] >= LEVEL}
        best = rows[regrets[rows] == np.nanmin(regrets[rows])]
        found |= {(int(at), "regret"): Highlight.BEST for at in best}
    return found


def _by_task(analysis: Analysis) -> Highlights:
    """The best on each task, by the tests between optimizers over seeds."""
    rows = {task: at for at, task in enumerate(analysis.matrix["task"])}
    found = analysis.against_best
    entries = zip(found["task"], found["optimizer"], found["best"], found["p"], strict=True)
    return {
        (rows[task], optimizer): Highlight.BEST if best else Highlight.ALIKE
        for task, optimizer, best, p in entries
        if task in rows and (best or p >= LEVEL)
    }
