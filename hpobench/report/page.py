"""The report: one page that stands alone, works offline, and says first what is missing."""

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hpobench import __version__
from hpobench.analysis.frames import Analysis
from hpobench.analysis.notes import by_reason
from hpobench.report import gallery, statistics_views, stills, table_views
from hpobench.report.gallery import Exhibit
from hpobench.report.maps import maps_of
from hpobench.report.standings_views import settings_gaps
from hpobench.scoring.curves import Axis
from hpobench.scoring.incumbents import TARGETS
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import OF_SOME_TASKS
from hpobench.stats.comparison import Comparison
from hpobench.system.text import count

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("unpack.js", "data.js", "chart.js", "views.js", "page.js")
LIVE = "live.js"

AXES = {
    Axis.BUDGET: "trials (budget)",
    Axis.EVALUATIONS: "evaluations",
    Axis.TIME: "virtual seconds",
    Axis.OVERHEAD: "virtual seconds and overhead",
}
"""What the page's figures can be drawn over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The files of a figure.

    Attributes:
        name: Stem of the files' names.
        kind: The kind of the tasks.
        view: The figure of the page that it belongs to, see `gallery.Exhibit`.
        label: Which of that figure's variants it is.
        forms: How the files' names end.
    """

    name: str
    kind: str
    view: str
    label: str
    forms: tuple[str, ...]


def minified_script(script: str) -> str:
    """A script of ours without its comments and indents, which are for those who read the file."""
    lines = (line.lstrip(" ") for line in script.splitlines(keepends=True))
    return "".join(line for line in lines if not line.startswith("//"))


def render(
    analysis: Analysis,
    drawn: Sequence[Drawn],
    data: str,
    *,
    beside: Collection[str] = (),
    live: str = "",
) -> str:
    """The page; whatever a name holds, it is shown and not obeyed.

    Args:
        analysis: What it says.
        drawn: The figures in files.
        data: What the page's own figures are drawn from, see `payload.embed`.
        beside: File names of the pages beside it.
        live: While it is served and runs go on, its version: it asks its server for a newer one.
    """
    scripts = (*SCRIPTS, LIVE) if live else SCRIPTS
    script = "".join(
        minified_script((TEMPLATES / name).read_text(encoding="utf-8")) for name in scripts
    )
    return render_template(
        "report.html",
        script=script,
        data=data,
        beside=beside,
        live=live,
        title=title(analysis),
        lead=lead(analysis),
        verdicts=analysis.verdicts,
        notes=analysis.notes,
        runs=len(analysis.runs),
        axes=AXES,
        targets=[f"{target:g}" for target in TARGETS],
        sections=[_section(analysis, c, drawn) for c in analysis.comparisons],
        failures=table_views.failure_table(analysis),
        failed_as=analysis.protocol["Failed runs"].lower(),
        protocol=analysis.protocol,
        tasks=table_views.tasks_table(analysis),
        versions=analysis.versions,
    )


def render_template(
    name: str, *, styles: Sequence[str] = ("report.css",), script: str = "", **values: Any
) -> str:
    """A page that stands alone; whatever a name in it holds, it is shown and not obeyed.

    Args:
        name: File name of the template.
        styles: File names of its style sheets, which stand in the page.
        script: Its script, which stands in the page, the only one that may run there.
        values: What else the template asks for.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    sheets = "".join((TEMPLATES / sheet).read_text(encoding="utf-8") for sheet in styles)
    css = re.sub(r"(?<=[{};,])\n *", "", sheets)  # line ends and indents are for readers
    page: str = environment.get_template(name).render(
        css=Markup(css),  # noqa: S704 (our own)
        js=Markup(script),  # noqa: S704 (our own files)
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        hpobench=__version__,
        **values,
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


def metrics_of(analysis: Analysis, kind: str) -> list[Metric]:
    """The metrics that are shown of a kind; those of some tasks where its tasks have them."""
    own = analysis.final[analysis.final["kind"] == kind]
    return [
        metric
        for metric in analysis.metrics
        if metric not in OF_SOME_TASKS or own[metric.column].notna().any()
    ]


def _section(analysis: Analysis, comparison: Comparison, drawn: Sequence[Drawn]) -> dict[str, Any]:
    """What the page shows of one kind of tasks."""
    kind = str(comparison.kind)
    own = [figure for figure in drawn if figure.kind == kind]
    still = stills.draw_stills(analysis, comparison)
    several = "multi-objective" in kind
    absent = analysis.absent[analysis.absent["kind"] == kind]
    results = table_views.task_table(analysis, comparison)
    return {
        "kind": kind,
        "heading": kind.replace("-multi", ", multi").capitalize(),
        "summary": summary(comparison),
        "absent": by_reason(zip(absent["optimizer"], absent["reason"], strict=True)),
        "ranking": table_views.ranking(analysis, comparison),
        "overall": _exhibits(
            gallery.overall_figures(comparison, metrics_of(analysis, kind)), own, still
        ),
        "one_task": _exhibits(gallery.of_one_task(analysis, comparison), own, {}),
        "names": analysis.tasks.loc[analysis.tasks["kind"] == kind, "task"].tolist(),
        "maps": maps_of(analysis, kind),
        "overtuning": table_views.overtuning_table(analysis, comparison),
        "gaps": settings_gaps(analysis.gaps, kind),
        "statistics": statistics_views.statistics(analysis, comparison),
        "still": {item["exhibit"].view: item for item in _exhibits(gallery.STATISTICS, own, still)},
        "task_caption": f"Median {'hypervolume' if several else 'value'} over seeds, and in "
        "brackets the mean normalised regret; the best median of each task in bold."
        + _left_out(len(comparison.optimizers) - len(results.columns) + 1),
        "tasks": results,
    }


def _left_out(optimizers: int) -> str:
    """A sentence on those for which a table has no room, if there are any."""
    if optimizers <= 0:
        return ""
    return f" The table final_tasks has {count(optimizers, 'optimizer')} more, of lower rank."


def _exhibits(
    exhibits: Iterable[Exhibit], drawn: Sequence[Drawn], still: Mapping[str, Markup]
) -> list[dict[str, Any]]:
    """The figures with their files and the picture that stands for them without scripts."""
    return [
        {
            "exhibit": exhibit,
            "files": [file for file in drawn if file.view == exhibit.view],
            "still": still.get(exhibit.view, ""),
        }
        for exhibit in exhibits
    ]
