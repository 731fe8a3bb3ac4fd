"""The frames of statistics: right by hand or by brute force, whatever the names and the holes."""

from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hpobench.scoring.policy import FailedAs, Policy
from hpobench.stats import by_property, pairs, power, stability
from hpobench.stats.finals import Finals
from hpobench.stats.influence import influence
from hpobench.stats.significance import a12, wilcoxon
from hpobench.task import Kind
from tests.examples import examples


def finals(regret: np.ndarray, names: tuple[str, ...] = ()) -> Finals:
    """Results where the loss is the regret, and seeds are met in order."""
    tasks, optimizers, seeds = regret.shape
    met = np.moveaxis(regret, 2, 1).reshape(-1, optimizers)
    return Finals(
        kind=Kind.BLACKBOX,
        optimizers=names or tuple(f"o{i}" for i in range(optimizers)),
        tasks=tuple(f"t{i}" for i in range(tasks)),
        loss=regret,
        regret=regret,
        met=met,
        met_on=np.repeat(np.arange(tasks), seeds),
    )


def drawn(seed: int, tasks: int, optimizers: int, seeds: int) -> np.ndarray:
    """Regrets with ties, of optimizers that differ."""
    rng = np.random.default_rng(seed)
    skill = np.linspace(1, 2, optimizers)[:, None]
    values: np.ndarray = np.round(skill * rng.exponential(1, (tasks, optimizers, seeds)), 1)
    return values


def test_pairs_are_those_of_scipy_and_of_brute_force() -> None:
    regret = drawn(0, 12, 3, 4)
    found = pairs.pairs(finals(regret), 0.1)
    rows = found.to_dict("records")
    for (i, j), row in zip(combinations(range(3), 2), rows, strict=True):
        assert (row["optimizer"], row["other"]) == (f"o{i}", f"o{j}")
        differences = regret[:, i].mean(axis=1) - regret[:, j].mean(axis=1)
        exact = stats.permutation_test(
            (stats.rankdata(np.abs(differences)) * np.sign(differences),),
            np.sum,
            permutation_type="samples",
            n_resamples=np.inf,
        )
        assert row["p"] == pytest.approx(exact.pvalue)
        assert row["difference"] == pytest.approx(np.median(differences))
        wins, losses = (regret[:, i] < regret[:, j]).sum(), (regret[:, i] > regret[:, j]).sum()
        assert (row["wins"], row["ties"], row["losses"]) == (wins, 48 - wins - losses, losses)
        assert row["a12"] == pytest.approx(a12(regret[:, i], regret[:, j]).mean())
        assert row["a12_low"] < row["a12"] < row["a12_high"]
        assert row["better"] + row["equal"] + row["worse"] == pytest.approx(1)
    assert (found["p_holm"] >= found["p"]).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tasks", "seeds", "shift"), [(4, 12, 0.0), (5, 3, 2.0), (1, 5, 4.0), (20, 3, 4.0)]
)
def test_the_interval_of_improvement_holds_the_truth_about_as_often_as_it_says(
    tasks: int, seeds: int, shift: float
) -> None:
    """Where the one wins almost always, too: 4 of 5 samples of (1, 5, 4.0) hold nothing else."""
    rng = np.random.default_rng(1)
    shifts, hits = shift + np.linspace(-0.5, 0.5, tasks), 0
    truth = stats.norm.cdf(shifts / np.sqrt(2)).mean()
    for _ in range(300):
        losses = rng.normal(0, 1, (tasks, 2, seeds))
        losses[:, 1] += shifts[:, None]
        effect, low, high = pairs.improvement(losses)
        hits += bool(low[0, 1] <= truth <= high[0, 1])
        assert (low <= effect).all()
        assert (effect <= high).all()
    assert 0.90 <= hits / 300 <= 0.99


def test_missing_seeds_leave_the_rest_as_it_is() -> None:
    regret = drawn(2, 6, 3, 5)
    regret[2, 1, 3:] = np.nan
    mean, _, _ = pairs.improvement(regret)
    expected = [a12(regret[t, 0], regret[t, 1]) for t in range(6)]
    assert mean[0, 1] == pytest.approx(np.mean(expected))
    assert finals(regret).scores[2, 1] == pytest.approx(np.nanmean(regret[2, 1]))


NAMES = ("ant", "bee", "cat", "dog")


