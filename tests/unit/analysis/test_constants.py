"""Constants in files, and how they follow from runs of random search."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hpobench.catalogue import Catalogue
from hpobench.errors import FileError, UserError
from hpobench.execution.construction import build
from hpobench.execution.runner import execute
from hpobench.normalisation.from_draws import Sampler, draw_constants
from hpobench.normalisation.from_runs import Exact, derive, improved
from hpobench.run import Run
from hpobench.scoring.constants import load_constants, save_constants
from hpobench.scoring.hypervolume import reference_point
from hpobench.scoring.regret import has_scale
from hpobench.store import Store
from hpobench.store.rows import encode


def nothing_known(_: Any) -> Exact:
    return Exact()


def test_a_file_gives_back_what_was_saved_to_the_bit(tmp_path: Path, make: SimpleNamespace) -> None:
    found = {
        "toy/one": make.constants(best=0.1 + 0.2, random=1 / 3, start=1e300),
        "toy/two": make.constants(
            -1.25, -0.1, 0.0, reference=(1.1, 2.0), ideal=(0.0, -1e-9), source="observed"
        ),
    }
    assert save_constants(tmp_path / "toy.json", found) == 1
    references = load_constants([tmp_path])
    assert references.tasks == found
    assert references.versions == {"toy": 1}


def test_a_later_folder_counts_where_two_have_the_same_task(
    tmp_path: Path, make: SimpleNamespace
) -> None:
    for name, best in (("first", 1.0), ("second", 2.0)):
        save_constants(tmp_path / name / "toy.json", {"toy/a": make.constants(best=best)})
    assert load_constants([tmp_path / "first", tmp_path / "second"]).tasks["toy/a"].best == 2.0


def test_the_version_rises_when_what_was_there_changes_and_only_then(
    tmp_path: Path, make: SimpleNamespace
) -> None:
    path = tmp_path / "toy.json"
    assert save_constants(path, {"toy/a": make.constants()}) == 1
    assert save_constants(path, {"toy/b": make.constants()}) == 1
    assert save_constants(path, {"toy/a": make.constants()}) == 1
    assert save_constants(path, {"toy/a": make.constants(best=-1.0)}) == 2
    assert set(load_constants([tmp_path]).tasks) == {"toy/a", "toy/b"}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"tasks": {}}', '{"version": 1, "tasks": {"a": {"best": 1}}}', "{" * 9999]
)
def test_a_broken_file_is_the_users_to_mend(tmp_path: Path, text: str) -> None:
    (tmp_path / "toy.json").write_text(text)
    with pytest.raises(FileError, match=r"toy\.json"):
        load_constants([tmp_path])


def test_a_task_that_random_search_solves_has_no_scale(make: SimpleNamespace) -> None:
    assert not has_scale(make.constants(best=1.0, random=1.0))
    assert not has_scale(make.constants(best=1e9, random=1e9 + 1e-4))
    assert has_scale(make.constants(best=0.0, random=1e-6))


def test_the_median_of_random_search_and_of_a_single_trial(make: SimpleNamespace) -> None:
    finals = [3.0, 1.0, 2.0]
    rows = [make.run("random", "toy/a", seed, [9.0, y, 9.0]) for seed, y in enumerate(finals)]
    found = derive(make.Runs(rows), nothing_known)["toy/a"]
    about = {"seconds": 3.0, "seeds": 3, "budget": "trials=4", "source": "observed"}
    assert found == make.constants(best=1.0, random=2.0, start=9.0, **about)


def test_the_exact_best_is_preferred_to_what_was_seen(make: SimpleNamespace) -> None:
    rows = [make.run("random", "toy/a", 0, [2.0, 1.0])]
    found = derive(make.Runs(rows), lambda _: Exact(best={"loss": -7.0}))["toy/a"]
    assert (found.best, found.source) == (-7.0, "exact")


def test_without_it_the_best_of_any_optimizer_under_any_budget_counts(
    make: SimpleNamespace,
) -> None:
    rows = [
        make.run("random", "toy/a", 0, [2.0, 1.0]),
        make.run("tpe", "toy/a", 0, [0.5, 3.0]),
        make.run("tpe", "toy/a@trials=9", 0, [0.25], budget=9),
        make.run("random", "toy/a@trials=9", 0, [0.3], budget=9),
    ]
    found = derive(make.Runs(rows), nothing_known)
    assert set(found) == {"toy/a"}
    assert (found["toy/a"].best, found["toy/a"].random) == (0.25, 1.0)


def test_failed_runs_and_failed_trials_and_low_fidelities_are_left_out(
    make: SimpleNamespace,
) -> None:
    fidelity = {"fidelity": [3, 9, 9], "high": 9}
    rows = [
        make.run("random", "toy/a", 0, [-5.0, 4.0, np.nan], **fidelity),
        make.run("random", "toy/a", 1, [1.0, 6.0, np.nan], **fidelity),
        make.run("random", "toy/a", 2, [1.0, 0.5, 0.5], status="failed", **fidelity),
        make.run("random", "toy/a", 3, [1.0, np.nan, np.nan], **fidelity),
    ]
    found = derive(make.Runs(rows), nothing_known)["toy/a"]
    assert (found.random, found.start, found.seeds) == (5.0, 5.0, 2)


def test_the_reference_point_lies_a_tenth_of_the_range_behind_the_fronts() -> None:
    fronts = np.array([[0.0, 30.0], [1.0, 10.0]])
    assert reference_point(fronts, fronts).tolist() == pytest.approx([1.1, 32.0])


def test_a_front_of_one_point_takes_its_range_from_all_trials() -> None:
    front, trials = np.array([[1.0, 1.0]]), np.array([[1.0, 1.0], [6.0, 1.0]])
    assert reference_point(front, trials).tolist() == pytest.approx([1.5, 1.1])


def test_several_objectives_by_hand(make: SimpleNamespace) -> None:
    points = [[[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [0.9, 0.9]]]
    rows = [make.run("random", "toy/a", s, p, objectives=("f", "g")) for s, p in enumerate(points)]
    found = derive(make.Runs(rows), nothing_known)["toy/a"]
    assert found.reference == pytest.approx((1.1, 1.1))
    assert found.ideal == (0.0, 0.0)
    alone = 1.1 * 0.1
    assert -found.best == pytest.approx(2 * alone - 0.1 * 0.1 + 0.1 * 0.1)
    assert -found.random == pytest.approx((alone + alone + 0.1 * 0.2) / 2)
    assert found.start == 0.0


def test_an_exact_front_is_framed_in_full(make: SimpleNamespace) -> None:
    rows = [make.run("random", "toy/a", 0, [[0.5, 5.0], [0.4, 6.0]], objectives=("f", "g"))]
    front = np.array([[0.0, 1.0], [1.0, 0.0]])
    found = derive(make.Runs(rows), lambda _: Exact(front=front))["toy/a"]
    assert found.reference == pytest.approx((1.1, 6.6))
    assert -found.best == pytest.approx(1.1 * 5.6 + 0.1 * 1.0)
    assert found.source == "exact"


def test_without_random_search_there_is_a_hint(make: SimpleNamespace) -> None:
    with pytest.raises(UserError, match="hpobench run --optimizer random"):
        derive(make.Runs([make.run("tpe", "toy/a", 0, [1.0])]), nothing_known)


OWN = """
benchmark: hpobench.benchmarks.recorded:Recorded
budget: {trials: 12}
types: [ordinal]
dimension: 2
objectives: [loss, size]
tasks:
  - id: table
    params:
      file: table.csv
      seeds: {use: draw}
      cost: {column: seconds}
      objectives: {loss: minimize, size: maximize}
      hyperparameters: {a: {type: ordinal}, b: {type: ordinal}}
