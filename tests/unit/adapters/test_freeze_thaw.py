"""Freeze-thaw: what is asked, and the models against formulas and other libraries."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    OrdinalHyperparameter,
)
from scipy.integrate import quad
from scipy.stats import norm, spearmanr

from hpobench.adapters.freeze_thaw.ensemble import CurveEnsembleSearch
from hpobench.adapters.freeze_thaw.pool import FreezeThaw, features_of
from hpobench.execution.loop import trajectory
from hpobench.task import Budget, Fidelity, Objective, Problem, Unit
from hpobench.trial import Outcome, Record, Trial

torch = pytest.importorskip("torch")

EPOCHS = Fidelity(name="epochs", low=1, high=32, integer=True, continuable=True)
LEVELS = 10


def problem(trials: float = 6, unit: Unit = Unit.TRIALS) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)}),
        objectives=(Objective(name="f"),),
        fidelity=EPOCHS,
        budget=Budget(trials, unit),
    )


def bowl(trial: Trial) -> Outcome:
    """A curve that falls to a bowl's value by a power of the epoch, quicker for a small y."""
    x, y = float(trial.config["x"]), float(trial.config["y"])
    end = (x - 0.3) ** 2 + (y - 0.6) ** 2
    epochs = float(trial.fidelity or 32)
    return Outcome(values={"f": end + 2 * (epochs ** -(0.5 + y) - 32 ** -(0.5 + y))}, cost=epochs)


def run(optimizer: Any, posed: Problem, answer: Callable[[Trial], Outcome] = bowl) -> list[Record]:
    return list(trajectory(optimizer, answer, posed))


class Next(FreezeThaw):
    """The first that can be chosen."""

    def choose(self, able: list[int]) -> int:
        return able[0]


def test_a_candidate_climbs_level_by_level_and_pays_its_steps_alone() -> None:
    posed = problem(2)
    records = run(Next(posed, 1), posed)
    ends = [number for number, record in enumerate(records) if record.fidelity == 32]
    first = {record.fidelity for record in records if record.config == records[ends[0]].config}
    assert sorted(x for x in first if x) == [1, 2, 3, 5, 7, 10, 15, 22, 32]
    assert sum(record.cost for record in records if record.config == records[ends[0]].config) == 32
    assert records[-1].spent == pytest.approx(sum(record.cost for record in records) / 32)


def test_what_failed_is_not_tried_again_and_a_pool_that_is_spent_is_drawn_anew() -> None:
    def breaks(trial: Trial) -> Outcome:
        failed = float(trial.config["x"]) > 0.5
        return Outcome(failure="broke", cost=1.0) if failed else bowl(trial)

    posed = problem(60, Unit.EVALUATIONS)
    records = run(Next(posed, 1, candidates=4), posed, breaks)
    failed = [tuple(record.config.items()) for record in records if record.failure]
    assert len(failed) == len(set(failed)) > 0
    assert len(records) == 60
    assert len({tuple(record.config.items()) for record in records}) > 4


def test_features_are_in_the_unit_cube_with_one_for_each_choice() -> None:
    space = ConfigurationSpace()
    space.add(
        Float("rate", (1e-4, 1.0), log=True),
        Categorical("kind", ["a", "b", "c"]),
        OrdinalHyperparameter("size", [16, 32, 64]),
        Float("extra", (0.0, 2.0)),
        Constant("layers", 3),
    )
    space.add(EqualsCondition(space["extra"], space["kind"], "a"))
    found = features_of(
        space,
        (
            {"rate": 1e-2, "kind": "a", "size": 16, "extra": 2.0, "layers": 3},
            {"rate": 1.0, "kind": "c", "size": 64, "layers": 3},
        ),
    )
    rows = {tuple(sorted(np.round(row, 9))) for row in found}
    assert found.shape == (2, 6)  # rate, three kinds, size, extra
    assert rows == {(0, 0, 0, 0.5, 1, 1), (0, 0, 0.5, 1, 1, 1)}


def test_the_first_candidate_is_trained_to_the_end_before_another_begins() -> None:
    posed = problem(20, Unit.EVALUATIONS)
    records = run(CurveEnsembleSearch(posed, 0), posed)
    assert len({tuple(record.config.items()) for record in records[:9]}) == 1
    assert records[8].fidelity == 32


def test_what_is_expected_of_ends_ranks_the_pool_as_the_truth_does() -> None:
    asked: list[Trial] = []

    class Watched(CurveEnsembleSearch):
        def tell(self, trial: Trial, outcome: Outcome) -> None:
            asked.append(trial)
            super().tell(trial, outcome)

    posed = problem(5)
    search = Watched(posed, 0)
    run(search, posed)
    mean, variance = search._ends()
    seen = {trial.handle: bowl(Trial(config=trial.config, fidelity=32)).value for trial in asked}
    numbers = list(seen)
    assert spearmanr(mean[numbers], list(seen.values())).statistic > 0.8
    ended = [number for number in numbers if len(search.curves[number]) == 9]
    assert variance[ended].max() < np.median(variance)


