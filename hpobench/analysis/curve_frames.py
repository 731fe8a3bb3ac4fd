"""The frames of all curves: task by task, over tasks, ranks and profiles."""

from collections.abc import Sequence

import pandas as pd

from hpobench.analysis import anytime, run_lengths
from hpobench.analysis.metric_columns import ByMetric
from hpobench.scoring.frame import Frame
from hpobench.scoring.score import Scored
from hpobench.stats.comparison import Comparison
from hpobench.stats.groups import Groups


def curve_frames(
    scored: Scored,
    groups: Groups,
    frame: Frame,
    compared: Sequence[Comparison],
    computed: ByMetric,
) -> dict[str, pd.DataFrame]:
    """The frames of all curves, by the attribute of `Analysis` that they become."""
    tasks = anytime.curves_by_task(scored, groups, frame.tasks, compared, computed)
    lengths = {axis: groups.median(found) for axis, found in scored.curves.lengths.items()}
    of_kind = [(c, tasks[tasks["kind"] == c.kind]) for c in compared]
    parts: dict[str, list[pd.DataFrame]] = {
        "anytime": [
            anytime.curves_over_tasks(scored, groups, c, own, computed) for c, own in of_kind
        ],
        "ranks": [
            anytime.ranks(own, c, scored.runs["task"].iloc[c.pairs[:, 0]].value_counts())
            for c, own in of_kind
        ],
        "profiles": [run_lengths.profiles(lengths, groups, c) for c in compared],
    }
    joined = {name: _stacked(found) for name, found in parts.items()}
    return joined | {
        "anytime_tasks": tasks,
        "run_lengths": run_lengths.run_lengths_by_task(lengths, groups),
    }


def _stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One frame of several; those without rows are left out, for their columns have no types."""
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
