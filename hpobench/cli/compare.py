"""`hpobench compare`: say whether a change made an optimizer worse, better, or neither."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpobench.catalogue import Catalogue, Experiment
from hpobench.cli.shared.options import OneOf, as_json, open_catalogue, receives, with_catalogue
from hpobench.errors import UserError
from hpobench.gate.rule import SLOWER, At, Rule

if TYPE_CHECKING:
    from hpobench.gate import Answer, Question, Side
    from hpobench.gate.steps import MissingRuns

_EXAMPLES = """
\b
Examples:
  hpobench compare results-main results-pr
  hpobench compare results@dehb results@dehb-new --task 'mfh/*'
  hpobench compare results-main results-pr --junit gate.xml --json-file gate.json
  hpobench compare results-main results-pr --identical
  hpobench compare results-main results-pr --sequential --max-seeds 40 --run

Exit codes: 0 no relevant regression is shown, 1 there is one, 2 something you can mend.
"""

DEFAULT = Rule()
"""When a difference counts, where the options do not say otherwise."""

_error_rate = click.FloatRange(0, 0.5, min_open=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """What `hpobench compare` is told; the help of each option says what it means."""

    baseline: str
    candidate: str
    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]
    relevant: float
    alpha: float
    beta: float
    at: At
    strict: bool
    identical: bool
    sequential: bool
    max_seeds: int
    looks: int
    execute: bool
    slower: float
    gate_overhead: bool
    junit: Path | None
    json_file: Path | None
    as_json: bool
    catalogues: tuple[Path, ...]


@click.command("compare", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("baseline", metavar="BASELINE[@OPTIMIZER]")
@click.argument("candidate", metavar="CANDIDATE[@OPTIMIZER]")
@click.option(
    "--optimizer", "-o", "optimizers", multiple=True, metavar="GLOB", help="Only these; repeatable."
)
@click.option(
    "--task", "-t", "tasks", multiple=True, metavar="GLOB", help="Only these; repeatable."
)
@click.option(
    "--relevant",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=DEFAULT.relevant,
    metavar="SCORE",
    help="Smallest difference that matters, on the scale from 0 (best known) to 1. The default "
    "is about what random search loses without a quarter of its trials.",
)
@click.option(
    "--alpha",
    type=_error_rate,
    default=DEFAULT.alpha,
    help="Chance that a change without effect is called worse, whatever the number of tasks.",
)
@click.option(
    "--beta",
    type=_error_rate,
    default=DEFAULT.beta,
    help="Chance that a relevant regression is called equivalent.",
)
@click.option(
    "--at",
    type=OneOf(At),
    default=At.END.value,
    help="What counts: the end of the budget, or the mean over all of it.",
)
@click.option("--strict", is_flag=True, help="Exit code 1 also if nothing is decided.")
@click.option("--identical", is_flag=True, help="Ask for the same trajectories to the bit.")
@click.option(
    "--sequential", is_flag=True, help="Look at growing numbers of seeds, until it is decided."
)
@click.option("--max-seeds", type=click.IntRange(2), default=40, help="With --sequential: at most.")
@click.option(
    "--looks", type=click.IntRange(1, 20), default=4, help="With --sequential: how many looks."
)
@click.option(
    "--run",
    "execute",
    is_flag=True,
    help="With --sequential: run the candidate's further seeds here and now.",
)
@click.option(
    "--slower",
    type=click.FloatRange(1, min_open=True),
    default=SLOWER,
    metavar="RATIO",
    help="Smallest ratio of the optimizer's own time that matters.",
)
@click.option("--gate-overhead", is_flag=True, help="Exit code 1 also if it became slower.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML.")
@click.option(
    "--json-file", type=click.Path(path_type=Path), metavar="FILE", help="Write JSON there."
)
@as_json
@with_catalogue
@receives(CompareOptions)
def command(options: CompareOptions) -> int:
    """Say whether a change made an optimizer worse, better, or neither, and how sure that is.

    Compares two results folders task by task and seed by seed, or two optimizers:
    FOLDER@OPTIMIZER. Prints Markdown, fit for a comment on a pull request.
    """
    from hpobench.gate import Side

    sides = (Side.parse(options.baseline), Side.parse(options.candidate))
    if options.execute and not options.sequential:
        raise UserError("--run goes with --sequential: it executes the seeds of the next look")
    if options.identical:
        if options.sequential:
            raise UserError("--identical needs no statistics: it does not go with --sequential")
        return same(sides, options)
    return compare_by_statistics(sides, options)


def same(sides: "tuple[Side, Side]", options: CompareOptions) -> int:
    """Compare to the bit."""
    from hpobench.gate import cases, data, identical, markdown

    found = identical(sides, optimizers=options.optimizers, tasks=options.tasks)
    report(
        options,
        text=markdown.identity_as_markdown(found),
        machine=data.identity_as_data(found),
        junit=cases.junit(cases.identity_cases(found)),
    )
    return 1 if found.divergences else 0


def compare_by_statistics(sides: "tuple[Side, Side]", options: CompareOptions) -> int:
    """Compare by statistics, and go on while more seeds are wanted and can be run."""
    from hpobench.gate import cases, compare_sides, data, markdown
    from hpobench.gate.steps import next_steps

    catalogue = open_catalogue(options.catalogues)
    question = read_question(sides, options)
    answer = compare_sides(question, catalogue)
    steps = next_steps(answer)
    while options.execute and steps and all(_ours(step, question) for step in steps):
        for step in steps:
            run_missing(step, catalogue)
        answer, before = compare_sides(question, catalogue), steps
        steps = next_steps(answer)
        if steps == before:
            break
    report(
        options,
        text=markdown.answer_as_markdown(answer) + commands(steps),
        machine={**data.answer_as_data(answer), "next": [step.command for step in steps]},
        junit=cases.junit(cases.answer_cases(answer, strict=options.strict)),
    )
    return exit_code(answer, options)


def read_question(sides: "tuple[Side, Side]", options: CompareOptions) -> "Question":
    """The question that the options ask."""
    from hpobench.gate import Looks, Question

    looks = Looks.equal(options.max_seeds, options.looks) if options.sequential else None
    return Question(
        sides=sides,
        optimizers=options.optimizers,
        tasks=options.tasks,
        at=options.at,
        rule=Rule(relevant=options.relevant, alpha=options.alpha, beta=options.beta),
        slower=options.slower,
        looks=looks,
    )


def run_missing(step: "MissingRuns", catalogue: Catalogue) -> None:
    """Execute the runs of a step as `hpobench run` does."""
    from contextlib import closing

    from hpobench.cli.shared.streams import redraw_if_watched
    from hpobench.dispatch.backends import Backend, backend_executor
    from hpobench.dispatch.driver import Driver
    from hpobench.dispatch.planning import make_plan
    from hpobench.dispatch.progress import Progress, follow
    from hpobench.dispatch.slot import Slot
    from hpobench.store import Store
    from hpobench.system.kernel import cores

    experiment = Experiment(
        optimizers=tuple(step.optimizers), tasks=tuple(step.tasks), seeds=tuple(step.seeds)
    )
    plan = make_plan(catalogue, experiment, step.overhead)
    driver = Driver(plan=plan, store=Store(step.path), command=shlex.split(step.command))
    missing = list(driver.missing())
    seconds = sum(run.expected_seconds for run in missing)
    progress = Progress(len(missing), seconds, redraw_if_watched())
    with closing(Slot()) as first:
        execute = backend_executor(Backend.LOCAL, first=first, slots=cores(), address=None)
        follow(driver, execute, progress)
    progress.close()


def commands(steps: "Sequence[MissingRuns]") -> str:
    """How to go on by hand."""
    if not steps:
        return ""
    lines = [step.command for step in steps]
    return "\n".join(["", "Run these, and compare again:", "", "```", *lines, "```", ""])


def report(options: CompareOptions, *, text: str, machine: dict[str, Any], junit: bytes) -> None:
    """Print it, and write the files asked for."""
    as_data = json.dumps(machine, indent=1, allow_nan=False)
    click.echo(as_data if options.as_json else text.rstrip("\n"))
    if options.json_file:
        options.json_file.write_text(as_data + "\n", encoding="utf-8")
    if options.junit:
        options.junit.write_bytes(junit)


def exit_code(answer: "Answer", options: CompareOptions) -> int:
    """1 for what the gate is to stop."""
    from hpobench.gate import Verdict

    slower = any(overhead.verdict is Verdict.WORSE for overhead in answer.overheads)
    stopped = (
        bool(answer.regressions)
        or (options.gate_overhead and slower)
        or (options.strict and not answer.settled)
    )
    return 1 if stopped else 0


def _ours(step: "MissingRuns", question: "Question") -> bool:
    """Whether this process may run it: the baseline's code may be another version of ours."""
    names = {side.optimizer for side in question.sides} - {""}
    return not step.baseline or len(names) > 1
