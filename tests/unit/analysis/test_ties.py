"""The same values under other seeds are the same result, wherever results are compared."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.analysis.frames import Analysis
from hpobench.gate.judge import PairedScores, judge_optimizers
from hpobench.gate.rule import Rule
from hpobench.gate.verdict import Verdict
from hpobench.report.highlights import highlights
from hpobench.scoring.hypervolume import running_volumes
from hpobench.stats import stability
from hpobench.stats.finals import Finals
from hpobench.task import Kind
from tests.examples import examples

TENTHS = st.integers(1, 19).map(lambda n: n / 10)
SEEDS = st.integers(3, 6)

COMPARED = {
    "final": ["optimizer", "regret", "median"],
    "final_tasks": ["regret", "value", "loss"],
    "pairs": ["difference", "p", "p_holm", "a12", "better", "equal", "worse"],
    "significance": ["chi2", "p", "f", "p_f"],
    "critical": ["optimizer", "rank", "groups"],
    "influence": ["task", "swaps", "tau", "leader", "lead", "lead_change", "shift"],
    "properties": ["regret", "median", "rank"],
    "matrix": ["a", "b", "random"],
    "power": ["difference"],
    "against_best": ["best"],
}
"""What does not depend on which seed a value has."""


@pytest.mark.slow
@given(st.data(), SEEDS, st.integers(6, 9))
@examples(15)
def test_the_order_of_seeds_moves_no_result(
    make: SimpleNamespace, data: st.DataObject, seeds: int, tasks: int
) -> None:
    """Two optimizers with the same values, in the same order and in another."""
    values = data.draw(
        st.lists(st.lists(TENTHS, min_size=seeds, max_size=seeds), min_size=tasks, max_size=tasks)
    )
    other = [data.draw(st.permutations(own)) for own in values]
    known = {f"toy/t{i}": make.constants(random=0.7) for i in range(tasks)}
    same = make.analysis(rows(make, values, values), known)
    moved = make.analysis(rows(make, values, other), known)
    for name, columns in COMPARED.items():
        pd.testing.assert_frame_equal(
            ordered(same, name)[columns], ordered(moved, name)[columns], check_exact=True
        )
    assert marked(same, "final") == marked(moved, "final")
    assert marked(same, "matrix") == marked(moved, "matrix")
    tied(moved)


def ordered(analysis: Analysis, name: str) -> pd.DataFrame:
    """A frame, the final one by name: equal regrets are sorted by ranks, which pair seeds."""
    found: pd.DataFrame = getattr(analysis, name)
    return found.sort_values("optimizer", ignore_index=True) if name == "final" else found


def marked(analysis: Analysis, name: str) -> set[tuple[str, Any, Any]]:
    """The marks by what stands in the first column that names a row."""
    found: pd.DataFrame = getattr(analysis, name)
    key = "optimizer" if name == "final" else "task"
    entries = highlights(analysis, name).items()
    return {(found[key].iloc[row], column, mark) for (row, column), mark in entries}


def rows(make: SimpleNamespace, first: list[Any], second: list[Any]) -> list[dict[str, Any]]:
    """Runs of a and b with given final values, and of random search."""
    return [
        make.run(name, f"toy/t{task}", seed, [value])
        for name, values in (("a", first), ("b", second))
        for task, own in enumerate(values)
        for seed, value in enumerate(own)
    ] + [
        make.run("random", f"toy/t{task}", seed, [1.0 + seed / 10])
        for task, own in enumerate(first)
        for seed in range(len(own))
    ]


def tied(analysis: Analysis) -> None:
    """Nothing tells a from b."""
    pair = analysis.pairs.iloc[0]
    assert (pair["optimizer"], pair["other"], pair["difference"]) == ("a", "b", 0.0)
    assert (pair["p"], pair["a12"], pair["equal"]) == (1.0, 0.5, 1.0)
    groups = analysis.critical.set_index("optimizer")["groups"].str.split()
    assert set(groups["a"]) & set(groups["b"])
    regrets = analysis.final.set_index("optimizer")["regret"]
    assert regrets["a"] == regrets["b"]


@given(st.lists(TENTHS, min_size=2, max_size=8), SEEDS)
@examples(20)
def test_resampled_rankings_tie_where_all_seeds_are_equal(values: list[float], seeds: int) -> None:
    regret = np.repeat(np.array(values)[:, None, None], 2, axis=1).repeat(seeds, axis=2)
    found = stability.stability(finals(regret), ["toy"] * len(values), 40)
    assert found.before[0, 1] == 0.5
    assert (found.ranks == 0.5).all()


def finals(regret: np.ndarray) -> Finals:
    tasks, count, _ = regret.shape
    return Finals(
        kind=Kind.BLACKBOX,
        optimizers=tuple("ab"[:count]),
        tasks=tuple(f"t{i}" for i in range(tasks)),
        loss=regret,
        regret=regret,
        met=regret[:, :, 0],
        met_on=np.arange(tasks),
    )


@given(st.data(), SEEDS)
@examples(40)
def test_the_gate_sees_no_change_where_the_same_scores_have_other_seeds(
    data: st.DataObject, seeds: int
) -> None:
    samples = []
    for task in ("t0", "t1", "t2"):
        before = data.draw(st.lists(TENTHS, min_size=seeds, max_size=seeds))
        scores = np.array([before, data.draw(st.permutations(before))])
        samples.append(
            PairedScores(
                optimizer="o",
                task=task,
                seeds=np.arange(seeds),
                scores=scores,
                losses=scores,
                failed=np.zeros((2, seeds), dtype=bool),
            )
        )
    (judged,) = judge_optimizers(samples, Rule(relevant=1e-300, alpha=0.9))
    for judgement in (judged.overall, *judged.tasks.values()):
        assert judgement.evidence is not None
        assert judgement.evidence.mean == 0.0
        assert judgement.scores[0] == judgement.scores[1]
        assert judgement.effect == 0.5
        assert judgement.verdict not in {Verdict.WORSE, Verdict.BETTER}


@given(
    st.integers(2, 3).flatmap(
        lambda n: st.lists(st.tuples(*[TENTHS] * n), min_size=1, max_size=12)
    ),
    st.randoms(),
)
def test_a_front_has_the_same_volume_in_whatever_order_it_was_found(
    points: list[tuple[float, ...]], random: Any
) -> None:
    shuffled = list(points)
    random.shuffle(shuffled)
    reference = np.full(len(points[0]), 1.7)
    run = np.zeros(len(points), dtype=int)
    found = [running_volumes(np.array(p), run, reference)[-1] for p in (points, shuffled)]
    assert found[0] == found[1]
