"""Which published claims hold here: each held against the results, with effect and interval."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd
import yaml

from hpobench.analysis import Analysis
from hpobench.optimizer import Variant
from hpobench.scoring.curves import Axis
from hpobench.stats.standings import SHARES, TaskScope
from tests.board.tables import PARTS
from tests.optimizers_page import line

CLAIMS = Path(__file__).with_name("published_claims.yaml")

SMALL = 0.06
"""By Vargha and Delaney an effect that is nearer to one half than this is less than small."""

VERDICTS = (HOLDS, FAILS, UNTOLD) = ("hold", "do not hold", "cannot be told")


WORDS = {HOLDS: "**holds**", FAILS: "**does not hold**", UNTOLD: UNTOLD}
"""The same of a single one, for a table."""


class Relation(StrEnum):
    """What a claim says of two optimizers."""

    AHEAD = "ahead"
    NO_WORSE = "no-worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a paper says.

    Attributes:
        claim: As a sentence of ours.
        says: What the paper says, in brief.
        source: The paper, in Markdown.
        kind: The kind of tasks that it is about.
        relation: What is claimed of each of the first to each of the second.
        first, second: Optimizers.
    """

    claim: str
    says: str
    source: str
    kind: str
    relation: Relation
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each two that it is about."""
        return [(own, other) for own in self.first for other in self.second]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How probable it is that a run of one is ahead of one of another, with its interval."""

    a12: float
    low: float
    high: float

    def reversed(self) -> "Effect":
        """That of the other over the one."""
        return Effect(a12=1 - self.a12, low=1 - self.high, high=1 - self.low)

    def __str__(self) -> str:
        """Write it for a table."""
        return f"{self.a12:.2f} ({self.low:.2f} to {self.high:.2f})"

    def verdict(self, relation: Relation) -> str:
        """Whether the claim holds by the interval, does not, or cannot be told."""
        bar = 0.5 if relation is Relation.AHEAD else 0.5 - SMALL
        if self.low > bar:
            return HOLDS
        return FAILS if self.high < bar else UNTOLD


def published() -> list[Claim]:
    """All claims, in the order of the file."""
    return [
        Claim(
            **{
                **entry,
                "relation": Relation(entry["relation"]),
                "first": tuple(entry["first"]),
                "second": tuple(entry["second"]),
            }
        )
        for entry in yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    ]


def effect(
    analyses: Sequence[Analysis],
    kind: str,
    pair: tuple[str, str],
    part: TaskScope = TaskScope.ALL,
    share: float = 1.0,
) -> Effect | None:
    """The effect in the first of some analyses that compares the two; None if none does."""
    for analysis in analyses:
        found = _chosen(analysis.effects, kind, part, share)
        for row in found[found[["optimizer", "other"]].isin(pair).all(axis=1)].to_dict("records"):
            found_effect = Effect(a12=row["a12"], low=row["a12_low"], high=row["a12_high"])
            return found_effect if row["optimizer"] == pair[0] else found_effect.reversed()
    return None


def claims_table(analyses: Sequence[Analysis], variants: Mapping[str, Variant]) -> Iterator[str]:
    """Each claim with its effects and whether it holds, on real tasks, functions and all."""
    heads = [f"on {name}: A12" for name in PARTS.values()]
    yield line(["claim", "what the paper says", "kind", "of", *heads])
    yield line(["---"] * (4 + len(heads)))
    for claim in published():
        about = [claim.claim, f"“{claim.says}”: {claim.source}", claim.kind]
        for pair in claim.pairs:
            yield line([*about, " over ".join(pair), *_judged(analyses, claim, pair, variants)])
            about = [""] * len(about)
    yield ""


def tally(analyses: Sequence[Analysis]) -> str:
    """How many claims hold, do not, and cannot be told, on real tasks and on functions."""
    said = []
    for part in (TaskScope.REAL, TaskScope.FUNCTIONS):
        found = [
            measured.verdict(claim.relation)
            for claim in published()
            for pair in claim.pairs
            if (measured := effect(analyses, claim.kind, pair, part))
        ]
        counts = ", ".join(f"{verdict}: {found.count(verdict)}" for verdict in VERDICTS)
        said.append(f"Of {len(found)} comparisons on {PARTS[part]} {counts}.")
    return " ".join(said)


def effects_table(analyses: Sequence[Analysis], kind: str) -> Iterator[str]:
    """A12 of each pair of the claims of a kind at shares of the budget, on each part of tasks."""
    heads = [f"{PARTS[part]}: {share:.0%}" for part in PARTS for share in SHARES]
    head = [line(["A12 of", "over", *heads]), line(["---", "---", *["---"] * len(heads)])]
    pairs = dict.fromkeys(p for claim in published() if claim.kind == kind for p in claim.pairs)
    for pair in pairs:
        found = [effect(analyses, kind, pair, part, share) for part in PARTS for share in SHARES]
        if any(found):
            yield from head
            yield line([*pair, *(str(each) if each else "-" for each in found)])
            head = []
    yield ""


def _judged(
    analyses: Sequence[Analysis],
    claim: Claim,
    pair: tuple[str, str],
    variants: Mapping[str, Variant],
) -> list[str]:
    """The cells of a pair: effect and verdict for each part, or why there are none."""
    found = {part: effect(analyses, claim.kind, pair, part) for part in PARTS}
    if not any(found.values()):
        reason = f"not measured here: {unmeasured(analyses, claim.kind, pair, variants)}"
        return [reason, *[""] * (len(PARTS) - 1)]
    return [f"{e}: {WORDS[e.verdict(claim.relation)]}" if e else "-" for e in found.values()]


def unmeasured(
    analyses: Sequence[Analysis],
    kind: str,
    pair: tuple[str, str],
    variants: Mapping[str, Variant],
) -> str:
    """Which of two have no runs on a kind's tasks that compare, and what they cost."""
    ran = {name for a in analyses for c in a.comparisons if c.kind == kind for name in c.optimizers}
    absent = [name for name in pair if name not in ran]
    if not absent:
        return "they share no tasks"
    return "; ".join(f"{name} {cost(variants[name])}" for name in absent)


def cost(variant: Variant) -> str:
    """What a trial of it takes, and what has to be installed for it."""
    return f"takes {variant.ask_tell_ms:g} ms a trial{needs(variant)}"


def needs(variant: Variant) -> str:
    """What a plain installation lacks for it, or empty."""
    if variant.environment:
        return ", in an environment of its own"
    wanted = [f"by `hpobench[{variant.extra}]`"] if variant.extra else []
    wanted += [f"with {' and '.join(variant.variables)} set"] if variant.variables else []
    return "".join(f", {text}" for text in wanted)


def _chosen(effects: pd.DataFrame, kind: str, part: TaskScope, share: float) -> pd.DataFrame:
    """The effects on a part of a kind's tasks at a share of the budget."""
    of_part = (effects["kind"] == kind) & (effects["part"] == part)
    return effects[of_part & (effects["axis"] == Axis.BUDGET) & (effects["share"] == share)]
