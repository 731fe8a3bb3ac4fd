"""Verdicts in words, the same on a terminal, in a pull request and in a test report."""

from hpobench.gate.judge import Judgement
from hpobench.gate.verdict import Verdict
from hpobench.system.text import count

LEVEL = 0.95
"""Level of the confidence intervals that are shown; the verdicts have error rates of their own."""


def sentence(judgement: Judgement) -> str:
    """The verdict with the numbers behind it, in one line."""
    reason = f" ({judgement.reason})" if judgement.reason else ""
    parts = [f"{judgement.verdict}{reason}: {change(judgement)}, A12 {judgement.effect:.2f}"]
    if judgement.verdict is Verdict.UNDECIDED:
        parts.append(advice(judgement))
    return "; ".join(parts)


def change(judgement: Judgement) -> str:
    """From which score to which, and how sure that is."""
    before, after = judgement.scores
    text = f"score {before:.3f} to {after:.3f}"
    if judgement.evidence is None:
        return f"{text} (a single seed tells nothing of the error)"
    return f"{text}, {difference_in_words(judgement)}"


def difference_in_words(judgement: Judgement) -> str:
    """The mean difference with its interval."""
    if judgement.evidence is None:
        return ""
    if judgement.evidence.mean == judgement.evidence.error == 0:
        return "no difference in any pair"
    low, high = judgement.evidence.interval(LEVEL)
    return f"{judgement.evidence.mean:+.3f} ({low:+.3f} to {high:+.3f})"


def advice(judgement: Judgement) -> str:
    """How many seeds would decide."""
    if judgement.evidence is None:
        return "run more seeds"
    if judgement.seeds is None:
        return "too close to call with any affordable number of seeds"
    return f"about {count(judgement.seeds, 'seed')} in all would decide"
