"""`hpobench analyze`: turn a results folder into a report, tables, and figures for print."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpobench.catalogue import Catalogue
from hpobench.cli.shared.analysis_output import analysis_as_data, analysis_as_text
from hpobench.cli.shared.options import OneOf, as_json, open_catalogue, receives, with_catalogue
from hpobench.scoring.policy import FailedAs, Horizon, Incomplete, Policy, ScoredBy
from hpobench.system.deferred import load_when_used
from hpobench.system.garbage import collecting_seldom

if TYPE_CHECKING:
    from hpobench.analysis import Analysis
    from hpobench.analysis.inside import Inside
    from hpobench.report.training_page import Trainings

DEFAULT = Policy()
"""What is done where the options say nothing."""


_EXAMPLES = """
\b
Examples:
  hpobench analyze results
  hpobench analyze results --optimizer 'optuna/*' --optimizer random --task 'bbob/*'
  hpobench analyze results --with-baselines
  hpobench analyze results --figures
  hpobench analyze results --inside --task 'fcnet/*'
  hpobench analyze results --output /tmp/report --json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzeOptions:
    """What `hpobench analyze` is told; the help of each option says what it means."""

    results: Path
    output: Path | None
    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]
    with_baselines: bool
    failed: FailedAs
    incomplete: Incomplete
    horizon: Horizon
    scored_by: ScoredBy
    rope: float
    figures: bool
    everything: bool
    inside: bool
    trainings: bool
    as_json: bool
    catalogues: tuple[Path, ...]

    @property
    def policy(self) -> Policy:
        """What is done about failures, missing runs and unequal budgets."""
        return Policy(**{field.name: getattr(self, field.name) for field in fields(Policy)})


@click.command("analyze", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write.  [default: RESULTS/analysis]",
)
@click.option(
    "--optimizer", "-o", "optimizers", multiple=True, metavar="GLOB", help="Only these; repeatable."
)
@click.option(
    "--task", "-t", "tasks", multiple=True, metavar="GLOB", help="Only these; repeatable."
)
@click.option(
    "--with-baselines",
    is_flag=True,
    help="Compare with the results that come with hpobench too: those on the same tasks, of "
    "optimizers that are not in RESULTS.",
)
@click.option(
    "--failed",
    type=OneOf(FailedAs),
    default=DEFAULT.failed.value,
    help="A failed run counts as one that found nothing, as random search, or (with all of the "
    "optimizer's runs on the task) not at all.",
)
@click.option(
    "--incomplete",
    type=OneOf(Incomplete),
    default=DEFAULT.incomplete.value,
    help="Where an optimizer lacks a task that others ran: leave the task out, set the optimizer "
    "aside, or take its runs for failed ones.",
)
@click.option(
    "--horizon",
    type=OneOf(Horizon),
    default=DEFAULT.horizon.value,
    help="Compare at the end of the budget, or at the share of it that all completed runs reached.",
)
@click.option(
    "--scored-by",
    type=OneOf(ScoredBy),
    default=DEFAULT.scored_by.value,
    help="An incumbent counts as its value without noise, where all runs on a task have such, or "
    "as what its optimizer was told.",
)
@click.option(
    "--rope",
    type=float,
    default=DEFAULT.rope,
    metavar="REGRET",
    help="Normalised regrets that differ by no more are practically equal.",
)
@click.option(
    "--figures/--no-figures",
    default=False,
    help="Draw the main figures for print, as SVG and PDF; the page draws its own in any case.",
)
@click.option(
    "--all-figures",
    "everything",
    is_flag=True,
    help="Draw all axes, targets and tasks for print, as wide as one and two columns, "
    "and as PNG, too.",
)
@click.option(
    "--inside",
    is_flag=True,
    help="Make a page that looks inside runs, too: trials, importance of hyperparameters, where "
    "optimizers search, landscapes.",
)
@click.option(
    "--trainings",
    is_flag=True,
    help="Write a page of trainings too: what fidelities tell of the highest, and the schedules "
    "that the best members of runs went through.",
)
@as_json
@with_catalogue
@receives(AnalyzeOptions)
@collecting_seldom()
def command(options: AnalyzeOptions) -> int:
    """Turn results into tables, figures and a report of one page.

    Whatever is there is analysed, however incomplete; what is missing is said first. The exit
    code is 1 if some of the results folder is damaged.
    """
    load_when_used("numpy.f2py", "numpy.testing")

    from hpobench.analysis import analyze
    from hpobench.analysis.notes import DAMAGED
    from hpobench.report import write_report
    from hpobench.report.writing import TRAININGS

    catalogue = open_catalogue(options.catalogues)
    analysis = analyze(
        options.results,
        optimizers=options.optimizers,
        tasks=options.tasks,
        policy=options.policy,
        catalogue=catalogue,
        with_baselines=options.with_baselines,
    )
    inside = _inside(options, analysis, catalogue)
    report = write_report(
        analysis,
        options.output or options.results / "analysis",
        figures=options.figures,
        everything=options.everything,
        inside=inside,
        trainings=_trainings(options, catalogue),
    )
    if options.trainings:
        click.echo(f"Trainings: {report.with_name(TRAININGS)}", err=options.as_json)
    click.echo(
        analysis_as_data(analysis, report, inside)
        if options.as_json
        else analysis_as_text(analysis, report)
    )
    return 1 if any(note.text == DAMAGED for note in analysis.notes) else 0


def _inside(options: AnalyzeOptions, analysis: "Analysis", catalogue: Catalogue) -> "Inside | None":
    """What is found inside the runs, if it was asked for."""
    if not options.inside:
        return None
    from hpobench.analysis.baselines import open_source
    from hpobench.analysis.inside import look_inside

    source = open_source(options.results, catalogue, with_baselines=options.with_baselines)
    return look_inside(analysis, source, catalogue)


def _trainings(options: AnalyzeOptions, catalogue: Catalogue) -> "Trainings | None":
    """What trainings tell, if it was asked for."""
    if not options.trainings:
        return None
    from hpobench.report.training_page import look_at_trainings

    return look_at_trainings(
        options.results, optimizers=options.optimizers, tasks=options.tasks, catalogue=catalogue
    )
