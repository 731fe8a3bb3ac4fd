"""What can be named, as objects; and one configuration evaluated by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from hpobench.api.checks import checked_seeds
from hpobench.api.parts import chosen_tasks
from hpobench.api.stored import Folders, absolute_folders
from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.optimizer import Variant
from hpobench.system.deferred import import_configspace
from hpobench.task import Problem, Task
from hpobench.trial import Outcome, Trial, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What an evaluation found, in the direction people read.

    Attributes:
        config: The active hyperparameters by name.
        fidelity: Where on the task's fidelity, or None if it has none.
        values: By objective; empty if it failed.
        test: The same on held-back data, where there is such.
        noiseless: Those it is scored by, without noise, where they may be others.
        cost: Seconds, virtual or measured.
        failure: Why it failed, or empty.
        constraints: By name how far it is beyond each limit; at most 0 is feasible.
    """

    config: Mapping[str, Value]
    fidelity: float | None
    values: Mapping[str, float]
    test: Mapping[str, float] = field(default_factory=dict)
    noiseless: Mapping[str, float] = field(default_factory=dict)
    cost: float = 0.0
    failure: str = ""
    constraints: Mapping[str, float] = field(default_factory=dict)


def tasks(*patterns: str, catalogue: Folders = ()) -> list[Task]:
    """The tasks that names, globs or task sets stand for; all of them without any.

    Args:
        patterns: Such as `"bbob/*-d2-i1"` or `"core/blackbox"`.
        catalogue: The user's own folders.

    Raises:
        UserError: A name does not exist, or a glob matches nothing.
    """
    known = Catalogue(absolute_folders(catalogue))
    names, sets = known.tasks_and_sets(patterns)
    return known.select_tasks(names if patterns else ["*"], sets)


def optimizers(*patterns: str, catalogue: Folders = ()) -> list[Variant]:
    """The optimizers that names or globs stand for; all of them without any.

    Args:
        patterns: Such as `"smac/*"`.
        catalogue: The user's own folders.

    Raises:
        UserError: A name does not exist, or a glob matches nothing.
    """
    return Catalogue(absolute_folders(catalogue)).select_variants(patterns or ["*"])


def evaluate(
    task: str | Task | Callable[..., Any],
    config: Mapping[str, Value] | None = None,
    *,
    fidelity: float | None = None,
    seed: int = 0,
    catalogue: Folders = (),
) -> Evaluation:
    """Evaluate one configuration of a task, here and now.

    Args:
        task: Its name, or what `tasks`, `as_task` and `run` take for a task.
        config: Hyperparameters by name; by default the space's own.
        fidelity: Where on the task's fidelity; by default the highest.
        seed: Decides the evaluation's noise, in [0, 2**31 - 1].
        catalogue: The user's own folders.

    Raises:
        UserError: There is no such task, it cannot be evaluated here, or the configuration or
            the fidelity is not one of its own.
    """
    import_configspace()
    from hpobench.execution.construction import build, pose
    from hpobench.execution.questions import default_or_legal, legal_fidelity
    from hpobench.outcomes import judge_outcome

    chosen = chosen_tasks(task)
    if len(chosen.names) != 1:
        raise UserError(f"evaluate takes one task, not {len(chosen.names)}")
    (noise,) = checked_seeds([seed])
    found = Catalogue(absolute_folders(catalogue), chosen.parts).task(chosen.names[0])
    benchmark = build(found)
    problem = pose(found, benchmark)
    if config is not None and not isinstance(config, Mapping):
        raise UserError(f"config: hyperparameters by name, not {config!r:.100}")
    trial = Trial(
        config=default_or_legal(config, problem, "config"),
        fidelity=legal_fidelity(fidelity, problem, "fidelity"),
    )
    outcome = judge_outcome(
        benchmark.evaluate(trial, noise), found.objectives, constraints=found.constraints
    )
    return _evaluation(trial, outcome, problem)


def _evaluation(trial: Trial, outcome: Outcome, problem: Problem) -> Evaluation:
    """The outcome with maximised objectives as people read them."""
    sign = {each.name: -1 if each.maximize else 1 for each in problem.objectives}
    return Evaluation(
        config=dict(trial.config),
        fidelity=trial.fidelity,
        values={name: sign[name] * value for name, value in outcome.values.items()},
        test=_directed(outcome.test, sign),
        noiseless=_directed(outcome.noiseless, sign),
        cost=outcome.cost,
        failure=outcome.failure,
        constraints=dict(outcome.constraints),
    )


def _directed(untold: Mapping[str, float], sign: Mapping[str, int]) -> dict[str, float]:
    """What no optimizer is told, by objective and in the direction people read."""
    return {n: sign[n] * value for n, value in untold.items() if n in sign and isfinite(value)}
