"""What the baselines have no runs of, or not on all tasks of a kind, and what it would cost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hpobench.analysis import Analysis
from hpobench.catalogue import Catalogue
from hpobench.optimizer import Variant
from hpobench.run import Run
from hpobench.task import Kind, Task
from tests.board.claims import needs
from tests.optimizers_page import line

SEEDS = 10
"""As many as the quick ones have."""

SECONDS = 3600


def left_out(analysis: Analysis, catalogue: Catalogue) -> Iterator[str]:
    """Two tables: those without runs, and those that ran not all tasks of a kind."""
    tasks = [catalogue.task(name) for name in analysis.tasks["task"]]
    ran = set(analysis.runs["optimizer"])
    absent = [variant for name, variant in catalogue.variants.items() if name not in ran]
    yield from _without_runs(absent, tasks)
    yield from _set_aside(analysis, catalogue.variants)


def _without_runs(absent: Iterable[Variant], tasks: Sequence[Task]) -> Iterator[str]:
    """What no baseline is of, the quickest first, with the hours that runs on core would take."""
    yield line(["optimizer", "ms per trial", "hours of a core", "tasks", "why"])
    yield line(["---", "---:", "---:", "---:", "---"])
    for variant in sorted(absent, key=lambda variant: (variant.ask_tell_ms, variant.id)):
        own = [task for task in tasks if not _refused(variant, task)]
        seconds = sum(Run(task=t, variant=variant, seed=0).expected_seconds for t in own)
        hours = f"{SEEDS * seconds / SECONDS:.3g}" if own else "-"
        why = needs(variant).removeprefix(", ") if own else _refusal(variant, tasks)
        yield line([variant.id, f"{variant.ask_tell_ms:g}", hours, str(len(own)), why or "-"])
    yield ""


def _set_aside(analysis: Analysis, variants: Mapping[str, Variant]) -> Iterator[str]:
    """Who ran fewer tasks of a kind than others, and so is not in its table."""
    rows = [(c.kind, name) for c in analysis.comparisons for name in c.aside]
    if rows:
        yield "Not in a table, since they ran some of a kind's tasks only:\n"
        yield line(["optimizer", "kind", "tasks", "ms per trial"])
        yield line(["---", "---", "---:", "---:"])
    for kind, name in rows:
        own = analysis.runs[(analysis.runs["kind"] == kind) & (analysis.runs["optimizer"] == name)]
        tasks = f"{own['task'].nunique()} of {_tasks_of(analysis, kind)}"
        cost = variants[name].ask_tell_ms if name in variants else own["overhead"].median()
        yield line([name, str(kind), tasks, f"{cost:g}"])
    if rows:
        yield ""


def _tasks_of(analysis: Analysis, kind: Kind) -> int:
    """How many tasks of a kind there are."""
    return int((analysis.tasks["kind"] == kind).sum())


def _refused(variant: Variant, task: Task) -> str:
    """Why an optimizer cannot handle a task, or empty."""
    return variant.capabilities.obstacle(task)


def _refusal(variant: Variant, tasks: Sequence[Task]) -> str:
    """The reasons why it can handle none of the tasks."""
    return "; ".join(sorted({_refused(variant, task) for task in tasks}))
