"""`compare(baseline, candidate)`: all of it, from two results folders to the verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hpobench.catalogue import Catalogue
from hpobench.gate.judge import Judged, judge_optimizers, samples
from hpobench.gate.overhead import OverheadTime, overheads
from hpobench.gate.pairs import Pairs, pair
from hpobench.gate.rule import SLOWER, At, Rule
from hpobench.gate.sequential import Looks
from hpobench.gate.sides import Side, read_references, read_sides
from hpobench.gate.verdict import Verdict
from hpobench.scoring.note import Note, sorted_by_weight

ORDER = (
    Verdict.WORSE,
    Verdict.UNDECIDED,
    Verdict.NOT_WORSE,
    Verdict.EQUIVALENT,
    Verdict.BETTER,
)
"""From what must be looked at to what is good news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be compared, and how.

    Attributes:
        sides: Baseline and candidate.
        optimizers: Globs; all by default.
        tasks: Globs; all by default.
        at: Which part of a run counts.
        rule: When a difference counts.
        slower: The smallest relevant ratio of the optimizer's own time.
        looks: When to look while seeds are added; None to look once at all there are.
    """

    sides: tuple[Side, Side]
    optimizers: Sequence[str] = ()
    tasks: Sequence[str] = ()
    at: At = At.END
    rule: Rule = field(default_factory=Rule)
    slower: float = SLOWER
    looks: Looks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdicts and what is behind them.

    Attributes:
        question: What was asked.
        notes: What a reader must know first, the serious before the others.
        optimizers: The verdicts by optimizer.
        overheads: The optimizers' own time; empty if it was measured on different machines.
        versions: By package its versions on both sides, where they differ.
        pairs: What was compared.
    """

    question: Question
    notes: tuple[Note, ...]
    optimizers: Sequence[Judged]
    overheads: Sequence[OverheadTime]
    versions: Mapping[str, tuple[str, str]]
    pairs: Pairs

    @property
    def verdict(self) -> Verdict:
        """One for all optimizers: the first in this order that any of them has."""
        found = {judged.overall.verdict for judged in self.optimizers}
        return next(verdict for verdict in ORDER if verdict in found)

    @property
    def regressions(self) -> list[tuple[str, str]]:
        """Optimizer and task of what became worse; an empty task is all of them together."""
        return [
            (judged.optimizer, task)
            for judged in self.optimizers
            for task, judgement in {"": judged.overall, **judged.tasks}.items()
            if judgement.verdict is Verdict.WORSE
        ]

    @property
    def settled(self) -> bool:
        """Whether each optimizer has a verdict over all tasks."""
        return all(each.overall.verdict is not Verdict.UNDECIDED for each in self.optimizers)


def compare_sides(question: Question, catalogue: Catalogue | None = None) -> Answer:
    """Compare two results folders, or two optimizers in them.

    Raises:
        UserError: A folder cannot be read, or there is nothing to compare.
    """
    known = read_references(catalogue or Catalogue(), question.sides)
    before, after = read_sides(
        question.sides,
        known,
        optimizers=question.optimizers,
        tasks=question.tasks,
        at=question.at,
    )
    pairs = pair(question.sides, (before, after), growing=question.looks is not None)
    rule = question.rule
    times = overheads(pairs.runs, rule, slower=question.slower) if pairs.same_machine else []
    return Answer(
        question=question,
        notes=sorted_by_weight(pairs.notes),
        optimizers=judge_optimizers(samples(pairs.runs), rule, question.looks),
        overheads=times,
        versions=pairs.versions,
        pairs=pairs,
    )
