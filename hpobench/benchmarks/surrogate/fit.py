"""Fit a forest to a recorded table, and say how good it is where it has seen nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr
from sklearn.ensemble import ExtraTreesRegressor

from hpobench.benchmarks.recorded.cache import Arrays, Entry
from hpobench.benchmarks.recorded.spec import Spec
from hpobench.benchmarks.surrogate.forest import flattened
from hpobench.errors import UserError

FOREST = {"n_estimators": 64, "min_samples_leaf": 2, "max_depth": 24, "random_state": 0}
"""One thread and one seed: the same bits from the same data."""

FOLDS = 5
MANY = 100.0
"""Positive values that differ by this factor or more are fitted as logarithms."""

FEWEST = 50
"""Configurations; with fewer nothing can be said about the quality."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrainingSample:
    """What is learned from, one row a result.

    Attributes:
        points: Place in the unit cube and, behind, the logarithm of the fidelity if there is one.
        group: Configuration of each row.
        final: Whether the row is what the table tells at full fidelity.
        targets: By output, what is to be predicted.
    """

    points: npt.NDArray[np.float32]
    group: npt.NDArray[np.int64]
    final: npt.NDArray[np.bool_]
    targets: dict[str, Floats]


def fit_forest(spec: Spec, table: Entry) -> tuple[Arrays, dict[str, Any]]:
    """The forest of a converted table, and what is known of it.

    Returns:
        The arrays of `forest.flattened`, and plain data: `outputs`, by name `log`, `mean` and
        `scale`, which undo the scaling; `quality`, by objective `r2` and `rho`; counts; and a
        digest of the arrays.

    Raises:
        UserError: There are too few configurations.
    """
    sample = _sample(spec, table)
    if len(np.unique(sample.group)) < FEWEST:
        raise UserError(f"{spec.file}: a surrogate needs {FEWEST} configurations that succeeded")
    outputs = {name: _scaling(values) for name, values in sample.targets.items()}
    scaled = np.stack(
        [_scaled(sample.targets[name], each) for name, each in outputs.items()], axis=1
    )
    arrays = flattened(_forest(sample.points, scaled))
    facts = {
        "outputs": outputs,
        "quality": _quality(sample, scaled, list(spec.objectives)),
        "configurations": len(np.unique(sample.group)),
        "results": len(sample.group),
        "digest": _digest(arrays),
    }
    return arrays, facts


def _forest(points: npt.NDArray[np.float32], scaled: Floats) -> ExtraTreesRegressor:
    """A forest for all outputs at once."""
    flat = scaled[:, 0] if scaled.shape[1] == 1 else scaled
    return ExtraTreesRegressor(**FOREST).fit(points, flat)


def _sample(spec: Spec, table: Entry) -> TrainingSample:
    """The results that did not fail; a run that ended early tells its end at full fidelity."""
    arrays = table.arrays
    trainings = np.repeat(np.arange(len(arrays["trainings"]) - 1), np.diff(arrays["trainings"]))
    group = np.repeat(trainings, np.diff(arrays["rows"]))
    rows, level = np.arange(len(group)), np.asarray(arrays["levels"])
    if spec.fidelity and spec.fidelity.levels == "own":
        last = arrays["rows"][1:] - 1
        early = last[level[last] < arrays["ladder"][-1]]
        rows = np.concatenate([rows, early])
        level = np.concatenate([level, np.full(len(early), arrays["ladder"][-1])])
    succeeded = ~np.isnan(arrays["values"][rows, 0])
    rows, level = rows[succeeded], level[succeeded]
    points = arrays["points"][group[rows]]
    if spec.fidelity:
        points = np.column_stack([points, np.log(level)])
    return TrainingSample(
        points=points.astype(np.float32),
        group=group[rows],
        final=level == arrays["ladder"][-1],
        targets=_targets(spec, arrays["values"][rows]),
    )


def _targets(spec: Spec, values: Floats) -> dict[str, Floats]:
    """Objectives to minimise, test values where all rows have them, and the cost if recorded."""
    names = list(spec.objectives)
    count = len(names)
    found = dict(zip(names, values[:, :count].T, strict=True))
    for name, test in zip(names, values[:, count : 2 * count].T, strict=True):
        if np.isfinite(test).all():
            found[f"test {name}"] = test
    return {**found, "cost": values[:, -1]} if spec.cost else found


def _scaling(values: Floats) -> dict[str, Any]:
    """Whether logarithms are fitted, and the mean and spread of what is."""
    log = bool(values.min() > 0 and values.max() >= MANY * values.min())
    fitted = np.log(values) if log else values
    return {"log": log, "mean": float(fitted.mean()), "scale": float(fitted.std()) or 1.0}


def _scaled(values: Floats, scaling: dict[str, Any]) -> Floats:
    """What the forest is fitted to: outputs of all sizes count alike."""
    fitted = np.log(values) if scaling["log"] else values
    scaled: Floats = (fitted - scaling["mean"]) / scaling["scale"]
    return scaled


def _quality(
    sample: TrainingSample, scaled: Floats, names: Sequence[str]
) -> dict[str, dict[str, float]]:
    """By objective, R2 and Spearman's rho at full fidelity, of configurations not learned from."""
    fold = np.random.default_rng(0).permutation(sample.group.max() + 1)[sample.group] % FOLDS
    found = np.empty_like(scaled)
    for held in range(FOLDS):
        inside = fold == held
        forest = _forest(sample.points[~inside], scaled[~inside])
        found[inside] = forest.predict(sample.points[inside]).reshape(-1, scaled.shape[1])
    final = sample.final
    return {
        name: _agreement(scaled[final, position], found[final, position])
        for position, name in enumerate(names)
    }


def _agreement(true: Floats, found: Floats) -> dict[str, float]:
    """The share of the variance that is explained, and the correlation of the ranks."""
    spread = float(((true - true.mean()) ** 2).sum())
    missed = float(((true - found) ** 2).sum())
    constant = spread == 0 or float(np.ptp(found)) == 0
    rho = 0.0 if constant else float(spearmanr(true, found).statistic)
    return {"r2": 1 - missed / spread if spread else 0.0, "rho": rho}


def _digest(arrays: Arrays) -> str:
    """Tells one forest from another."""
    digest = blake2b(digest_size=8)
    for name in sorted(arrays):
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
