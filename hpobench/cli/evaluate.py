"""`hpobench evaluate`: one configuration of a task, by hand."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hpobench.cli.shared.options import as_json, open_catalogue, with_catalogue
from hpobench.errors import UserError
from hpobench.task import Problem
from hpobench.trial import UNTOLD, Outcome, Trial

_EXAMPLES = """
\b
Examples:
  hpobench evaluate bbob/f01-d2-i1 --config '{"x0": 0.5, "x1": -1}'
  hpobench evaluate mfh/hartmann3-good --fidelity 10 --json
"""


@click.command("evaluate", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("task_id", metavar="TASK")
@click.option(
    "--config", metavar="JSON", help="Hyperparameters by name.  [default: the space's own]"
)
@click.option(
    "--fidelity", type=float, help="Where on the task's fidelity.  [default: the highest]"
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Of the evaluation's noise.")
@as_json
@with_catalogue
def command(
    *,
    task_id: str,
    config: str | None,
    fidelity: float | None,
    seed: int,
    as_json: bool,
    catalogues: tuple[Path, ...],
) -> int:
    """Evaluate one configuration of TASK and print what an optimizer would be told, and more."""
    from hpobench.execution.construction import build, pose
    from hpobench.execution.questions import legal_fidelity
    from hpobench.outcomes import judge_outcome

    task = open_catalogue(catalogues).task(task_id)
    benchmark = build(task)
    problem = pose(task, benchmark)
    trial = Trial(
        config=parse_config(config, problem),
        fidelity=legal_fidelity(fidelity, problem, "--fidelity"),
    )
    outcome = judge_outcome(
        benchmark.evaluate(trial, seed), task.objectives, constraints=task.constraints
    )
    click.echo(outcome_as_text(trial, outcome, problem, as_json=as_json))
    return 0 if outcome.ok else 1


def parse_config(text: str | None, problem: Problem) -> dict[str, Any]:
    """The configuration that was given, or the space's default one.

    Raises:
        UserError: It is not JSON, or not in the space.
    """
    from hpobench.execution.questions import default_or_legal

    try:
        config = None if text is None else json.loads(text)
    except ValueError as error:
        raise UserError(f"--config is not JSON: {error}") from None
    if text is not None and not isinstance(config, dict):
        raise UserError("--config is a JSON object: hyperparameters by name")
    return default_or_legal(config, problem, "--config")


def outcome_as_text(trial: Trial, outcome: Outcome, problem: Problem, *, as_json: bool) -> str:
    """The outcome for a person, or as JSON; maximised objectives the way people read them."""
    flip = {o.name: -1 if o.maximize else 1 for o in problem.objectives}
    data = {
        "config": dict(trial.config),
        "fidelity": trial.fidelity,
        "values": {name: flip[name] * value for name, value in outcome.values.items()},
        **{part: _finite(getattr(outcome, part), flip) for part in UNTOLD},
        **({"constraints": dict(outcome.constraints)} if problem.constraints else {}),
        **({"feasible": outcome.feasible} if problem.constraints else {}),
        "cost": outcome.cost,
        "failure": outcome.failure,
    }
    if as_json:
        return json.dumps(data)
    lines = [f"{name}: {value}" for name, value in data.items() if value not in ({}, "", None)]
    return "\n".join(lines)


def _finite(values: Mapping[str, float], flip: Mapping[str, int]) -> dict[str, float]:
    """The values that are numbers, by objective, in the direction in which people read them."""
    found = {name: sign * values.get(name, math.nan) for name, sign in flip.items()}
    return {name: value for name, value in found.items() if math.isfinite(value)}
