"""The page about a recorded table: what it is, and how good a benchmark it makes."""

from collections.abc import Iterator
from pathlib import Path

from hpobench.recording.quality import NEAR, Quality, quality_of
from hpobench.recording.table import FAILURE, NUMBER, SECONDS, SEED, RecordedTable
from hpobench.store.files import write_atomically
from hpobench.system.text import count

SHOWN = 5
"""So many different reasons for failures are told."""


def write_page(table: RecordedTable, path: Path) -> None:
    """Write the page in Markdown, named after the file."""
    write_atomically(path, ("\n".join(_page(table, path.stem)) + "\n").encode())


def _page(table: RecordedTable, name: str) -> Iterator[str]:
    """The page, line by line."""
    yield f"# {name}"
    yield ""
    yield from _facts(table)
    yield ""
    yield from _failures(table)
    for objective in table.benchmark.objectives:
        yield ""
        yield from _section(table, objective.name, maximize=objective.maximize)


def _facts(table: RecordedTable) -> Iterator[str]:
    """What was trained, how often, and how long it took."""
    rows, task = table.rows, table.task
    trainings = rows.groupby([NUMBER, SEED])
    seconds = trainings[SECONDS].max().astype(float)
    yield f"{task.description.partition(':')[0]}, recorded from `{task.id}` (`hpobench record`):"
    seeds = count(rows[SEED].nunique(), "seed")
    yield f"{count(rows[NUMBER].nunique(), 'configuration')}, {seeds} each, "
    yield f"{count(trainings.ngroups, 'training')} in {seconds.sum() / 3600:.2f} core hours "
    yield f"(median {seconds.median():.3g} s), {count(len(rows), 'row')}."
    if table.fidelity:
        levels = ", ".join(f"{level:.4g}" for level in sorted(set(rows[table.fidelity])))
        yield f"Each training was judged at {table.fidelity} {levels}."
    if table.missing:
        yield ""
        yield f"**Incomplete: {count(table.missing, 'training')} of the plan missing.**"


def _failures(table: RecordedTable) -> Iterator[str]:
    """How many trainings failed, and why."""
    rows = table.rows
    failed = rows[rows[FAILURE] != ""]
    yield f"{count(len(failed), 'training')} failed" + (", because:" if len(failed) else ".")
    reasons = failed[FAILURE].value_counts()
    if len(reasons):
        yield ""
    for reason, number in reasons.head(SHOWN).items():
        yield f"- {count(int(number), 'time')}: {reason}"
    if len(reasons) > SHOWN:
        yield f"- {count(int(reasons.iloc[SHOWN:].sum()), 'time')}: other reasons"


def _section(table: RecordedTable, name: str, *, maximize: bool) -> Iterator[str]:
    """What is known of one objective."""
    yield f"## {name}"
    yield ""
    quality = quality_of(table, name, maximize=maximize)
    if quality is None:
        yield "Too few configurations were trained to the end to say anything."
        return
    yield f"To be {'maximised' if maximize else 'minimised'}; at the highest fidelity."
    yield ""
    yield "| measure | value |"
    yield "|---|---|"
    for measure, value in _measures(quality):
        yield f"| {measure} | {value} |"
    if quality.level_correlations:
        yield ""
        yield f"Rank correlation of {table.fidelity} with the highest: " + ", ".join(
            f"{level:.4g}: {value:.2f}" for level, value in quality.level_correlations.items()
        )


def _measures(quality: Quality) -> Iterator[tuple[str, str]]:
    """The numbers of an objective, with what they are."""
    yield "best configuration, mean over seeds", f"{quality.best:.4g}"
    yield "median configuration", f"{quality.median:.4g}"
    yield "standard deviation over seeds, median of configurations", f"{quality.seed_spread:.3g}"
    yield "standard deviation over configurations, in that unit", f"{quality.signal:.3g}"
    yield f"configurations within {NEAR:.0%} of the best", f"{quality.near_best:.2%}"
    yield "rank correlation with test values", f"{quality.test_correlation:.3f}"
    for trials, value in quality.random_search.items():
        yield f"random search after {trials} trials, median", f"{value:.4g}"
