"""The benchmark behind recorded tables."""

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmark import Benchmark, WholeTable
from hpobench.benchmarks.recorded.cache import Entry, cached
from hpobench.benchmarks.recorded.embedded import Origin, read_origin
from hpobench.benchmarks.recorded.spec import Spec, is_scored_apart
from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.benchmarks.synthetic.draws import drawn_training
from hpobench.errors import UserError
from hpobench.system.folder_contents import module_digest
from hpobench.system.folders import locate
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

if TYPE_CHECKING:
    from hpobench.benchmarks.recorded.source import FileTable
from hpobench.benchmarks.recorded.lookup import find_exactly, find_nearest, table_view


class Recorded(Benchmark):
    """Recorded results of configurations, looked up.

    The parameters, of which the first three are needed; but a Parquet file that `hpobench record`
    wrote says all but `file` and `sha256` by itself, where the YAML has no `hyperparameters`:

    - `file`: a CSV, Parquet or NPZ file, found by `folders.locate`; `sha256` is its checksum.
      `array` chooses among two-dimensional arrays in an NPZ file, `columns` names columns that
      have no names, `missing` lists values that stand for none, `delimiter` and `encoding` are
      of a text, and `where: {column: value}` takes a part of the rows. `reader: module:function`
      reads a format of another kind, see `benchmarks.readers`. Any other parameter fills
      `{its name}` in texts.
    - `hyperparameters`: as `described_space` reads them, with `column` where it has another
      name, and `empty` where an empty cell stands for a value. Values and
      bounds that are not given are those recorded. `forbidden` as there.
    - `objectives`: by name `minimize`, `maximize`, or `{column:, direction:, test:}`. A row
      without a number for each of them is a trial that failed.
    - `lookup`: `exact` (the default): the space is the grid of all recorded values, and what is
      not recorded in it is a trial that fails after the table's typical cost. Or `nearest`: the
      recorded configuration at the smallest Euclidean distance in the unit cube answers, of
      several the first in the file.
    - `fidelity`: see `Ladder`. Between recorded fidelities the next lower one counts.
    - `seeds`: see `Seeds`. A draw depends on configuration and seed, see `draw`, and objectives
      without a test column then have the mean over the other trainings as test value.
      Where trainings are drawn, or there are test values, a trial is scored by the mean over its
      configuration's trainings at its fidelity: of the test values where the objective has some
      (but see `ObjectiveSpec.scored`), else of the values that are told.
    - `cost`: see `Cost`. Where no positive cost is recorded the median counts; without a column
      it is 1, or the share of the fidelity.
    """

    def __init__(self, **params: Any) -> None:
        """Open the table, which is converted the first time."""
        spec = Spec.of(params)
        entry = cached_table(spec)
        hyperparameters = entry.facts["hyperparameters"]
        self._spec, self._entry = spec, entry
        self.space = described_space(hyperparameters, spec.forbidden)
        self.objectives = tuple(
            Objective(name=name, maximize=each.sign < 0) for name, each in spec.objectives.items()
        )
        self._names = list(spec.objectives)
        self.best, self.best_told = entry.facts["best"], entry.facts["best_told"]
        self.fidelity = recorded_fidelity(spec, entry)
        self.facts = _facts(spec, entry)
        self.context = spec.where
        self._find = (find_exactly if spec.lookup == "exact" else find_nearest)(
            entry, hyperparameters
        )
        self._trainings, self._rows = (table_view(entry, n) for n in ("trainings", "rows"))
        self._levels, self._ladder = (table_view(entry, n) for n in ("levels", "ladder"))
        self._values = table_view(entry, "values").cast("B").cast("d")
        self._noiseless = is_scored_apart(spec)
        self._levels_are_shared = bool(spec.fidelity and spec.fidelity.levels == "shared")

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Look up the training that the seed draws, at the recorded fidelity."""
        level = self._level(trial)
        group = self._find(trial.config)
        if group < 0:
            return self._failed("was not recorded", level)
        first, behind = self._trainings[group], self._trainings[group + 1]
        if behind - first > 1:
            first += drawn_training(str(group), seed, behind - first)
        begin, end = self._rows[first], self._rows[first + 1]
        row = bisect_right(self._levels, level, begin, end) - 1
        if row < begin or (self._levels_are_shared and self._levels[row] != level):
            return self._failed(f"was not recorded at fidelity {level:g}", level)
        return self._outcome(row)

    def front(self, objectives: Sequence[str], *, told: bool = False) -> npt.NDArray[np.float64]:
        """The Pareto-optimal values over all configurations at full fidelity.

        Args:
            objectives: Names of two or more of the benchmark's objectives.
            told: Whether of all that is told, in the place of what trials are scored by.

        Returns:
            Minimised values, shape (points, objectives).
        """
        import moocore

        from hpobench.benchmarks.recorded.arrays import final_values, scored_values

        columns = [self._names.index(name) for name in objectives]
        values = (final_values if told else scored_values)(self._spec, self._entry.arrays)
        found: npt.NDArray[np.float64] = moocore.filter_dominated(values[:, columns])
        return found

    def whole_table(self, objectives: Sequence[str]) -> WholeTable | None:
        """All recorded configurations with their means over trainings; None without a grid.

        Args:
            objectives: Names of the benchmark's objectives that are wanted.
        """
        if self._spec.lookup != "exact":
            return None
        from hpobench.benchmarks.recorded.grid import recorded_grid

        columns = [self._names.index(name) for name in objectives]
        return recorded_grid(self._entry, columns, shared=self._levels_are_shared)

    def _level(self, trial: Trial) -> float:
        """The recorded fidelity that counts for a trial; 0 if there is none."""
        if self.fidelity is None:
            return 0.0
        level = self.fidelity.high if trial.fidelity is None else trial.fidelity
        if not self._levels_are_shared:
            return float(level)
        return float(self._ladder[max(bisect_right(self._ladder, level) - 1, 0)])

    def _outcome(self, row: int) -> Outcome:
        """What a row says."""
        count = len(self._names)
        width = 3 * count + 1
        numbers = self._values[row * width : (row + 1) * width].tolist()
        if numbers[0] != numbers[0]:
            return Outcome(failure="failed when it was recorded", cost=numbers[-1])
        return Outcome(
            values=dict(zip(self._names, numbers, strict=False)),
            test={
                name: value
                for name, value in zip(self._names, numbers[count:], strict=False)
                if value == value  # noqa: PLR0124 (NaN)
            },
            noiseless=dict(zip(self._names, numbers[2 * count :], strict=False))
            if self._noiseless
            else {},
            cost=numbers[-1],
        )

    def _failed(self, how: str, level: float) -> Outcome:
        """A configuration of which nothing is known takes its time all the same."""
        share = level / self.fidelity.high if self.fidelity else 1.0
        cost: float = self._entry.facts["typical_cost"] * share
        return Outcome(failure=f"this configuration {how}", cost=cost)


def cached_table(spec: Spec) -> Entry:
    """The table, from the cache or converted now."""
    path = locate(spec.file)

    def convert() -> Any:
        from hpobench.benchmarks.recorded import arrays, source

        source.verify_checksum(path, spec.sha256)
        table = _read(spec, path)
        numbers, facts = arrays.convert_table(spec, table)
        return numbers, {**facts, "origin": read_origin(path)}

    identity = [asdict(spec), _code(spec.reader)]
    entry = cached(path, json.dumps(identity, sort_keys=True, default=str), convert)
    if not entry.facts["best"]:
        raise UserError(f"{path}: no training in the table succeeded at the highest fidelity")
    return entry


def _read(spec: Spec, path: Path) -> "FileTable":
    """The table's rows, of a Parquet file as few as need be."""
    from hpobench.benchmarks.recorded import source

    if path.suffix == ".parquet" and not spec.reader:
        return source.read_parquet(path, spec.where, spec.missing)
    return source.read_table(
        path,
        reader=spec.reader,
        array=str(spec.array),
        names=spec.columns,
        missing=spec.missing,
        delimiter=spec.delimiter,
        encoding=spec.encoding,
    )


