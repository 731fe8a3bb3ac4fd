"""Test problems from pymoo, most of them with several objectives, some with constraints."""

from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace
from pymoo.problems import get_problem
from pymoo.problems.many import InvertedDTLZ1
from pymoo.problems.multi.omnitest import OmniTest
from pymoo.problems.multi.sympart import SYMPART, SYMPARTRotated

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

NAMELESS = {
    "inverted_dtlz1": InvertedDTLZ1,
    "omnitest": OmniTest,
    "sympart": SYMPART,
    "sympart_rotated": SYMPARTRotated,
}
"""Problems that `pymoo.problems.get_problem` has no usable name for."""

BITS = {"zdt5"}
"""Problems over bit strings, whatever type pymoo gives their variables."""


class Pymoo(Benchmark):
    """A problem whose variables are all floats, or all bits, which are integers 0 and 1 here.

    Objectives are called f1, f2, ... and minimised, constraints g1, g2, ... and at most 0 where
    they hold; nothing is noisy.

    Source:
        Blank and Deb (2020), pymoo: Multi-Objective Optimization in Python, which names the
        paper of each problem.
    """

    def __init__(self, *, problem: str, **arguments: int) -> None:
        """Set up a problem.

        Args:
            problem: pymoo's name for it in lower case, or a key of `NAMELESS`.
            arguments: pymoo's arguments where its defaults are not meant: `n_var`, `n_obj`,
                `difficulty`.
        """
        self._problem = _problem(problem, arguments)
        bounds = zip(self._problem.xl.tolist(), self._problem.xu.tolist(), strict=True)
        ranges = [(0, 1) if problem in BITS else pair for pair in bounds]
        self._names = names(len(ranges))
        self.space = ConfigurationSpace(dict(zip(self._names, ranges, strict=True)))
        self.objectives = _objectives(self._problem.n_obj)
        self.constraints = tuple(f"g{i + 1}" for i in range(self._problem.n_ieq_constr))

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002
        """Answer with all objectives and constraints."""
        point = np.array([[trial.config[name] for name in self._names]], dtype=float)
        if not self.constraints:
            (vector,) = self._problem.evaluate(point).tolist()
            return Outcome(values={f"f{i + 1}": value for i, value in enumerate(vector)})
        with np.errstate(all="ignore"):  # some are infeasible for dividing by zero
            found = self._problem.evaluate(point, return_as_dictionary=True)
        (vector,), (excesses,) = found["F"].tolist(), found["G"].tolist()
        return Outcome(
            values={f"f{i + 1}": value for i, value in enumerate(vector)},
            constraints=dict(zip(self.constraints, excesses, strict=True)),
        )


class Mixed(Benchmark):
    """Distances to two points of a line and an integer grid, the second one scaled by choices.

    Source:
        The mixed-variable example in pymoo's documentation,
        https://pymoo.org/customization/mixed.html.
    """

    def __init__(self) -> None:
        """Set up the only instance."""
        self.space = ConfigurationSpace(
            {"b": [False, True], "x": ["nothing", "multiply"], "y": (-2, 2), "z": (-5.0, 5.0)}
        )
        self.objectives = _objectives(2)
        self.best = {"f1": 0.0, "f2": 0.0}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002
        """Answer with the two (scaled) squared distances."""
        y, z = float(trial.config["y"]), float(trial.config["z"])
        scale = (100 if trial.config["b"] else 1) * (10 if trial.config["x"] == "multiply" else 1)
        return Outcome(values={"f1": z**2 + y**2, "f2": scale * ((z + 2) ** 2 + (y - 1) ** 2)})


def _problem(name: str, arguments: dict[str, int]) -> Any:
    """Build pymoo's own object."""
    if name in NAMELESS:
        return NAMELESS[name](**arguments)
    return get_problem(name, **arguments)


def _objectives(count: int) -> tuple[Objective, ...]:
    """The objectives f1 to f`count`."""
    return tuple(Objective(name=f"f{i + 1}") for i in range(count))
