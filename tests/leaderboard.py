"""Renew docs/leaderboard: its tables, its figure and its page, from the shipped baselines.

As a program: `python tests/leaderboard.py`, or `make leaderboard`. All that depends on results
stands between two marks, and is made; what is around says how to read it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import matplotlib as mpl

from hpobench.analysis import Analysis, analyze
from hpobench.catalogue import Catalogue
from hpobench.figures.cost_figures import CostPanel, draw_costs
from hpobench.figures.font import small_font
from hpobench.figures.output import draw_forms
from hpobench.figures.style import RC, WIDTHS
from hpobench.report import write_report
from hpobench.scoring.policy import Incomplete, Policy
from hpobench.stats.standings import TaskScope
from hpobench.task import Kind
from tests.board import tables
from tests.board.claims import claims_table, effects_table, tally
from tests.board.left_out import left_out
from tests.folders import CHECKOUT
from tests.optimizers_page import renewed

RESULTS = CHECKOUT / "results" / "baselines"
BASELINES = RESULTS / "core"
SIDE_BY_SIDE = RESULTS / "eight-workers"
PAGE = CHECKOUT / "docs" / "leaderboard.md"
FIGURE = CHECKOUT / "docs" / "leaderboard-cost.svg"
BEGIN = "<!-- made by make leaderboard: begin -->\n"
END = "<!-- made by make leaderboard: end -->\n"

WHOLE = Policy(incomplete=Incomplete.OPTIMIZERS)
"""Who cannot handle some tasks is set aside: else all would be compared on the others only."""

TENTH = (0.1,)
"""Eight workers take an eighth of the time: at a tenth all but the quickest are still at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the page is made from.

    Attributes:
        core: The analysis of all that ran the whole of core.
        half: That of those that ran its half for development, with which also the slow ones can
            be compared; None if nobody is set aside.
        side_by_side: That of runs with eight workers; None if there are none.
        catalogue: What else could have been run.
    """

    core: Analysis
    half: Analysis | None
    side_by_side: Analysis | None
    catalogue: Catalogue

    @property
    def analyses(self) -> list[Analysis]:
        """Where to look for two optimizers: first where all tasks are."""
        return [each for each in (self.core, self.half) if each]


def gather() -> Material:
    """Analyse the shipped baselines."""
    catalogue = Catalogue()
    core = analyze(BASELINES, policy=WHOLE)
    dev = set(catalogue.task_sets["core/dev"].patterns) & set(core.tasks["task"])
    slow = {name for c in core.comparisons for name in c.aside if ran_half(core, name, c.kind, dev)}
    return Material(
        core=core,
        half=analyze(BASELINES, policy=WHOLE, tasks=sorted(dev)) if slow else None,
        side_by_side=analyze(SIDE_BY_SIDE, policy=WHOLE) if SIDE_BY_SIDE.is_dir() else None,
        catalogue=catalogue,
    )


def ran_half(analysis: Analysis, optimizer: str, kind: Kind, dev: set[str]) -> bool:
    """Whether an optimizer ran all tasks of a kind that are for development."""
    tasks = set(analysis.tasks.loc[analysis.tasks["kind"] == kind, "task"]) & dev
    own = analysis.runs.loc[analysis.runs["optimizer"] == optimizer, "task"]
    return bool(tasks) and tasks <= set(own)


def page(material: Material) -> str:
    """The page, with all that is made as the baselines are now."""
    return renewed(PAGE, BEGIN, END, sections(material))


def sections(material: Material) -> Iterator[str]:
    """All that is made, from who leads to what was left out."""
    core = material.core
    yield from tables.leaders(core)
    for comparison in core.comparisons:
        aside = f"; set aside: {', '.join(comparison.aside)}" if comparison.aside else ""
        yield f"## {Kind(comparison.kind)}\n"
        yield f"{len(comparison.tasks)} tasks, {len(comparison.optimizers)} optimizers{aside}.\n"
        yield tables.sentences(core, comparison.kind) + "\n"
        yield from tables.by_part(core, comparison.kind)
    yield from half(material)
    yield "## What it costs\n"
    yield (
        f"![Regret at the end against milliseconds of a trial]({FIGURE.name})\n\n"
        "On the line are those that none is both better and quicker than, on these tasks.\n"
    )
    yield from on_the_way(material)
    yield from equal_time(core)
    yield from eight_workers(material.side_by_side)
    yield "## Which published claims hold\n"
    yield tally(material.analyses) + "\n"
    yield from claims_table(material.analyses, material.catalogue.variants)
    yield "## What was left out\n"
    yield from left_out(core, material.catalogue)


def half(material: Material) -> Iterator[str]:
    """The rankings with those that ran the half for development only."""
    if not material.half:
        return
    yield "## With the slow ones, on the half for development\n"
    for comparison in material.half.comparisons:
        whole = [c.optimizers for c in material.core.comparisons if c.kind == comparison.kind]
        if set(comparison.optimizers) - set(*whole):
            yield f"### {Kind(comparison.kind)}\n"
            yield f"{len(comparison.tasks)} tasks, {len(comparison.optimizers)} optimizers.\n"
            yield tables.sentences(material.half, comparison.kind) + "\n"
            yield from tables.by_part(material.half, comparison.kind)


def on_the_way(material: Material) -> Iterator[str]:
    """Mean ranks, regrets and effects at 10, 30 and 100 % of the budget."""
    yield "## At 10, 30 and 100 % of the budget\n"
    for kind in tables.with_fidelity(material.core):
        yield f"### {kind}: mean rank / regret\n"
        yield from tables.on_the_way(material.core, kind)
        effects = list(effects_table(material.analyses, kind))
        if len(effects) > 1:
            yield f"### {kind}: who is ahead of whom\n"
            yield from effects


def equal_time(core: Analysis) -> Iterator[str]:
    """Mean ranks and regrets after equal virtual seconds."""
    yield "## At equal virtual time\n"
    for comparison in core.comparisons:
        if found := tables.equal_time(core, comparison.kind):
            yield f"### {Kind(comparison.kind)}, by time: mean rank / regret\n"
            yield from found


def eight_workers(analysis: Analysis | None) -> Iterator[str]:
    """The same of runs in which eight simulated workers evaluate side by side."""
    if not analysis:
        return
    yield "## With eight simulated workers\n"
    for comparison in analysis.comparisons:
        yield f"### {Kind(comparison.kind)}, eight workers: at the end\n"
        yield f"{len(comparison.tasks)} tasks, {len(comparison.optimizers)} optimizers.\n"
        yield from tables.on_the_way(analysis, comparison.kind)
        if found := tables.equal_time(analysis, comparison.kind, TENTH):
            yield f"### {Kind(comparison.kind)}, eight workers: by time\n"
            yield from found


def panels(analysis: Analysis) -> Iterator[CostPanel]:
    """Regret against cost: of each kind real tasks on the left, functions on the right."""
    overhead = analysis.final[["kind", "optimizer", "overhead"]]
    for comparison in analysis.comparisons:
        for part in (TaskScope.REAL, TaskScope.FUNCTIONS):
            own = tables.standings(analysis, comparison.kind, part)
            title = f"{Kind(comparison.kind)}, {tables.PARTS[part]}"
            yield CostPanel(title=title, table=own.merge(overhead, on=["kind", "optimizer"]))


def figure(analysis: Analysis) -> bytes:
    """The figure of costs, as SVG."""
    with small_font(), mpl.rc_context(RC):
        return draw_forms(draw_costs(list(panels(analysis)), WIDTHS[""]))["svg"]


def main() -> None:
    """Write all three."""
    material = gather()
    PAGE.write_text(page(material), encoding="utf-8")
    FIGURE.write_bytes(figure(material.core))
    with TemporaryDirectory() as folder:
        copyfile(
            write_report(material.core, Path(folder), figures=False), PAGE.with_suffix(".html")
        )


if __name__ == "__main__":
    main()
