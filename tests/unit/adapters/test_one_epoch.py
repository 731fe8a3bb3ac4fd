"""The one-epoch baseline spends its budget as the paper describes."""

import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.native.one_epoch import OneEpoch
from hpobench.adapters.native.random_search import RandomSearch
from hpobench.execution.loop import trajectory
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Outcome, Record, Trial


def problem(budget: str, workers: int = 1) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0)}),
        objectives=(Objective(name="f"),),
        fidelity=Fidelity(name="epochs", low=1, high=50, integer=True),
        budget=Budget.parse(budget),
        workers=workers,
    )


def evaluate(trial: Trial) -> Outcome:
    """Curves that do not cross; an epoch takes two seconds."""
    epochs = trial.fidelity or 50.0
    return Outcome(values={"f": float(trial.config["x"]) + 1 / epochs}, cost=2 * epochs)


def run(budget: str, workers: int = 1, top: int = 3) -> list[Record]:
    posed = problem(budget, workers)
    return list(trajectory(OneEpoch(posed, 4, top=top), evaluate, posed))


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(
    ("budget", "first"), [("trials=10", 350), ("evaluations=60", 57), ("seconds=1000", 350)]
)
def test_all_but_the_top_three_have_one_epoch_and_the_budget_is_spent(
    budget: str, first: int, workers: int
) -> None:
    records = run(budget, workers)
    epochs = [record.fidelity for record in records]
    drawn = epochs.count(1)
    if budget.startswith("seconds") and workers == 4:
        first = 4 * (1000 - 100) // 2  # the three best take 100 seconds, side by side
    assert drawn == pytest.approx(first, abs=workers)
    assert epochs == [1] * drawn + [50] * 3
    best = sorted(records[:drawn], key=lambda record: record.values)[:3]
    assert [r.config for r in records[drawn:]] == [r.config for r in best]


def test_it_is_ten_times_cheaper_than_random_search_where_curves_do_not_cross() -> None:
    """The paper's claim: as good as full training, at an order of magnitude less."""
    better = 0
    for seed in range(5):
        cheap, dear = problem("trials=5"), problem("trials=50")
        few = trajectory(OneEpoch(cheap, seed), evaluate, cheap)
        many = trajectory(RandomSearch(dear, seed), evaluate, dear)
        full = [record.values for record in few if record.fidelity == 50]
        better += min(full) <= min(record.values for record in many)
    assert better >= 3


def test_failures_are_not_among_the_best() -> None:
    posed = problem("trials=4")

    def failing(trial: Trial) -> Outcome:
        return Outcome(failure="nan") if float(trial.config["x"]) < 0.3 else evaluate(trial)

    records = list(trajectory(OneEpoch(posed, 1), failing, posed))
    full = [record for record in records if record.fidelity == 50]
    assert len(full) == 3
    assert not any(record.failure for record in full)
