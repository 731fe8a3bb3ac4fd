"""What a ranking says in one sentence, on results made so that one knows it."""

from types import SimpleNamespace

import pytest

from hpobench.analysis.verdict import verdicts

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
