"""The benchmark behind YAHPO Gym's models: an evaluation is one pass of a neural network."""

import json
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.yahpo.graph import read_graph
from hpobench.benchmarks.yahpo.operators import translate
from hpobench.benchmarks.yahpo.program import Cells, Program
from hpobench.benchmarks.yahpo.scenarios import SCENARIOS, Scenario
from hpobench.benchmarks.yahpo.space import read_space
from hpobench.errors import FileError, UnknownNameError
from hpobench.system.folders import locate
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

INACTIVE = "#na#"
"""What an encoding calls the value of a category that has none; numbers without a value are 0."""

LEAST_COST = 1e-3
"""Seconds that a training takes at least: the models answer 0 and less now and then."""


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
        fixed = {**given, **facts.fixed, facts.fidelity.name: facts.fidelity.high}
        known = _codes(codes, facts.categories)
        if given and str(instance) not in known[facts.instance]:
            instances = known[facts.instance].keys() - {INACTIVE}
            raise UnknownNameError(f"instance of {scenario}", str(instance), instances)
        self._program = opened(str(model))
        _agree(self._program, facts, known, model)
        self.space = read_space(space, fixed)
        self.fidelity = facts.fidelity
        self.objectives = tuple(
            Objective(name=name, maximize=maximize)
            for name, maximize in facts.outputs.items()
            if name not in facts.tests.values()
        )
        self._numbers = [(name, fixed.get(name, 0.0)) for name in facts.numbers]
        self._level = facts.numbers.index(facts.fidelity.name)
        self._categories = [(name, of, fixed.get(name, INACTIVE)) for name, of in known.items()]
        places = {name: i for i, name in enumerate(facts.outputs)}
        signs = {name: -1.0 if up else 1.0 for name, up in facts.outputs.items()}
        self._values = [(o.name, places[o.name], signs[o.name]) for o in self.objectives]
        self._tests = [(name, places[of], signs[of]) for name, of in facts.tests.items()]
        self._cost = places[facts.cost]

    def warm_up(self) -> None:
        """Load what runs the model."""
        self._ask  # noqa: B018 (it is kept)

    @cached_property
    def _ask(self) -> "Network":
        """What answers, made when it is needed."""
        return Network(self._program)

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002 (there is no noise)
        """Ask the model for a prediction."""
        given: Callable[[str, Any], Any] = trial.config.get
        numbers = [given(name, otherwise) for name, otherwise in self._numbers]
        if trial.fidelity is not None:
            numbers[self._level] = trial.fidelity
        told = self._ask(
            numbers, [codes[given(name, otherwise)] for name, codes, otherwise in self._categories]
        )
        return Outcome(  # 0.0 is added so that nothing is -0.0
            values={name: sign * told[place] + 0.0 for name, place, sign in self._values},
            test={name: sign * told[place] + 0.0 for name, place, sign in self._tests},
            cost=max(told[self._cost], LEAST_COST),
        )


class Network:
    """A program and a memory of its own, which is asked about one configuration at a time."""

    def __init__(self, program: Program) -> None:
        """Load the compiled code."""
        from hpobench.benchmarks.yahpo.machine import run_program

        self._run, self._program = run_program, program
        self._memory = program.memory.copy()
        self._numbers = self._part(program.numbers)
        self._answer = self._part(program.answer)
        self._codes = np.zeros(len(program.categories), np.int64)

    def _part(self, cells: Cells) -> npt.NDArray[np.float64]:
        """A view of the memory."""
        return self._memory[cells.start : cells.start + cells.size]

    def __call__(self, numbers: Sequence[float], categories: Sequence[int]) -> list[float]:
        """The outputs for a row of numbers and a row of the codes of categories."""
        self._numbers[:], self._codes[:] = numbers, categories
        self._run(self._program.steps, self._memory, self._program.weights, self._codes)
        answer: list[float] = self._answer.tolist()
        return answer


def _codes(path: Path, categories: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """By category, the code of each value."""
    try:
        encoding = json.loads(path.read_text(encoding="utf-8"))
        return {name: dict(encoding[name]) for name in categories}
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(path, f"is no encoding of YAHPO Gym's: {error}") from None


def _agree(program: Program, facts: Scenario, codes: dict[str, dict[str, int]], path: Path) -> None:
    """Refuse a model that does not take and answer what its scenario says."""
    sizes = (program.numbers.size, len(program.categories), program.answer.size)
    expected = (len(facts.numbers), len(facts.categories), len(facts.outputs))
    if sizes != expected:
        raise FileError(path, f"has {sizes} numbers, categories and outputs, not {expected}")
    for (name, known), rows in zip(codes.items(), program.categories, strict=True):
        if not all(type(code) is int and 0 <= code < rows for code in known.values()):
            raise FileError(path, f"does not know all codes of {name!r}: it has {rows}")


@lru_cache(maxsize=2)
def opened(path: str) -> Program:
    """A model that is ready to be run; all instances of a scenario share it.

    Raises:
        FileError: It is damaged, or has something in it that is not known here.
    """
    try:
        return translate(read_graph(Path(path).read_bytes()))
    except ValueError as error:
        raise FileError(Path(path), f"is no model that can be read here: {error}") from None