@given(st.permutations(range(4)), st.integers(0, 30))
@examples(12)
def test_other_names_change_the_names_and_nothing_else(order: list[int], seed: int) -> None:
    """The optimizers are sorted by name, so other names are another order throughout."""
    regret = drawn(seed, 9, 4, 3)
    one, other = finals(regret, NAMES), finals(regret[:, order], NAMES)
    rename = {NAMES[at]: NAMES[i] for at, i in enumerate(order)}
    first, second = pairs.pairs(one, 0.1), pairs.pairs(other, 0.1)
    swapped = second.assign(
        optimizer=second["optimizer"].map(rename), other=second["other"].map(rename)
    )
    entries = {(r["optimizer"], r["other"]): r for r in swapped.to_dict("records")}
    for row in first.to_dict("records"):
        key = (row["optimizer"], row["other"])
        same = entries.get(key)
        found = entries[key[::-1]] if same is None else same
        names = ("wins", "better", "worse") if same is not None else ("losses", "worse", "better")
        assert [row[n] for n in ("wins", "better", "worse")] == [found[n] for n in names]
        assert (row["p"], row["p_holm"], row["equal"]) == (
            found["p"],
            found["p_holm"],
            found["equal"],
        )
    groups = [
        {frozenset(members) for members in letters(pairs.critical_groups(f, p), naming)}
        for f, p, naming in (
            (one, first, dict(zip(NAMES, NAMES, strict=True))),
            (other, second, rename),
        )
    ]
    assert groups[0] == groups[1]
    ranked = dict(
        zip(NAMES, stability.stability(one, ["toy"] * len(one.tasks)).ranks.tolist(), strict=True)
    )
    again = stability.stability(other, ["toy"] * len(other.tasks)).ranks.tolist()
    assert {rename[n]: r for n, r in zip(NAMES, again, strict=True)} == {
        name: pytest.approx(r) for name, r in ranked.items()
    }


def letters(found: pd.DataFrame, naming: dict[str, str]) -> list[list[str]]:
    """Who shares each letter."""
    every = {letter for own in found["groups"] for letter in own.split()}
    rows = found.to_dict("records")
    return [[naming[r["optimizer"]] for r in rows if g in r["groups"].split()] for g in every]


def test_a_group_holds_those_that_no_test_tells_apart() -> None:
    regret = np.random.default_rng(3).normal(0, 0.01, (12, 3, 4)) + np.array([1, 1, 2])[:, None]
    found = finals(regret)
    table = pairs.critical_groups(found, pairs.pairs(found, 0.01)).set_index("optimizer")
    assert table["groups"].to_dict() == {"o0": "a", "o1": "a", "o2": ""}
    assert table["rank"].sum() == pytest.approx(6)


def test_a_clear_ranking_is_stable_and_an_even_one_is_not() -> None:
    clear = np.random.default_rng(4).normal(0, 0.01, (8, 3, 4)) + np.arange(3)[:, None]
    found = stability.stability(finals(clear), ["toy"] * 8)
    assert found.ranks.tolist() == np.eye(3).tolist()
    assert (found.before[0, 2], found.before[2, 0], found.tau) == (1.0, 0.0, 1.0)
    even = np.tile(np.random.default_rng(5).random((8, 1, 4)), (1, 3, 1))
    tied = stability.stability(finals(even), ["toy"] * 8)
    assert tied.ranks == pytest.approx(np.full((3, 3), 1 / 3))
    assert tied.before == pytest.approx(np.full((3, 3), 0.5))


def test_the_spread_of_resampled_scores_is_that_of_tasks_and_seeds() -> None:
    """With two optimizers, one of them constant, against drawing tasks and seeds one by one."""
    rng = np.random.default_rng(6)
    tasks, seeds = 30, 5
    level = rng.normal(0, 1, (tasks, 1)) + rng.normal(0, 2, (tasks, seeds))
    drawn = (
        rng.integers(tasks, size=(2000, tasks, 1)),
        rng.integers(seeds, size=(2000, tasks, seeds)),
    )
    means = stats.trim_mean(level[drawn].reshape(2000, -1), 0.25, axis=1)
    constant = float(np.quantile(means, 0.8))
    regret = np.stack([level, np.full_like(level, constant)], axis=1)
    before = stability.stability(finals(regret), ["toy"] * tasks, 2000).before[0, 1]
    assert before == pytest.approx(0.8, abs=0.04)


def test_whole_families_are_drawn_where_tasks_of_one_are_alike() -> None:
    """Each family has its own best, so that the ranking turns on which families are drawn."""
    family = np.repeat([0, 1, 2], 20)
    best = (family > 1).astype(int)
    scores = (best[:, None] != np.arange(2)).astype(float)
    found = stability.stability(
        finals(np.repeat(scores[:, :, None], 2, 2)), [str(i) for i in family]
    )
    assert found.families == 3
    assert found.tau > 0.95
    assert found.tau_families < 0.7


