"""Monte Carlo tree search: one decision after the other, each where it paid before."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import choices, position_of, value_at
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, Value

MOST_LISTED = 8
"""So many listed values are branches of their own; more of them, and ranges, are halved."""


@dataclass(slots=True)
class Branching:
    """What is known of all configurations that begin with the same decisions.

    Attributes:
        visits: How many were asked for.
        rewards: The sum of what they were worth, each in [0, 1].
        children: By the next decision.
    """

    visits: int = 0
    rewards: float = 0.0
    children: dict[int, "Branching"] = field(default_factory=dict)


class TreeSearch(Optimizer):
    """Decide one active hyperparameter after the other by upper confidence bounds (UCT).

    Hyperparameters are decided parents first, so that the tree has the branches that conditions
    leave open and no others. One that lists few values has a branch for each; of another one a
    range is halved, `bisections` times, and then drawn from, so that good parts of ranges share
    what is known of them. Below what was visited before all is drawn at random (a rollout). What
    a configuration is worth is its rank among all, so that the scale of losses is of no account;
    one that failed is worth nothing.

    Args:
        exploration: The factor of the bound's second term.
        bisections: How often a range is halved; 0 draws from the whole range.

    Source: Negrinho and Gordon (2017), DeepArchitect: Automatically Designing and Training Deep
    Architectures, arXiv:1704.08792, sections 5.2 and 5.3: Monte Carlo tree search, and with
    bisections ("restructuring the tree"); Kocsis and Szepesvari (2006), Bandit Based Monte-Carlo
    Planning, ECML.
    """

    def __init__(
        self, problem: Problem, seed: int, *, exploration: float = 0.33, bisections: int = 2
    ) -> None:
        self._space = problem.space
        self._rng = np.random.default_rng(seed)
        self._exploration, self._bisections = exploration, bisections
        self._initial = list(problem.initial)[::-1]
        self._root = Branching()
        self._told: list[tuple[list[int], float]] = []

    def ask(self) -> Trial | Signal:
        """A configuration along the most promising path, or the next of the initial design."""
        if self._initial:
            return self._visited(self._initial.pop())
        return propose_legal(self._space, self._proposal, lambda *_: None)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note what the path was worth, and what all others are worth beside it."""
        self._told.append((trial.handle, outcome.value if outcome.ok else math.inf))
        losses = np.array([loss for _, loss in self._told])
        order = np.searchsorted(np.sort(losses), losses, side="right")
        rewards = np.where(np.isfinite(losses), 1 - (order - 1) / max(len(losses), 2), 0.0)
        self._root = Branching()
        for (path, _), reward in zip(self._told, rewards.tolist(), strict=True):
            self._add(path, reward)

    def _proposal(self) -> Trial:
        path: list[int] = []
        node: list[Branching | None] = [self._root]

        def decide(branches: int) -> int:
            chosen = self._branch(node[0], branches)
            path.append(chosen)
            node[0] = node[0].children.get(chosen) if node[0] else None
            return chosen

        config = define_by_run(self._space, lambda name: self._value(name, decide))
        return Trial(config=config, handle=path)

    def _value(self, name: str, decide: Callable[[int], int]) -> Value:
        """A value of a hyperparameter by as many decisions as it takes."""
        hyperparameter = self._space[name]
        if (listed := choices(hyperparameter)) and len(listed) <= MOST_LISTED:
            return listed[decide(len(listed)) if len(listed) > 1 else 0]
        low, width = 0.0, 1.0
        for _ in range(self._bisections):
            width /= 2
            low += width * decide(2)
        return value_at(hyperparameter, low + width * self._rng.random())

    def _branch(self, node: Branching | None, branches: int) -> int:
        """A branch that was never taken, or else that with the highest bound."""
        taken = node.children if node else {}
        if untaken := [branch for branch in range(branches) if branch not in taken]:
            return int(self._rng.choice(untaken))
        bounds = [
            each.rewards / each.visits
            + self._exploration * math.sqrt(2 * math.log(node.visits) / each.visits)
            for each in (taken[branch] for branch in range(branches))
            if node
        ]
        best = np.flatnonzero(np.array(bounds) == max(bounds))
        return int(self._rng.choice(best))

    def _visited(self, config: Config) -> Trial:
        """A given configuration with the decisions that lead to it."""
        path: list[int] = []
        for name in config:
            self._decisions(self._space[name], config[name], path)
        return Trial(config=config, handle=path)

    def _decisions(self, hyperparameter: Any, value: Value, path: list[int]) -> None:
        """Append the decisions that lead to a value."""
        if (listed := choices(hyperparameter)) and len(listed) <= MOST_LISTED:
            if len(listed) > 1:
                path.append(listed.index(value))
            return
        low, width, at = 0.0, 1.0, position_of(hyperparameter, value)
        for _ in range(self._bisections):
            width /= 2
            path.append(int(at >= low + width))
            low += width * path[-1]

    def _add(self, path: list[int], reward: float) -> None:
        """Count one visit along a path."""
        node = self._root
        for decision in [*path, None]:
            node.visits += 1
            node.rewards += reward
            if decision is not None:
                node = node.children.setdefault(decision, Branching())
