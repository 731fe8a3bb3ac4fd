"""`hpobench subset`: choose few tasks that stand for many."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpobench.cli.shared.options import OneOf, as_json, open_catalogue, receives, with_catalogue
from hpobench.cli.shared.subset_arguments import parse_sizes, splits
from hpobench.errors import FileError, UserError
from hpobench.subset.discrepancy.target import Target
from hpobench.subset.ways import Measure, Method

if TYPE_CHECKING:
    from hpobench.subset.choice import ChosenSubset
    from hpobench.subset.facts import TaskFacts
    from hpobench.subset.request import SelectionRequest
    from hpobench.subset.rules import CompositionRule
    from hpobench.subset.sources import SourceScores

_EXAMPLES = """
\b
Examples:
  hpobench subset results --optimizer 'smac/*' --optimizer dehb/de --optimizer optuna/cma-es
  hpobench subset results -o optuna/tpe -o dehb/de -o optuna/cma-es --size auto --figures figures
  hpobench subset results -o optuna/tpe -o dehb/de -o optuna/cma-es --stratify kind \\
    --splits dev,test --output configs/task-sets/mine.yaml
  hpobench subset results -o optuna/tpe -o dehb/de -o optuna/cma-es --stratify kind \\
    --at-least 14:real --at-least 10:log --at-most 3:family --at-most 1:family=truss
  hpobench subset --features features.csv --size 10 --json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetOptions:
    """What `hpobench subset` is told; the help of each option says what it means."""

    results: Path | None
    features: Path | None
    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]
    admission: Path | None
    coordinates: Measure
    size: str
    splits: str | None
    stratify: str | None
    weights: str | None
    required: tuple[str, ...]
    excluded: tuple[str, ...]
    at_least: tuple[str, ...]
    at_most: tuple[str, ...]
    target: Target
    method: Method
    seed: int
    restarts: int
    evaluations: int | None
    output: Path | None
    description: str
    figures: Path | None
    as_json: bool
    catalogues: tuple[Path, ...]


@click.command("subset", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("results", type=click.Path(path_type=Path), required=False)
@click.option(
    "--features",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Instead of results, a CSV file: columns task, perhaps kind, and one for each optimizer "
    "or other coordinate.",
)
@click.option(
    "--optimizer",
    "-o",
    "optimizers",
    multiple=True,
    metavar="GLOB",
    help="Reference optimizers: what they reached on a task are its coordinates, at most 5. The "
    "others are held out and judge the choice. Repeatable.  [default: all]",
)
@click.option(
    "--task",
    "-t",
    "tasks",
    multiple=True,
    metavar="GLOB",
    help="Only these candidates; repeatable.",
)
@click.option(
    "--admission",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Choose only among tasks that tell the optimizers in RESULTS apart, those held out too "
    "(Friedman's p < 0.01, ten seeds), and that at most 5 % of the runs solve; FILE is a CSV that "
    "says why.",
)
@click.option(
    "--coordinates",
    type=OneOf(Measure),
    default=Measure.PERFORMANCE.value,
    help="Of each reference optimizer: the normalised regret it ended with, its rank, or the "
    "mean of its regret over the budget.",
)
@click.option(
    "--size",
    default="20",
    metavar="K",
    help="Tasks of each subset, or 'auto': the knee; or of each kind, as blackbox=20,...",
)
@click.option("--splits", metavar="NAMES", help="Such as dev,test: so many subsets, disjoint.")
@click.option(
    "--stratify", type=click.Choice(["kind"]), help="Choose for each kind of tasks apart."
)
@click.option(
    "--weights",
    metavar="FILE",
    help="CSV file with columns task and weight (1 for tasks not in it), or 'collection': each "
    "collection counts the same.",
)
@click.option("--require", "required", multiple=True, metavar="GLOB", help="Must be chosen.")
@click.option("--exclude", "excluded", multiple=True, metavar="GLOB", help="Must not be chosen.")
@click.option(
    "--at-least",
    multiple=True,
    metavar="[KIND=]N:PROPERTY",
    help="Of all subsets of a kind together so many are real, log, categories, continuable, or "
    "family=NAME. Repeatable.",
)
@click.option(
    "--at-most",
    multiple=True,
    metavar="[KIND=]N:PROPERTY",
    help="No more than so many are; N:family is about each family. Repeatable.",
)
@click.option(
    "--target",
    type=OneOf(Target),
    default=Target.EMPIRICAL.value,
    help="Resemble the full set, or fill the cube evenly.",
)
@click.option(
    "--method",
    type=OneOf(Method),
    default=Method.SWAP.value,
    help="How to choose.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Another choice by chance.")
@click.option(
    "--restarts", type=click.IntRange(1, 1000), default=4, help="Searches; the best counts."
)
@click.option(
    "--evaluations",
    type=click.IntRange(min=1),
    metavar="N",
    help="Subsets that each search evaluates.  [default: as many as take seconds, up to 10,000]",
)
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write a task set, .yaml."
)
@click.option("--description", default="", metavar="TEXT", help="Of the task set.")
@click.option(
    "--figures",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Draw the curve over k, the chosen tasks, and their judgement.",
)
@as_json
@with_catalogue
@receives(SubsetOptions)
def command(options: SubsetOptions) -> None:
    """Choose few tasks that stand for many, and say how well they do.

    Tasks become points by what the reference optimizers reached on them; of all subsets of a
    size, one with a small star discrepancy from the full set is chosen. The same command on the
    same data writes the same file.
    """
    from hpobench.cli.shared.subset_output import subsets_as_data, subsets_as_text, warn
    from hpobench.subset.strata import choose_each, strata

    if options.output and options.output.suffix != ".yaml":
        raise FileError(options.output, "a task set is a file NAME.yaml")
    measure = options.coordinates
    found = source(options, measure)
    by_kind = bool(options.stratify)
    pools = strata(found.parts, options.optimizers, measure, by_kind=by_kind)
    request = read_request(options, [task for part in found.parts for task in part.tasks])
    choices = choose_each(pools, request, with_curve=bool(options.figures))
    notes = [
        *found.notes,
        *(note for kind, choice in choices.items() for note in warn(kind, choice)),
    ]
    written = write_outputs(choices, request, measure, options)
    if options.as_json:
        click.echo(json.dumps(subsets_as_data(choices, request, measure, notes, written), indent=1))
    else:
        click.echo(subsets_as_text(choices, notes, written))


