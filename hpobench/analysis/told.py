"""How optimizers stand by what they were told, beside how they stand without noise."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from hpobench.scoring.constants import References
from hpobench.scoring.frame import Frame
from hpobench.scoring.means import mean
from hpobench.scoring.note import Note
from hpobench.scoring.score import Scored
from hpobench.scoring.trials import Floats
from hpobench.stats.comparison import Comparison
from hpobench.stats.finals import Finals, finals
from hpobench.stats.ranks import mean_ranks
from hpobench.stats.stability import kendall
from hpobench.system.text import are, count, number


def by_told(scored: Scored, compared: Sequence[Comparison]) -> pd.DataFrame:
    """For each compared optimizer its score without noise and by what it was told.

    Returns:
        Columns `kind`, `optimizer`, the interquartile mean `regret` by which optimizers are
        ranked and its `place`, the same by what was told (`told_regret`, `told_place`; equal
        ones share their mean place), and of the kind the number of compared `tasks`, how many
        of them are scored by values `without_noise`, and Kendall's `tau` between both rankings.
        Where no task has a scale, the order is that of the ranks of runs.
    """
    return pd.concat([_of_kind(scored, c) for c in compared], ignore_index=True)


def _of_kind(scored: Scored, comparison: Comparison) -> pd.DataFrame:
    """The rows of one kind."""
    both = [finals(scored, comparison, told=told) for told in (False, True)]
    orders = [_order(each) for each in both]
    own = scored.runs.loc[comparison.rows]
    noiseless = own.loc[own["without_noise"].astype(bool), "task"].nunique()
    regrets = [each.middle if each.scaled.any() else np.nan for each in both]
    return pd.DataFrame(
        {
            "kind": str(comparison.kind),
            "optimizer": np.array(comparison.optimizers, dtype=object),
            "regret": regrets[0],
            "place": mean_ranks(orders[0], axis=0),
            "told_regret": regrets[1],
            "told_place": mean_ranks(orders[1], axis=0),
            "tasks": len(comparison.tasks),
            "without_noise": noiseless,
            "tau": kendall(*orders),
        }
    )


def _order(found: Finals) -> Floats:
    """By what optimizers are ranked, to be minimised; shape (optimizers,)."""
    if not len(found.tasks):
        return np.zeros(len(found.optimizers))
    return found.middle if found.scaled.any() else mean(found.tested)


def remarks(
    told: pd.DataFrame, frame: Frame, scored: Scored, references: References
) -> Iterator[Note]:
    """What to know of the values that count.

    Args:
        told: Both rankings, see `by_told`.
        frame: All runs as they are stored.
        scored: Their scores.
        references: All constants, not only those in force.
    """
    yield from _agreement(told)
    every = replace(references, told=frozenset())
    known = {name: every.of(task) for name, task in frame.tasks.items()}
    untold = {name for name, found in known.items() if found and not found.told}
    by_told = scored.references.told
    have = {*frame.runs["task"][frame.table["noiseless"].is_valid().to_numpy()]} & by_told
    if stale := sorted(have & untold):
        yield _told_note(
            stale,
            ", since their constants are of that: 'hpobench constants --draw' makes such of values "
            "without noise.",
        )
    apart = {name for name, constants in known.items() if constants and constants.told}
    if noisy := sorted(apart & by_told):
        yield _told_note(
            noisy,
            ", though the benchmark knows values without noise: not all runs were stored with "
            "these, or what was told was asked for.",
        )


def _told_note(tasks: Sequence[str], why: str) -> Note:
    """That some tasks are scored by what optimizers were told, and why."""
    scored = f"{count(len(tasks), 'task')} {are(len(tasks))} scored by what optimizers were told"
    return Note(text=scored + why, details=tuple(tasks), serious=False)


def _agreement(told: pd.DataFrame) -> Iterator[Note]:
    """How far the ranking by what was told is the one without noise."""
    for kind, own in told.groupby("kind", sort=False):
        noiseless, tasks = int(own["without_noise"].iloc[0]), int(own["tasks"].iloc[0])
        if noiseless:
            first = own.sort_values(["told_place", "optimizer"])["optimizer"].iloc[0]
            yield Note(
                text=f"{kind}: on {noiseless} of {count(tasks, 'task')} incumbents are scored by "
                "their values without noise. Kendall's tau of this ranking with that by what "
                f"optimizers were told, whose first is {first}, is {number(own['tau'].iloc[0])}.",
                serious=False,
            )
