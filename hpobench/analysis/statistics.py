"""All frames of statistics, for each kind of tasks that is compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from hpobench.scoring.constants import References
from hpobench.scoring.score import Scored
from hpobench.scoring.trials import Floats, TaskInfo
from hpobench.stats import by_property, influence, pairs, power, running_time, stability
from hpobench.stats.comparison import Comparison
from hpobench.stats.finals import Finals, finals
from hpobench.stats.significance import holm, rank_sum
from hpobench.stats.standings import Standings, rank_intervals

RANDOM = "random"
"""The optimizer that any other should be better than: random search."""


@dataclass(frozen=True, kw_only=True)
class KnownTasks:
    """What is known of the tasks besides their runs.

    Attributes:
        infos: What their runs say of them, by id.
        real: By id whether they are real; the catalogue knows, of tasks that it has.
        references: Their constants.
    """

    infos: Mapping[str, TaskInfo]
    real: Mapping[str, bool]
    references: References

    @cached_property
    def seconds(self) -> dict[str, float]:
        """The virtual seconds of random search on each task that has constants."""
        found = {name: self.references.of(info) for name, info in self.infos.items()}
        return {name: constants.seconds for name, constants in found.items() if constants}


def frames(
    scored: Scored, compared: Sequence[Comparison], tasks: KnownTasks, rope: float
) -> dict[str, pd.DataFrame]:
    """The frames by the attribute of `pipeline.Analysis` that they become.

    Args:
        scored: All runs.
        compared: One comparison for each kind.
        tasks: What is known of the tasks.
        rope: Regrets that differ by no more are practically equal.
    """
    times = running_time.running_time_by_task(scored, tasks.infos)
    parts = [
        _of_kind(finals(scored, c), tasks, rope) | _standings(scored, c, tasks) for c in compared
    ]
    joined = {
        name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]
    }
    ert = pd.concat(
        [running_time.running_time_over_tasks(times, c) for c in compared], ignore_index=True
    )
    costs = pd.concat([overhead(scored.runs.loc[c.rows]) for c in compared], ignore_index=True)
    return joined | {"ert": ert, "ert_tasks": times, "overhead": costs}


def overhead(runs: pd.DataFrame) -> pd.DataFrame:
    """What asking and telling costs.

    Args:
        runs: All runs on tasks of one kind.

    Returns:
        Columns `kind`, `optimizer`, the `mean` and the `median` over runs of milliseconds per
        trial, all real `seconds` it took, all `virtual_seconds` of the runs, and the `share`
        that the one would add to the other; NaN where nothing took any.
    """
    made = runs[runs["trials"] > 0].assign(seconds=runs["overhead"] * runs["trials"] / 1000)
    found = made.groupby(["kind", "optimizer"]).agg(
        mean=("overhead", "mean"),
        median=("overhead", "median"),
        seconds=("seconds", "sum"),
        virtual_seconds=("virtual_seconds", "sum"),
    )
    share = found["seconds"] / found["virtual_seconds"].where(found["virtual_seconds"] > 0)
    return found.assign(share=share).reset_index()


def with_rank_intervals(
    final: pd.DataFrame, scored: Scored, compared: Sequence[Comparison]
) -> pd.DataFrame:
    """The final scores with the interval of the mean rank, `rank_low` to `rank_high`.

    As all intervals it tells how far other seeds would move it, with the tasks as they are.
    """
    parts = [_rank_intervals(finals(scored, comparison)) for comparison in compared]
    found = final.merge(pd.concat(parts), on=["kind", "optimizer"], how="left")
    names = [n for n in found.columns if n not in {"rank_low", "rank_high"}]
    at = names.index("rank") + 1
    return found[[*names[:at], "rank_low", "rank_high", *names[at:]]]


def with_tests(final: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The final scores with `p_first` and `p_random`, of the tests over tasks.

    They are of each with the first of the ranking, and with random search, see `pairs.against`;
    NaN for these themselves, and where nothing was tested.

    Args:
        final: Sorted by kind, the best first.
        found: All pairs.
    """
    parts = []
    for kind, own in final.groupby("kind", sort=False):
        of_kind = found[found["kind"] == kind]
        first, names = own["optimizer"].iloc[0], own["optimizer"]
        parts.append(
            own.assign(
                p_first=names.map(pairs.against(of_kind, first)).astype(float),
                p_random=names.map(pairs.against(of_kind, RANDOM)).astype(float),
            )
        )
    return pd.concat(parts) if parts else final.assign(p_first=np.nan, p_random=np.nan)


