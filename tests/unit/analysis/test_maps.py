"""Maps of the best: their coverage and QD score against the archive of pyribs."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.diversity.axes import CELLS, MeasureAxis
from hpobench.report.maps import maps_of
from hpobench.scoring.curves import Axis
from hpobench.scoring.incumbents import GRID
from hpobench.scoring.policy import Policy
from hpobench.scoring.score import score
from tests.examples import examples
from tests.unit.analysis.conftest import constants, frame, references, run

SIZE = '{"name": "size", "low": -2.0, "high": 3.0, "log": false}'
SECONDS = '{"name": "seconds", "low": 0.1, "high": 100.0, "log": true}'
BUDGET = 6
CELL = "font-size:10px"
"""Of the number in each filled cell."""

Told = tuple[float, float, float]
"""The loss of a trial (NaN: it failed), its size and its seconds (NaN: not measured)."""


def row(optimizer: str, seed: int, trials: list[Told], **more: Any) -> dict[str, Any]:
    """A run on a task with two measures, between which another signal stands."""
    made = run(optimizer, "c/t", seed, [loss for loss, *_ in trials], budget=BUDGET, **more)
    known = f'"signals": ["size", "norm", "seconds"], "measures": [{SIZE}, {SECONDS}], "workers"'
    info = made["task_info"].replace('"workers"', known)
    told = [x for _, size, seconds in trials for x in (size, 0.5, seconds)]
    return made | {"task_info": info, "signals": told}


numbers = st.sampled_from([0.0, 0.25, 1.0, 3.0, 20.0, np.nan])
# Not so near to a border that pyribs, which adds a millionth, takes the next cell.
inner = st.integers(-300, 400).map(lambda hundredths: hundredths / 100 + 0.003)
sizes = st.one_of(inner, st.sampled_from([-2.0, -1.5, 0.0, 2.5, 3.0, np.nan]))
times = st.sampled_from([0.01, 0.1, 0.15, 1.0, 7.0, 99.0, 100.0, 1e4, np.nan])
runs = st.lists(st.tuples(numbers, sizes, times), min_size=1, max_size=BUDGET)


@examples(40)
@given(stories=st.lists(runs, min_size=1, max_size=2))
def test_coverage_and_qd_score_are_those_of_the_archive_of_pyribs(
    stories: list[list[Told]],
) -> None:
    archives = pytest.importorskip("ribs.archives", reason="pip install 'hpobench[pyribs]'")
    rows = [row("o", seed, trials) for seed, trials in enumerate(stories)]
    curves = score(frame(rows), references({"c/t": constants()}), Policy()).curves
    for i, trials in enumerate(stories):
        log = (np.log(0.1), np.log(100.0))
        archive = archives.GridArchive(
            solution_dim=1, dims=[CELLS, CELLS], ranges=[(-2.0, 3.0), log], dtype=np.float64
        )
        for number, (loss, size, seconds) in enumerate(trials):
            if np.isfinite([loss, size, seconds]).all():
                quality = 1 / (1 + min(loss, 5.0))  # 5: the regret of a random configuration
                archive.add_single([0.0], quality, [size, np.log(seconds)])
            place = int(np.flatnonzero((number + 1) / BUDGET - 1e-9 <= GRID)[0])
            assert curves.coverages[Axis.BUDGET][i, place] == archive.stats.coverage
            assert curves.qualities[Axis.BUDGET][i, place] == pytest.approx(
                float(archive.stats.norm_qd_score)
            )


def test_the_page_shows_the_best_of_each_cell_over_the_runs_of_an_optimizer(
    make: SimpleNamespace,
) -> None:
    here, there = (-1.9, 0.11), (2.9, 90.0)
    rows = [
        row("a", 0, [(3.0, *here), (2.0, *here)]),
        row("a", 1, [(1.5, *here), (9.0, *there)]),
        row("b", 0, [(np.nan, *there), (7.0, np.nan, 1.0)]),
        row("b", 1, [(0.5, *here)], status="failed"),
    ]
    found = make.analysis(rows, {"c/t": constants()})
    cells = found.archives.drop(columns=["kind", "task"]).to_dict("records")
    assert cells == [
        {"optimizer": "a", "x": 0, "y": 0, "value": 1.5, "runs": 1.0},
        {"optimizer": "a", "x": 9, "y": 9, "value": 9.0, "runs": 0.5},
    ]
    (shown,) = maps_of(found, "blackbox")
    best, nothing = shown.maps
    assert (best.optimizer, nothing.optimizer, shown.others) == ("a", "b", 0)
    assert best.words == "coverage 2 %, QD score 0.00450"
    assert [each.still.count(CELL) for each in shown.maps] == [2, 0]
    scores = found.final.set_index("optimizer")
    assert scores.loc["a", "coverage"] == pytest.approx(0.015)
    assert scores.loc["b", "coverage"] == 0.0


def test_without_measures_there_is_nothing_of_maps(make: SimpleNamespace) -> None:
    plain = make.analysis([run("o", "c/t", 0, [1.0])], {"c/t": constants()})
    assert {"coverage", "qd_score"}.isdisjoint(plain.final.columns)
    assert not len(plain.archives)
    assert not maps_of(plain, "blackbox")


def test_edges_of_cells_are_where_places_change() -> None:
    axis = MeasureAxis(name="seconds", low=0.1, high=100.0, log=True)
    assert axis.edges() == pytest.approx(np.geomspace(0.1, 100.0, CELLS + 1).tolist())
    assert axis.places(np.array(axis.edges())) == pytest.approx(np.linspace(0, 1, CELLS + 1))
