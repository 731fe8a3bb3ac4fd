"""What a ranking says in one sentence, on results made so that one knows it."""

from types import SimpleNamespace

import numpy as np
import pytest

from hpobench.analysis.frames import Analysis
from hpobench.analysis.verdict import Settlement, settlement, verdicts
from hpobench.report.table_files import markdown_table

OFFSETS = {"good": 0.1, "fair": 0.4, "poor": 0.8}


def sentence(make: SimpleNamespace, optimizers: dict[str, float], tasks: int) -> str:
    """The verdict where each optimizer ends at its offset, on every task and with every seed."""
    names = [f"toy/{i}" for i in range(tasks)]
    rows = [
        make.run(optimizer, task, seed, [2.0, end + 0.001 * i + 0.0001 * seed])
        for optimizer, end in optimizers.items()
        for i, task in enumerate(names)
        for seed in range(3)
    ]
    (found,) = verdicts(make.analysis(rows, {task: make.constants() for task in names}))
    return found


def test_who_is_better_on_all_tasks_leads_before_all_others(make: SimpleNamespace) -> None:
    found = sentence(make, OFFSETS, tasks=12)
    assert found.startswith("Blackbox, 12 tasks x 3 seeds: good leads (regret 0.10")
    assert "mean rank 1.00) before all others; poor is last" in found
    assert "tau 1.00" in found


def test_who_is_as_good_as_the_first_is_named(make: SimpleNamespace) -> None:
    found = sentence(make, OFFSETS | {"twin": 0.1}, tasks=12)
    assert "; twin cannot be told apart from it; poor is last" in found


def test_too_few_tasks_tell_nobody_apart(make: SimpleNamespace) -> None:
    found = sentence(make, OFFSETS, tasks=2)
    assert "nobody can be told apart from the first: 2 tasks are too few; good is ahead" in found


@pytest.mark.parametrize("tasks", [1, 6])
def test_one_optimizer_is_alone(make: SimpleNamespace, tasks: int) -> None:
    assert "good alone, with nobody to compare it with" in sentence(make, {"good": 0.1}, tasks)


def noisy(make: SimpleNamespace, seeds: int, gap: float, tasks: int = 8) -> Analysis:
    """An analysis where one optimizer is better by a gap that seeds hide, on all tasks alike."""
    rng = np.random.default_rng(3)
    names = [f"toy/{i}" for i in range(tasks)]
    rows = [
        make.run(optimizer, task, seed, [2.0, 0.5 + gap * (optimizer == "worse") + noise])
        for optimizer in ("better", "worse")
        for task in names
        for seed, noise in enumerate(rng.normal(0, 0.1, seeds))
    ]
    found: Analysis = make.analysis(rows, {task: make.constants() for task in names})
    return found


def test_as_many_more_seeds_are_asked_for_as_the_frame_of_powers_lacks(
    make: SimpleNamespace,
) -> None:
    analysis = noisy(make, seeds=5, gap=0.03)
    (row,) = analysis.power.to_dict("records")
    (sentence,) = verdicts(analysis)
    more = int(row["seeds_in_ranking"]) - 5
    first = analysis.final["optimizer"].iloc[0]
    other = analysis.final["optimizer"].iloc[1]
    assert more > 0
    assert f"about {more} more seed" in sentence
    assert f"would settle {first} against {other}" in sentence
    wanted = settlement(analysis, analysis.comparisons[0])
    assert wanted is not None
    assert (wanted.first, wanted.other, wanted.more_seeds) == (first, other, more)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 more task "), (99, "99 more tasks "), (187, "190 more"), (1992, "2,000 more")],
)
def test_large_numbers_are_as_round_as_they_are_uncertain(number: int, words: str) -> None:
    found = Settlement(
        first="a", other="b", verdict="more tasks", more_seeds=None, more_tasks=number
    )
    assert str(found).startswith(f"about {words}")


def test_that_many_seeds_do_settle_it(make: SimpleNamespace) -> None:
    wanted = first_settled(noisy(make, seeds=5, gap=0.03))
    assert wanted is not None
    assert wanted.more_seeds is not None
    assert first_settled(noisy(make, seeds=2 * (5 + wanted.more_seeds), gap=0.03)) is None


def first_settled(analysis: Analysis) -> Settlement | None:
    return settlement(analysis, analysis.comparisons[0])


def test_no_seed_is_asked_for_between_equals(make: SimpleNamespace) -> None:
    names = [f"toy/{i}" for i in range(8)]
    rows = [
        make.run(optimizer, task, seed, [2.0, 0.5 + sign * 0.004 * (-1) ** i + 0.001 * seed])
        for optimizer, sign in (("one", 1), ("two", -1))
        for i, task in enumerate(names)
        for seed in range(3)
    ]
    (found,) = verdicts(make.analysis(rows, {task: make.constants() for task in names}))
    assert "are practically equal, which no seed will change" in found
    assert "would settle" not in found


def test_too_few_tasks_are_what_more_of_them_would_settle(make: SimpleNamespace) -> None:
    found = sentence(make, {"good": 0.1, "poor": 0.8}, tasks=4)
    assert "4 tasks are too few" in found
    assert "about 2 more tasks would settle good against poor, seeds will not" in found


def test_five_tasks_are_too_few_for_two_as_well(make: SimpleNamespace) -> None:
    assert "5 tasks are too few" in sentence(make, {"good": 0.1, "poor": 0.8}, tasks=5)
    assert "good leads" in sentence(make, {"good": 0.1, "poor": 0.8}, tasks=6)


def test_ranks_that_put_another_first_are_said(make: SimpleNamespace) -> None:
    names = [f"toy/{i}" for i in range(9)]
    ends = {"often": [0.1] * 6 + [0.9] * 3, "evenly": [0.2] * 9}
    rows = [
        make.run(optimizer, task, seed, [2.0, end[i] + 0.0001 * seed])
        for optimizer, end in ends.items()
        for i, task in enumerate(names)
        for seed in range(3)
    ]
    analysis = make.analysis(rows, {task: make.constants() for task in names})
    (found,) = verdicts(analysis)
    assert analysis.final["optimizer"].tolist() == ["evenly", "often"]
    assert "by mean rank often is the first (1.33)" in found


def test_nothing_is_said_of_regret_where_there_is_none(make: SimpleNamespace) -> None:
    rows = [make.run(o, f"toy/{i}", 0, [v]) for o, v in OFFSETS.items() for i in range(3)]
    (found,) = verdicts(make.analysis(rows, {}))
    assert "is ahead (mean rank 1.00)" in found
    assert "regret" not in found


def test_the_verdict_opens_a_markdown_table(make: SimpleNamespace) -> None:
    analysis = noisy(make, seeds=5, gap=0.03)
    text = markdown_table(analysis.final, said=verdicts(analysis))
    assert text.startswith("> Blackbox, 8 tasks x 5 seeds")
    assert "\n\n| kind |" in text
