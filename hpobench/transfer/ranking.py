"""Whose settings transfer: ranks where they were tuned, ranks elsewhere, and how these agree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.scoring.constants import References
from hpobench.scoring.frame import Source
from hpobench.scoring.means import mean
from hpobench.scoring.trials import Floats
from hpobench.stats.ranks import mean_ranks
from hpobench.stats.stability import kendall
from hpobench.system.text import count
from hpobench.task import Task
from hpobench.transfer.evaluation import TransferTarget
from hpobench.transfer.incumbents import Incumbent, read_incumbents

RESAMPLES = 2000
"""Draws of seeds with replacement, for the interval of tau."""

LEVELS = (2.5, 97.5)
"""Percentiles of these draws."""

KEYS = ["source", "target", "seed", "optimizer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What came of tuning here and evaluating there.

    Attributes:
        ranking: One row for each optimizer, the best elsewhere first: mean normalised `tuning` and
            `transfer` regret, its `tuning_rank` and `transfer_rank` among those compared, and how
            many `runs` it has.
        pairs: The same means for each optimizer, `source` and `target`.
        evaluations: One row for each incumbent and target: `loss` and `regret` of both.
        tau: Kendall's tau-b between both rankings; NaN if one of them ties all.
        low, high: The ends of its 95 % interval with other seeds; NaN with one seed.
        notes: What was left out, and why.
    """

    ranking: pd.DataFrame
    pairs: pd.DataFrame
    evaluations: pd.DataFrame
    tau: float
    low: float
    high: float
    notes: tuple[str, ...]


def transfer(
    source: Source,
    references: References,
    catalogue: Catalogue,
    *,
    origins: Sequence[str],
    targets: Sequence[str],
    optimizers: Sequence[str] = (),
) -> Transfer:
    """Evaluate the incumbents of runs on some tasks on others that share their space.

    Args:
        source: Where the runs are.
        references: By which regret is normalised.
        catalogue: Where the targets are found.
        origins: Globs of the tasks that were tuned on; all that have runs without any.
        targets: Names or globs of the tasks to evaluate on.
        optimizers: Globs of those whose runs count; all without any.

    Raises:
        UserError: A name or glob matches nothing, or no target shares the space of an origin.
    """
    incumbents = read_incumbents(source, references, optimizers=optimizers, tasks=origins)
    notes: list[str] = []
    rows: list[pd.DataFrame] = []
    tasks = catalogue.select_tasks(targets)
    if several := [task.id for task in tasks if len(task.objectives) > 1]:
        notes.append(f"{count(len(several), 'task')} with several objectives left out")
    for task in tasks:
        if len(task.objectives) == 1:
            tuned = _tuned_elsewhere(task, incumbents, catalogue, notes)
            rows += _on_target(task, references, tuned, notes)
    if not rows:
        said = "; ".join(notes) or "there are no runs on tasks with one objective"
        raise UserError(f"nothing can be evaluated elsewhere: {said}")
    evaluations = pd.concat(rows, ignore_index=True)
    common = _common(evaluations, notes)
    tuning, elsewhere = (_cube(common, name) for name in ("tuning", "transfer"))
    origins = common.drop_duplicates(["source", "target"])["source"].tolist()
    low, high = _interval(tuning, elsewhere, origins)
    names = sorted(common["optimizer"].unique())
    return Transfer(
        ranking=_ranking(names, tuning, elsewhere),
        pairs=common.groupby(["source", "target", "optimizer"], as_index=False)[
            ["tuning", "transfer"]
        ].mean(),
        evaluations=evaluations,
        tau=kendall(_means(tuning), _means(elsewhere)),
        low=low,
        high=high,
        notes=tuple(notes),
    )


def _tuned_elsewhere(
    task: Task, incumbents: Sequence[Incumbent], catalogue: Catalogue, notes: list[str]
) -> list[Incumbent]:
    """Those that were not tuned on what a task asks: itself, or the same but for limits."""
    found, alike = [], set[str]()
    for each in incumbents:
        base = each.task.base_id
        origin = catalogue.tasks.get(base)
        if base != task.base_id and origin is not None and _question(origin) == _question(task):
            alike.add(base)
        elif base != task.base_id:
            found.append(each)
    notes += [
        f"{task.id} asks the same as {base}, which is not elsewhere" for base in sorted(alike)
    ]
    return found


def _question(task: Task) -> tuple[object, ...]:
    """What decides the values of configurations at the highest fidelity."""
    return task.benchmark, task.folder, dict(task.params), task.objectives


