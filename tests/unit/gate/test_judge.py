"""Verdicts on made-up differences: how often they are right, and when they are withheld."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.gate.evidence import of_task
from hpobench.gate.judge import Judged, PairedScores, judge_optimizers
from hpobench.gate.rule import Rule
from hpobench.gate.sequential import Looks
from hpobench.gate.verdict import Verdict, seeds_to_decide
from tests.examples import examples

RULE = Rule()
NOISE = 0.15
REPEATS = 250


def sample(
    rng: np.random.Generator, shift: float = 0.0, *, seeds: int = 20, task: str = "t"
) -> PairedScores:
    """A task where the candidate's scores are higher by `shift` in the mean."""
    scores = rng.normal(0.4, NOISE, (2, seeds)) + np.array([[0.0], [shift]])
    return PairedScores(
        optimizer="o",
        task=task,
        seeds=np.arange(seeds),
        scores=scores,
        losses=scores,
        failed=np.zeros((2, seeds), dtype=bool),
    )


def tasks(seed: int, shifts: Sequence[float], **options: int) -> list[PairedScores]:
    rng = np.random.default_rng(seed)
    return [sample(rng, shift, task=f"t{i}", **options) for i, shift in enumerate(shifts)]


def alarmed(judged: Judged) -> bool:
    return Verdict.WORSE in {judged.overall.verdict, *(j.verdict for j in judged.tasks.values())}


@pytest.mark.slow
@pytest.mark.parametrize("looks", [None, Looks.equal(20, 4)])
def test_false_alarms_are_as_rare_as_promised(looks: Looks | None) -> None:
    rule = Rule(alpha=0.1, relevant=0.001)  # often enough to be counted
    found = [judge_optimizers(tasks(seed, [0.0] * 4), rule, looks)[0] for seed in range(REPEATS)]
    assert sum(map(alarmed, found)) / REPEATS <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / REPEATS)
    overall = sum(judged.overall.verdict is Verdict.WORSE for judged in found) / REPEATS
    assert overall == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / REPEATS))


@pytest.mark.slow
def test_a_relevant_regression_is_seldom_called_equivalent() -> None:
    found = [
        judge_optimizers(tasks(seed, [0.05] * 4), RULE)[0].overall.verdict
        for seed in range(REPEATS)
    ]
    missed = sum(verdict in {Verdict.EQUIVALENT, Verdict.NOT_WORSE} for verdict in found)
    assert missed / REPEATS <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPEATS)


@pytest.mark.parametrize(
    ("shift", "verdict"),
    [
        (0.15, Verdict.WORSE),
        (-0.15, Verdict.BETTER),
        (0.0, Verdict.EQUIVALENT),
        (-0.05, Verdict.NOT_WORSE),
    ],
)
def test_what_is_clear_is_said(shift: float, verdict: Verdict) -> None:
    assert judge_optimizers(tasks(1, [shift] * 10, seeds=40), RULE)[0].overall.verdict is verdict


def test_one_bad_task_among_many_is_found_by_itself() -> None:
    (judged,) = judge_optimizers(tasks(2, [0.4, *[-0.03] * 9]), RULE)
    assert judged.overall.verdict is not Verdict.WORSE
    assert [t for t, j in judged.tasks.items() if j.verdict is Verdict.WORSE] == ["t0"]


def test_significant_is_not_enough_it_has_to_be_relevant() -> None:
    (judged,) = judge_optimizers(tasks(3, [0.03] * 10, seeds=200), RULE)
    assert judged.overall.tests.worse < RULE.alpha
    assert judged.overall.verdict is Verdict.EQUIVALENT


@examples(30)
@given(st.integers(0, 10_000), st.floats(-0.3, 0.3))
def test_exchanging_the_sides_mirrors_the_verdict(seed: int, shift: float) -> None:
    found = tasks(seed, [shift] * 3, seeds=9)
    swapped = [replace(s, scores=s.scores[::-1], losses=s.losses[::-1]) for s in found]
    (there,), (back,) = judge_optimizers(found, RULE), judge_optimizers(swapped, RULE)
    mirror = {Verdict.WORSE: Verdict.BETTER, Verdict.BETTER: Verdict.WORSE}
    one_sided = {Verdict.NOT_WORSE, Verdict.UNDECIDED}
    if there.overall.verdict not in one_sided and back.overall.verdict not in one_sided:
        assert back.overall.verdict is mirror.get(there.overall.verdict, there.overall.verdict)
    assert back.overall.effect == pytest.approx(1 - there.overall.effect)
    assert back.overall.tests.better == pytest.approx(there.overall.tests.worse)


