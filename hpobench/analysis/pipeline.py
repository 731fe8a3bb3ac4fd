"""The way from a results folder to all that is reported, as data frames."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import pandas as pd
import pyarrow as pa

from hpobench.analysis import (
    anytime,
    baselines,
    inventory,
    metric_columns,
    notes,
    protocol,
    results,
    statistics,
    told,
)
from hpobench.analysis.attainment import surfaces
from hpobench.analysis.metric_columns import ByMetric
from hpobench.analysis.plan import AnalysisChoice, IntendedRuns, planned
from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.scoring import merged_runs, missing_runs
from hpobench.scoring.constants import References, references_of
from hpobench.scoring.frame import Frame, Source, read
from hpobench.scoring.incumbents import overtuning_summary
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import METRICS
from hpobench.scoring.note import Note, sorted_by_weight
from hpobench.scoring.policy import FailedAs, Horizon, Incomplete, Policy
from hpobench.scoring.score import Scored, score
from hpobench.stats.comparison import Comparison, comparisons
from hpobench.stats.groups import Groups
from hpobench.store.manifests import versions_of

DEFAULT = Policy()


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
        told: Scores and ranking by what was told beside those that count, see `told.by_told`.
        overtuning: How far incumbents overtuned, see `incumbents.overtuning_summary`.
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
        metrics: All that are reported, by which tables, figures and the page know them.
    """

    final: pd.DataFrame
    anytime: pd.DataFrame
    ranks: pd.DataFrame
    final_tasks: pd.DataFrame
    anytime_tasks: pd.DataFrame
    run_lengths: pd.DataFrame
    profiles: pd.DataFrame
    attainment: pd.DataFrame
    told: pd.DataFrame
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
    metrics: tuple[Metric, ...] = METRICS

    def frames(self) -> dict[str, pd.DataFrame]:
        """All data frames by their names."""
        found = ((field.name, getattr(self, field.name)) for field in fields(self))
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
        tables = {
            name: pa.Table.from_pandas(frame, preserve_index=False)
            for name, frame in self.frames().items()
        }
        return SimpleNamespace(**{name: pl.from_arrow(t) for name, t in tables.items()})


def analyze(
    path: Path | str,
    *,
    optimizers: Sequence[str] = (),
    tasks: Sequence[str] = (),
    policy: Policy = DEFAULT,
    catalogue: Catalogue | None = None,
    with_baselines: bool = False,
    metrics: Sequence[Metric] = METRICS,
) -> Analysis:
    """Analyse the runs in a results folder.

    Constants come from `tasks/constants/` of the catalogue's folders and from `constants/` of
    the results folder, which comes last and so counts where several have a task.

    Args:
        path: The results folder.
        optimizers: Globs of those to compare; all by default.
        tasks: Globs of those to compare on; all by default.
        policy: What is done about failures, holes and unequal budgets.
        catalogue: hpobench's own by default.
        with_baselines: Whether the catalogue's baselines are compared too, see `baselines`.
        metrics: All that are reported; a new one is declared as `scoring.metrics` does.

    Raises:
        UserError: It is no results folder, holds no runs, a glob matches nothing, or there are
            no baselines on its tasks.
    """
    known = catalogue or Catalogue()
    source = baselines.open_source(path, known, with_baselines=with_baselines)
    references = references_of(Path(path), known)
    return examine(
        source,
        references,
        optimizers=optimizers,
        tasks=tasks,
        policy=policy,
        metrics=metrics,
        real={name: task.real for name, task in known.tasks.items()},
    )


