"""How many seeds or tasks would settle which of two optimizers is better."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from hpobench.scoring.means import mean
from hpobench.scoring.trials import Floats
from hpobench.stats.finals import Finals
from hpobench.stats.significance import LEVEL

POWER = 0.8
"""How probable a difference as large as the one seen should be to be found."""

EFFICIENCY = 3 / np.pi
"""Efficiency of the signed-rank test against Student's for normal data (Hodges, Lehmann, 1956)."""

ROUNDS = 4
"""So often the degrees of freedom are put in anew for the number of tasks that they lead to."""

SETTLED, EQUAL, SEEDS, TASKS = "settled", "practically equal", "more seeds", "more tasks"
UNEVEN, UNKNOWN = "uneven", "unknown"


def fewest_tasks(tests: int) -> int:
    """So many tasks let the same sign on all of them be significant among so many tests."""
    return int(1 + np.ceil(np.log2(max(tests, 1) / LEVEL)))


def power(finals: Finals, found: pd.DataFrame, rope: float) -> pd.DataFrame:
    """What it would take to settle each pair, from the variances seen.

    The difference on a task is taken to be normal around the mean difference `d` over tasks,
    with a variance `between` tasks and one `within` them, from the seeds. The signed-rank test
    over `t` tasks with `s` seeds each, at the level over the number of pairs, finds it with
    the probability `POWER` if

        (between + within / s) / t <= EFFICIENCY * (d / (t_level + t_power)) ** 2

    with Student's quantiles of `t - 1` degrees of freedom, which gives `s` for the tasks at
    hand, and `t` for the seeds at hand. The level shared out over all pairs is what Holm's
    procedure asks of the first; it asks less of the others. With fewer tasks than
    `fewest_tasks` even the same sign on all of them says too little. In a ranking each is
    tested with the first alone, which are fewer tests, so that fewer seeds do.

    Args:
        finals: Final scores on tasks of one kind.
        found: What `pairs` gave for it.
        rope: Mean differences that are no larger are not settled by any number.

    Returns:
        Columns `kind`, `optimizer`, `other`, the mean `difference`, the standard deviations
        `between_tasks` and `within_tasks`, the numbers of `seeds` (mean over tasks) and
        `tasks` there are, the `seeds_needed` and `tasks_needed` in all (NaN where none would
        do), `seeds_in_ranking` and `tasks_in_ranking` likewise among the tests with the first
        alone, and the `verdict`: settled, practically equal, more seeds, more tasks, uneven
        where those at hand would do if differences were normal and the test yet does not find
        them, or unknown where there are fewer than two tasks or seeds.

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
    spreads = _Spreads(average=average, between=between, within=within, seeds=seeds, tasks=cases)
    count = len(finals.optimizers)
    of_pairs, in_ranking = (_needed(spreads, tests, rope) for tests in (len(first), count - 1))
    frame = finals.named(
        difference=average,
        between_tasks=np.sqrt(between),
        within_tasks=np.sqrt(within),
        seeds=seeds,
        tasks=cases,
        seeds_needed=of_pairs[0],
        tasks_needed=of_pairs[1],
        seeds_in_ranking=in_ranking[0],
        tasks_in_ranking=in_ranking[1],
    )
    return frame.assign(verdict=_verdicts(frame, found, rope))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spreads:
    """The mean difference of each pair, its variances, and how many seeds and tasks there are."""

    average: Floats
    between: Floats
    within: Floats
    seeds: float
    tasks: int


def _needed(spreads: _Spreads, tests: int, rope: float) -> tuple[Floats, Floats]:
    """The seeds, and the tasks, that would settle each pair among so many tests; NaN for none."""
    least = fewest_tasks(tests)
    beyond = np.abs(spreads.average) > rope
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = EFFICIENCY * spreads.average**2
        left = effect / _quantiles(tests, spreads.tasks) ** 2 * spreads.tasks - spreads.between
        enough = (left > 0) & beyond & (spreads.tasks >= least)
        seeds = np.where(enough, np.ceil(spreads.within / left), np.nan)
        spread = (spreads.between + spreads.within / spreads.seeds) / effect
        tasks = spread * _quantiles(tests, np.full(len(spread), np.inf)) ** 2
        for _ in range(ROUNDS):
            tasks = spread * _quantiles(tests, np.maximum(tasks, least)) ** 2
        tasks = np.where(beyond, np.ceil(tasks), np.nan)
    return np.maximum(seeds, 2), np.maximum(tasks, least)


def _verdicts(frame: pd.DataFrame, found: pd.DataFrame, rope: float) -> Floats:
    """What would settle each pair."""
    settled = (found["p_holm"] < LEVEL).to_numpy()
    known = np.isfinite(frame["between_tasks"]) & np.isfinite(frame["within_tasks"])
    conditions = [
        settled,
        ~known,
        frame["difference"].abs() <= rope,
        frame["seeds_needed"] <= frame["seeds"],
        frame["seeds_needed"].notna(),
    ]
    return np.select(conditions, [SETTLED, UNKNOWN, EQUAL, UNEVEN, SEEDS], default=TASKS)


def _quantiles(tests: int, tasks: float | Floats) -> Floats:
    """How many standard errors, from so many tasks, a difference must have to be found."""
    degrees = np.maximum(np.asarray(tasks, dtype=np.float64) - 1, 1)
    level = stdtrit(degrees, 1 - LEVEL / 2 / max(tests, 1))
    return np.asarray(level + stdtrit(degrees, POWER))


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
