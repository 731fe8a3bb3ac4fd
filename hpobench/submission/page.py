"""The page of a submission: what it holds, what was checked, and where its optimizers stand."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hpobench import __version__
from hpobench.analysis import Analysis
from hpobench.dispatch.plan import Plan
from hpobench.dispatch.replay import Finding
from hpobench.report.escape import escape_markdown
from hpobench.report.table_files import markdown_table
from hpobench.report.table_views import ranking
from hpobench.stats.comparison import Comparison
from hpobench.store.manifests import versions_of
from hpobench.system.text import are, count

FEWEST_SEEDS = 5
"""The leaderboard has no optimizer with fewer."""

SUBMITTED = "submitted"
"""Marks an optimizer of the submission among the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was checked, and what came of it.

    Attributes:
        plan: The declared runs.
        runs: How many there are.
        manifests: The experiments they were made by, as they are published.
        files: Places of the optimizers' definitions; none where all come with hpobench.
        findings: The runs that were executed again, all of them equal.
        sample_seed: By which these were drawn.
        analysis: Where the optimizers stand.
        beside_baselines: Whether that is among the shipped baselines.
        failures: How many runs failed, by optimizer and reason.
    """

    plan: Plan
    runs: int
    manifests: Sequence[Mapping[str, Any]]
    files: Sequence[str]
    findings: Sequence[Finding]
    sample_seed: int
    analysis: Analysis
    beside_baselines: bool
    failures: Counter[tuple[str, str]]


def submission_page(submission: Submission) -> str:
    """All that a reviewer reads first, as Markdown; names are shown and never obeyed."""
    sections = [
        f"# Submission: {_names(submission)}",
        "\n".join(
            f"- {escape_markdown(text)}"
            for text in (*submission.analysis.verdicts, *submitted_standings(submission))
        ),
        "## What was checked",
        "\n".join(f"- {text}" for text in _checks(submission)),
        "## To be looked at by a reviewer",
        "\n".join(f"- {text}" for text in _remarks(submission)),
        "## Definitions",
        _definitions(submission),
        "## Ranking",
        _introduction(submission),
        *(_ranking(submission, comparison) for comparison in submission.analysis.comparisons),
        "## Versions",
        _versions(submission),
    ]
    return "\n\n".join(sections) + "\n"


def submitted_standings(submission: Submission) -> Iterator[str]:
    """Where each submitted optimizer stands, for each kind of tasks."""
    own = {variant.id for variant in submission.plan.variants}
    for comparison in submission.analysis.comparisons:
        rows = ranking(submission.analysis, comparison).rows
        for place, row in enumerate(rows, 1):
            if (name := row.cells[0].text) in own:
                kind = str(comparison.kind).capitalize()
                yield f"{kind}: {name} is number {place} of {len(rows)} in the ranking."


def _names(submission: Submission) -> str:
    """The submitted optimizers by their names."""
    return ", ".join(escape_markdown(variant.id) for variant in submission.plan.variants)


def _checks(submission: Submission) -> Iterator[str]:
    """What held, or there were no submission."""
    plan = submission.plan
    yield (
        f"Complete: {count(submission.runs, 'run')} of {count(len(plan.variants), 'optimizer')} on "
        f"{count(len(plan.tasks), 'task')} with {count(len(plan.seeds), 'seed')}, all that was "
        "declared, each of the definitions of today."
    )
    yield (
        f"Executed again: {count(len(submission.findings), 'run')}, drawn by seed "
        f"{submission.sample_seed} among those of each optimizer, all of them equal to the bit to "
        "what is stored, by the definitions in this folder."
    )
    yield "Versions: known of each run; of each optimizer's library there is one."
    yield "Private: no host, home or folder of the machine is in the runs or the definitions."


def _remarks(submission: Submission) -> Iterator[str]:
    """What no program decides."""
    plan = submission.plan
    if submission.files:
        yield "The source of the optimizers, which hpobench imports: a program from a stranger."
    if len(plan.seeds) < FEWEST_SEEDS:
        yield f"Fewer than {FEWEST_SEEDS} seeds, the least that the leaderboard takes."
    if not submission.beside_baselines:
        yield "There are no shipped baselines on these tasks, so that the ranking has no others."
    for (optimizer, reason), number in submission.failures.most_common():
        yield escape_markdown(f"{count(number, 'run')} of {optimizer} failed: {reason}")
    skips = Counter((skip.optimizer, skip.reason) for skip in plan.skipped)
    for (optimizer, reason), number in skips.items():
        yield escape_markdown(f"{optimizer} was not run on {count(number, 'task')}: {reason}")
    yield "Another sample: `hpobench verify results --catalogue catalogue --sample-seed N`."


def _definitions(submission: Submission) -> str:
    """Where the optimizers are defined."""
    lines = [f"- `catalogue/{place}`" for place in submission.files]
    families = {Path(place).stem for place in submission.files if place.startswith("optimizers/")}
    for variant in submission.plan.variants:
        if variant.family not in families:
            whose = "an installed package" if variant.folder else "hpobench"
            lines.append(f"- {escape_markdown(variant.id)} comes with {whose}.")
    return "\n".join(lines)


def _introduction(submission: Submission) -> str:
    """How many others there are."""
    others = submission.analysis.final["optimizer"].nunique() - len(submission.plan.variants)
    if not submission.beside_baselines:
        return "Among the submitted alone."
    text = f"{count(others, 'shipped baseline')} {are(others)} compared with."
    return f"{text} The columns are those of the report, see docs/analysis.md."


def _ranking(submission: Submission, comparison: Comparison) -> str:
    """The ranking of one kind of tasks, with the submitted marked."""
    table = ranking(submission.analysis, comparison)
    own = {variant.id for variant in submission.plan.variants}
    rows = [
        [
            SUBMITTED if row.cells[0].text in own else "",
            *(f"{cell.text} ({cell.small})" if cell.small else cell.text for cell in row.cells),
        ]
        for row in table.rows
    ]
    frame = pd.DataFrame(rows, columns=["", *table.columns])
    return f"### {str(comparison.kind).capitalize()}\n\n{markdown_table(frame)}"


def _versions(submission: Submission) -> str:
    """With what the runs were made, and by what they were checked."""
    found = versions_of(submission.manifests)
    listed = ", ".join(f"{name} {version}" for name, version in found.items())
    return f"Checked by hpobench {__version__}. Made with {escape_markdown(listed)}."
