"""What an optimizer is told and asks, as plain data that crosses between interpreters."""

from collections.abc import Mapping
from typing import Any

from hpobench.history import PastTask
from hpobench.prior import Belief
from hpobench.system.plain_data import from_plain, to_plain
from hpobench.task import Budget, Fidelity, Noise, Objective, Problem
from hpobench.trial import Outcome, Trial


def pack_problem(problem: Problem) -> dict[str, Any]:
    """A problem as JSON can hold it; its space in ConfigSpace's own format.

    The state of the space's generator is left behind: an optimizer seeds the space itself.
    """
    from hpobench.space import exact_bounds

    return {
        "space": problem.space.to_serialized_dict(),
        "bounds": exact_bounds(problem.space),
        "objectives": to_plain(problem.objectives),
        "fidelity": to_plain(problem.fidelity),
        "budget": to_plain(problem.budget),
        "workers": problem.workers,
        "initial": [dict(config) for config in problem.initial],
        "context": dict(problem.context),
        "continues": problem.continues,
        "signals": list(problem.signals),
        "history": to_plain(problem.history),
        "prior": to_plain(problem.prior),
        "noise": str(problem.noise),
        "masked": problem.masked,
    }


def unpack_problem(data: Mapping[str, Any]) -> Problem:
    """The problem that was packed."""
    from ConfigSpace import ConfigurationSpace

    from hpobench.space import set_exact_bounds

    return Problem(
        space=set_exact_bounds(
            ConfigurationSpace.from_serialized_dict(data["space"]), data["bounds"]
        ),
        objectives=tuple(from_plain(Objective, objective) for objective in data["objectives"]),
        fidelity=from_plain(Fidelity, data["fidelity"]),
        budget=from_plain(Budget, data["budget"]),
        workers=data["workers"],
        initial=tuple(data["initial"]),
        context=data["context"],
        continues=data["continues"],
        signals=tuple(data["signals"]),
        history=tuple(from_plain(PastTask, past) for past in data["history"]),
        prior={name: from_plain(Belief, belief) for name, belief in data["prior"].items()},
        noise=Noise(data["noise"]),
        masked=data["masked"],
    )


def pack_trial(trial: Trial) -> dict[str, Any]:
    """A trial without its handle, which stays with its optimizer."""
    return {"config": dict(trial.config), "fidelity": trial.fidelity, "parent": trial.parent}


def pack_outcome(outcome: Outcome) -> dict[str, Any]:
    """An outcome without test values, which no optimizer sees."""
    return {
        "values": dict(outcome.values),
        "cost": outcome.cost,
        "failure": outcome.failure,
        "signals": dict(outcome.signals),
    }


def unpack_outcome(data: Mapping[str, Any]) -> Outcome:
    """The outcome that was packed."""
    return Outcome(**data)
