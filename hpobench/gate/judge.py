"""From paired scores to verdicts, for each optimizer over all tasks and on each task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtrc

from hpobench.gate.evidence import Floats, MeanDifference, evidence_over_tasks, of_task
from hpobench.gate.rule import Rule
from hpobench.gate.sequential import Looks
from hpobench.gate.verdict import FAMILIES, Tests, Verdict, decide, seeds_to_decide
from hpobench.scoring.means import mean
from hpobench.stats.significance import a12, holm
from hpobench.system.text import count

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedScores:
    """The pairs of an optimizer on a task.

    Attributes:
        optimizer: Its id.
        task: Its id.
        seeds: The pairs' seeds, rising; shape (pairs,).
        scores: The baseline's and the candidate's; smaller is better; shape (2, pairs).
        losses: What they ended with, for the effect size: not cut off as scores are, with several
            objectives for want of a hypervolume too; shape (2, pairs).
        failed: Which runs failed; shape (2, pairs).
    """

    optimizer: str
    task: str
    seeds: npt.NDArray[np.int64]
    scores: Floats
    losses: Floats
    failed: Flags

    def until(self, seed: int) -> "PairedScores":
        """The pairs up to this seed."""
        kept = self.seeds <= seed
        return replace(
            self,
            seeds=self.seeds[kept],
            scores=self.scores[:, kept],
            losses=self.losses[:, kept],
            failed=self.failed[:, kept],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is known of an optimizer on one task, or on all together.

    Attributes:
        verdict: See there.
        evidence: The mean difference of scores and its error; None with a single pair.
        tests: P-values, adjusted for looks, tasks and optimizers.
        effect: A12, as `analyze` has it of candidate and baseline: the chance that a run of the
            candidate is better than one of the baseline.
        scores: Mean score of the baseline and of the candidate.
        failed: Number of failed runs of the baseline and of the candidate.
        reason: Why, where the scores alone do not say it.
        seeds: About how many seeds would decide, if the truth is as it seems; None where it is
            decided or cannot be told.
    """

    verdict: Verdict
    evidence: MeanDifference | None
    tests: Tests
    effect: float
    scores: tuple[float, float]
    failed: tuple[int, int]
    reason: str = ""
    seeds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An optimizer's verdicts.

    Attributes:
        optimizer: Its id, or both ids where two are compared.
        seeds: How many were used.
        overall: Over all tasks.
        tasks: By task.
    """

    optimizer: str
    seeds: int
    overall: Judgement
    tasks: Mapping[str, Judgement]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """The unadjusted evidence on some samples of one optimizer."""

    samples: Sequence[PairedScores]
    seeds: int
    evidence: MeanDifference | None
    tests: Tests


def samples(runs: pd.DataFrame) -> list[PairedScores]:
    """The pairs of each optimizer and task; `runs` as in `pairs.Pairs`."""
    return [
        PairedScores(
            optimizer=str(optimizer),
            task=str(task),
            seeds=rows["seed"].to_numpy(),
            scores=rows[["score", "score_new"]].to_numpy().T,
            losses=rows[["loss", "loss_new"]].to_numpy().T,
            failed=rows[["failed", "failed_new"]].to_numpy().T,
        )
        for (optimizer, task), rows in runs.groupby(["optimizer", "task"])
    ]


def judge_optimizers(
    found: Sequence[PairedScores], rule: Rule, looks: Looks | None = None
) -> list[Judged]:
    """Judge each optimizer, over all its tasks and on each of them.

    Args:
        found: Sorted by optimizer.
        rule: When a difference counts.
        looks: When the data were looked at while they grew; once, without.
    """
    groups = [tuple(group) for _, group in groupby(found, key=lambda sample: sample.optimizer)]
    overall = [_measured(group, rule, looks) for group in groups]
    tasks = [[_measured((s,), rule, looks, group) for s in group] for group in groups]
    all_tasks = [measured for group in tasks for measured in group]
    wholes = iter(_judgements(overall, rule))
    parts = iter(_judgements(all_tasks, rule))
    return [
        Judged(
            optimizer=group[0].optimizer,
            seeds=measured.seeds,
            overall=_with_failures(next(wholes), group, group, rule),
            tasks={s.task: _with_failures(next(parts), (s,), group, rule) for s in group},
        )
        for group, measured in zip(groups, overall, strict=True)
    ]


def _measured(
    part: Sequence[PairedScores],
    rule: Rule,
    looks: Looks | None,
    group: Sequence[PairedScores] = (),
) -> _Measured:
    """The evidence at the last look at all seeds of the group, and the tests of all looks."""
    seeds = sorted({int(seed) for sample in group or part for seed in sample.seeds})
    sizes = looks.reached(len(seeds)) if looks else (len(seeds),)
    use = sizes[-1] if sizes else len(seeds)
    cut = [sample.until(seeds[use - 1]) for sample in part]
    each = [_evidence(part, seeds[size - 1]) for size in sizes]
    tests = [Tests.of(e, rule.relevant) if e else Tests() for e in each]
    return _Measured(
        samples=[sample for sample in cut if len(sample.seeds)] or part,
        seeds=use,
        evidence=each[-1] if each else _evidence(part, seeds[use - 1]),
        tests=Tests.over(looks or Looks(sizes=(1,)), tests),
    )


def _evidence(part: Sequence[PairedScores], seed: int) -> MeanDifference | None:
    """Over the tasks that have at least two seeds up to this one."""
    found = [sample.until(seed).scores for sample in part]
    enough = [of_task(*scores) for scores in found if scores.shape[1] > 1]
    if len(enough) > 1:
        return evidence_over_tasks(enough)
    return enough[0] if enough else None


def _judgements(measured: Sequence[_Measured], rule: Rule) -> Iterator[Judgement]:
    """Verdicts by the scores, after Holm's adjustment for there being several."""
    worse = holm(np.array([m.tests.worse for m in measured]))
    better = holm(np.array([m.tests.better for m in measured]))
    for each, *p_values in zip(measured, worse, better, strict=True):
        tests = each.tests.adjusted(*(min(1.0, FAMILIES * p) for p in p_values))
        yield _judgement(each, tests, rule, among=len(measured))


