"""What an optimizer is told and asks, as plain data that crosses between interpreters."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from hpobench.diversity.axes import MeasureAxis
from hpobench.history import PastTask
from hpobench.prior import Belief
from hpobench.settings import Noise
from hpobench.system.plain_data import from_plain, to_plain
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import UNTOLD, Outcome, Trial

SPACE, BOUNDS = "space", "bounds"
"""What a problem's space is packed as: ConfigSpace's own format, and the bounds that it rounds."""


def pack_problem(problem: Problem) -> dict[str, Any]:
    """A problem as JSON can hold it; its space in ConfigSpace's own format.

    The state of the space's generator is left behind: an optimizer seeds the space itself.
    """
    from hpobench.space import exact_bounds

    plain = {f.name: to_plain(getattr(problem, f.name)) for f in fields(problem) if f.name != SPACE}
    space = {SPACE: problem.space.to_serialized_dict(), BOUNDS: exact_bounds(problem.space)}
    return {**plain, **space}


def unpack_problem(data: Mapping[str, Any]) -> Problem:
    """The problem that was packed."""
    from ConfigSpace import ConfigurationSpace

    from hpobench.space import set_exact_bounds

    rest = {**data}
    space = ConfigurationSpace.from_serialized_dict(rest.pop(SPACE))
    restored: dict[str, Any] = {
        SPACE: set_exact_bounds(space, rest.pop(BOUNDS)),
        "objectives": tuple(from_plain(Objective, objective) for objective in data["objectives"]),
        "fidelity": from_plain(Fidelity, data["fidelity"]),
        "budget": from_plain(Budget, data["budget"]),
        "initial": tuple(data["initial"]),
        "inherited": tuple(data["inherited"]),
        "signals": tuple(data["signals"]),
        "constraints": tuple(data["constraints"]),
        "measures": tuple(from_plain(MeasureAxis, each) for each in data["measures"]),
        "noise": Noise(data["noise"]),
        "history": tuple(from_plain(PastTask, past) for past in data["history"]),
        "prior": {name: from_plain(Belief, belief) for name, belief in data["prior"].items()},
    }
    return Problem(**{**rest, **restored})


def pack_trial(trial: Trial) -> dict[str, Any]:
    """A trial without its handle, which stays with its optimizer."""
    return {f.name: to_plain(getattr(trial, f.name)) for f in fields(trial) if f.name != "handle"}


def pack_outcome(outcome: Outcome) -> dict[str, Any]:
    """An outcome without what no optimizer is told."""
    told = [field.name for field in fields(outcome) if field.name not in UNTOLD]
    return {name: to_plain(getattr(outcome, name)) for name in told}


def unpack_outcome(data: Mapping[str, Any]) -> Outcome:
    """The outcome that was packed."""
    return Outcome(**data)
