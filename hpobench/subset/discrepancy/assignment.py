"""Subsets that keep to limits, found by whole-number programming whatever they resemble."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpobench.errors import UserError
from hpobench.subset.discrepancy.limits import GroupLimits
from hpobench.subset.discrepancy.ranked import Floats, Integers

TIES = 1e-3
"""What chance adds to the worth of a row, so that it decides between equals alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisjointSubsets:
    """What disjoint subsets are to have.

    Attributes:
        whole: Limits of all of them together.
        shares: Limits of each of them, of the same groups.
        k: How many rows each has.
        required: Rows that the first one must have.
        free: Rows among which there is a choice.
        held: (groups,); rows elsewhere that count for `whole` too.
    """

    whole: GroupLimits
    shares: Sequence[GroupLimits]
    k: int
    required: Sequence[int]
    free: Integers
    held: Integers


def assign_rows(demand: DisjointSubsets, worth: Floats | None = None) -> list[Integers] | None:
    """Rows of each subset, the required ones first; None if there are no such subsets.

    Args:
        demand: What they are to have.
        worth: (free,); the first subset has the rows that are worth most in all.
    """
    program = _program(demand)
    cost = np.zeros(program.matrix.shape[1])
    if worth is not None:
        cost[: len(worth)] = -worth
    solution = _solve(program, cost, whole_numbers=np.ones(len(cost)))
    if solution is None:
        return None
    chosen = solution.reshape(len(demand.shares), -1) > 0.5  # noqa: PLR2004 (1 but for rounding)
    rows = [demand.free[each] for each in chosen]
    rows[0] = np.array([*demand.required, *rows[0]], dtype=np.int64)
    return rows


def least_violation(demand: DisjointSubsets, groups: NDArray[np.bool_]) -> float:
    """By how many rows the limits of some groups must be missed, if all others are kept.

    Args:
        demand: What the subsets are to have.
        groups: (groups,); those whose limits may be missed.

    Returns:
        0 where they can be kept; infinite where no subset keeps to the others.
    """
    from scipy import sparse

    program = _program(demand)
    limits = [*demand.shares, demand.whole]
    slack = np.concatenate(
        [(groups & (each.low > 0)) * 1.0 - (groups & (each.low <= 0)) for each in limits]
    )
    column = np.concatenate([np.zeros(program.matrix.shape[0] - len(slack)), slack])
    relaxed = _Program(
        matrix=sparse.hstack([program.matrix, sparse.csr_array(column[:, None])]),
        low=program.low,
        high=program.high,
        most=np.append(program.most, np.inf),
    )
    cost = np.append(np.zeros(len(program.most)), 1.0)
    solution = _solve(relaxed, cost, whole_numbers=np.append(np.ones(len(program.most)), 0.0))
    return float("inf") if solution is None else max(0.0, round(float(solution[-1])))


def draw_subset(
    limits: GroupLimits, required: Sequence[int], free: Integers, k: int, rng: np.random.Generator
) -> Integers:
    """Draw k rows by chance, and take the allowed subset that has most of them.

    Args:
        limits: What is allowed.
        required: Rows that must be chosen; they come first.
        free: Rows among which there is a choice.
        k: How many rows there are in all.
        rng: Where all chance comes from.

    Raises:
        UserError: No subset is allowed.
    """
    drawn = rng.choice(free, k - len(required), replace=False)
    chosen = np.array([*required, *drawn], dtype=np.int64)
    if limits.allow(chosen):
        return chosen
    demand = DisjointSubsets(
        whole=limits,
        shares=[limits],
        k=k,
        required=required,
        free=free,
        held=np.zeros(len(limits.low), dtype=np.int64),
    )
    found = assign_rows(demand, np.isin(free, drawn) + TIES * rng.random(len(free)))
    if found is None:
        raise UserError(f"no {k} of these rows keep to the limits of all groups")
    return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    """Rows of limits on whole numbers: a column for each subset and free row."""

    matrix: Any
    low: Floats
    high: Floats
    most: Floats


def _program(demand: DisjointSubsets) -> _Program:
    """Each subset has k rows, each row is in at most one of them, and the limits hold."""
    from scipy import sparse

    count, m = len(demand.shares), len(demand.free)
    group = sparse.csr_array(demand.whole.member[:, demand.free].astype(float))
    one, all_of = sparse.eye_array(count), np.ones((1, count))
    must = demand.whole.counts(demand.required)
    sizes = np.full(count, float(demand.k))
    sizes[0] -= len(demand.required)
    already = [must, *[np.zeros_like(must)] * (count - 1), must + demand.held]
    limits = list(zip([*demand.shares, demand.whole], already, strict=True))
    return _Program(
        matrix=sparse.vstack(
            [
                sparse.kron(one, np.ones((1, m))),
                sparse.kron(all_of, sparse.eye_array(m)),
                sparse.kron(one, group),
                sparse.kron(all_of, group),
            ]
        ),
        low=np.concatenate(
            [sizes, np.zeros(m), *(np.where(x.low > 0, x.low - n, -np.inf) for x, n in limits)]
        ),
        high=np.concatenate([sizes, np.ones(m), *(x.high - n for x, n in limits)]),
        most=np.ones(count * m),
    )


def _solve(program: _Program, cost: Floats, *, whole_numbers: Floats) -> Floats | None:
    """The cheapest solution, or None if there is none."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    solved = milp(
        cost,
        integrality=whole_numbers,
        bounds=Bounds(0, program.most),
        constraints=LinearConstraint(program.matrix, program.low, program.high),
    )
    return None if solved.x is None else np.asarray(solved.x, dtype=float)
