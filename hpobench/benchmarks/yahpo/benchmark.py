"""The benchmark behind YAHPO Gym's models: an evaluation is one pass of a neural network."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.yahpo.scenarios import SCENARIOS
from hpobench.benchmarks.yahpo.space import read_space
from hpobench.errors import FileError, UnknownNameError
from hpobench.folders import locate
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

INACTIVE = "#na#"
"""What an encoding calls the value of a category that has none; numbers without a value are 0."""

LEAST_COST = 1e-3
"""Seconds that a training takes at least: the models answer 0 and less now and then."""

QUIET = 3
"""ONNX Runtime tells errors only."""


class Yahpo(Benchmark):
    """A data set of a scenario of YAHPO Gym: a neural network fitted to recorded results.

    All outputs of the model are objectives, but for those that are the same on test data: these
    are test values. They are float32 numbers and the same to the bit in every call, since a
    configuration is never evaluated together with others, and by one thread. The cost is the
    predicted time of the training in seconds. Noise there is none.

    Source:
        Pfisterer et al. (2022), YAHPO Gym, https://arxiv.org/abs/2109.03670, version 1.0.2.
    """

    def __init__(self, *, scenario: str, instance: str | int) -> None:
        """Open a model.

        Args:
            scenario: A key of `SCENARIOS`; its files lie in the data set `yahpo`.
            instance: The data set, as the scenario calls it.

        Raises:
            UserError: There is no such scenario or instance, or its files are not here.
        """
        if scenario not in SCENARIOS:
            raise UnknownNameError("scenario of YAHPO Gym", scenario, SCENARIOS)
        facts = SCENARIOS[scenario]
        given = {facts.instance: str(instance)} if facts.instance else {}
        space, codes, model = (
            locate(f"yahpo/{scenario}/{name}")
            for name in ("config_space.json", "encoding.json", "model.onnx")
        )
        self._facts, self._given = facts, {**given, **facts.fixed}
        self._codes = _codes(codes, facts.categories)
        if given and str(instance) not in self._codes[facts.instance]:
            known = self._codes[facts.instance].keys() - {INACTIVE}
            raise UnknownNameError(f"instance of {scenario}", str(instance), known)
        self._session = session(str(model))
        self.space = read_space(space, {*self._given, facts.fidelity.name})
        self.fidelity = facts.fidelity
        self.objectives = tuple(
            Objective(name=name, maximize=maximize)
            for name, maximize in facts.outputs.items()
            if name not in facts.tests.values()
        )
        self._signs = {name: -1.0 if up else 1.0 for name, up in facts.outputs.items()}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002 (there is no noise)
        """Ask the model."""
        level = self._facts.fidelity.high if trial.fidelity is None else trial.fidelity
        given = {**trial.config, **self._given, self._facts.fidelity.name: level}
        inputs = self.inputs(given)
        (answer,) = self._session.run(None, inputs)[0].tolist()
        told = dict(zip(self._signs, answer, strict=True))
        signed = {name: sign * told[name] + 0.0 for name, sign in self._signs.items()}  # no -0.0
        return Outcome(
            values={objective.name: signed[objective.name] for objective in self.objectives},
            test={name: signed[test] for name, test in self._facts.tests.items()},
            cost=max(told[self._facts.cost], LEAST_COST),
        )

    def inputs(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the model is fed: a row of numbers and a row of the codes of categories."""
        numbers = [given.get(name, 0.0) for name in self._facts.numbers]
        categories = [codes[given.get(name, INACTIVE)] for name, codes in self._codes.items()]
        return {
            "x_cont": np.array([numbers], dtype=np.float32),
            "x_cat": np.array([categories], dtype=np.int32),
        }


def _codes(path: Path, categories: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """By category, the code of each value."""
    try:
        encoding = json.loads(path.read_text(encoding="utf-8"))
        return {name: dict(encoding[name]) for name in categories}
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(path, f"is no encoding of YAHPO Gym's: {error}") from None


@lru_cache(maxsize=2)
def session(path: str) -> Any:
    """A model, ready to be asked by one thread; all instances of a scenario share it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common class but this
        raise FileError(Path(path), f"is no model that ONNX Runtime {_version()} reads") from error


def _version() -> str:
    """Of ONNX Runtime."""
    return str(onnxruntime.__version__)