def test_kendalls_tau_is_scipys() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        x, y = rng.integers(0, 5, (2, 6)).astype(float)
        expected = stats.kendalltau(x, y).statistic
        assert stability.kendall(x, y) == pytest.approx(expected, nan_ok=True)


def test_the_seeds_and_tasks_that_power_asks_for_find_the_difference() -> None:
    """Drawn anew with as many, four of five experiments are significant."""
    rng = np.random.default_rng(8)
    gap, between, within = 0.5, 0.6, 1.0

    def experiment(tasks: int, seeds: int) -> Finals:
        effect = rng.normal(gap, between, (tasks, 1))
        noise = rng.normal(0, within, (tasks, 2, seeds))
        noise[:, 1] += effect
        return finals(noise)

    pilot = experiment(400, 10)
    (row,) = power.power(pilot, pairs.pairs(pilot, 0.01), 0.01).to_dict("records")
    assert row["between_tasks"] == pytest.approx(between, rel=0.15)
    assert row["within_tasks"] == pytest.approx(within * np.sqrt(2), rel=0.1)
    tasks = int(row["tasks_needed"])
    p = [wilcoxon(np.diff(experiment(tasks, 10).scores)).p[0] for _ in range(300)]
    assert 0.70 <= np.mean(np.array(p) < 0.05) <= 0.92


@pytest.mark.parametrize(
    ("gap", "between", "within", "verdict"),
    [
        (5.0, 0.1, 0.1, power.SETTLED),
        (0.002, 0.01, 0.3, power.EQUAL),
        (0.5, 0.05, 4.0, power.SEEDS),
        (0.4, 2.5, 0.05, power.TASKS),
    ],
)
def test_what_would_settle_a_pair(gap: float, between: float, within: float, verdict: str) -> None:
    rng = np.random.default_rng(9)
    effect = rng.normal(0, 1, (12, 1))
    noise = rng.normal(0, 1, (12, 2, 8))
    exact = (effect - effect.mean()) / effect.std() * between + gap
    noise = (noise - noise.mean(axis=(0, 2), keepdims=True)) * within
    noise[:, 1] += exact
    found = finals(noise)
    (row,) = power.power(found, pairs.pairs(found, 0.01), 0.01).to_dict("records")
    assert row["verdict"] == verdict
    assert np.isnan(row["seeds_needed"]) == (verdict in {power.EQUAL, power.TASKS})


def test_the_seeds_that_a_ranking_asks_for_find_the_difference_among_its_tests() -> None:
    """Four optimizers, so three tests with the first: four of five experiments find each."""
    rng = np.random.default_rng(14)
    tasks, gap, within = 12, 0.4, 2.0

    def experiment(seeds: int) -> Finals:
        noise = rng.normal(0, within, (tasks, 4, seeds)) + rng.normal(0, 1, (tasks, 1, 1))
        noise[:, 1:] += gap
        return finals(noise)

    pilot = experiment(300)
    table = power.power(pilot, pairs.pairs(pilot, 0.01), 0.01)
    seeds = table["seeds_in_ranking"].to_numpy()[:3]
    assert (seeds < table["seeds_needed"].to_numpy()[:3]).all()
    told = []
    for _ in range(200):
        scores = experiment(int(seeds.mean())).scores
        told.append(wilcoxon(scores[:, [0]] - scores[:, 1:]).p < 0.05 / 3)
    assert 0.70 <= np.mean(told) <= 0.92


def test_fewer_tasks_than_the_fewest_let_no_test_differ_and_that_many_do() -> None:
    for tests in (1, 3, 28):
        least = power.fewest_tasks(tests)
        reached = [float(wilcoxon(np.ones((n, 1))).p[0]) * tests for n in (least - 1, least)]
        assert reached[0] > 0.05 >= reached[1]


def test_where_the_seeds_at_hand_should_do_and_do_not_nothing_is_promised() -> None:
    regret = np.tile(np.array([0.5, 0.501])[:, None], (12, 1, 2))
    regret[:, :, 1] += 1e-6
    regret[:6, 1] -= 0.003  # half of the tasks the other way, and a few far apart
    regret[:4, 1] += 3.0
    found = finals(regret)
    (row,) = power.power(found, pairs.pairs(found, 0.001), 0.001).to_dict("records")
    assert row["verdict"] in {power.UNEVEN, power.TASKS}
    assert row["verdict"] == power.UNEVEN or row["tasks_needed"] > 12


