"""Drive an optimizer by hand, as the run loop would, and note what it asks.

As a program it writes the trajectories of variants to a file: `SEED FILE VARIANT...`.
"""

import json
import math
import os
import random
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    GreaterThanCondition,
    Integer,
    OrdinalHyperparameter,
)
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from hpobench.adapters.shared.vectors import Vectors
from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.catalogue import Catalogue
from hpobench.cli.shared.options import open_catalogue
from hpobench.execution import construction
from hpobench.history import PastTask, PastTrial
from hpobench.optimizer import Environment, Optimizer, Signal, Variant
from hpobench.prior import Belief
from hpobench.space import draw_configs, violation
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Outcome, Trial, plain_value

Answer = Callable[[Trial, int], Outcome]

SLOW = 50
"""Milliseconds for one ask and tell."""

EPOCHS = Fidelity(name="epochs", low=1, high=27, integer=True)


@lru_cache
def catalogue() -> Catalogue:
    """Ours, and the folders that HPOBENCH_CATALOGUE names, as for the command line."""
    folders = filter(None, os.environ.get("HPOBENCH_CATALOGUE", "").split(os.pathsep))
    return open_catalogue([Path(folder) for folder in folders])


def alike(variant: Variant) -> tuple[str, Environment | None]:
    """What variants have in common that share most of their code: adapter and environment."""
    return variant.adapter, variant.environment


@lru_cache
def leaders() -> frozenset[str]:
    """The first variant of each adapter and environment: the others need less of a test."""
    last_wins = reversed(list(catalogue().variants.values()))
    return frozenset({alike(variant): variant.id for variant in last_wins}.values())


def slow_twin(variant: Variant) -> bool:
    """Whether it is slow, and most of what its tests could tell is told by those of a leader.

    One that chooses fidelities tells what a leader that does not cannot.
    """
    if variant.id in leaders() or variant.ask_tell_ms <= SLOW:
        return False
    kin = (each for each in catalogue().variants.values() if alike(each) == alike(variant))
    return variant.capabilities.fidelity == next(kin).capabilities.fidelity


def patience(variant: Variant) -> float:
    """Milliseconds that asking and telling may take in one test of a variant."""
    return 1000 if variant.id in leaders() else 200


def effort(variant: Variant) -> int:
    """Trials that take about a second, but enough to get beyond a first design."""
    least = 3 if slow_twin(variant) else 5
    return int(min(40, max(least, patience(variant) / variant.ask_tell_ms)))


def zoo(types: frozenset[str]) -> ConfigurationSpace:
    """A space with every feature among `types`."""
    members: dict[str, list[Any]] = {
        "float": [Float("lr", (1e-6, 0.1), log=True), Float("momentum", (0, 1))],
        "integer": [Integer("depth", (1, 9)), Integer("units", (4, 512), log=True)],
        "categorical": [Categorical("kind", ["adam", "sgd", "rms"])],
        "ordinal": [OrdinalHyperparameter("batch", [16, 32, 64, 128])],
        "constant": [Constant("layers", 3)],
    }
    space = ConfigurationSpace()
    space.add(*(each for kind, made in members.items() if kind in types for each in made))
    if {"float", "integer", "categorical", "condition"} <= types:
        space.add(EqualsCondition(space["momentum"], space["kind"], "sgd"))
        space.add(GreaterThanCondition(space["units"], space["depth"], 2))
    if {"integer", "categorical", "forbidden"} <= types:
        adam = ForbiddenEqualsClause(space["kind"], "rms")
        space.add(ForbiddenAndConjunction(adam, ForbiddenEqualsClause(space["depth"], 1)))
    return space


def mixture(types: frozenset[str]) -> ConfigurationSpace:
    """A space with a simplex of three, and beside it a condition, if that is among `types`."""
    weights: dict[str, Any] = {name: {"type": "simplex"} for name in ("web", "books", "code")}
    rate = {"rate": {"type": "float", "low": 1e-4, "high": 1.0, "log": True}}
    if not {"categorical", "condition"} <= types:
        return described_space(weights | rate)
    kind = {"type": "categorical", "values": ["adam", "sgd"]}
    momentum = {"type": "float", "low": 0.0, "high": 1.0, "if": {"kind": "sgd"}}
    return described_space(weights | rate | {"kind": kind, "momentum": momentum})


def pose(
    variant: Variant,
    space: ConfigurationSpace,
    *,
    objectives: int = 1,
    fidelity: Fidelity = EPOCHS,
    workers: int = 1,
) -> Problem:
    """A problem with a fidelity if the variant chooses one, and about its effort as budget."""
    return Problem(
        space=deepcopy(space),
        objectives=tuple(Objective(name=f"f{i}") for i in range(objectives)),
        fidelity=fidelity if variant.capabilities.fidelity else None,
        budget=Budget(effort(variant)),
        workers=workers,
        context={"N": 214_663_680, "D": 4_000_000_000},  # as of a language model
        continues=variant.capabilities.continues,
        signals=variant.capabilities.signals,
        history=past_of(space, objectives) if "history" in variant.capabilities.knowledge else (),
        prior=prior_of(space) if "prior" in variant.capabilities.knowledge else {},
        constraints=("c0", "c1") if variant.capabilities.constraints else (),
    )


def past_of(space: ConfigurationSpace, objectives: int) -> tuple[PastTask, ...]:
    """Two other tasks on which some of a space's configurations were tried."""
    answer = noise([f"f{i}" for i in range(objectives)])
    found = []
    for number, dataset in enumerate(("this", "that")):
        configs = draw_configs(deepcopy(space), 8, seed=number)
        told = [answer(Trial(config=config), number).vector for config in configs]
        trials = [
            PastTrial(config=config, fidelity=None, values=values)
            for config, values in zip(configs, told, strict=True)
        ]
        found.append(PastTask(dataset=dataset, trials=tuple(trials)))
    return tuple(found)


