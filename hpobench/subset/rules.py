"""What a chosen set must have whatever it resembles: so many real tasks, so few of a family."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpobench.errors import UserError, nearest
from hpobench.subset.discrepancy.limits import Booleans, GroupLimits
from hpobench.subset.facts import TaskFacts

FAMILY = "family"
PROPERTIES = ("real", "log", "categories", "continuable")
"""Facts of tasks that rules count by; besides there are families."""

MANY = 2**31
"""More tasks than any subset has: no limit at all."""

_RULE = re.compile(
    r"(?:(?P<kind>[^=:]+)=)?(?P<number>\d{1,6}):(?P<fact>[^=:]+)(?:=(?P<family>.+))?"
)


class Bound(StrEnum):
    """Which side of a count a rule is about, as the command line calls it."""

    LEAST = "at-least"
    MOST = "at-most"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionRule:
    """How many of the chosen tasks have a property.

    Attributes:
        bound: Whether the number is the fewest or the most.
        number: How many tasks, of all subsets of a kind together.
        fact: One of `PROPERTIES`, or `family`.
        family: Which family is meant; empty for each of them.
        kind: The kind of tasks that it is about; empty for every kind.
    """

    bound: Bound
    number: int
    fact: str
    family: str = ""
    kind: str = ""

    def __str__(self) -> str:
        """Write it as the command line does, behind the option's name."""
        kind, family = (
            f"{self.kind}=" if self.kind else "",
            f"={self.family}" if self.family else "",
        )
        return f"{kind}{self.number}:{self.fact}{family}"

    def concerns(self, kind: str, facts: Sequence[TaskFacts]) -> bool:
        """Whether it says anything of the candidates of a kind.

        What can be continued is a question of tasks with a fidelity alone.
        """
        if self.kind:
            return self.kind == kind
        return self.fact != "continuable" or any(each.has_fidelity for each in facts)

    def groups(self, facts: Sequence[TaskFacts]) -> Booleans:
        """Which candidates it counts, (groups, candidates): one group, or one for each family."""
        if self.fact != FAMILY:
            return np.array([[bool(getattr(each, self.fact)) for each in facts]])
        families = sorted({each.family for each in facts})
        named = [self.family] if self.family else families
        return np.array([[each.family == name for each in facts] for name in named])


def parse_rule(bound: Bound, text: str) -> CompositionRule:
    """The rule in `14:real`, `3:family`, `1:family=truss` or `multi-fidelity=8:continuable`.

    Raises:
        UserError: It is none; with the nearest one that is.
    """
    matched = _RULE.fullmatch(text)
    known = (*PROPERTIES, FAMILY)
    if not matched or matched["fact"] not in known:
        number = matched["number"] if matched else (re.findall(r"\d{1,6}", text) or ["5"])[0]
        raise UserError(
            f"--{bound} is [KIND=]N:PROPERTY, not {text[:60]!r}"
            f"{nearest(text, [f'{number}:{name}' for name in known])}"
        )
    kind, fact, family = matched["kind"] or "", matched["fact"], matched["family"] or ""
    if family and fact != FAMILY:
        raise UserError(f"--{bound} {text[:60]}: only a family has a name, as in 1:family=NAME")
    if fact == FAMILY and bound is Bound.LEAST and not family:
        raise UserError(
            f"--{bound} {text[:60]}: name the family, as in {matched['number']}:family=NAME"
        )
    return CompositionRule(
        bound=bound, number=int(matched["number"]), fact=fact, family=family, kind=kind
    )


def check_rules(
    rules: Sequence[CompositionRule], kinds: Collection[str], facts: Collection[TaskFacts]
) -> None:
    """Refuse rules about kinds and families that no candidate is of.

    Raises:
        UserError: With the nearest ones.
    """
    families = sorted({each.family for each in facts})
    for rule in rules:
        if rule.kind and rule.kind not in kinds:
            known = ", ".join(filter(None, kinds)) or "none, without --stratify kind"
            raise UserError(f"--{rule.bound} {rule}: the kinds here are: {known}")
        if rule.family and rule.family not in families:
            raise UserError(
                f"--{rule.bound} {rule}: no candidate is of the family {rule.family!r}"
                f"{nearest(rule.family, families)}"
            )


def rule_limits(
    rules: Sequence[CompositionRule], facts: Sequence[TaskFacts]
) -> tuple[GroupLimits, tuple[int, ...]]:
    """Rules as limits of groups of the candidates, and which rule each group comes from."""
    groups = [rule.groups(facts) for rule in rules]
    owners = tuple(place for place, found in enumerate(groups) for _ in found)
    least = [rules[owner].bound is Bound.LEAST for owner in owners]
    numbers = np.array([rules[owner].number for owner in owners], dtype=np.int64)
    member = np.concatenate([np.empty((0, len(facts)), dtype=bool), *groups])
    limits = GroupLimits(
        member=member,
        low=np.where(least, numbers, 0).astype(np.int64),
        high=np.where(least, MANY, numbers).astype(np.int64),
    )
    return limits, owners


def rule_counts(rules: Sequence[CompositionRule], facts: Sequence[TaskFacts]) -> dict[str, int]:
    """What each rule counts in some tasks; of families the largest number."""
    return {
        f"{rule.bound} {rule}": int(rule.groups(facts).sum(axis=1).max(initial=0)) for rule in rules
    }
