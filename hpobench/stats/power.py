"""How many seeds or tasks would settle which of two optimizers is better."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from hpobench.scoring.means import mean
from hpobench.scoring.trials import Floats
from hpobench.stats.finals import Finals
from hpobench.stats.significance import LEVEL

POWER = 0.8
"""How probable a difference as large as the one seen should be to be found."""

EFFICIENCY = 3 / np.pi
"""Efficiency of the signed-rank test against Student's for normal data (Hodges, Lehmann, 1956)."""

SETTLED, EQUAL, SEEDS, TASKS = "settled", "practically equal", "more seeds", "more tasks"
UNKNOWN = "unknown"


def power(finals: Finals, found: pd.DataFrame, rope: float) -> pd.DataFrame:
    """What it would take to settle each pair, from the variances seen.

    The difference on a task is taken to be normal around the mean difference `d` over tasks,
    with a variance `between` tasks and one `within` them, from the seeds. The signed-rank test
    over `t` tasks with `s` seeds each, at the level over the number of pairs, finds it with
    the probability `POWER` if

        (between + within / s) / t <= EFFICIENCY * (d / (z_level + z_power)) ** 2

    which gives `s` for the tasks at hand, and `t` for the seeds at hand. The level shared out
    over all pairs is what Holm's procedure asks of the first; it asks less of the others. With
    fewer tasks than `1 + log2(pairs / level)` even the same sign on all of them says too little.

    Args:
        finals: Final scores on tasks of one kind.
        found: What `pairs` gave for it.
        rope: Mean differences that are no larger are not settled by any number.

    Returns:
        Columns `kind`, `optimizer`, `other`, the mean `difference`, the standard deviations
        `between_tasks` and `within_tasks`, the numbers of `seeds` (mean over tasks) and
        `tasks` there are, the `seeds_needed` and `tasks_needed` in all (NaN where none would
        do), and the `verdict`: settled, practically equal, more seeds, more tasks, or unknown
        where there are fewer than two tasks or seeds.

    Source:
        Snijders and Bosker (1993), Standard Errors and Sample Sizes for Two-Level Research.
    """
    first, second = finals.pairs
    differences = finals.scores[:, first] - finals.scores[:, second]
    cases, seeds, error = len(differences), _seeds(finals), _errors(finals)
    overall = mean(finals.scores)
    average = overall[first] - overall[second]
    noise = mean(error[:, first] + error[:, second])
    spread = np.var(differences, axis=0, ddof=1) if cases > 1 else np.full(len(first), np.nan)
    between, within = np.maximum(spread - noise, 0.0), noise * seeds
    least = 1 + np.ceil(np.log2(max(len(first), 1) / LEVEL))
    goal = EFFICIENCY * (average / _quantiles(len(first))) ** 2
    beyond = np.abs(average) > rope
    with np.errstate(divide="ignore", invalid="ignore"):
        left = goal * cases - between
        enough = (left > 0) & beyond & (cases >= least)
        seeds_needed = np.where(enough, np.ceil(within / left), np.nan)
        tasks_needed = np.where(beyond, np.ceil((between + within / seeds) / goal), np.nan)
    frame = finals.named(
        difference=average,
        between_tasks=np.sqrt(between),
        within_tasks=np.sqrt(within),
        seeds=seeds,
        tasks=cases,
        seeds_needed=np.maximum(seeds_needed, 2),
        tasks_needed=np.maximum(tasks_needed, least),
    )
    return frame.assign(verdict=_verdicts(frame, found, rope))


def _verdicts(frame: pd.DataFrame, found: pd.DataFrame, rope: float) -> Floats:
    """What would settle each pair."""
    settled = (found["p_holm"] < LEVEL).to_numpy()
    known = np.isfinite(frame["between_tasks"]) & np.isfinite(frame["within_tasks"])
    conditions = [
        settled,
        ~known,
        frame["difference"].abs() <= rope,
        frame["seeds_needed"].notna(),
    ]
    return np.select(conditions, [SETTLED, UNKNOWN, EQUAL, SEEDS], default=TASKS)


def _quantiles(pairs: int) -> float:
    """How many standard errors a difference must have to be found."""
    return float(ndtri(1 - LEVEL / 2 / max(pairs, 1)) + ndtri(POWER))


def _seeds(finals: Finals) -> float:
    """Seeds per task and optimizer, on average."""
    counts = (~np.isnan(finals.regret[finals.scaled])).sum(axis=2)
    return float(counts.mean()) if counts.size else float("nan")


def _errors(finals: Finals) -> Floats:
    """The squared standard error of each mean score; NaN with a single seed."""
    regret = finals.regret[finals.scaled]
    seeds = (~np.isnan(regret)).sum(axis=2)
    away = np.nansum((regret - finals.scores[:, :, None]) ** 2, axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(seeds > 1, away / (seeds - 1) / seeds, np.nan))