def source(options: SubsetOptions, measure: "Measure") -> "SourceScores":
    """The scores to choose by, from where the options say."""
    from hpobench.cli.shared.admission_output import write_admissions
    from hpobench.subset.sources import from_results, from_table

    if options.features and not options.results:
        return from_table(options.features, tasks=options.tasks)
    if options.results and not options.features:
        catalogue, tasks = open_catalogue(options.catalogues), options.tasks
        if options.admission:
            tasks = write_admissions(options.admission, options.results, catalogue, tasks=tasks)
        return from_results(options.results, catalogue, tasks=tasks, measure=measure)
    raise UserError("name a results folder, or a table by --features FILE")


def read_request(options: SubsetOptions, tasks: list[str]) -> "SelectionRequest":
    """What the options say."""
    from hpobench.subset.request import SelectionRequest
    from hpobench.subset.rules import Bound, parse_rule
    from hpobench.subset.weights import weights

    counts = parse_sizes(options.size)
    said = {Bound.LEAST: options.at_least, Bound.MOST: options.at_most}
    rules = tuple(parse_rule(bound, text) for bound, texts in said.items() for text in texts)
    heavy, weighting = weights(options.weights, tasks)
    return SelectionRequest(
        size=counts.get("", 20),
        sizes=counts if "" not in counts else {},
        splits=splits(options.splits),
        target=options.target,
        method=options.method,
        required=options.required,
        excluded=options.excluded,
        weights=heavy,
        weighting=weighting,
        rules=rules,
        facts=facts_of_tasks(options, rules, tasks),
        seed=options.seed,
        restarts=options.restarts,
        evaluations=options.evaluations,
    )


def facts_of_tasks(
    options: SubsetOptions, rules: "Sequence[CompositionRule]", tasks: Sequence[str]
) -> "dict[str, TaskFacts]":
    """What the rules count the tasks by; nothing without rules."""
    from hpobench.subset.facts import read_facts

    if not rules:
        return {}
    asked = any(rule.fact in ("log", "continuable") for rule in rules)
    return read_facts(open_catalogue(options.catalogues), tasks, of_benchmarks=asked)


def write_outputs(
    choices: "Mapping[str, ChosenSubset]",
    request: "SelectionRequest",
    measure: "Measure",
    options: SubsetOptions,
) -> list[str]:
    """Write what is asked for; the paths."""
    written = []
    if options.output:
        from hpobench.store.files import write_atomically
        from hpobench.subset.task_set import task_set_yaml

        content = task_set_yaml(choices, request, measure, description=options.description)
        options.output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(options.output, content.encode())
        written.append(str(options.output))
    if options.figures:
        from hpobench.subset.plots import save_plots

        written += map(str, save_plots(choices, options.figures))
    return written
