"""Which tasks tell optimizers apart, and leave something to find: those admitted to a set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.scoring.constants import Constants, references_of
from hpobench.scoring.frame import read
from hpobench.scoring.policy import Policy
from hpobench.scoring.score import Scored, score
from hpobench.scoring.trials import ROUNDING, Floats
from hpobench.store import Store
from hpobench.system.text import count, number, share

LEVEL = 0.01
"""Friedman's test of the reference optimizers has to be significant at this level."""

SEEDS = 10
"""So many seeds, that all reference optimizers ran, it wants."""

MOST_AT_BEST = 0.05
"""No larger share of the reference runs may end with the best known result."""

FEWEST_OPTIMIZERS = 3
"""Friedman's test needs so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a task is admitted, and what speaks against it.

    Attributes:
        task: Its id.
        kind: Its kind.
        optimizers: Number of the reference optimizers that ran it.
        seeds: Number of seeds that all of these ran.
        p: Friedman's p over these optimizers by what they ended with, seed by seed; NaN
            where it cannot be made.
        at_best: The share of their runs that ended with the best known result; NaN without one.
        reasons: Why it is not admitted; nothing if it is.
    """

    task: str
    kind: str
    optimizers: int
    seeds: int
    p: float
    at_best: float
    reasons: tuple[str, ...]

    @property
    def admitted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


def admissions(
    path: Path, catalogue: Catalogue, *, optimizers: Sequence[str] = (), tasks: Sequence[str] = ()
) -> list[Admission]:
    """Judge the tasks of a results folder by what its runs are scored by.

    Args:
        path: The folder, with runs of reference optimizers.
        catalogue: Whose constants say what is the best known.
        optimizers: Globs of the reference optimizers; all by default.
        tasks: Globs of the candidates; all by default.

    Returns:
        One for each task, in the order of their names.

    Raises:
        UserError: It is no results folder, holds no runs, or a glob matches nothing.
    """
    frame = read(Store(path), optimizers=optimizers, tasks=tasks)
    if not len(frame.runs):
        raise UserError("there are no runs to judge tasks by yet; 'hpobench run' makes some")
    scored = score(frame, references_of(path, catalogue), Policy())
    known = {name: scored.references.of(info) for name, info in frame.tasks.items()}
    return list(_judged(scored, known))


def as_frame(found: Sequence[Admission]) -> pd.DataFrame:
    """One row for each task, with its reasons in one text."""
    columns = ["task", "kind", "admitted", "optimizers", "seeds", "p", "at_best"]
    rows = [
        {name: getattr(each, name) for name in columns} | {"reasons": "; ".join(each.reasons)}
        for each in found
    ]
    return pd.DataFrame(rows, columns=[*columns, "reasons"])


def _judged(scored: Scored, known: dict[str, Constants | None]) -> Iterator[Admission]:
    """The verdict on each task."""
    losses = scored.curves.loss[:, -1]
    runs = scored.runs.assign(loss=np.where(np.isnan(losses), np.inf, losses))
    for task, own in runs.groupby("task"):
        table = own.pivot_table(index="seed", columns="optimizer", values="loss", dropna=False)
        complete = table.dropna()
        p, at_best = friedman_p(complete.to_numpy()), _share_at_best(own, known[str(task)])
        yield Admission(
            task=str(task),
            kind=str(own["kind"].iloc[0]),
            optimizers=table.shape[1],
            seeds=len(complete),
            p=p,
            at_best=at_best,
            reasons=tuple(_reasons(table.shape[1], len(complete), p, at_best)),
        )


def friedman_p(losses: Floats) -> float:
    """The p-value of Friedman's test; 1 where all tie, NaN where it cannot be made.

    Args:
        losses: To be minimised, shape (seeds, optimizers); infinite where a run found nothing.
    """
    from scipy.stats import friedmanchisquare

    if losses.shape[1] < FEWEST_OPTIMIZERS or not len(losses):
        return float("nan")
    with np.errstate(invalid="ignore", divide="ignore"):
        found = float(friedmanchisquare(*losses.T).pvalue)
    return 1.0 if isnan(found) else found


def _share_at_best(runs: pd.DataFrame, constants: Constants | None) -> float:
    """The share of runs that ended with the best known result, to rounding."""
    if constants is None:
        return float("nan")
    best = constants.best + ROUNDING * abs(constants.best)
    return float((runs["loss"] <= best).mean())


def _reasons(optimizers: int, seeds: int, p: float, at_best: float) -> Iterator[str]:
    """What speaks against a task."""
    if optimizers < FEWEST_OPTIMIZERS:
        yield f"only {count(optimizers, 'optimizer')}"
    if seeds < SEEDS:
        yield f"only {count(seeds, 'seed')} that all of them ran, not {SEEDS}"
    if p >= LEVEL:
        yield f"it does not tell the optimizers apart (p = {number(p)})"
    if isnan(at_best):
        yield "no constants say what is the best known"
    elif at_best > MOST_AT_BEST:
        yield f"{share(at_best)} of the runs end with the best known result"
