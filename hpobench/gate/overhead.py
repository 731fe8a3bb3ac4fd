"""Whether the optimizer itself became slower: its time to ask and tell, with the noise in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
import pandas as pd

from hpobench.gate.evidence import MeanDifference, evidence_over_tasks, of_task
from hpobench.gate.rule import SLOWER, Rule
from hpobench.gate.verdict import FAMILIES, Tests, Verdict, decide

FLOOR = 0.1
"""Milliseconds a trial; less counts as this much. The clock, the interpreter and the machine's
other work move such times by more than any change of the optimizer is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverheadTime:
    """The time to ask for a trial and to tell its outcome.

    Attributes:
        optimizer: Its id.
        milliseconds: A trial, median over runs, of the baseline and of the candidate.
        ratio: Geometric mean over tasks of that over seeds; above 1 if the candidate is slower.
        interval: Confidence interval of the ratio, at the level 1 - 2 alpha.
        verdict: On the ratio.
    """

    optimizer: str
    milliseconds: tuple[float, float]
    ratio: float
    interval: tuple[float, float]
    verdict: Verdict


def overheads(runs: pd.DataFrame, rule: Rule, *, slower: float = SLOWER) -> list[OverheadTime]:
    """Compare each optimizer's time by the ratios within pairs, without failed and untimed runs.

    Args:
        runs: As in `pairs.Pairs`, made on one machine.
        rule: Its error rates.
        slower: The smallest relevant ratio.
    """
    timed = runs["overhead"].notna() & runs["overhead_new"].notna()
    ran = runs[~runs["failed"] & ~runs["failed_new"] & timed]
    by_optimizer = ran.groupby("optimizer")
    found = [_overhead(str(name), rows, rule, slower) for name, rows in by_optimizer]
    return [overhead for overhead in found if overhead]


def _overhead(name: str, runs: pd.DataFrame, rule: Rule, slower: float) -> OverheadTime | None:
    """None if no task has two pairs."""
    evidence = _evidence([rows for _, rows in runs.groupby("task")])
    if evidence is None:
        return None
    on_logs = Rule(relevant=log(slower), alpha=rule.alpha, beta=rule.beta)
    tests = Tests.of(evidence, on_logs.relevant)
    tests = tests.adjusted(FAMILIES * tests.worse, FAMILIES * tests.better)
    low, high = evidence.interval(1 - 2 * rule.alpha)
    before, after = (float(runs[column].median()) for column in ("overhead", "overhead_new"))
    return OverheadTime(
        optimizer=name,
        milliseconds=(before, after),
        ratio=exp(evidence.mean),
        interval=(exp(low), exp(high)),
        verdict=decide(evidence.mean, tests, on_logs),
    )


def _evidence(tasks: Sequence[pd.DataFrame]) -> MeanDifference | None:
    """Evidence from the logarithms of the ratios."""
    times = [rows[["overhead", "overhead_new"]].to_numpy().T for rows in tasks if len(rows) > 1]
    enough = [of_task(*np.log(np.maximum(both, FLOOR))) for both in times]
    return evidence_over_tasks(enough) if enough else None
