"""How much each hyperparameter matters on a task: by its trials, and over a whole table."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from hpobench.analysis.inside.scales import HyperparameterScale
from hpobench.analysis.inside.task_trials import TaskTrials
from hpobench.analysis.inside.whole_tables import anova, ped_anova, whole_table
from hpobench.scoring.trials import Floats, Integers

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Importance is that of the trials within these shares of the budget."""

FANOVA, PED_ANOVA = "fANOVA", "PED-ANOVA"

FEWEST = 20
"""Fewer trials say nothing of importance."""

MOST = {True: {FANOVA: 200, PED_ANOVA: 2000}, False: {FANOVA: 128, PED_ANOVA: 500}}
"""From more trials so many are taken, evenly; fewer where it is not to be thorough.

Optuna's forests take minutes for thousands."""

TREES = {True: 16, False: 8}
"""Trees of a forest, of which Optuna takes 64 by default, for as many times as long."""

COLUMNS = (
    "kind",
    "task",
    "objective",
    "basis",
    "share",
    "method",
    "hyperparameter",
    "importance",
    "configurations",
)


def importance(trials: TaskTrials, *, thorough: bool) -> pd.DataFrame:
    """The importance of each hyperparameter that can be chosen.

    Args:
        trials: All trials on a task; those of all optimizers are taken together.
        thorough: Whether the forests are grown for each share of the budget, not for all of it
            alone, and from more trials.

    Returns:
        Columns `kind`, `task`, `objective`, the `basis` (trials, or table), the `share` of the
        budget that trials finished in (NaN for a table), the `method` (fANOVA: the share of the
        variance; PED-ANOVA: what tells the best tenth from all), `hyperparameter`, its
        `importance`, which add up to 1 for trials, and how many `configurations` are behind it.

    Source:
        optuna.importance (Hutter et al., 2014; Watanabe et al., 2023).
    """
    rows = [
        {"kind": str(trials.task.kind), "task": trials.task.id, **row}
        for place in range(len(trials.task.objectives))
        for row in (*_of_trials(trials, place, thorough=thorough), *_of_table(trials, place))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_trials(trials: TaskTrials, objective: int, *, thorough: bool) -> Iterator[dict[str, Any]]:
    """What the trials within each share of the budget say."""
    scales = trials.space.scales
    columns = [i for i, scale in enumerate(scales) if not scale.constant]
    usable = trials.usable(objective)
    for share in SHARES:
        within = np.flatnonzero(usable & (trials.used <= share * (1 + 1e-9)))
        if len(within) < FEWEST or not columns:
            continue
        for method in (FANOVA, PED_ANOVA) if thorough or share == 1 else (PED_ANOVA,):
            rows = _evenly(within, MOST[thorough][method])
            known = _importances(
                {scales[i].name: (scales[i], trials.places[rows, i]) for i in columns},
                trials.losses[rows, objective],
                TREES[thorough] if method == FANOVA else 0,
            )
            for name, value in known.items():
                yield {
                    "objective": trials.task.objectives[objective].name,
                    "basis": "trials",
                    "share": share,
                    "method": method,
                    "hyperparameter": name,
                    "importance": value,
                    "configurations": len(rows),
                }


def _of_table(trials: TaskTrials, objective: int) -> Iterator[dict[str, Any]]:
    """What the whole table says, where the task is one."""
    name = trials.task.objectives[objective].name
    table = whole_table(trials.space.benchmark, (name,))
    if table is None:
        return
    losses = table.losses[:, 0]
    for method, compute in ((FANOVA, anova), (PED_ANOVA, ped_anova)):
        for hyperparameter, value in compute(losses, table.digits, table.choices).items():
            if table.choices[hyperparameter] > 1:
                yield {
                    "objective": name,
                    "basis": "table",
                    "share": np.nan,
                    "method": method,
                    "hyperparameter": hyperparameter,
                    "importance": value,
                    "configurations": int(np.isfinite(losses).sum()),
                }


def _evenly(rows: Integers, most: int) -> Integers:
    """At most so many of the rows, spread over all runs."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def _importances(
    columns: Mapping[str, tuple[HyperparameterScale, Floats]], losses: Floats, trees: int
) -> dict[str, float]:
    """Optuna's importances by so many trees, or by PED-ANOVA for 0; they add up to 1.

    By trees only what is never inactive has one.
    """
    import optuna
    from optuna.importance import (
        FanovaImportanceEvaluator,
        PedAnovaImportanceEvaluator,
        get_param_importances,
    )

    if trees:
        columns = {n: (s, p) for n, (s, p) in columns.items() if not np.isnan(p).any()}
    if not columns or np.ptp(losses) == 0:
        return {}
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    evaluator = (
        FanovaImportanceEvaluator(n_trees=trees, seed=0) if trees else PedAnovaImportanceEvaluator()
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # that the evaluators are experimental, or see no difference
            study = optuna.create_study()
            study.add_trials(_as_trials(columns, losses / (np.abs(losses).max() or 1.0)))
            told = get_param_importances(study, evaluator=evaluator)
    except (RuntimeError, ValueError):  # no variance among the trees, or one value alone
        return {}
    finally:
        optuna.logging.set_verbosity(before)
    return {name: float(told[name]) for name in columns if name in told}


def _as_trials(
    columns: Mapping[str, tuple[HyperparameterScale, Floats]], losses: Floats
) -> list[Any]:
    """Optuna's trials: ranges by places in [0, 1], choices by their numbers."""
    from optuna.distributions import (
        BaseDistribution,
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )
    from optuna.trial import create_trial

    spaces: dict[str, BaseDistribution] = {}
    values: dict[str, list[Any]] = {}
    for name, (scale, places) in columns.items():
        last = max(len(scale.choices) - 1, 1)
        if scale.numeric:
            spaces[name] = FloatDistribution(0.0, 1.0)
        elif scale.ordered:
            spaces[name] = IntDistribution(0, last)
        else:
            spaces[name] = CategoricalDistribution(tuple(range(last + 1)))
        chosen = places if scale.numeric else places * last
        numbers = (
            chosen.tolist()
            if scale.numeric
            else np.rint(np.nan_to_num(chosen)).astype(int).tolist()
        )
        values[name] = [None if np.isnan(p) else v for p, v in zip(places, numbers, strict=True)]
    found = []
    for i, loss in enumerate(losses.tolist()):
        active = {name: told[i] for name, told in values.items() if told[i] is not None}
        distributions = {name: spaces[name] for name in active}
        found.append(create_trial(params=active, distributions=distributions, value=loss))
    return found