def _code(reader: str) -> list[int | str]:
    """What tells one version of a reader's module from another."""
    if own := module_digest(reader.partition(":")[0]):
        return [own]
    try:
        module = find_spec(reader.partition(":")[0]) if reader else None
    except ModuleNotFoundError:  # what it lies in; to be named when it is imported
        module = None
    if module is None or not module.origin:
        return []
    stat = Path(module.origin).stat()
    return [stat.st_size, stat.st_mtime_ns]


def recorded_fidelity(spec: Spec, entry: Entry) -> Fidelity | None:
    """The range of fidelities that is recorded."""
    if spec.fidelity is None:
        return None
    ladder = entry.arrays["ladder"].tolist()
    if not 0 < ladder[0] < ladder[-1]:
        raise UserError(
            f"{spec.file}: the fidelity {spec.fidelity.column!r} goes from {ladder[0]:g} to "
            f"{ladder[-1]:g}; it has to grow from above 0, see 'low'"
        )
    return Fidelity(
        name=spec.fidelity.name or spec.fidelity.column,
        low=max(ladder[0], spec.fidelity.low),
        high=ladder[-1],
        integer=all(level.is_integer() for level in ladder),
        continuable=spec.fidelity.continuable,
    )


def _facts(spec: Spec, entry: Entry) -> dict[str, str]:
    """What people should know of the table."""
    about = entry.facts
    trainings = {"draw": "one of the trainings is drawn", "mean": "their mean is told"}
    return {
        "look-up": "exact, of recorded configurations; others fail"
        if spec.lookup == "exact"
        else "the nearest recorded configuration in the unit cube",
        "recorded": f"{about['configurations']} configurations, {about['trainings']} trainings, "
        f"{about['results']} results, of which {about['failed']} failed",
        "trainings": trainings[spec.seeds.use] if spec.seeds else "",
        "fidelities": f"{len(entry.arrays['ladder'])} recorded; between them the next lower one"
        if spec.fidelity
        else "",
        **origin_facts(entry),
    }


def origin_facts(entry: Entry) -> dict[str, str]:
    """Whose table it was, in words; empty if it is not one that was packed."""
    origin = entry.facts.get("origin")
    return Origin(**origin).facts if origin else {}
