"""What an analysis has found: named data frames, notes and a protocol."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa

from hpobench.diversity.axes import MeasureAxis
from hpobench.errors import UserError
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import METRICS
from hpobench.scoring.note import Note
from hpobench.stats.comparison import Comparison

ARROW_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
"""What pandas makes of texts by default."""


@contextmanager
def with_plain_texts() -> Iterator[None]:
    """Have texts of new frames be Python's own inside.

    An analysis makes thousands of small frames. Arrow's texts, which pandas takes by default, are
    quicker in long columns, but each selection and each comparison of one begins with a call that
    takes longer than a short column does.
    """
    with pd.option_context("mode.string_storage", "python"):
        yield


def with_arrow_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame whose texts are Arrow's, so that files have the same types either way."""
    texts = [isinstance(kind, pd.StringDtype) for kind in frame.dtypes]
    return frame.astype(dict.fromkeys(frame.columns[texts], ARROW_TEXT))


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """A frame as Arrow has it."""
    return pa.Table.from_pandas(with_arrow_texts(frame), preserve_index=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that the report, the figures and the tables are made from.

    Attributes:
        final: For each kind and optimizer the aggregated scores, see `results.final`.
        anytime: Aggregated curves, see `anytime.curves_over_tasks`.
        ranks: Mean ranks over each axis, see `anytime.ranks`.
        final_tasks: For each task and optimizer the final scores, see `results.scores_by_task`.
        anytime_tasks: For each task and optimizer the curves, see `anytime.curves_by_task`.
        run_lengths: When targets are reached on each task, see `anytime.run_lengths`.
        profiles: Performance profiles, see `anytime.profiles`.
        attainment: Attainment surfaces of two objectives, see `attainment.surfaces`.
        archives: Cells of tasks' maps that are filled, see `archives.archives`.
        told: Scores and ranking by what was told beside those that count, see `told.by_told`.
        gaps: What settings of problems change for each optimizer, see `gaps.gaps`.
        overtuning: How far incumbents overtuned, see `results.overtuning_summary`.
        runs: One row for each run with its scores, see `scored.Scored`.
        absent: For each kind the optimizers without any run on it, and why.
        failures: For each kind and optimizer, how many of its runs failed.
        against_best: Who is worse than the best on each task, see `statistics.against_best`.
        pairs: Each two optimizers of a kind held against each other, see `pairs.pairs`.
        significance: For each kind whether its optimizers differ, see `pairs.overall`; and
            `tau`, how like each other rankings by other tasks and seeds are.
        critical: Mean ranks over tasks, and who cannot be told apart, see `pairs.critical`.
        stability: How often each optimizer has each place, see `stability.frame`.
        power: What would settle each pair, see `power.power`.
        properties: Results by origin, collection, dimension and type of space, see
            `by_property.by_property`.
        standings: Who stands where at shares of the budget and of random search's virtual time,
            on all, real and synthetic tasks, see `standings.Standings`.
        effects: Who is ahead of whom there, and how probably, see `standings.Standings`.
        influence: What each task changes by its absence, see `influence.influence`.
        matrix: Mean regret, one row for each task and a column for each optimizer.
        ert: Expected running times over all tasks, see `running_time.running_time_over_tasks`.
        ert_tasks: Expected running times on each task, see `running_time.running_time_by_task`.
        overhead: What asking and telling costs, see `statistics.overhead`.
        tasks: One row for each task with its budget and constants.
        comparisons: Who is compared on what, one for each kind.
        notes: What a reader must know, the serious first.
        protocol: Each rule in force by its name.
        versions: By package (or `python`) the versions the runs were made with.
        optimizers: All that have runs or were planned to; fixes their colours.
        measures: By task the axes of its map, of those that have one.
        metrics: All that are reported, by which tables, figures and the page know them.
        verdicts: The sentence of each kind, see `verdict.verdicts`.
    """

    final: pd.DataFrame
    anytime: pd.DataFrame
    ranks: pd.DataFrame
    final_tasks: pd.DataFrame
    anytime_tasks: pd.DataFrame
    run_lengths: pd.DataFrame
    profiles: pd.DataFrame
    attainment: pd.DataFrame
    archives: pd.DataFrame
    told: pd.DataFrame
    gaps: pd.DataFrame
    overtuning: pd.DataFrame
    runs: pd.DataFrame
    absent: pd.DataFrame
    failures: pd.DataFrame
    against_best: pd.DataFrame
    pairs: pd.DataFrame
    significance: pd.DataFrame
    critical: pd.DataFrame
    stability: pd.DataFrame
    power: pd.DataFrame
    properties: pd.DataFrame
    standings: pd.DataFrame
    effects: pd.DataFrame
    influence: pd.DataFrame
    matrix: pd.DataFrame
    ert: pd.DataFrame
    ert_tasks: pd.DataFrame
    overhead: pd.DataFrame
    tasks: pd.DataFrame
    comparisons: tuple[Comparison, ...]
    notes: tuple[Note, ...]
    protocol: Mapping[str, str]
    versions: Mapping[str, str]
    optimizers: tuple[str, ...]
    measures: Mapping[str, tuple[MeasureAxis, ...]] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = METRICS
    verdicts: tuple[str, ...] = ()

    def frames(self) -> dict[str, pd.DataFrame]:
        """All data frames by their names."""
        found = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in found if isinstance(value, pd.DataFrame)}

    def to_polars(self) -> SimpleNamespace:
        """All data frames as attributes of the same names, for polars.

        Raises:
            UserError: polars is not installed.
        """
        try:
            import polars as pl
        except ImportError as error:
            raise UserError("polars is not installed: pip install 'hpobench[polars]'") from error
        tables = {name: to_arrow(frame) for name, frame in self.frames().items()}
        return SimpleNamespace(**{name: pl.from_arrow(t) for name, t in tables.items()})