@pytest.mark.parametrize("best", [-1.0, 0.2, 3.0])
def test_the_expected_improvement_is_the_integral_over_what_is_below_the_best(best: float) -> None:
    from hpobench.adapters.freeze_thaw.next_level import normal_improvement

    found = normal_improvement(np.array([0.3, 1.0]), np.array([0.7, 0.0]), best)
    expected = quad(lambda v: (best - v) * norm.pdf(v, 0.3, 0.7), -9, best)[0]
    assert found[0] == pytest.approx(expected, abs=1e-8)
    assert found[1] == pytest.approx((best - 1.0) / 2)  # as the original has it, without deviation


def test_networks_predict_power_laws_of_the_part_of_the_highest_fidelity() -> None:
    from hpobench.adapters.freeze_thaw.power_law import networks, power_laws

    parameters = networks(2, (3, 5, 3), torch.Generator().manual_seed(0))
    inputs, budgets = torch.rand(4, 3), torch.tensor([0.1, 0.3, 0.7, 1.0])
    found = power_laws(parameters, inputs[None], budgets).detach().numpy()
    for member in range(2):
        weights = {name: value[member].detach().numpy() for name, value in parameters.items()}
        hidden = inputs.numpy() @ weights["w0"] + weights["b0"]
        hidden = np.where(hidden > 0, hidden, 0.01 * hidden)
        alpha, beta, gamma = (hidden @ weights["w1"] + weights["b1"]).T
        expected = alpha + silu(beta) * budgets.numpy() ** -silu(gamma)
        assert found[member] == pytest.approx(expected, abs=1e-5)


def silu(x: Any) -> Any:
    return x / (1 + np.exp(-x))


def test_networks_that_are_trained_follow_the_curves_they_saw() -> None:
    from hpobench.adapters.freeze_thaw.power_law import networks, power_laws, train

    generator = torch.Generator().manual_seed(0)
    parameters = networks(3, (2, 32, 32, 3), generator)
    inputs = torch.rand(12, 2, generator=generator).repeat_interleave(8, dim=0)
    budgets = torch.linspace(0.05, 1, 8).repeat(12)
    values = inputs[:, 0] + 0.5 * budgets**-0.4
    before = (power_laws(parameters, inputs[None], budgets) - values).abs().mean().item()
    train(parameters, (inputs, budgets, values), 150, generator)
    after = (power_laws(parameters, inputs[None], budgets) - values).abs().mean().item()
    assert after < 0.2 * before


def test_the_deep_kernels_process_is_scikit_learns_over_the_same_features() -> None:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel

    from hpobench.adapters.freeze_thaw.deep_kernel import JITTER, LEAST_NOISE, DeepKernel

    generator = torch.Generator().manual_seed(0)
    model = DeepKernel(3, generator)
    seen = (torch.rand(20, 3), torch.rand(20), torch.rand(20, 5))
    asked = (torch.rand(6, 3), torch.rand(6), torch.rand(6, 5))
    values = torch.rand(20, generator=generator)
    model.fit(seen, values, 20)
    mean, deviation = model.predict(seen, values, asked)
    amplitude, length, noise = (
        math.log1p(math.exp(raw.item())) for raw in (model.amplitude, model.length, model.noise)
    )
    with torch.no_grad():
        inputs, others = model(seen).double().numpy(), model(asked).double().numpy()
    reference = GaussianProcessRegressor(
        ConstantKernel(amplitude) * RBF(length), alpha=noise + LEAST_NOISE + JITTER, optimizer=None
    ).fit(inputs, values.double().numpy() - model.mean.item())
    expected, deviations = reference.predict(others, return_std=True)
    assert mean == pytest.approx(expected + model.mean.item(), abs=1e-4)
    assert deviation == pytest.approx(np.sqrt(deviations**2 + noise + LEAST_NOISE), abs=1e-4)


@pytest.mark.parametrize("name", ["power_law:PowerLawEnsemble", "deep_kernel:DeepKernelSearch"])
def test_searches_by_networks_repeat_and_go_on_with_what_they_began(name: str) -> None:
    from hpobench.system.loading import load

    cls, posed = load(f"hpobench.adapters.freeze_thaw.{name}"), problem(16, Unit.EVALUATIONS)
    first, again = (run(cls(posed, 3, candidates=9, epochs=3, refining=1), posed) for _ in range(2))
    asked = [(record.config, record.fidelity) for record in first]
    assert asked == [(record.config, record.fidelity) for record in again]
    levels = [1, 2, 3, 5, 7, 10, 15, 22, 32]
    for config in [config for config, level in asked if level == 1]:
        reached = [level for other, level in asked if other == config]
        assert reached == levels[: len(reached)]
