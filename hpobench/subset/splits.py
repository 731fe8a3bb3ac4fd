"""Subsets that share no task and keep to rules together, each for its share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpobench.errors import UserError
from hpobench.subset.candidates import Candidates
from hpobench.subset.discrepancy.assignment import DisjointSubsets, assign_rows, least_violation
from hpobench.subset.discrepancy.limits import Booleans, GroupLimits, limits_within, no_limits
from hpobench.subset.discrepancy.ranked import Integers
from hpobench.subset.discrepancy.selection import free_rows
from hpobench.subset.request import SelectionRequest
from hpobench.subset.rules import Bound, CompositionRule, rule_limits
from hpobench.system.text import count


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitLimits:
    """What the subsets of one choice are to keep to.

    Attributes:
        rules: The rules that concern the candidates.
        whole: The rules as limits of groups, for all subsets together.
        owners: The place of the rule that each group comes from.
        splits: How many subsets there are.
        required: Rows that the first subset must have.
        excluded: Rows that none may have.
    """

    rules: Sequence[CompositionRule]
    whole: GroupLimits
    owners: tuple[int, ...]
    splits: int
    required: tuple[int, ...]
    excluded: tuple[int, ...]

    def share(self, index: int) -> GroupLimits:
        """The limits of one subset: an even share, rounded so that there is more choice."""
        high = -(-self.whole.high // self.splits)
        if index == 0:
            high = np.maximum(high, self.whole.counts(self.required))
        return GroupLimits(member=self.whole.member, low=self.whole.low // self.splits, high=high)

    def check(self, k: int, candidates: int) -> None:
        """Refuse rules that no subsets of k rows keep.

        Raises:
            UserError: With the first rule that cannot be kept beside those before it, and by how
                many tasks it is missed.
        """
        for place, rule in enumerate(self.rules):
            mine = np.array(self.owners) == place
            for beside in ([], self.rules[:place]):
                others = np.array([owner < len(beside) for owner in self.owners])
                missed = least_violation(self._demand(k, [], mine | others), mine[mine | others])
                if missed:
                    raise UserError(_refusal(rule, beside, missed, k * self.splits, candidates))

    def possible(self, k: int) -> bool:
        """Whether there are subsets of k rows that keep the rules."""
        return self.can_go_on(k, [])

    def next_limits(self, k: int, taken: Sequence[int], index: int) -> GroupLimits:
        """The limits of the next subset, that leave enough and do not take too much."""
        later = [self.share(number) for number in range(index + 1, self.splits)]
        before = self.whole.counts(taken)
        return limits_within(
            self.whole,
            self.share(index),
            before + sum((each.low for each in later), np.zeros_like(before)),
            before + sum((each.high.clip(max=k) for each in later), np.zeros_like(before)),
        )

    def first(self, k: int) -> dict[str, Any]:
        """What `select` is told of the first subset: what it must, must not and may have."""
        return {
            "required": self.required,
            "excluded": self.excluded,
            "limits": self.next_limits(k, (), 0),
        }

    def can_go_on(self, k: int, taken: Sequence[int]) -> bool:
        """Whether subsets are left beside what those so far have taken."""
        if not self.rules or len(taken) == k * self.splits:
            return True
        return assign_rows(self._demand(k, taken)) is not None

    def reserve(self, k: int, taken: Sequence[int]) -> Integers:
        """Rows for all but the next subset, with which that one can have some too.

        Raises:
            UserError: There are no such subsets.
        """
        found = assign_rows(self._demand(k, taken))
        if found is None:
            raise UserError(f"no {self.splits} subsets of {k} tasks keep to the rules")
        return np.concatenate([np.empty(0, dtype=np.int64), *found[1:]])

    def limits_beside(self, others: Sequence[int], index: int) -> GroupLimits:
        """The limits of a subset if all others are known."""
        known = self.whole.counts(others)
        return limits_within(self.whole, self.share(index), known, known)

    def _demand(
        self, k: int, taken: Sequence[int], groups: Booleans | None = None
    ) -> DisjointSubsets:
        """What the remaining subsets are to have, by some of the groups."""
        index = len(taken) // k
        required = () if index else self.required
        kept = np.ones(len(self.owners), dtype=bool) if groups is None else groups
        closed = [*taken, *self.excluded]
        return DisjointSubsets(
            whole=self.whole.only(kept),
            shares=[self.share(number).only(kept) for number in range(index, self.splits)],
            k=k,
            required=required,
            free=free_rows(self.whole.member.shape[1], k, required, closed),
            held=self.whole.only(kept).counts(taken),
        )


def split_limits(candidates: Candidates, request: SelectionRequest) -> SplitLimits:
    """What the subsets of candidates that are wished for are to keep to."""
    facts = candidates.facts(request.facts) if request.rules else []
    whole, owners = rule_limits(request.rules, facts)
    return SplitLimits(
        rules=request.rules,
        whole=whole if request.rules else no_limits(len(candidates.tasks)),
        owners=owners,
        splits=len(request.splits),
        required=candidates.rows(request.required),
        excluded=candidates.rows(request.excluded),
    )


def _refusal(
    rule: CompositionRule,
    beside: Sequence[CompositionRule],
    missed: float,
    size: int,
    candidates: int,
) -> str:
    """Why a rule cannot be kept, in one line."""
    others = " beside " + ", ".join(f"--{each.bound} {each}" for each in beside) if beside else ""
    among = f"{size} of {count(candidates, 'candidate')}"
    if not np.isfinite(missed):
        return f"--{rule.bound} {rule} cannot be kept: there are no {among}{others}"
    side = "few" if rule.bound is Bound.LEAST else "many"
    return f"--{rule.bound} {rule} cannot be kept by {among}{others}: {missed:.0f} too {side}"