def prior_of(space: ConfigurationSpace) -> dict[str, Belief]:
    """A belief in each hyperparameter's default that can vary."""
    names = Vectors(space).names
    defaults = {name: plain_value(space[name].default_value) for name in names}
    return {name: Belief(default=default, width=0.25) for name, default in defaults.items()}


def start(variant: Variant, problem: Problem, seed: int = 1) -> Optimizer:
    """The variant's optimizer, ready to be asked; the global generators are anywhere."""
    return construction.start(variant, problem, seed, generators=int.from_bytes(os.urandom(3)))


def noise(
    names: Sequence[str] = ("f0",), signals: Sequence[str] = (), constraints: Sequence[str] = ()
) -> Answer:
    """A rugged function: a hash of the configuration, lower at higher fidelities.

    Of two configurations about one keeps a constraint.
    """

    def answer(trial: Trial, _: int) -> Outcome:
        text = repr(sorted(trial.config.items()))
        level = 0.1 / (trial.fidelity or 1.0)
        shares = {
            name: zlib.crc32(f"{name}{text}".encode()) / 2**32 for name in (*names, *constraints)
        }
        return Outcome(
            values={name: shares[name] + level for name in names},
            cost=trial.fidelity or 1.0,
            signals=dict.fromkeys(signals, level),
            constraints={name: shares[name] - 0.5 for name in constraints},
        )

    return answer


def noise_of(problem: Problem) -> Answer:
    """Noise with all that the problem says outcomes have."""
    names = [objective.name for objective in problem.objectives]
    return noise(names, problem.signals, problem.constraints)


def drive(
    optimizer: Optimizer,
    problem: Problem,
    trials: int,
    *,
    answer: Answer | None = None,
    shuffle: random.Random | None = None,
    until: Callable[[Trial], bool] = lambda _: False,
) -> list[Trial]:
    """What is asked with `problem.workers` trials pending, told in order or shuffled.

    Checks on the way that every trial is legal and goes on from one that it can, and that nobody
    waits for nothing. Runs on one thread, as runs do. Ends with the trial of which `until` holds.
    """
    with threadpool_limits(limits=1):
        return _drive(
            optimizer,
            problem,
            trials,
            answer or noise_of(problem),
            shuffle,
            until,
        )


def _drive(
    optimizer: Optimizer,
    problem: Problem,
    trials: int,
    answer: Answer,
    shuffle: random.Random | None,
    until: Callable[[Trial], bool],
) -> list[Trial]:
    """What `drive` does, on as many threads as there are."""
    asked: list[Trial] = []
    pending: list[tuple[Trial, int]] = []
    continued: dict[int, Trial] = {}
    while len(asked) < trials and not (asked and until(asked[-1])):
        asking = optimizer.ask() if len(pending) < problem.workers else Signal.WAIT
        if isinstance(asking, Trial):
            check(asking, problem)
            check_parent(asking, problem, continued)
            pending.append((asking, len(asked)))
            asked.append(asking)
        elif pending:
            trial, number = pending.pop(shuffle.randrange(len(pending)) if shuffle else 0)
            outcome = answer(trial, number)
            optimizer.tell(trial, outcome)
            if outcome.ok:
                continued[number] = trial
            for given_up in optimizer.release():
                continued.pop(given_up, None)
        else:
            assert asking is Signal.EXHAUSTED, "waits although nothing is pending"
            break
    return asked


def check(trial: Trial, problem: Problem) -> None:
    """A legal configuration in the space's order, of Python's own types, at a fidelity in range."""
    assert not violation(problem.space, trial.config)
    assert list(trial.config) == [name for name in problem.space if name in trial.config]
    assert {type(value) for value in trial.config.values()} <= {bool, int, float, str}
    if trial.fidelity is not None:
        fidelity = problem.fidelity
        assert fidelity is not None
        assert type(trial.fidelity) in {int, float}
        assert fidelity.low <= trial.fidelity <= fidelity.high
        assert not (fidelity.integer and trial.fidelity % 1)


def check_parent(trial: Trial, problem: Problem, told: Mapping[int, Trial]) -> None:
    """A parent that was told, has not failed and is not given up, and ended before this begins.

    Args:
        trial: What is asked for.
        problem: Says whether a trial may go on from one with another configuration.
        told: By number those that could be continued.
    """
    if trial.parent is None:
        return
    parent = told[trial.parent]
    assert (parent.fidelity or math.inf) < (trial.fidelity or math.inf)
    assert problem.continues or parent.config == trial.config


def trace(trials: list[Trial]) -> list[Any]:
    """Trials as plain data, for comparison to the bit."""
    return [[list(trial.config.items()), trial.fidelity, trial.parent] for trial in trials]


def reference(variant: Variant, seed: int, answer: Answer | None = None) -> list[Any]:
    """The trajectory of a variant on its zoo, with two workers if it can."""
    workers = 1 if variant.capabilities.workers == 1 else 2
    problem = pose(variant, zoo(variant.capabilities.types), workers=workers)
    asked = drive(start(variant, problem, seed), problem, effort(variant), answer=answer)
    found: list[Any] = json.loads(json.dumps(trace(asked)))
    return found


if __name__ == "__main__":
    seed, path, *names = sys.argv[1:]
    found = {name: reference(catalogue().variants[name], int(seed)) for name in names}
    Path(path).write_text(json.dumps(found), encoding="utf-8")
