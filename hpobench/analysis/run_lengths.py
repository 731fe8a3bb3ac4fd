"""When optimizers reach targets on each task, and how much slower they are than the best."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hpobench.scoring.curves import Axis
from hpobench.scoring.incumbents import TARGETS, profile
from hpobench.scoring.trials import Floats
from hpobench.stats.comparison import Comparison
from hpobench.stats.groups import Groups


def run_lengths_by_task(lengths: Mapping[Axis, Floats], groups: Groups) -> pd.DataFrame:
    """Where each optimizer reaches each target on each task, by axis.

    Args:
        lengths: Medians over the seeds of each group, shape (groups, targets).
        groups: Optimizer and task of the runs.

    Returns:
        Columns `kind`, `task`, `optimizer`, `axis`, `target` (normalised regret), and
        `x`, the median over seeds of where it was reached; infinite where at least half of
        the runs did not.
    """
    names, parts = groups.names, []
    for axis, found in lengths.items():
        rows = np.flatnonzero(~np.isnan(found).any(axis=1))
        part = names.loc[np.repeat(rows, len(TARGETS))].assign(
            axis=str(axis), target=np.tile(TARGETS, len(rows)), x=found[rows].ravel()
        )
        parts.append(part)
    columns = ["kind", "task", "optimizer", "axis", "target", "x"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def profiles(
    lengths: Mapping[Axis, Floats], groups: Groups, comparison: Comparison
) -> pd.DataFrame:
    """Performance profiles of those compared, on their common tasks.

    Returns:
        Columns `kind`, `optimizer`, `axis`, `target`, and by `tau` (how many times as long
        as the best on a task) the `share` of tasks on which the optimizer is there.
    """
    chosen = groups.compared(comparison)
    rows: list[tuple[str, str, float, Floats, Floats]] = []
    for axis, found in lengths.items():
        known = chosen[:, ~np.isnan(found[chosen]).any(axis=(0, 2))]
        for i, target in enumerate(TARGETS if known.size else ()):
            steps = zip(comparison.optimizers, profile(found[known, i].T), strict=True)
            rows += [(name, str(axis), target, tau, share) for name, (tau, share) in steps]
    counts = [len(row[3]) for row in rows]
    keys = {
        name: np.repeat(np.array([row[i] for row in rows], dtype=object), counts)
        for i, name in enumerate(("optimizer", "axis"))
    }
    return pd.DataFrame(
        {
            "kind": str(comparison.kind),
            **keys,
            "target": np.repeat([row[2] for row in rows], counts),
            "tau": np.concatenate([np.empty(0), *(row[3] for row in rows)]),
            "share": np.concatenate([np.empty(0), *(row[4] for row in rows)]),
        }
    )