def _judgement(measured: _Measured, tests: Tests, rule: Rule, *, among: int) -> Judgement:
    evidence, verdict, seeds = measured.evidence, Verdict.UNDECIDED, None
    if evidence:
        verdict = decide(evidence.mean, tests, rule)
        seeds = seeds_to_decide(evidence, measured.seeds, rule, tasks=among)
    return Judgement(
        verdict=verdict,
        evidence=evidence,
        tests=tests,
        effect=float(mean(np.array([a12(*s.losses[::-1]) for s in measured.samples]))),
        scores=_means([mean(s.scores, axis=1) for s in measured.samples]),
        failed=_counts([s.failed.sum(axis=1) for s in measured.samples]),
        seeds=seeds if verdict is Verdict.UNDECIDED else None,
    )


def _means(rows: Sequence[Floats]) -> tuple[float, float]:
    baseline, candidate = mean(np.array(rows))
    return float(baseline), float(candidate)


def _counts(rows: Sequence[Floats]) -> tuple[int, int]:
    baseline, candidate = np.sum(rows, axis=0)
    return int(baseline), int(candidate)


def _with_failures(
    judgement: Judgement, part: Sequence[PairedScores], group: Sequence[PairedScores], rule: Rule
) -> Judgement:
    """Worse, whatever the scores, if runs fail that did not."""
    new = sum(int((s.failed[1] & ~s.failed[0]).sum()) for s in part)
    if not new or not more_failures(group, rule.alpha):
        return judgement
    runs = sum(len(s.seeds) for s in part)
    reason = f"{new} of {count(runs, 'run')} {'fails' if new == 1 else 'fail'} that did not"
    return replace(judgement, verdict=Verdict.WORSE, reason=reason, seeds=None)


def more_failures(group: Sequence[PairedScores], alpha: float) -> bool:
    """Whether the candidate fails where the baseline does not.

    One such run is enough where the baseline never fails: that is no matter of chance. Where it
    fails at times, a sign test over the pairs of which one fails decides.
    """
    failed = np.concatenate([sample.failed for sample in group], axis=1)
    new, mended = int((failed[1] & ~failed[0]).sum()), int((failed[0] & ~failed[1]).sum())
    if not failed[0].any():
        return new > 0
    return bool(bdtrc(new - 1, new + mended, 0.5) <= alpha)
