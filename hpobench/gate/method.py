"""How the verdicts came about, in sentences: the rule in force, the versions, the lesser notes."""

from collections.abc import Iterator

from hpobench.gate.comparison import Answer
from hpobench.gate.overhead import FLOOR
from hpobench.gate.rule import Rule
from hpobench.gate.words import LEVEL
from hpobench.system.text import count


def method(answer: Answer) -> Iterator[str]:
    """One sentence or a few at a time."""
    before, after = answer.question.sides
    pairs = count(len(answer.pairs.runs), "pair")
    yield f"Baseline {before}, candidate {after}; {pairs} of runs with the same task and seed."
    yield (
        f"Scores ({answer.question.at} of the budget) lie between 0, the best known result, and "
        "1; random search ends at about 0.5. Smaller is better."
    )
    yield _rule(answer.question.rule)
    yield (
        f"Intervals are at {LEVEL:.0%} and for this look alone. A12 is the chance that a run of "
        "the candidate ends better than one of the baseline; 0.5 is no difference."
    )
    yield _own_time(answer)
    for name, (old, new) in answer.versions.items():
        yield f"{name}: version {old} in the baseline, {new} in the candidate."
    for note in answer.notes:
        if not note.serious:
            yield f"{note.text} {'; '.join(note.details)}"


def _rule(rule: Rule) -> str:
    """When what is said."""
    return (
        f"Worse or better: significant (Student's t on the pairs, error rate {rule.alpha:g}, half "
        "of it for all tasks together and half for each by itself, with Holm's adjustment) and a "
        f"difference of at least {rule.relevant:g}. Equivalent, or not worse: {rule.relevant:g} "
        f"or more is ruled out (one-sided, error rate {rule.beta:g}). Otherwise undecided."
    )


def _own_time(answer: Answer) -> str:
    """How the optimizers' own time is compared, or why not."""
    if not answer.overheads:
        return "The optimizers' own time is not compared: it was not measured on one machine."
    return (
        f"Own time: ratios within pairs; at least {answer.question.slower:g} times is relevant, "
        f"less than {FLOOR:g} ms a trial counts as {FLOOR:g} ms."
    )
