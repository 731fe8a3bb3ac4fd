"""Which tasks decide the ranking: what each would change by its absence."""

import numpy as np
import pandas as pd

from hpobench.stats.finals import Finals
from hpobench.stats.stability import kendall

COLUMNS = ["kind", "task", "swaps", "tau", "leader", "lead", "lead_change", "shift"]

LEAST = 2
"""Fewer tasks or optimizers, and there is no ranking left to change."""


def influence(finals: Finals) -> pd.DataFrame:
    """Leave each task out and rank the optimizers anew, by interquartile mean regret.

    Args:
        finals: Final scores on tasks of one kind.

    Returns:
        Columns `kind`, `task`, `swaps` (pairs of optimizers whose order it changes), Kendall's
        `tau` to the ranking by all tasks, the `leader` without it, the `lead` of the best over
        the second (those of the whole ranking) without it, the `lead_change`, and the `shift`,
        the largest change of any score. The most influential first.
    """
    scores = finals.scores
    if min(scores.shape) < LEAST:
        return pd.DataFrame(columns=COLUMNS)
    pool, reference = finals.pool, finals.middle
    on = np.repeat(np.arange(len(scores)), len(pool.weights) // len(scores))[:, None]
    without = np.stack([pool.means(pool.weights * (on != task)) for task in range(len(scores))])
    best, second = np.argsort(reference, kind="stable")[:2]
    lead = without[:, second] - without[:, best]
    order, others = (
        np.sign(reference[:, None] - reference),
        np.sign(without[:, :, None] - without[:, None]),
    )
    frame = pd.DataFrame(
        {
            "kind": str(finals.kind),
            "task": np.array(finals.tasks, dtype=object)[finals.scaled],
            "swaps": (order != others).sum(axis=(1, 2)) // 2,
            "tau": [kendall(reference, found) for found in without],
            "leader": np.array(finals.optimizers, dtype=object)[without.argmin(axis=1)],
            "lead": lead,
            "lead_change": lead - (reference[second] - reference[best]),
            "shift": np.abs(without - reference).max(axis=1),
        }
    )
    weight = [-frame["swaps"], -frame["lead_change"].abs(), -frame["shift"]]
    return frame.iloc[np.lexsort((frame["task"], *weight[::-1]))].reset_index(drop=True)
