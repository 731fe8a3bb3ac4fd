"""Compute the constants of tasks that a model answers, many configurations at a time.

    python -m tests.model_constants yahpo-lcbench scan-bench-surrogate ...

Stands in for `hpobench run --optimizer random` and `hpobench constants`: random search is drawn
from the same distribution, all tasks of a data set share what is drawn, and the best known comes
from a search of its own around that of random search. Tasks that a file already has are left out.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, islice
from typing import Any

import numpy as np
from ConfigSpace import AndConjunction, CategoricalHyperparameter, OrdinalHyperparameter

from hpobench.benchmarks.yahpo.benchmark import LEAST_COST, Yahpo
from hpobench.benchmarks.yahpo.scenarios import SCENARIOS
from hpobench.execution.construction import build, pose
from hpobench.normalisation.from_draws import best_or_front, describe_task
from hpobench.normalisation.from_runs import Exact, TaskEvidence, constants
from hpobench.scoring.constants import Constants, save_constants
from hpobench.task import Task
from hpobench.trial import Trial, plain_value
from tests.constants import CHUNK, FOLDER, SEEDS, Box, Floats, missing, searched

COST = "the seconds of a trial"
"""Among the values that are told."""


class Coded(Box):
    """A task as a function of ConfigSpace's vectors: shares of ranges, and places in lists."""

    def __init__(self, task: Task) -> None:
        self.task, self.benchmark = task, build(task)
        self.parts: list[Any] = list(self.benchmark.space.values())
        listed = [self._listed(hp) for hp in self.parts]
        self.low: Floats = np.zeros(len(listed))
        self.high: Floats = np.array([float(len(each) - 1) if each else 1.0 for each in listed])
        self.whole = np.array([bool(each) for each in listed])

    def sample(self, rng: np.random.Generator, count: int) -> Floats:
        """As ConfigSpace draws; what is inactive is left out when a point is evaluated."""
        state = np.random.RandomState(int(rng.integers(2**31)))
        columns = [hp.sample_vector(count, seed=state) for hp in self.parts]
        return np.stack(columns, axis=1).astype(np.float64)

    def evaluate(self, points: Floats, seed: int) -> Floats:
        """What a run is told at some points, shape (points, objectives)."""
        told = self.told(points)
        return np.stack([told[name] for name in self.task.objectives], axis=1)

    def told(self, points: Floats) -> dict[str, Floats]:
        """By objective the values at some points, and what they cost."""
        values, active = self.decoded(points)
        configs = [
            {n: plain_value(column[i]) for n, column in values.items() if active[n][i]}
            for i in range(len(points))
        ]
        outcomes = [self.benchmark.evaluate(Trial(config=config), 0) for config in configs]
        names = [objective.name for objective in self.benchmark.objectives]
        found = {name: np.array([o.values[name] for o in outcomes]) for name in names}
        return {**found, COST: np.array([o.cost for o in outcomes])}

    def decoded(self, points: Floats) -> tuple[dict[str, Any], dict[str, Any]]:
        """By hyperparameter its values, and where it is active."""
        legal = np.clip(np.where(self.whole, np.round(points), points), self.low, self.high)
        values = {hp.name: hp.to_value(legal[:, i]) for i, hp in enumerate(self.parts)}
        active = {hp.name: np.ones(len(points), dtype=bool) for hp in self.parts}
        for rule in self.benchmark.space.conditions:
            together: list[Any] = [rule]
            if isinstance(rule, AndConjunction):
                together = list(rule.components)
            for each in together:
                allowed = getattr(each, "values", None) or [each.value]
                met = np.isin(values[each.parent.name], list(allowed))
                active[rule.child.name] &= met & active[each.parent.name]
        return values, active

    @staticmethod
    def _listed(hp: Any) -> tuple[Any, ...]:
        """The values of a hyperparameter that lists them."""
        if isinstance(hp, OrdinalHyperparameter):
            return tuple(hp.sequence)
        return tuple(hp.choices) if isinstance(hp, CategoricalHyperparameter) else ()


class Batched(Coded):
    """A task of YAHPO Gym's."""

    benchmark: Yahpo

    def told(self, points: Floats) -> dict[str, Floats]:
        """One pass of the network for each."""
        values, active = self.decoded(points)

        def column(name: str, otherwise: Any) -> Any:
            if name in values:
                return np.where(active[name], values[name], otherwise)
            return np.array([otherwise] * len(points))

        numbers = np.stack([column(*each) for each in self.benchmark._numbers], axis=1)
        places = np.array(
            [
                [codes[str(value)] for value in column(name, otherwise)]
                for name, codes, otherwise in self.benchmark._categories
            ]
        ).T
        rows = zip(numbers.tolist(), places.tolist(), strict=True)
        answer = np.array([self.benchmark._ask(*row) for row in rows])
        facts = SCENARIOS[self.task.params["scenario"]]
        found = dict(zip(facts.outputs, answer.T, strict=True))
        signed = {name: -found[name] if up else found[name] for name, up in facts.outputs.items()}
        return {**signed, COST: np.maximum(found[facts.cost], LEAST_COST)}


def evidence(model: Coded, trials: int) -> TaskEvidence:
    """What random search, and a search around what it found, say of a task."""
    rngs = [np.random.default_rng(seed) for seed in range(SEEDS)]
    points = [model.sample(rng, trials) for rng in rngs]
    told = [model.told(each) for each in points]
    values = [np.stack([each[n] for n in model.task.objectives], axis=1) for each in told]
    everything = np.concatenate(values)
    return TaskEvidence(
        task=describe_task(model.task, pose(model.task, model.benchmark)),
        random=[best_or_front(found) for found in values],
        trials=everything,
        seen=best_or_front(searched(model, np.concatenate(points), everything)),
        seconds=np.array([each[COST].sum() for each in told]),
    )


def found(tasks: list[Task]) -> Iterator[tuple[str, Constants]]:
    """The constants of the tasks of one benchmark: random search leaves its fidelity alone."""
    known: dict[Any, TaskEvidence] = {}
    for task in tasks:
        conditions = (task.objectives, task.budget)
        if conditions not in known:
            model = (Batched if task.benchmark.endswith(":Yahpo") else Coded)(task)
            known[conditions] = evidence(model, int(task.budget.amount))
        about = replace(known[conditions].task, id=task.id, base_id=task.base_id, kind=task.kind)
        yield task.id, constants(replace(known[conditions], task=about), Exact())


def main(collections: list[str]) -> None:
    """Add what is missing to each collection's file, some benchmarks at a time."""

    def shared(task: Task) -> str:
        return repr(task.params)

    for collection in collections:
        groups = (list(g) for _, g in groupby(sorted(missing(collection), key=shared), shared))
        while chunk := list(islice(groups, CHUNK)):
            save_constants(
                FOLDER / f"{collection}.json", {t: c for group in chunk for t, c in found(group)}
            )
            print(collection, chunk[-1][-1].id, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
