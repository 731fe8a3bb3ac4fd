"""Values behind a reference point, tiny and huge ones, and what is not known."""

import json
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hpobench.analysis.frames import Analysis
from hpobench.figures.style import abridged
from hpobench.gate.judge import PairedScores, judge_optimizers
from hpobench.gate.rule import Rule
from hpobench.normalisation.from_runs import Exact, derive
from hpobench.report.writing import write_report
from hpobench.scoring.regret import has_scale
from hpobench.stats.significance import wilcoxon

FRONTS = {
    "best": [[0.0, 1.0], [1.0, 0.0]],
    "mid": [[2.0, 3.0], [3.0, 2.0]],
    "bad": [[20.0, 30.0], [30.0, 20.0]],
    "worst": [[21.0, 31.0], [31.0, 21.0]],
}
"""Each dominates the next."""


def several(make: SimpleNamespace, fronts: dict[str, Any] = FRONTS) -> list[dict[str, Any]]:
    objectives = ("f", "g", "h")[: len(next(iter(fronts.values()))[0])]
    return [
        make.run(name, "toy/a", seed, np.array(points) + seed / 100, objectives=objectives)
        for name, points in fronts.items()
        for seed in range(3)
    ]


def mean_ranks(analysis: Analysis) -> dict[str, float]:
    return dict(zip(analysis.final["optimizer"], analysis.final["rank"], strict=True))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_who_is_dominated_ranks_behind_without_constants(
    make: SimpleNamespace, dimensions: int
) -> None:
    fronts = {
        name: [p + p[:1] if dimensions > len(p) else p for p in points]
        for name, points in FRONTS.items()
    }
    ranks = mean_ranks(make.analysis(several(make, fronts)))
    assert ranks == {"best": 1.0, "mid": 2.0, "bad": 3.0, "worst": 4.0}


def test_runs_behind_a_fixed_reference_point_have_ranks_and_no_hypervolume(
    make: SimpleNamespace,
) -> None:
    known = {
        "toy/a": make.constants(-2.0, -1.0, 0.0, reference=(1.5, 1.5), ideal=(0.0, 0.0)),
    }
    whole = make.analysis(several(make), known)
    assert mean_ranks(whole) == {"best": 1.0, "mid": 2.0, "bad": 3.0, "worst": 4.0}
    table = whole.final_tasks.set_index("optimizer")
    assert table.loc[["mid", "bad", "worst"], "value"].tolist() == [0.0] * 3
    assert table.loc[["mid", "bad", "worst"], "regret"].tolist() == [2.0] * 3
    fewer = make.analysis(several(make), known, optimizers=["mid", "bad"])
    part = whole.runs[whole.runs["optimizer"].isin(["mid", "bad"])]
    assert part["regret"].tolist() == fewer.runs["regret"].tolist()


def test_small_values_have_a_scale_of_their_own(make: SimpleNamespace) -> None:
    """Exactly the results of values a power of two larger."""
    share = 2.0**-66
    rng = np.random.default_rng(0)
    values = rng.random((2, 5, 3)) + 0.1
    tables = []
    for scale in (1.0, share):
        rows = [
            make.run(name, "toy/a", seed, values[i, seed] * scale)
            for i, name in enumerate(("random", "tpe"))
            for seed in range(5)
        ]
        known = derive(make.Runs(rows), lambda _: Exact())
        assert has_scale(known["toy/a"])
        tables.append(make.analysis(rows, known).final)
    assert tables[0].equals(tables[1])