"""
"""A table with holes, failures and repeated trainings."""


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Ours, and a task of a table of its own."""
    rows = [
        (a, b, (a - 2) * b if a * b % 5 else "", a + s, 1 + b)
        for a in range(1, 6)
        for b in range(1, a + 1)
        for s in range(2)
    ]
    lines = ["a,b,loss,size,seconds", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "own.yaml").write_text(OWN)
    (tmp_path / "table.csv").write_text("\n".join(lines))
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path))
    return Catalogue([tmp_path])


@pytest.mark.parametrize("name", ["mfh/hartmann3-good", "bbob/f01-d2-i1", "own/table"])
def test_what_is_drawn_is_near_what_runs_find(
    name: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    task, variant = catalogue.task(name), catalogue.variant("random")
    store = Store.create(tmp_path / "results")
    journal = store.journal("runs")
    for seed in range(20):
        journal.append(encode(execute(Run(task=task, variant=variant, seed=seed)), "e"))
    journal.close()
    drawn = draw_constants([task], build(task), nothing_known, Sampler(5_000))[name]
    runs = derive(Store(store.path), nothing_known)[name]
    assert (drawn.budget, drawn.draws, drawn.seeds, runs.seeds) == (runs.budget, 5_000, 0, 20)
    assert drawn.seconds == pytest.approx(runs.seconds, rel=0.1)
    assert drawn.best <= drawn.random <= drawn.start
    assert abs(drawn.random - runs.random) < 0.25 * (runs.start - runs.best)
    assert abs(drawn.start - runs.start) < 0.25 * (runs.start - runs.best)


def test_what_is_not_counted_in_trials_is_not_drawn(catalogue: Catalogue) -> None:
    task = catalogue.task("mfh/hartmann3-good@workers=2")
    with pytest.raises(UserError, match="has to be run"):
        draw_constants([task], build(task), nothing_known, Sampler(10))


def test_stored_runs_improve_on_a_best_that_is_not_certain(make: SimpleNamespace) -> None:
    seen = np.array([[3.0], [2.5]])
    observed = make.constants(best=2.8, source="observed")
    assert improved(observed, seen).best == 2.5
    assert improved(observed, seen + 1) is observed
    exact = make.constants(best=2.8)
    assert improved(exact, seen) is exact


def test_stored_fronts_improve_on_a_hypervolume_that_is_not_certain(make: SimpleNamespace) -> None:
    known = make.constants(
        -6.0, -3.0, 0.0, reference=(4.0, 4.0), ideal=(1.0, 2.0), source="observed"
    )
    assert improved(known, np.array([[1.0, 2.0]])) is known
    found = improved(known, np.array([[2.0, 0.5], [1.0, 3.0], [3.0, 3.0]]))
    assert found.best == -(2.0 * 3.5 + 1.0 * 1.0)
    assert (found.ideal, found.reference, found.random) == ((1.0, 0.5), (4.0, 4.0), -3.0)