def test_few_seeds_leave_it_undecided_and_the_advised_number_decides() -> None:
    pilot = judge_optimizers(tasks(4, [0.1] * 3, seeds=4), RULE)[0].overall
    assert pilot.verdict is Verdict.UNDECIDED
    assert pilot.seeds is not None
    assert pilot.seeds > 4


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.02, 0.12])
def test_the_advised_number_of_seeds_decides_four_times_out_of_five(shift: float) -> None:
    rng = np.random.default_rng(5)
    truth = of_task(np.zeros(100_000), rng.normal(0, np.sqrt(2) * NOISE, 100_000))
    pilot = replace(truth, mean=shift, error=np.sqrt(2) * NOISE / np.sqrt(10), pairs=10)
    advised = seeds_to_decide(pilot, 10, RULE)
    assert advised
    found = [
        judge_optimizers([sample(rng, shift, seeds=advised)], RULE)[0].overall for _ in range(200)
    ]
    decided = sum(judgement.verdict is not Verdict.UNDECIDED for judgement in found) / 200
    assert decided >= 0.8 - 3 * np.sqrt(0.16 / 200)


def test_what_would_take_thousands_of_seeds_is_not_advised() -> None:
    close = replace(of_task(np.zeros(2), np.array([0.0, 0.1])), mean=0.0499)
    assert seeds_to_decide(close, 2, RULE) is None


def test_a_single_pair_decides_nothing() -> None:
    (judged,) = judge_optimizers(tasks(6, [0.5, 0.5], seeds=1), RULE)
    assert judged.overall.verdict is Verdict.UNDECIDED
    assert judged.overall.evidence is None


def failing(found: list[PairedScores], side: int, seeds: Sequence[int]) -> list[PairedScores]:
    """The first task's runs of these seeds fail."""
    failed = found[0].failed.copy()
    failed[side, list(seeds)] = True
    return [replace(found[0], failed=failed), *found[1:]]


def test_a_run_that_fails_where_none_did_is_worse_whatever_the_scores() -> None:
    better = tasks(7, [-0.3] * 3)
    (judged,) = judge_optimizers(failing(better, 1, [4]), RULE)
    assert judged.overall.verdict is Verdict.WORSE
    assert judged.overall.reason == "1 of 60 runs fails that did not"
    assert [t for t, j in judged.tasks.items() if j.verdict is Verdict.WORSE] == ["t0"]


def test_a_run_that_fails_no_more_is_no_regression() -> None:
    (judged,) = judge_optimizers(failing(tasks(7, [-0.3] * 3), 0, [4]), RULE)
    assert judged.overall.verdict is Verdict.BETTER


def test_where_the_baseline_fails_at_times_chance_is_allowed_for() -> None:
    flaky = failing(tasks(8, [-0.3] * 3), 0, [1, 2])
    (judged,) = judge_optimizers(failing(flaky, 1, [3, 4, 5]), RULE)
    assert judged.overall.verdict is Verdict.BETTER
    (judged,) = judge_optimizers(failing(flaky, 1, range(5, 20)), RULE)
    assert judged.overall.verdict is Verdict.WORSE


def test_before_the_first_look_nothing_is_decided_and_beyond_the_last_nothing_is_read() -> None:
    looks = Looks.equal(20, 2)
    (early,) = judge_optimizers(tasks(9, [0.5] * 3, seeds=9), RULE, looks)
    assert early.overall.verdict is Verdict.UNDECIDED
    found = tasks(9, [0.5] * 3, seeds=30)
    (late,) = judge_optimizers(found, RULE, looks)
    (exact,) = judge_optimizers([s.until(19) for s in found], RULE, looks)
    assert late.overall == exact.overall
    assert late.seeds == 20


def test_a_task_whose_seeds_come_after_the_look_decides_nothing() -> None:
    early, late = tasks(11, [0.5, 0.5], seeds=5)
    (judged,) = judge_optimizers(
        [early, replace(late, seeds=late.seeds + 5)], RULE, Looks.equal(5, 1)
    )
    assert judged.tasks["t1"].evidence is None
    assert judged.tasks["t1"].verdict is Verdict.UNDECIDED


def test_an_early_look_asks_for_more_than_the_last_one() -> None:
    found = tasks(10, [0.09] * 4, seeds=10)
    fixed = judge_optimizers(found, RULE)[0].overall.tests.worse
    early = judge_optimizers(found, RULE, Looks.equal(40, 4))[0].overall.tests.worse
    assert early > fixed