@pytest.mark.parametrize("objectives", [("f",), ("f", "g")])
def test_the_largest_numbers_are_analysed_like_others(
    make: SimpleNamespace, objectives: tuple[str, ...], tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    values = rng.choice([1.7e308, -1.7e308, 1.79e308, 0.5], (3, 2, 3, 3, len(objectives)))
    rows = [
        make.run(name, task, seed, values[i, t, seed], objectives=objectives)
        for i, name in enumerate(("a", "b", "random"))
        for t, task in enumerate(("toy/a", "toy/b"))
        for seed in range(3)
    ]
    known = derive(make.Runs(rows), lambda _: Exact())
    json.dumps([found.to_json() for found in known.values()], allow_nan=False)
    for constants in ({}, known):
        analysis = make.analysis(rows, constants)
        assert analysis.final["rank"].sum() == pytest.approx(6)
        regrets = analysis.runs.loc[analysis.runs["regret"].notna(), "regret"]
        assert regrets.between(0, 10).all()
    write_report(analysis, tmp_path, figures=False)


def test_half_way_between_huge_values_is_half_a_regret(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/a", 0, [0.0])]
    known = {"toy/a": make.constants(-1.7e308, 1.7e308, 1.7e308)}
    assert make.analysis(rows, known).runs["regret"].tolist() == [0.5]


def test_what_is_not_known_is_not_said_to_be_0(make: SimpleNamespace) -> None:
    nothing: dict[str, Any] = {"ask_seconds": [0.0], "tell_seconds": [0.0]}
    rows = [make.run("a", "toy/a", 0, [1.0], **nothing), make.run("b", "toy/a", 1, [2.0])]
    final = make.analysis(rows).final.set_index("optimizer")
    assert np.isnan(final.loc["a", "overhead"])
    assert final.loc["b", "overhead"] > 0
    assert final[["rank", "wins"]].isna().all(axis=None)


def test_budgets_that_differ_are_said_and_the_largest_counts(make: SimpleNamespace) -> None:
    rows = [
        make.run("a", "toy/a", 0, [1.0, 0.5], budget=2),
        make.run("b", "toy/a", 0, [2.0, 0.1, 0.05], budget=3),
    ]
    for row in rows:  # an imported task is the same whatever the budget is
        row["task_info"] = json.dumps(json.loads(row["task_info"]) | {"definition": {}})
    for order in permutations(rows):
        analysis = make.analysis(list(order))
        (note,) = (n for n in analysis.notes if "different budgets" in n.text)
        assert note.serious
        assert note.details == ("toy/a: trials=2, trials=3",)
        assert analysis.runs.set_index("optimizer")["value"].to_dict() == {"a": 0.5, "b": 0.05}
        assert analysis.runs["used"].tolist() == pytest.approx([2 / 3, 1.0])
        (early,) = (n for n in analysis.notes if "of the budget spent" in n.text)
        assert early.details == ("a: 1 run: made under the budget trials=2",)


def test_a_run_that_did_not_spend_its_smaller_budget_ended_for_its_own_reason(
    make: SimpleNamespace,
) -> None:
    rows = [
        make.run("a", "toy/a", 0, [1.0], budget=4),
        make.run("b", "toy/a", 0, [1.0] * 4, budget=8, cut="it was tired"),
        make.run("c", "toy/a", 0, [1.0] * 8, budget=8),
    ]
    for row in rows:
        row["task_info"] = json.dumps(json.loads(row["task_info"]) | {"definition": {}})
    (early,) = (n for n in make.analysis(rows).notes if "of the budget spent" in n.text)
    assert early.details == ("a: 1 run: nothing left to try", "b: 1 run: it was tired")


def test_it_is_said_where_regret_and_rank_disagree(make: SimpleNamespace) -> None:
    """One wins two tasks of three by a little, and loses the third by much."""
    values = {"often": [0.1, 0.1, 4.0], "steady": [0.2, 0.2, 0.2]}
    rows = [
        make.run(name, f"toy/{t}", seed, [value])
        for name, own in values.items()
        for t, value in enumerate(own)
        for seed in range(5)
    ]
    known = {f"toy/{t}": make.constants() for t in range(3)}
    texts = [note.text for note in make.analysis(rows, known).notes]
    (said,) = (text for text in texts if "sorted by regret" in text)
    assert "1 of 1 pair" in said
    assert "steady has the least regret, often the best mean rank" in said
    alike = make.analysis([r for r in rows if r["task"] != "toy/2"], known)
    assert not any("sorted by regret" in note.text for note in alike.notes)


def test_the_effect_of_a_comparison_is_that_of_the_analysis(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(2)
    losses = rng.integers(0, 6, (2, 2, 5)).astype(float)
    rows = [
        make.run(name, f"toy/{t}", seed, [losses[i, t, seed]])
        for i, name in enumerate(("candidate", "old"))
        for t in range(2)
        for seed in range(5)
    ]
    (pair,) = make.analysis(rows).pairs.to_dict("records")
    samples = [
        PairedScores(
            optimizer="o",
            task=f"toy/{t}",
            seeds=np.arange(5),
            scores=losses[::-1, t] / 10,
            losses=losses[::-1, t],
            failed=np.zeros((2, 5), dtype=bool),
        )
        for t in range(2)
    ]
    (judged,) = judge_optimizers(samples, Rule())
    assert (pair["optimizer"], pair["other"]) == ("candidate", "old")
    assert judged.overall.effect == pair["a12"]


def test_sizes_of_differences_tie_where_only_rounding_tells_them_apart() -> None:
    level = np.arange(1.0, 9.0)
    differences = ((level + 0.3) - level) * np.array([1, -1, 1, 1, -1, 1, 1, 1])
    assert len(set(np.abs(differences))) > 1
    found = wilcoxon(differences[:, None])
    assert (found.plus[0], found.minus[0]) == (27.0, 9.0)


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["short", "random"], ["short", "random"]),
        ([f"optimizer-with-long-name/v-{i}" for i in range(3)], None),
        ([f"an-optimizer-with-{x}-in-the-middle-of-it" for x in "AB"], ["...A", "...B"]),
    ],
)
def test_labels_that_are_cut_keep_what_differs(names: list[str], labels: list[str] | None) -> None:
    found = abridged(names, 19)
    assert len(set(found)) == len(names)
    assert max(map(len, found)) <= 19
    assert labels is None or found == labels
