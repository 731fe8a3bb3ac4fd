"""The benchmark behind surrogates of our own."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.recorded.benchmark import (
    cached_table,
    origin_facts,
    recorded_fidelity,
)
from hpobench.benchmarks.recorded.cache import Entry, cached
from hpobench.benchmarks.recorded.configurations import encoders
from hpobench.benchmarks.recorded.spec import Spec
from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.benchmarks.surrogate.forest import Forest
from hpobench.errors import UserError
from hpobench.system.folders import locate
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

LEAST = {"r2": 0.7, "rho": 0.8}
"""What each objective has to reach in cross-validation, or the surrogate is refused."""

VERSION = 1
"""Raised when the same data give another forest."""


class Surrogate(Benchmark):
    """A forest of extremely randomised trees, fitted to a recorded table the first time.

    It has the parameters of `recorded.Recorded`, but for `lookup`: every configuration of the
    space has an answer of its own. One forest predicts all objectives, test values and recorded
    costs. Failed trainings are left out, so that none fails; repeated trainings are averaged, so
    that there is no noise; a configuration is scored by its test values where the table's are. The
    fidelity is an input; a training that ended before the highest fidelity tells there what it
    told at its end, as in the table.

    The forest is kept as plain arrays among the converted tables. Its quality is measured
    by cross-validation over five parts of the configurations, at full fidelity.

    Source:
        Geurts et al. (2006), Extremely randomized trees, https://doi.org/10.1007/s10994-006-6226-1;
        Eggensperger et al. (2015), Efficient Benchmarking of Hyperparameter Optimizers via
        Surrogates, https://doi.org/10.1609/aaai.v29i1.9375, for forests in the place of trainings.
    """

    def __init__(self, **params: Any) -> None:
        """Open the forest, which is fitted the first time.

        Raises:
            UserError: It is not good enough, or the parameters are not those of a table.
        """
        spec, table, model = fitted_forest(params)
        refuse_unfitting(spec, model)
        hyperparameters = table.facts["hyperparameters"]
        self.space = described_space(hyperparameters, spec.forbidden)
        self.objectives = tuple(
            Objective(name=name, maximize=each.sign < 0) for name, each in spec.objectives.items()
        )
        self.fidelity = recorded_fidelity(spec, table)
        self.facts = {**facts(model), **origin_facts(table)}
        self._encode = encoders(hyperparameters)
        self._forest = Forest.of(model.arrays)
        self._outputs = model.facts["outputs"]
        self._tests = [name for name in spec.objectives if f"test {name}" in self._outputs]
        by_test = {n for n in self._tests if spec.objectives[n].by_test}
        scored = {name: f"test {name}" if name in by_test else name for name in spec.objectives}
        self._scored = scored if by_test else {}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002 (there is no noise)
        """Ask the forest for a prediction."""
        point = [x for name, of in self._encode.items() for x in of(trial.config.get(name))]
        share = 1.0
        if self.fidelity:
            level = self.fidelity.high if trial.fidelity is None else trial.fidelity
            point.append(math.log(level))
            share = level / self.fidelity.high
        answer = self._forest.predict(np.array(point, dtype=np.float32)).tolist()
        told = {
            name: _unscaled(value, scaling)
            for value, (name, scaling) in zip(answer, self._outputs.items(), strict=True)
        }
        return Outcome(
            values={objective.name: told[objective.name] for objective in self.objectives},
            test={name: told[f"test {name}"] for name in self._tests},
            noiseless={name: told[output] for name, output in self._scored.items()},
            cost=told.get("cost", share),
        )


def fitted_forest(params: Mapping[str, Any]) -> tuple[Spec, Entry, Entry]:
    """What the parameters say, the converted table, and the forest fitted to it.

    Raises:
        UserError: The parameters are not those of a table, or it is too small.
    """
    if "lookup" in params:
        raise UserError("a surrogate has no parameter 'lookup': it answers everywhere")
    spec = Spec.of({**params, "lookup": "nearest"})
    table = cached_table(spec)

    def fit() -> Any:
        from hpobench.benchmarks.surrogate.fit import fit_forest

        return fit_forest(spec, table)

    libraries = [version(name) for name in ("scikit-learn", "numpy")]
    identity = ["surrogate", VERSION, *libraries, asdict(spec)]
    key = json.dumps(identity, sort_keys=True, default=str)
    return spec, table, cached(locate(spec.file), key, fit)


def refuse_unfitting(spec: Spec, model: Entry) -> None:
    """Refuse a model that is not good enough.

    Raises:
        UserError: With what it reaches, and what is needed.
    """
    if bad := poor(model):
        reached = ", ".join(
            f"{name}: {surrogate_agreement(model.facts['quality'][name])}" for name in bad
        )
        raise UserError(
            f"{spec.file}: the surrogate is not good enough to stand for the table ({reached}; "
            f"needed are {surrogate_agreement(LEAST)}): use the table itself, or leave these "
            "objectives out"
        )


def poor(model: Entry) -> list[str]:
    """The objectives that are predicted too badly."""
    quality = model.facts["quality"].items()
    return [name for name, has in quality if any(has[by] < LEAST[by] for by in LEAST)]


def surrogate_agreement(quality: Mapping[str, float]) -> str:
    """R2 and Spearman's rho in words."""
    return f"R2 {quality['r2']:.2f} and Spearman's rho {quality['rho']:.2f}"


def facts(model: Entry) -> dict[str, str]:
    """What people should know of a forest."""
    quality = model.facts["quality"].items()
    return {
        "surrogate": f"a forest of {len(model.arrays['roots'])} trees, {model.facts['digest']}, "
        f"of {model.facts['results']} results of {model.facts['configurations']} configurations",
        "quality": "; ".join(f"{name}: {surrogate_agreement(has)}" for name, has in quality)
        + " on configurations it was not fitted to",
    }


def _unscaled(value: float, scaling: Mapping[str, Any]) -> float:
    """An output in the units of the table."""
    fitted: float = value * scaling["scale"] + scaling["mean"]
    return math.exp(fitted) if scaling["log"] else fitted