def test_one_seed_leaves_open_what_would_settle_it() -> None:
    found = finals(drawn(10, 5, 2, 1))
    (row,) = power.power(found, pairs.pairs(found, 0.01), 0.01).to_dict("records")
    assert row["verdict"] == power.UNKNOWN


def test_the_task_that_decides_comes_first() -> None:
    regret = np.tile(np.array([1.0, 1.1, 2.0])[:, None], (3, 1, 2))
    regret[1, 0] = 0.2
    regret[2, 0] = 1.3
    found = influence(finals(regret))
    assert found["task"].tolist()[0] == "t1"
    first = found.iloc[0]
    assert (first["leader"], first["swaps"]) == ("o1", 1)
    assert found["swaps"].tolist() == [1, 0, 0]
    without = np.delete(regret.mean(axis=2), 1, axis=0).mean(axis=0)
    assert first["lead"] == pytest.approx(without[1] - without[0])
    assert first["tau"] == pytest.approx(
        stats.kendalltau(regret.mean(axis=(0, 2)), without).statistic
    )


def test_bands_of_dimensions() -> None:
    found = [by_property.band(d) for d in (1, 2, 3, 5, 6, 20, 21)]
    assert found == ["1 to 2", "1 to 2", "3 to 5", "3 to 5", "6 to 10", "11 to 20", "over 20"]


def test_expected_running_times_by_hand(make: SimpleNamespace) -> None:
    """Budget of 4 trials: a reaches 0.5 after 2 and never, b after 4; its failure counts 4."""
    rows = [
        make.run("a", "toy/t", 0, [3.0, 0.4, 0.4, 0.4]),
        make.run("a", "toy/t", 1, [3.0, 0.9, 0.9]),
        make.run("b", "toy/t", 0, [3.0, 2.0, 1.0, 0.5]),
        make.run("b", "toy/t", 1, [0.0], status="failed", reason="no"),
    ]
    analysis = make.analysis(rows, {"toy/t": make.constants()})
    times = analysis.ert_tasks.set_index(["optimizer", "target"])
    assert times.loc[("a", 1.0), "ert"] == (2 + 2) / 2
    assert times.loc[("a", 0.5), "ert"] == (2 + 3) / 1
    assert times.loc[("b", 0.5), "ert"] == (4 + 4) / 1
    assert times.loc[("a", 0.1), "ert"] == np.inf
    whole = analysis.ert.set_index(["optimizer", "target"])
    assert whole.loc[("a", 0.5), "ert"] == 5 / 4
    assert whole.loc[("b", 1.0), ["successes", "runs", "tasks_reached", "tasks"]].tolist() == [
        1,
        2,
        1,
        1,
    ]


@pytest.mark.parametrize(("failed", "successes"), [(FailedAs.WORST, 0), (FailedAs.RANDOM, 1)])
def test_a_failed_run_spends_its_budget_and_reaches_no_more_than_random_search(
    make: SimpleNamespace, failed: FailedAs, successes: int
) -> None:
    rows = [make.run("a", "toy/t", 0, [0.0], status="failed")]
    analysis = make.analysis(rows, {"toy/t": make.constants()}, policy=Policy(failed=failed))
    times = analysis.ert_tasks.set_index("target")
    assert times.loc[1.0, ["successes", "runs", "spent"]].tolist() == [successes, 1, 1.0]
    assert times.loc[0.5, ["successes", "runs", "spent"]].tolist() == [0, 1, 1.0]


