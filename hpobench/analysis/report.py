"""The report: one page that stands alone, works offline, and says first what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hpobench import __version__
from hpobench.analysis import statistics_views, views
from hpobench.analysis.comparison import Comparison
from hpobench.analysis.pipeline import Analysis
from hpobench.analysis.style import Style, styles
from hpobench.analysis.text import count

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure on the page, see `plots.Plot`, with its markup."""

    name: str
    kind: str
    title: str
    caption: str
    per_task: bool
    markup: Markup


def render(analysis: Analysis, drawn: Sequence[Drawn]) -> str:
    """The page; whatever a name holds, it is shown and not obeyed."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    page: str = environment.get_template("report.html").render(
        css=Markup((TEMPLATES / "report.css").read_text()),  # noqa: S704 (our own file)
        js=Markup((TEMPLATES / "report.js").read_text()),  # noqa: S704 (our own file)
        hpobench=__version__,
        title=title(analysis),
        lead=lead(analysis),
        notes=analysis.notes,
        runs=len(analysis.runs),
        chips=[_chip(name, style) for name, style in styles(analysis.optimizers).items()],
        has_figures=bool(drawn),
        sections=[_section(analysis, c, drawn) for c in analysis.comparisons],
        failures=views.failures(analysis),
        failed_as=analysis.protocol["Failed runs"].lower(),
        protocol=analysis.protocol,
        tasks=views.tasks(analysis),
        versions=analysis.versions,
    )
    return page


def title(analysis: Analysis) -> str:
    """What is compared, in one line."""
    optimizers = analysis.runs["optimizer"].nunique()
    return f"{count(optimizers, 'optimizer')} on {count(len(analysis.tasks), 'task')}"


def lead(analysis: Analysis) -> str:
    """How much there is of it."""
    runs = analysis.runs
    seeds, trials = runs["seed"].nunique(), int(runs["trials"].sum())
    return f"{count(len(runs), 'run')}, {count(seeds, 'seed')}, {count(trials, 'trial')}."


def summary(comparison: Comparison) -> str:
    """Who is compared on what, in a sentence or two."""
    compared, tasks = len(comparison.optimizers), len(comparison.tasks)
    text = f"{count(compared, 'optimizer')} on {count(tasks, 'task')}"
    if comparison.others:
        text += f" of {tasks + len(comparison.others)}, those that all of them ran"
    if compared == 1:
        return f"{text}; with nobody to compare it with, ranks and wins say nothing."
    return f"{text}; ranks over {count(len(comparison.pairs), 'pair')} of task and seed."


def _section(analysis: Analysis, comparison: Comparison, drawn: Sequence[Drawn]) -> dict[str, Any]:
    """What the page shows of one kind of tasks."""
    kind = str(comparison.kind)
    several = "multi-objective" in kind
    absent = analysis.absent[analysis.absent["kind"] == kind]
    return {
        "kind": kind,
        "heading": kind.replace("-multi", ", multi").capitalize(),
        "summary": summary(comparison),
        "absent": list(zip(absent["optimizer"], absent["reason"], strict=True)),
        "ranking": views.ranking(analysis, comparison),
        "statistics": statistics_views.statistics(analysis, comparison),
        "plots": [plot for plot in drawn if plot.kind == kind],
        "task_caption": f"Median {'hypervolume' if several else 'value'} over seeds, and in "
        "brackets the mean normalised regret; the best median of each task in bold.",
        "tasks": views.by_task(analysis, comparison),
    }


def _chip(name: str, style: Style) -> Mapping[str, str]:
    """The button that shows or hides an optimizer."""
    dashes = "" if style.line == "solid" else " ".join(str(2 * dash) for dash in style.line[1])
    return {"name": name, "key": style.key, "colour": style.colour, "dashes": dashes}
