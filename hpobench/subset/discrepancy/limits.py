"""How many rows of each of some groups a subset may have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hpobench.subset.discrepancy.ranked import Integers

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLimits:
    """How many rows of each of some groups, which may overlap, a subset must and may have.

    Attributes:
        member: (groups, n); whether a group has a row.
        low: (groups,); the fewest rows of a group.
        high: (groups,); the most rows of a group.
    """

    member: Booleans
    low: Integers
    high: Integers

    def counts(self, rows: Sequence[int] | Integers) -> Integers:
        """How many of the rows each group has; shape (groups,)."""
        inside = self.member[:, np.asarray(rows, dtype=np.int64)]
        return np.asarray(inside.sum(axis=1), dtype=np.int64)

    def only(self, groups: Booleans) -> Self:
        """The limits of some of the groups; (groups,) says of which."""
        return replace(
            self, member=self.member[groups], low=self.low[groups], high=self.high[groups]
        )

    def allow(self, rows: Sequence[int] | Integers) -> bool:
        """Whether a subset keeps to all limits."""
        counts = self.counts(rows)
        return bool(((self.low <= counts) & (counts <= self.high)).all())

    def replacements(self, rows: Integers, position: int) -> Booleans:
        """Which rows may replace the one at a position of an allowed subset; shape (n,).

        What the subset has already is not left out.
        """
        kept = self.counts(np.delete(rows, position))
        must, must_not = kept < self.low, kept >= self.high
        return np.asarray(self.member[must].all(axis=0) & ~self.member[must_not].any(axis=0))


def no_limits(n: int) -> GroupLimits:
    """No group of n rows has a limit."""
    nothing = np.empty(0, dtype=np.int64)
    return GroupLimits(member=np.empty((0, n), dtype=bool), low=nothing, high=nothing)


def limits_within(
    whole: GroupLimits, share: GroupLimits, fewest_elsewhere: Integers, most_elsewhere: Integers
) -> GroupLimits:
    """The limits of one of several subsets that together keep to others.

    Args:
        whole: Limits of all subsets together.
        share: Limits of each of them, of the same groups.
        fewest_elsewhere: (groups,); rows that the other subsets have at least.
        most_elsewhere: (groups,); rows that the other subsets have at most.
    """
    return GroupLimits(
        member=whole.member,
        low=np.maximum(share.low, whole.low - most_elsewhere),
        high=np.minimum(share.high, whole.high - fewest_elsewhere),
    )
