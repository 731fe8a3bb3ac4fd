"""A table as few plain arrays, in which one evaluation is one look-up."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.recorded.configurations import digits, encoders, key, resolve
from hpobench.benchmarks.recorded.source import FileTable
from hpobench.benchmarks.recorded.spec import Spec, is_scored_apart

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RecordedRows:
    """Results in the order of configuration, training and fidelity.

    Attributes:
        group: Configuration of each row.
        training: Which of the repeated trainings of its configuration.
        level: Fidelity; 0 if there is none.
        values: Shape (rows, 3 objectives + 1): values to minimise, which are all NaN if the
            trial failed; test values, NaN where there is none; values without noise, by which a
            configuration is scored; and the cost.
    """

    group: Integers
    training: Integers
    level: Floats
    values: Floats

    def take(self, order: npt.NDArray[Any]) -> "RecordedRows":
        """Some rows in some order."""
        return RecordedRows(*(getattr(self, name)[order] for name in self.__slots__))

    def sorted(self) -> "RecordedRows":
        """The rows in their order."""
        return self.take(np.lexsort((self.level, self.training, self.group)))


def convert_table(
    spec: Spec, table: FileTable
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """The arrays of a table, and what else its look-up needs.

    Returns:
        Arrays: `keys` (exact look-up: the sorted numbers of the configurations) or `points`
        (nearest: their places in the unit cube); `trainings`, the first training of each
        configuration and behind the last; `rows`, the first row of each training and behind the
        last; `levels`, each row's fidelity; `values`, see `RecordedRows`; `ladder`, all fidelities.
        And plain data: the resolved hyperparameters, the best values, the typical cost, counts.

    Raises:
        UserError: The table is not what the YAML says.
    """
    table = table.where(spec.where)
    if spec.fidelity and spec.fidelity.low and spec.fidelity.levels == "shared":
        levels = table.floats(spec.fidelity.column)
        table = table.take(np.flatnonzero(levels >= spec.fidelity.low).tolist())
    resolved, taken = resolve(spec, table)
    configs, group = _grouped(list(zip(*taken.values(), strict=True)))
    named = [dict(zip(taken, config, strict=True)) for config in configs]
    arrays: dict[str, npt.NDArray[Any]] = {}
    if spec.lookup == "exact":
        numbered = digits(resolved)
        keys = np.array([key(numbered, config) for config in named])
        order = np.argsort(keys)
        arrays["keys"], group = keys[order], np.argsort(order)[group]
    else:
        encode = encoders(resolved)
        arrays["points"] = np.array(
            [[x for name, of in encode.items() for x in of(config[name])] for config in named]
        )
    rows = _rows(spec, table, group)
    arrays |= _bounds(rows) | {"levels": rows.level, "values": rows.values}
    arrays["ladder"] = np.unique(rows.level)
    return arrays, {"hyperparameters": resolved, **_summary(spec, arrays)}


def _grouped(configs: list[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], Integers]:
    """The different configurations in the order of the table, and which one each row has."""
    known: dict[tuple[Any, ...], int] = {}
    group = np.array([known.setdefault(config, len(known)) for config in configs], dtype=np.int64)
    return list(known), group


def _rows(spec: Spec, table: FileTable, group: Integers) -> RecordedRows:
    """The results, sorted, one for each configuration, training and fidelity."""
    level = table.floats(spec.fidelity.column) if spec.fidelity else np.zeros(len(group))
    if np.isnan(level).any():
        row = table.numbers[int(np.isnan(level).argmax())]
        raise table.error(f"row {row} has no fidelity")
    rows = RecordedRows(group, _training(spec, table, group, level), level, _values(spec, table))
    order = np.lexsort((rows.level, rows.training, rows.group))
    rows = rows.take(order)
    _refuse_repeats(table, rows, order)
    rows = _with_costs(spec, rows)
    if spec.seeds and spec.seeds.use == "mean":
        return _scored(spec, _means(rows))
    rows = _scored(spec, rows)
    return _with_others_means(spec, rows) if spec.seeds else rows


def _training(spec: Spec, table: FileTable, group: Integers, level: Floats) -> Integers:
    """Which training of its configuration a row belongs to."""
    if spec.seeds is None:
        return np.zeros_like(group)
    if spec.seeds.column:
        known: dict[Any, int] = {}
        seeds = table.column(spec.seeds.column)
        return np.array([known.setdefault(seed, len(known)) for seed in seeds], dtype=np.int64)
    count: dict[tuple[int, float], int] = {}
    numbers = []
    for place in zip(group.tolist(), level.tolist(), strict=True):
        count[place] = count.get(place, -1) + 1
        numbers.append(count[place])
    return np.array(numbers, dtype=np.int64)


def _values(spec: Spec, table: FileTable) -> Floats:
    """Objectives, test values and cost, as the file has them."""
    measures = spec.objectives.values()
    told = np.stack([m.sign * table.floats(m.column) for m in measures], axis=1) + 0.0  # no -0.0
    told[~np.isfinite(told).all(axis=1)] = np.nan
    empty = np.full(len(told), np.nan)
    test = [m.sign * table.floats(m.test) if m.test else empty for m in measures]
    test = [np.where(np.isfinite(t), t, np.nan) for t in test]
    cost = table.floats(spec.cost.column) if spec.cost else empty
    return np.column_stack([told, *test, *[empty] * len(test), cost])


def _refuse_repeats(table: FileTable, rows: RecordedRows, order: npt.NDArray[Any]) -> None:
    """Two results of one training at one fidelity: which of them counts?"""
    same = (np.diff(rows.group) == 0) & (np.diff(rows.training) == 0) & (np.diff(rows.level) == 0)
    if same.any():
        first = int(same.argmax())
        one, other = sorted(table.numbers[int(order[i])] for i in (first, first + 1))
        raise table.error(
            f"rows {one} and {other} have the same configuration (and fidelity and seed, where "
            "there are some): repeated trainings need 'seeds', such as {use: draw} or {use: mean}"
        )


def _with_costs(spec: Spec, rows: RecordedRows) -> RecordedRows:
    """Costs from scratch; where one is not recorded or not positive, a typical one."""
    costs = rows.values[:, -1]
    valid = np.isfinite(costs) & (costs > 0)
    if not valid.any():
        costs[:] = rows.level / rows.level.max() if spec.fidelity else 1.0
        return rows
    if spec.cost and spec.cost.sum:
        costs[~valid] = np.median(costs[valid])
        for first, behind in _spans(rows):
            costs[first:behind] = np.cumsum(costs[first:behind])
        return rows
    costs[~valid] = np.median(costs[valid])
    return rows


def _spans(rows: RecordedRows) -> list[tuple[int, int]]:
    """The first row of each training, and the one behind its last."""
    return list(pairwise(_bounds(rows)["rows"].tolist()))


def _bounds(rows: RecordedRows) -> dict[str, Integers]:
    """Where trainings begin among the rows, and configurations among the trainings."""
    new_group = np.diff(rows.group, prepend=-1) != 0
    first = np.flatnonzero(new_group | (np.diff(rows.training, prepend=-1) != 0))
    groups = np.flatnonzero(new_group[first])
    return {
        "rows": np.append(first, len(rows.group)).astype(np.int64),
        "trainings": np.append(groups, len(first)).astype(np.int64),
    }


def _means(rows: RecordedRows) -> RecordedRows:
    """For each configuration and fidelity, the mean over the trainings that did not fail."""
    rows = RecordedRows(rows.group, np.zeros_like(rows.training), rows.level, rows.values).sorted()
    first = _first_of_places(rows)
    there = ~np.isnan(rows.values)
    sums = np.add.reduceat(np.where(there, rows.values, 0.0), first)
    counts = np.add.reduceat(there.astype(np.float64), first)
    with np.errstate(invalid="ignore"):
        values = sums / counts
    return RecordedRows(rows.group[first], rows.training[first], rows.level[first], values)


def _scored(spec: Spec, rows: RecordedRows) -> RecordedRows:
    """Values without noise: for each configuration and fidelity the mean over its trainings.

    Of the test values where an objective is scored by them, else of the values told; of the
    trainings that did not fail.
    """
    count = len(spec.objectives)
    placed = rows.take(np.lexsort((rows.training, rows.level, rows.group)))
    first = _first_of_places(placed)
    sizes = np.diff(np.append(first, len(placed.group)))
    succeeded = ~np.isnan(placed.values[:, 0])
    for position, measure in enumerate(spec.objectives.values()):
        values = placed.values[:, position + count if measure.by_test else position]
        means = _means_of_places(np.where(succeeded, values, np.nan), first)
        placed.values[:, 2 * count + position] = np.repeat(means, sizes)
    return placed.sorted()


def _means_of_places(values: Floats, first: Integers) -> Floats:
    """The mean of the known values of each place, NaN where there is none."""
    there = ~np.isnan(values)
    counts = np.add.reduceat(there.astype(np.float64), first)
    with np.errstate(invalid="ignore", over="ignore"):
        means = np.add.reduceat(np.where(there, values, 0.0), first) / counts
        shares = np.where(there, values, 0.0) / np.repeat(counts, np.diff([*first, len(values)]))
        return np.where(np.isinf(means), np.add.reduceat(shares, first), means)  # sums of huge ones


def _with_others_means(spec: Spec, rows: RecordedRows) -> RecordedRows:
    """Test values for objectives without a column of them: the mean of the other trainings."""
    count = len(spec.objectives)
    order = np.lexsort((rows.training, rows.level, rows.group))
    placed = rows.take(order)
    first = _first_of_places(placed)
    sizes = np.diff(np.append(first, len(order)))
    for position, measure in enumerate(spec.objectives.values()):
        if not measure.test:
            values = placed.values[:, position]
            there = ~np.isnan(values)
            sums = np.repeat(np.add.reduceat(np.where(there, values, 0.0), first), sizes)
            others = np.repeat(np.add.reduceat(there.astype(np.float64), first), sizes) - there
            with np.errstate(invalid="ignore", divide="ignore"):
                placed.values[:, count + position] = np.where(there, sums - values, np.nan) / others
    test = placed.values[:, count : 2 * count]
    test[~np.isfinite(test)] = np.nan
    return placed.sorted()


def _first_of_places(rows: RecordedRows) -> Integers:
    """The first row of each configuration and fidelity, of rows sorted by these."""
    new = (np.diff(rows.group, prepend=-1) != 0) | (np.diff(rows.level, prepend=-np.inf) != 0)
    return np.flatnonzero(new).astype(np.int64)


def scored_values(spec: Spec, arrays: dict[str, npt.NDArray[Any]]) -> Floats:
    """The values that full trials are scored by, of those trials that do not fail."""
    count = len(spec.objectives)
    values = final_values(spec, arrays)
    scored = values[:, 2 * count : 3 * count] if is_scored_apart(spec) else values[:, :count]
    return scored[~np.isnan(scored).any(axis=1)]


def final_values(spec: Spec, arrays: dict[str, npt.NDArray[Any]]) -> Floats:
    """All that is known at full fidelity of the trials that do not fail there."""
    last = arrays["rows"][1:] - 1
    if spec.fidelity and spec.fidelity.levels == "shared":
        last = last[arrays["levels"][last] == arrays["ladder"][-1]]
    values = arrays["values"][last]
    told: Floats = values[~np.isnan(values[:, 0])]
    return told


def _summary(spec: Spec, arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """What is known of the table as a whole."""
    names = list(spec.objectives)
    values = arrays["values"]
    scored, told = scored_values(spec, arrays), final_values(spec, arrays)[:, : len(names)]
    return {
        **{
            about: dict(zip(names, found.min(axis=0).tolist(), strict=True)) if len(found) else {}
            for about, found in (("best", scored), ("best_told", told))
        },
        "typical_cost": float(np.median(values[arrays["rows"][1:] - 1, -1])),
        "configurations": len(arrays["trainings"]) - 1,
        "trainings": len(arrays["rows"]) - 1,
        "results": len(values),
        "failed": int(np.isnan(values[:, 0]).sum()),
    }