def _on_target(
    task: Task, references: References, incumbents: Sequence[Incumbent], notes: list[str]
) -> Iterator[pd.DataFrame]:
    """The evaluations on one target, a frame for each origin that shares its space."""
    target = TransferTarget.of(task, references)
    by_origin: dict[str, list[Incumbent]] = {}
    for each in incumbents:
        by_origin.setdefault(each.task.id, []).append(each)
    for origin, own in by_origin.items():
        wrong = (target.misfit(each.config) for each in own if each.config is not None)
        if flaw := next(filter(None, wrong), ""):
            notes.append(f"{task.id} does not share the space of {origin}: {flaw}")
        else:
            yield _evaluated(target, origin, own)


def _evaluated(
    target: TransferTarget, origin: str, incumbents: Sequence[Incumbent]
) -> pd.DataFrame:
    """What the incumbents of one origin are worth on a target."""
    losses = [np.inf if i.config is None else target.loss(i.config) for i in incumbents]
    return pd.DataFrame(
        {
            "source": origin,
            "target": target.task.id,
            "optimizer": [each.optimizer for each in incumbents],
            "seed": [each.seed for each in incumbents],
            "tuning_loss": [each.loss for each in incumbents],
            "transfer_loss": losses,
            "tuning": [each.regret for each in incumbents],
            "transfer": target.regrets(losses),
        }
    )


def _common(evaluations: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Those of seeds that all optimizers have on an origin; without a scale, ranks for regrets."""
    optimizers = evaluations["optimizer"].nunique()
    met = evaluations.groupby(["source", "target", "seed"])["optimizer"].transform("nunique")
    common = evaluations[met == optimizers]
    if common.empty:
        raise UserError("the optimizers share no seed of any origin: there is nothing to compare")
    if dropped := len(evaluations) - len(common):
        notes.append(f"{count(dropped, 'evaluation')} of seeds that not all have left out")
    for name in ("tuning", "transfer"):
        if common[name].isna().any():
            keys = [common[key] for key in ("source", "target", "seed")]
            common = common.assign(**{name: common[f"{name}_loss"].groupby(keys).rank()})
            notes.append(f"some tasks have no constants: {name} is ranked by ranks of runs")
    return common.sort_values(KEYS, ignore_index=True)


def _cube(common: pd.DataFrame, name: str) -> list[Floats]:
    """For each pair of origin and target an array of shape (seeds, optimizers)."""
    return [
        own.pivot_table(index="seed", columns="optimizer", values=name, sort=True).to_numpy()
        for _, own in common.groupby(["source", "target"], sort=True)
    ]


def _means(parts: Sequence[Floats]) -> Floats:
    """The mean of each optimizer over pairs, each with the same weight."""
    return mean(np.stack([mean(part) for part in parts]))


def _interval(
    tuning: Sequence[Floats], elsewhere: Sequence[Floats], origins: Sequence[str]
) -> tuple[float, float]:
    """How far other seeds would move tau: percentiles over draws of the seeds of each origin.

    Args:
        tuning: For each pair of origin and target, shape (seeds, optimizers).
        elsewhere: Likewise.
        origins: That of each pair.
    """
    if max(len(part) for part in tuning) == 1:
        return np.nan, np.nan
    rng = np.random.default_rng(0)
    found = []
    for _ in range(RESAMPLES):
        seeds = dict(zip(origins, map(len, tuning), strict=True))
        drawn = {origin: rng.integers(number, size=number) for origin, number in seeds.items()}
        both = (
            _means([part[drawn[origin]] for part, origin in zip(parts, origins, strict=True)])
            for parts in (tuning, elsewhere)
        )
        found.append(kendall(*both))
    low, high = np.nanpercentile(found, LEVELS) if not np.isnan(found).all() else (np.nan,) * 2
    return float(low), float(high)


def _ranking(
    names: Sequence[str], tuning: Sequence[Floats], elsewhere: Sequence[Floats]
) -> pd.DataFrame:
    """One row for each optimizer, the best elsewhere first."""
    means = _means(tuning), _means(elsewhere)
    table = pd.DataFrame(
        {
            "optimizer": names,
            "tuning": means[0],
            "tuning_rank": mean_ranks(means[0], axis=0),
            "transfer": means[1],
            "transfer_rank": mean_ranks(means[1], axis=0),
            "runs": sum(len(part) for part in elsewhere),
        }
    )
    return table.sort_values(["transfer", "tuning"], kind="stable", ignore_index=True)