def examine(
    source: Source,
    references: References,
    *,
    optimizers: Sequence[str] = (),
    tasks: Sequence[str] = (),
    policy: Policy = DEFAULT,
    metrics: Sequence[Metric] = METRICS,
    real: Mapping[str, bool] = MappingProxyType({}),
) -> Analysis:
    """Analyse any source of runs, with the given constants and metrics; see `analyze`.

    `real` says by base id of which tasks the values are those of trainings or measurements.
    """
    stored = read(source, optimizers=optimizers, tasks=tasks)
    if not len(stored.runs):
        raise UserError("there are no runs to analyse yet; 'hpobench run' makes some")
    plan = planned(source, stored, AnalysisChoice(optimizers, tasks))
    whole, frame = settled(stored, plan, missing_runs.checked(policy))
    scored = score(frame, references, policy)
    compared = tuple(comparisons(scored.runs, plan.optimizers, policy.incomplete))
    groups = Groups.of(scored.runs)
    known = statistics.KnownTasks(
        infos=frame.tasks,
        real={n: real[t.base_id] for n, t in frame.tasks.items() if t.base_id in real},
        references=scored.references,
    )
    computed = metric_columns.compute(scored.curves, metrics)
    final_tasks = results.scores_by_task(scored, groups, frame.tasks).assign(
        **metric_columns.at_the_end_by_task(computed, groups)
    )
    with ThreadPoolExecutor() as pool:  # numpy lets others work while it does
        jobs = [
            pool.submit(curve_frames, scored, groups, frame, compared, computed),
            pool.submit(statistics.frames, scored, compared, known, policy.rope),
        ]
        by_told = told.by_told(scored, compared)
        final = pd.concat([results.final(scored, groups, c) for c in compared], ignore_index=True)
        attained = surfaces(frame, policy)
        parts = [job.result() for job in jobs]
    return Analysis(
        final=statistics.with_tests(
            statistics.with_rank_intervals(final, scored, compared), parts[1]["pairs"]
        ).merge(
            pd.concat([metric_columns.metrics_at_the_end(computed, groups, c) for c in compared]),
            on=["kind", "optimizer"],
            how="left",
        ),
        final_tasks=final_tasks,
        against_best=statistics.against_best(final_tasks, scored),
        attainment=attained,
        overtuning=overtuning_summary(scored.runs),
        told=by_told,
        runs=scored.runs.drop(columns=["task_info", "variant_info"]),
        absent=inventory.absent(whole, plan, compared),
        failures=inventory.failure_counts(whole.runs, plan),
        **parts[0],
        **parts[1],
        tasks=inventory.described(known),
        comparisons=compared,
        notes=sorted_by_weight(
            about(source, plan, stored),
            notes.failed(whole.runs, policy.failed),
            notes.unscaled(frame.tasks.values(), scored.references),
            notes.elsewhere(frame.tasks.values(), scored.references),
            *map(notes.unequal, compared),
            notes.few_families(parts[1]["significance"]),
            notes.disagreement(final),
            told.remarks(by_told, frame.tasks.values(), scored, references),
            about_runs(scored.runs, policy.horizon),
        ),
        protocol=protocol.rules(references, policy, metrics),
        versions=versions_of(source.experiments()),
        optimizers=plan.optimizers,
        metrics=tuple(metrics),
    )


def curve_frames(
    scored: Scored,
    groups: Groups,
    frame: Frame,
    compared: Sequence[Comparison],
    computed: ByMetric,
) -> dict[str, pd.DataFrame]:
    """The frames of all curves, by the attribute of `Analysis` that they become."""
    tasks = anytime.curves_by_task(scored, groups, frame.tasks, compared, computed)
    lengths = {axis: groups.median(found) for axis, found in scored.curves.lengths.items()}
    of_kind = [(c, tasks[tasks["kind"] == c.kind]) for c in compared]
    parts: dict[str, list[pd.DataFrame]] = {
        "anytime": [
            anytime.curves_over_tasks(scored, groups, c, own, computed) for c, own in of_kind
        ],
        "ranks": [
            anytime.ranks(own, c, scored.runs["task"].iloc[c.pairs[:, 0]].value_counts())
            for c, own in of_kind
        ],
        "profiles": [anytime.profiles(lengths, groups, c) for c in compared],
    }
    joined = {name: _stacked(found) for name, found in parts.items()}
    return joined | {
        "anytime_tasks": tasks,
        "run_lengths": anytime.run_lengths_by_task(lengths, groups),
    }


def _stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One frame of several; those without rows are left out, for their columns have no types."""
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def about(source: Source, plan: IntendedRuns, frame: Frame) -> Iterator[Note]:
    """What to know of the store and the experiments."""
    yield from notes.stored(source.damage, source.notes)
    yield from notes.outdated(frame.outdated)
    yield from merged_runs.clocks(frame.runs)
    yield from merged_runs.budgets(frame.runs)
    yield from notes.missing(plan.missing, len(frame.runs))
    yield from notes.skipped(plan.skips)


def settled(stored: Frame, plan: IntendedRuns, policy: Policy) -> tuple[Frame, Frame]:
    """The runs that count as made, and of these the ones that are scored."""
    wanted = policy.incomplete is Incomplete.FAILED
    whole = missing_runs.filled(stored, plan.skips) if wanted else stored
    excluded = policy.failed is FailedAs.EXCLUDE
    return whole, missing_runs.without_failed(whole) if excluded else whole


def about_runs(runs: pd.DataFrame, horizon: Horizon) -> Iterator[Note]:
    """What to know of the runs themselves."""
    yield from notes.empty_handed(runs)
    yield from merged_runs.mixed(runs)
    yield from notes.surpassed(runs)
    yield from notes.shortened(runs) if horizon is Horizon.COMMON else notes.cut_short(runs)
    yield from notes.few_seeds(runs)
