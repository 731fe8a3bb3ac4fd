"""The benchmark behind YAHPO Gym's models: an evaluation is one pass of a neural network."""

import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.yahpo.scenarios import SCENARIOS
from hpobench.benchmarks.yahpo.shorten import shortened
from hpobench.benchmarks.yahpo.space import read_space
from hpobench.errors import FileError, UnknownNameError
from hpobench.system.folders import locate
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

INACTIVE = "#na#"
"""What an encoding calls the value of a category that has none; numbers without a value are 0."""

LEAST_COST = 1e-3
"""Seconds that a training takes at least: the models answer 0 and less now and then."""

KINDS = {"x_cont": np.float32, "x_cat": np.int32}
"""Of the inputs, which all models name alike."""

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
        self._model = str(model)
        readable(self._model)
        self.space = read_space(space, {*self._given, facts.fidelity.name})
        self.fidelity = facts.fidelity
        self.objectives = tuple(
            Objective(name=name, maximize=maximize)
            for name, maximize in facts.outputs.items()
            if name not in facts.tests.values()
        )
        self._signs = {name: -1.0 if up else 1.0 for name, up in facts.outputs.items()}

    def warm_up(self) -> None:
        """Import ONNX Runtime, and give it the model."""
        self._ask  # noqa: B018 (it is kept)

    @cached_property
    def _ask(self) -> "Asked":
        """What answers, made when it is needed."""
        return Asked(session(self._model))

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002 (there is no noise)
        """Ask the model."""
        level = self._facts.fidelity.high if trial.fidelity is None else trial.fidelity
        given: dict[str, Any] = {**trial.config, **self._given, self._facts.fidelity.name: level}
        answer = self._ask(
            [given.get(name, 0.0) for name in self._facts.numbers],
            [codes[given.get(name, INACTIVE)] for name, codes in self._codes.items()],
        )
        told = dict(zip(self._signs, answer, strict=True))
        signed = {name: sign * told[name] + 0.0 for name, sign in self._signs.items()}  # no -0.0
        return Outcome(
            values={objective.name: signed[objective.name] for objective in self.objectives},
            test={name: signed[test] for name, test in self._facts.tests.items()},
            cost=max(told[self._facts.cost], LEAST_COST),
        )


class Asked:
    """A session that is asked about one configuration at a time, through arrays that stay."""

    def __init__(self, session: Any) -> None:
        """Tie the session's inputs and its output to arrays."""
        self._session, self._binding = session, session.io_binding()
        self._inputs = {
            one.name: np.zeros((1, one.shape[1]), KINDS[one.name]) for one in session.get_inputs()
        }
        (output,) = session.get_outputs()
        self._output = np.zeros((1, output.shape[1]), np.float32)
        for name, array in self._inputs.items():
            place = (array.dtype.type, array.shape, array.ctypes.data)
            self._binding.bind_input(name, "cpu", 0, *place)
        self._binding.bind_output(
            output.name, "cpu", 0, np.float32, self._output.shape, self._output.ctypes.data
        )

    def __call__(self, numbers: list[Any], categories: list[int]) -> list[float]:
        """The outputs for a row of numbers and a row of the codes of categories."""
        self._inputs["x_cont"][0] = numbers
        self._inputs["x_cat"][0] = categories
        self._session.run_with_iobinding(self._binding)
        answer: list[float] = self._output[0].tolist()
        return answer


def _codes(path: Path, categories: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """By category, the code of each value."""
    try:
        encoding = json.loads(path.read_text(encoding="utf-8"))
        return {name: dict(encoding[name]) for name in categories}
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(path, f"is no encoding of YAHPO Gym's: {error}") from None


@lru_cache(maxsize=2)
def readable(path: str) -> bytes:
    """A model with fewer steps.

    Raises:
        FileError: It is damaged.
    """
    try:
        return shortened(Path(path).read_bytes())
    except ValueError as error:
        raise FileError(Path(path), f"is no model that ONNX Runtime reads: {error}") from None


@lru_cache(maxsize=2)
def session(path: str) -> Any:
    """A model, ready to be asked by one thread; all instances of a scenario share it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_free_dimension_override_by_name("batch_size", 1)  # shapes are worked out once
    options.log_severity_level = QUIET
    providers = ["CPUExecutionProvider"]
    try:
        return onnxruntime.InferenceSession(readable(path), options, providers=providers)
    except Exception as error:  # ONNX Runtime's errors have no common class but this
        version = onnxruntime.__version__
        raise FileError(Path(path), f"is no model that ONNX Runtime {version} reads") from error
