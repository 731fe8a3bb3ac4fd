"""COCO's suites beyond BBOB's own: mixed-integer, bi-objective and large ones, from cocoex."""

import re

import cocoex
from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.task import Objective
from hpobench.trial import Config, Outcome, Trial, Value

SCALES = (
    *(1, 1e-3, 1e-1, 1e-1, 1, 1e-2, 1, 1e-2, 1e-2, 1e-3, 1e-2, 1e-4),
    *(1e-1, 1, 1e-1, 1, 10, 1, 10, 1e-1, 1, 1, 10, 1e-1),
)
"""What mixed-integer suites multiply the values of BBOB's functions 1 to 24 by.

Source: Tusar et al. (2019), and suite_bbob_mixint.c of coco-experiment 2.8.2.
"""

PART = re.compile(r"bbob_f(\d+)_i(\d+)_d")
"""Function and instance of BBOB, twice in the name of a bi-objective problem."""


class Coco(Benchmark):
    """A problem of a suite with known optima: of each objective, for several.

    Objectives are minimised: `loss`, or `f1` and `f2`. Hyperparameters that are integers come
    first. Values have BBOB's offsets.

    Attributes:
        name: What the suite calls the problem.

    Source:
        Hansen et al. (2021), COCO: A Platform for Comparing Continuous Optimizers in a Black-Box
        Setting; Tusar et al. (2019), Mixed-Integer Benchmark Problems for Single- and
        Bi-Objective Optimization; Brockhoff et al. (2022), Using Well-Understood Single-Objective
        Functions in Multiobjective Black-Box Optimization Test Suites; Varelas et al. (2018), A
        Comparative Study of Large-Scale Variants of CMA-ES (the large suite).
    """

    def __init__(self, *, suite: str, function: int, dimension: int, instance: int) -> None:
        """Set up the problem.

        Args:
            suite: `bbob-mixint`, `bbob-biobj`, `bbob-biobj-mixint`, or `bbob-largescale`.
            function: From 1; 24 in suites with one objective, 55 and 92 in those with two.
            dimension: One of the suite's own.
            instance: 1 to 15.
        """
        self._problem = problem(suite, function, dimension, instance)
        self._names = names(dimension)
        self.space = ConfigurationSpace(
            dict(zip(self._names, coordinate_ranges(self._problem), strict=True))
        )
        self.name: str = self._problem.name
        best = optima(suite, function, instance, self.name)
        self._objectives = ["loss"] if len(best) == 1 else ["f1", "f2"]
        self.objectives = tuple(Objective(name=name) for name in self._objectives)
        self.best = dict(zip(self._objectives, best, strict=True))

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002
        """Answer with the problem's value or values, which have no noise."""
        values = self._problem(self._point(trial.config)).tolist()
        vector = values if isinstance(values, list) else [values]
        return Outcome(values=dict(zip(self._objectives, vector, strict=True)))

    def _point(self, config: Config) -> list[Value]:
        """The hyperparameters in the problem's order."""
        return [config[name] for name in self._names]


def problem(suite: str, function: int, dimension: int, instance: int) -> cocoex.Problem:
    """One problem by its position in the suite, without building the others.

    Raises:
        ValueError: The suite has no such problem.
    """
    found = cocoex.Suite(
        suite,
        "",
        f"function_indices:{function} dimensions:{dimension} instance_indices:{instance}",
    )
    if len(found) != 1:
        raise ValueError(f"{suite} has no function {function}, {dimension}, instance {instance}")
    return found[0]


def coordinate_ranges(found: cocoex.Problem) -> list[tuple[float, float]]:
    """The bounds of each variable, as integers for those that are, which come first."""
    count = found.number_of_integer_variables
    pairs = list(zip(found.lower_bounds.tolist(), found.upper_bounds.tolist(), strict=True))
    return [(int(low), int(high)) for low, high in pairs[:count]] + pairs[count:]


def optima(suite: str, function: int, instance: int, name: str) -> list[float]:
    """The smallest value of each objective.

    It depends neither on the dimension nor on which variables are integers: these are placed
    so that the optimum is among them.

    Args:
        suite: The suite's name.
        function: BBOB's function, if there is one objective.
        instance: BBOB's instance, likewise.
        name: The problem's name in the suite, which says what objectives it is made of.
    """
    parts = [(int(f), int(i)) for f, i in PART.findall(name)] if "biobj" in suite else []
    scaled = "mixint" in suite
    return [
        cocoex.BareProblem("bbob", f, 2, i).best_value() * (SCALES[f - 1] if scaled else 1)
        for f, i in parts or [(function, instance)]
    ]
