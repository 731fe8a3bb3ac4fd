"""What `hpobench subset` prints: for people, or for a machine."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hpobench.cli.shared.table import render_table
from hpobench.subset.choice import ChosenSubset, SizeComparison
from hpobench.subset.request import SelectionRequest
from hpobench.subset.task_set import provenance, tasks_in_set
from hpobench.subset.validation import FEWEST, Agreement
from hpobench.subset.ways import Measure
from hpobench.system.text import count, number, span

_HEAD = ("subset", "discrepancy", "95 % of tries", "tau (held out)", "95 % interval")


def warn(kind: str, choice: ChosenSubset) -> list[str]:
    """What to know of a choice."""
    about = f"{kind}: " if kind else ""
    notes = []
    if choice.candidates.dropped:
        dropped = count(len(choice.candidates.dropped), "task")
        notes.append(f"{about}{dropped} without a scale left out of the candidates")
    if len(choice.candidates.held_out) < FEWEST:
        notes.append(
            f"{about}fewer than {FEWEST} optimizers are held out, so nothing judges the choice: "
            "name the references with --optimizer"
        )
    elif choice.candidates.losses.shape[2] == 1:
        notes.append(
            f"{about}each optimizer has one value a task, so the intervals of tau know of no "
            "chance but the choice of the subset"
        )
    return notes


def subsets_as_text(
    choices: Mapping[str, ChosenSubset], notes: Sequence[str], written: Sequence[str]
) -> str:
    """What was chosen, how good it is beside other ways, and the curve."""
    parts = ["\n".join(f"- {note}" for note in notes)]
    for kind, choice in choices.items():
        names = ", ".join(choice.candidates.references)
        head = f"{choice.k} of {count(len(choice.candidates.tasks), 'task')} by {names}"
        parts.append(f"{kind}: {head}" if kind else head)
        parts.append(render_table(_HEAD, _ways(choice)))
        if choice.kept:
            rules = (f"  --{rule}: {number}" for rule, number in choice.kept.items())
            parts.append("\n".join(["Rules, and what they count:", *rules]))
        if choice.curve:
            parts.append(render_table(*_curve(choice)))
        for part in choice.parts:
            tasks = [choice.candidates.tasks[row] for row in part.rows]
            parts.append("\n  ".join([f"{part.split or 'chosen'}:", *tasks]))
    if written:
        parts.append("\n".join(f"Wrote {path}" for path in written))
    return "\n\n".join(part for part in parts if part)


def _ways(choice: ChosenSubset) -> Iterator[list[str]]:
    """A line for each chosen subset, each other way, and the bound."""
    for part in choice.parts:
        name = (part.split or "chosen") + (" (optimal)" if part.proven else "")
        yield [name, number(part.discrepancy), "-", *_tau(part.agreement)]
    for method, rival in choice.rivals.items():
        tries = span(rival.low, rival.high)
        yield [str(method), number(rival.mean), tries, *_tau(rival.agreement)]
    yield ["lower bound", number(choice.bound), "-", "-", "-"]


def _tau(found: Agreement | None) -> list[str]:
    return [number(found.tau), span(found.low, found.high)] if found else ["-", "-"]


def _curve(choice: ChosenSubset) -> tuple[list[str], list[list[str]]]:
    """The discrepancies over k."""
    methods = choice.curve[0].rivals
    rows = [
        [str(step.k), *map(number, [step.quick, *_means(step), step.best, step.bound])]
        for step in choice.curve
    ]
    return ["k", "short search", *map(str, methods), "best known", "lower bound"], rows


def _means(step: SizeComparison) -> Iterator[float]:
    """Mean discrepancies of other ways to choose."""
    return (rival.mean for rival in step.rivals.values())


def subsets_as_data(
    choices: Mapping[str, ChosenSubset],
    request: SelectionRequest,
    measure: Measure,
    notes: list[str],
    written: list[str],
) -> dict[str, Any]:
    """The same for a machine."""
    return {
        "tasks": {kind: tasks_in_set(choice) for kind, choice in choices.items()},
        "provenance": provenance(choices, request, measure),
        "curve": {
            kind: [
                {
                    "k": step.k,
                    "short_search": step.quick,
                    **{str(method): rival.mean for method, rival in step.rivals.items()},
                    "best_known": step.best,
                    "bound": step.bound,
                }
                for step in choice.curve
            ]
            for kind, choice in choices.items()
        },
        "notes": notes,
        "written": written,
    }
