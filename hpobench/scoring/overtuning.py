"""How much worse the chosen configuration is on held-back data than one chosen earlier."""

import numpy as np
import pandas as pd

from hpobench.scoring.incumbents import improvements
from hpobench.scoring.trials import Floats, Integers


def overtuning(loss: Floats, test: Floats, run: Integers, *, runs: int) -> Floats:
    """The relative overtuning at the end of each run.

    (test of the last incumbent - best test of any incumbent) / (test of the first incumbent -
    best test of any incumbent): 0 if the last incumbent is the best on test, 1 if it is as bad
    as the first, more if it is worse.

    Args:
        loss: Loss of each trial, shape (trials,), run after run, each in order of finish.
        test: Test value of each trial, minimised, unseen by any optimizer; NaN where there is none.
        run: Which run each trial belongs to.
        runs: Number of runs.

    Returns:
        Shape (runs,); infinite where only the first was the best, NaN without test values.

    Source:
        Schneider, Bischl and Feurer (2025), Overtuning in hyperparameter optimization, AutoML.
    """
    better = improvements(loss, run)
    own, values = run[better], test[better]
    found, first = np.unique(own, return_index=True)
    result = np.full(runs, np.nan)
    if len(found):
        best = np.minimum.reduceat(values, first)
        last = values[np.append(first[1:], len(values)) - 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = (last - best) / (values[first] - best)
        result[found] = np.where(last == best, 0.0, relative)
    return result


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """For each kind and optimizer how often and how far its runs with test values overtuned.

    Returns:
        Columns `kind`, `optimizer`, number of `runs` with test values, the share of them that
        `overtuned`, and the `median` relative overtuning of these.
    """
    tested = runs[runs["overtuning"].notna() & (runs["status"] != "failed")]
    over = tested[tested["overtuning"] > 0].groupby(["kind", "optimizer"])["overtuning"]
    found = tested.groupby(["kind", "optimizer"]).agg(runs=("overtuning", "size")).reset_index()
    keys = pd.MultiIndex.from_frame(found[["kind", "optimizer"]])
    return found.assign(
        overtuned=over.size().reindex(keys, fill_value=0).to_numpy() / found["runs"],
        median=over.median().reindex(keys).to_numpy(),
    )
