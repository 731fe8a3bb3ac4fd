"""Scores come from results as `hpobench analyze` has them, or from a table as it stands."""

from pathlib import Path

import numpy as np
import pytest

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.scoring.constants import references_of
from hpobench.scoring.frame import read
from hpobench.scoring.policy import Policy
from hpobench.scoring.score import score
from hpobench.store import Store
from hpobench.subset.sources import from_results, from_table
from hpobench.subset.ways import Measure

RESULTS = Path(__file__).parents[3] / "results" / "baselines" / "ci"


def test_performance_is_the_mean_normalised_regret_of_the_analysis_brought_into_the_cube() -> None:
    found = from_results(RESULTS, Catalogue(), measure=Measure.PERFORMANCE)
    runs = score(read(Store(RESULTS)), references_of(RESULTS, Catalogue()), Policy()).runs
    regret = runs.groupby(["task", "optimizer"])["regret"].mean()
    assert sum(len(part.tasks) for part in found.parts) == runs["task"].nunique()
    for part in found.parts:
        for i, task in enumerate(part.tasks):
            for j, optimizer in enumerate(part.optimizers):
                expected = regret[task, optimizer]
                assert part.values[i, j] == pytest.approx(expected / (1 + expected))
                assert not np.isnan(part.losses[i, j]).all()


def test_the_area_is_no_smaller_than_what_a_run_ends_with_as_incumbents_never_get_worse() -> None:
    area = from_results(RESULTS, Catalogue(), measure=Measure.AREA).parts
    final = from_results(RESULTS, Catalogue(), measure=Measure.PERFORMANCE).parts
    for over_time, at_end in zip(area, final, strict=True):
        assert (over_time.values >= at_end.values - 1e-12).all()
        assert (over_time.values > at_end.values + 1e-6).any()
        assert over_time.digest != at_end.digest


def test_results_are_narrowed_by_globs_and_a_wrong_one_is_named() -> None:
    (part,) = from_results(RESULTS, Catalogue(), tasks=["mfh/*"], measure=Measure.RANK).parts
    assert set(part.kinds) == {"multi-fidelity"}
    with pytest.raises(UserError, match="'mhf/\\*'"):
        from_results(RESULTS, Catalogue(), tasks=["mhf/*"], measure=Measure.RANK)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "features.csv"
    path.write_text(text)
    return path


def test_a_table_gives_kinds_and_coordinates_and_only_what_leaves_the_cube_is_scaled(
    tmp_path: Path,
) -> None:
    text = "task,a,kind,b\nx/1,0.25,one,-2\nx/2,0.5,two,0\nx/3,0,one,2\n"
    one, two = from_table(table(tmp_path, text)).parts
    assert (one.tasks, one.kinds, one.optimizers) == (("x/1", "x/3"), ("one", "one"), ("a", "b"))
    assert one.values.tolist() == [[0.25, 0], [0, 1]]
    assert two.values.tolist() == [[0.5, 0.5]]
    assert one.losses[0].tolist() == [[0.25], [-2.0]]
    (only,) = from_table(table(tmp_path, text), tasks=["x/2"]).parts
    assert only.tasks == ("x/2",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs a column 'task'|holds no tasks"),
        ("task,a\n", "holds no tasks"),
        ("name,a\nx,1\n", "features.csv:1: needs a column 'task'"),
        ("task,kind\nx,1\n", "features.csv:1: needs"),
        ("task,a,a\nx,1,1\n", "features.csv:1: needs"),
        ("task,a\nx,1\ny\n", "features.csv:3: has 1 cells instead of 2"),
        ("task,a\nx,1\ny,no\n", "features.csv:3: 'no' in column 'a' is no number"),
        ("task,a\nx,nan\n", "features.csv:2: 'nan' in column 'a' is no number"),
        ("task,a\nx,1\nx,2\n", "features.csv:3: the task 'x' stands twice"),
    ],
)
def test_what_is_no_such_table_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        from_table(table(tmp_path, text))
