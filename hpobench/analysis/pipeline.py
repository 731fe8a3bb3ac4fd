"""The way from a results folder to all that is reported, as data frames."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from hpobench.analysis import (
    about_runs,
    baselines,
    inventory,
    metric_columns,
    notes,
    protocol,
    results,
    statistics,
    told,
)
from hpobench.analysis.archives import archives
from hpobench.analysis.attainment import surfaces
from hpobench.analysis.curve_frames import curve_frames
from hpobench.analysis.frames import Analysis, with_plain_texts
from hpobench.analysis.plan import AnalysisChoice, planned
from hpobench.analysis.results import overtuning_summary
from hpobench.analysis.verdict import verdicts
from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.scoring import missing_runs
from hpobench.scoring.constants import References, references_of
from hpobench.scoring.frame import Source, read
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import METRICS
from hpobench.scoring.note import sorted_by_weight
from hpobench.scoring.policy import Policy
from hpobench.scoring.score import score
from hpobench.stats.comparison import comparisons
from hpobench.stats.gaps import gaps
from hpobench.stats.groups import Groups

DEFAULT = Policy()


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
    analysis = examine(
        source,
        references,
        optimizers=optimizers,
        tasks=tasks,
        policy=policy,
        metrics=metrics,
        real=_Real(known),
    )
    return replace(
        analysis, protocol=protocol.with_users(analysis.protocol, analysis.optimizers, known)
    )


def _nothing_to_analyse(damage: Sequence[str]) -> str:
    """Why there is no run: none was made, or what there is cannot be read."""
    if not damage:
        return "there are no runs to analyse yet; 'hpobench run' makes some"
    more = f" (and {len(damage) - 1:,} more)" if len(damage) > 1 else ""
    return f"none of the stored runs can be read: {damage[0]}{more}"


@with_plain_texts()
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
        raise UserError(_nothing_to_analyse(source.damage))
    plan = planned(source, stored, AnalysisChoice(optimizers, tasks))
    whole, frame = missing_runs.counted_and_scored(stored, plan.skips, policy)
    scored = score(frame, references, policy)
    compared = tuple(comparisons(scored.runs, plan.optimizers, policy.incomplete))
    groups = Groups.of(scored.runs)
    known = statistics.KnownTasks(
        infos=frame.tasks,
        real={n: real[t.base_id] for n, t in frame.tasks.items() if t.base_id in real},
        references=scored.references,
    )
    computed = metric_columns.compute(scored.curves, metrics)
    metrics = [metric for metric in metrics if metric in computed]
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
        attained = surfaces(frame, policy.horizon, scored.references.told)
        parts = [job.result() for job in jobs]
    analysis = Analysis(
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
        archives=archives(frame, policy.horizon, scored.references.told),
        measures={name: info.measures for name, info in frame.tasks.items() if info.measures},
        overtuning=overtuning_summary(scored.runs),
        told=by_told,
        gaps=gaps(scored.runs, frame.tasks),
        runs=scored.runs.drop(columns=["task_info", "variant_info"]),
        absent=inventory.absent(whole, plan, compared),
        failures=inventory.failure_counts(whole.runs, plan),
        verdicts=(),
        **parts[0],
        **parts[1],
        tasks=inventory.described(known),
        comparisons=compared,
        notes=sorted_by_weight(
            about_runs.of_source(source, plan, stored),
            notes.failed(whole.runs, policy.failed),
            notes.unscaled(frame.tasks.values(), scored.references),
            notes.elsewhere(frame.tasks.values(), scored.references),
            notes.under_several_settings(frame.tasks.values()),
            *map(notes.unequal, compared),
            notes.few_families(parts[1]["significance"]),
            notes.disagreement(final),
            told.remarks(by_told, frame, scored, references),
            about_runs.of_runs(scored.runs, policy.horizon),
        ),
        protocol=protocol.rules(references, policy, metrics)
        | protocol.settings(frame.tasks.values()),
        versions=plan.versions,
        optimizers=plan.optimizers,
        metrics=tuple(metrics),
    )
    return replace(analysis, verdicts=verdicts(analysis))


@dataclass(frozen=True, slots=True)
class _Real(Mapping[str, bool]):
    """Whether the values of a task are those of trainings or measurements; reads what is asked."""

    catalogue: Catalogue

    def __getitem__(self, name: str) -> bool:
        return self.catalogue.collection(name.partition("/")[0])[name].real

    def __iter__(self) -> Iterator[str]:
        return iter(self.catalogue.tasks)

    def __len__(self) -> int:
        return len(self.catalogue.tasks)
