"""Worse, better, equivalent or undecided, and by which rule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, log2

from scipy.special import ndtri

from hpobench.gate.evidence import MeanDifference
from hpobench.gate.rule import Rule
from hpobench.gate.sequential import Looks

POWER = 0.8
"""The chance to decide with the number of seeds that is advised."""

FAMILIES = 2
"""The false-alarm rate is shared equally by the verdicts over all tasks and those on each."""

MOST_SEEDS = 10_000
"""More are never advised."""


class Verdict(StrEnum):
    """What a change did."""

    WORSE = "worse"
    """A difference is shown, and it is relevant."""
    BETTER = "better"
    """The same, in the other direction."""
    EQUIVALENT = "equivalent"
    """It is shown that the difference is smaller than a relevant one, in either direction."""
    NOT_WORSE = "not worse"
    """It is shown that it is not relevantly worse, and perhaps it is better."""
    UNDECIDED = "undecided"
    """None of these is shown: there are too few seeds for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """P-values of four one-sided tests.

    Attributes:
        worse: P-value of the hypothesis that there is no deterioration.
        better: P-value of the hypothesis that there is no improvement.
        not_worse: P-value of the hypothesis that the deterioration is relevant.
        not_better: P-value of the hypothesis that the improvement is relevant.
    """

    worse: float = 1.0
    better: float = 1.0
    not_worse: float = 1.0
    not_better: float = 1.0

    @classmethod
    def of(cls, evidence: MeanDifference, relevant: float) -> "Tests":
        """By the evidence of one look."""
        return cls(
            worse=evidence.p_above(0.0),
            better=evidence.p_below(0.0),
            not_worse=evidence.p_below(relevant),
            not_better=evidence.p_above(-relevant),
        )

    @classmethod
    def over(cls, looks: Looks, tests: Sequence["Tests"]) -> "Tests":
        """By all looks so far."""
        columns = {name: [getattr(test, name) for test in tests] for name in cls.__slots__}
        return cls(**{name: looks.p_value(column) for name, column in columns.items()})

    def adjusted(self, worse: float, better: float) -> "Tests":
        """With p-values that allow for there being several tasks and optimizers."""
        return replace(self, worse=worse, better=better)

    @property
    def equivalent(self) -> float:
        """P-value of a relevant difference in either direction, by two one-sided tests.

        Source:
            Schuirmann (1987), A comparison of the two one-sided tests procedure and the power
            approach, J. of Pharmacokinetics and Biopharmaceutics 15.
        """
        return max(self.not_worse, self.not_better)


def decide(mean: float, tests: Tests, rule: Rule) -> Verdict:
    """Apply the rule: significant and relevant, or a relevant difference is ruled out."""
    if tests.worse <= rule.alpha and mean >= rule.relevant:
        return Verdict.WORSE
    if tests.better <= rule.alpha and mean <= -rule.relevant:
        return Verdict.BETTER
    if tests.equivalent <= rule.beta:
        return Verdict.EQUIVALENT
    return Verdict.NOT_WORSE if tests.not_worse <= rule.beta else Verdict.UNDECIDED


def seeds_to_decide(
    evidence: MeanDifference, seeds: int, rule: Rule, *, tasks: int = 1
) -> int | None:
    """About how many seeds would decide, if the truth is what it seems to be now.

    Args:
        evidence: By what there is.
        seeds: So many are behind it.
        rule: What is to be decided.
        tasks: How many tasks share the false-alarm rate.

    Returns:
        More than `seeds`, or None if it would take more than `MOST_SEEDS`.
    """
    distance = abs(evidence.mean)
    relevant = distance >= rule.relevant
    level = rule.alpha / FAMILIES / tasks if relevant else rule.beta
    gap = distance if relevant else rule.relevant - distance
    reach = float(ndtri(POWER) - ndtri(level)) * evidence.error
    if reach > gap * MOST_SEEDS:  # whose square is no number if the gap is next to nothing
        return None
    by_error = seeds * (reach / gap) ** 2
    by_count = seeds * -log2(level) / evidence.pairs  # as for a sign test
    needed = max(ceil(by_error), ceil(by_count), seeds + 1)
    return needed if needed <= MOST_SEEDS else None