def test_results_by_property_are_those_of_the_part_alone(
    make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, known = make.kinds()
    for row in store.rows:
        row["task"] = row["task"].replace("toy/bb0", "other/bb0")
        row["task_info"] = row["task_info"].replace("toy/bb0", "other/bb0")
        if row["task"].startswith("other"):
            row["task_info"] = row["task_info"].replace(
                '"collection": "toy"', '"collection": "other"'
            )
    known["other/bb0"] = known.pop("toy/bb0")
    whole = make.analysis(store, known)
    alone = make.analysis(store, known, tasks=["toy/bb*"])
    part = whole.properties.query(
        "property == 'collection' and value == 'toy' and kind == 'blackbox'"
    )
    found = part.set_index("optimizer")[["regret", "median", "low", "high"]].sort_index()
    expected = alone.final.set_index("optimizer")[["regret", "median", "low", "high"]].sort_index()
    pd.testing.assert_frame_equal(found, expected)


def test_overhead_is_held_against_virtual_time(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t", s, [1.0, 0.5], cost=[2.0, 2.0]) for s in range(2)]
    (row,) = make.analysis(rows).overhead.to_dict("records")
    assert row["mean"] == pytest.approx(2.0)
    assert (row["seconds"], row["virtual_seconds"]) == pytest.approx((0.008, 8.0))
    assert row["share"] == pytest.approx(0.001)


def test_the_best_on_a_task_is_told_from_those_that_are_no_worse(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(11)
    level = {"best": 0.1, "close": 0.105, "far": 0.9}
    rows = [
        make.run(name, "toy/t", seed, [mean + 0.01 * rng.random()])
        for name, mean in level.items()
        for seed in range(10)
    ]
    found = make.analysis(rows, {"toy/t": make.constants()}).against_best.set_index("optimizer")
    ends = {n: [r["values"][-1] for r in rows if r["optimizer"] == n] for n in level}
    p = [stats.mannwhitneyu(ends["best"], ends[n], method="asymptotic").pvalue for n in level]
    assert found["best"].to_dict() == {"best": True, "close": False, "far": False}
    assert found.loc["far", "p"] == pytest.approx(2 * p[2])
    assert np.isnan(found.loc["best", "p"])


def test_an_interval_of_ranks_holds_the_rank_and_needs_two_seeds(
    make: SimpleNamespace, small: Any
) -> None:
    final = make.analysis(small).final
    assert (final["rank_low"] <= final["rank"]).all()
    assert (final["rank"] <= final["rank_high"]).all()
    single = make.analysis([row for row in small.rows if row["seed"] == 0]).final
    assert single[["rank_low", "rank_high"]].isna().all(axis=None)


def test_without_a_scale_tests_are_of_ranks_of_runs_within_each_task(make: SimpleNamespace) -> None:
    """Values of different tasks are of different sizes; x is better than y on each of 12."""
    rng = np.random.default_rng(12)
    values = rng.random((12, 3, 5)) + np.array([0.0, 0.7, 0.7])[:, None]
    rows = [
        make.run(name, f"toy/{t:02}", seed, [values[t, i, seed] * 10.0**t])
        for t in range(12)
        for i, name in enumerate("xyz")
        for seed in range(5)
    ]
    analysis = make.analysis(rows)
    table = analysis.pairs.set_index(["optimizer", "other"])
    effects = {
        (i, j): [a12(values[t, i], values[t, j]) - 0.5 for t in range(12)]
        for i, j in ((0, 1), (1, 2))
    }
    for (i, j), effect in effects.items():
        expected = wilcoxon(np.array(effect)[:, None]).p[0]
        assert table.loc[("xyz"[i], "xyz"[j]), "p"] == pytest.approx(expected)
    assert (table.loc[("x", ["y", "z"]), "p_holm"] < 0.05).all()
    pooled = [
        [stats.rankdata(values[t]).reshape(3, 5)[i].mean() for i in range(3)] for t in range(12)
    ]
    (whole,) = analysis.significance.to_dict("records")
    assert (whole["basis"], whole["tasks"]) == ("ranks of runs", 12)
    assert whole["p"] == pytest.approx(stats.friedmanchisquare(*np.transpose(pooled)).pvalue)
    groups = analysis.critical.set_index("optimizer")
    assert groups["groups"].to_dict() == {"x": "", "y": "a", "z": "a"}
    assert groups["rank"].sum() == pytest.approx(6)


def test_without_a_scale_nothing_is_said_of_regret(make: SimpleNamespace, small: Any) -> None:
    analysis = make.analysis(small)
    assert analysis.pairs[["difference", "better"]].isna().all(axis=None)
    assert analysis.pairs["a12"].notna().all()
    assert not len(analysis.ert)
    assert not len(analysis.influence)


def test_where_nothing_is_compared_nothing_is_tested(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/a", 0, [1.0]), make.run("b", "toy/b", 0, [2.0])]
    analysis = make.analysis(rows)
    unknown = ["wins", "ties", "losses", "p", "p_holm", "a12", "a12_low", "a12_high"]
    assert analysis.pairs[unknown].isna().all(axis=None)
    assert analysis.significance[["chi2", "p", "f", "p_f"]].isna().all(axis=None)
    assert analysis.critical["groups"].tolist() == ["", ""]
    assert analysis.final[["rank", "wins"]].isna().all(axis=None)