def against_best(final_tasks: pd.DataFrame, scored: Scored) -> pd.DataFrame:
    """Whether the best on each task is better than the others by more than luck.

    The one with the smallest mean regret (the smallest median loss where there is no scale) is
    held against each other by the rank-sum test over seeds, adjusted by Holm's procedure over
    the others on the task.

    Returns:
        Columns `kind`, `task`, `optimizer`, whether it is the `best`, and `p`, NaN for the best.
    """
    losses = scored.curves.loss[:, -1]
    groups = scored.runs.groupby(["task", "optimizer"], sort=False).indices
    keys = zip(final_tasks["task"], final_tasks["optimizer"], strict=True)
    runs = [losses[groups[key]] for key in keys]
    scores = final_tasks["regret"].fillna(final_tasks["loss"]).to_numpy()
    p, best = np.empty(len(scores)), np.zeros(len(scores), dtype=np.bool_)
    for rows in final_tasks.groupby("task", sort=False).indices.values():
        p[rows] = _against_best([runs[i] for i in rows], scores[rows])
        best[rows] = (scores[rows] == scores[rows].min()) & np.isfinite(scores[rows])
    names = final_tasks[["kind", "task", "optimizer"]]
    return names.assign(best=best, p=np.where(best, np.nan, p))


def _standings(
    scored: Scored, comparison: Comparison, tasks: KnownTasks
) -> dict[str, pd.DataFrame]:
    """The frames of where optimizers stand on the way and on parts of the tasks."""
    found = Standings(scored=scored, comparison=comparison, real=tasks.real, seconds=tasks.seconds)
    return {"standings": found.rows(), "effects": found.effects()}


def _of_kind(found: Finals, tasks: KnownTasks, rope: float) -> dict[str, pd.DataFrame]:
    """The frames of one kind."""
    compared = pairs.pairs(found, rope)
    scaled = np.array(found.tasks, dtype=object)[found.scaled]
    resampled = stability.stability(found, [tasks.infos[name].collection for name in scaled])
    before = resampled.before[found.pairs]
    return {
        "pairs": compared.assign(before=before),
        "significance": pairs.overall_test(found).assign(
            tau=resampled.tau,
            families=resampled.families,
            tau_families=resampled.tau_families,
        ),
        "critical": pairs.critical_groups(found, compared),
        "stability": stability.frame(found, resampled),
        "power": power.power(found, compared, rope),
        "properties": by_property.by_property(found, tasks.infos, tasks.real),
        "influence": influence.influence(found),
        "matrix": by_property.matrix(found),
    }


def _rank_intervals(found: Finals) -> pd.DataFrame:
    """Columns `kind`, `optimizer`, `rank_low`, `rank_high`."""
    low, high = rank_intervals(found)
    names = np.array(found.optimizers, dtype=object)
    return pd.DataFrame(
        {"kind": str(found.kind), "optimizer": names, "rank_low": low, "rank_high": high}
    )


def _against_best(runs: Sequence[Floats], scores: Floats) -> Floats:
    """Adjusted p-values of the best on a task against each."""
    best = runs[int(np.argmin(scores))]
    if len({len(own) for own in runs}) == 1:
        stacked = np.stack(runs)
        p = rank_sum(np.broadcast_to(best, stacked.shape), stacked)
    else:
        p = np.array([float(rank_sum(best, own)) for own in runs])
    p[int(np.argmin(scores))] = np.nan
    return holm(p)
