"""Runs of others beside one's own: what can be compared with them, and nothing else."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from hpobench.analysis.baselines import CombinedSource
from hpobench.analysis.frames import Analysis
from hpobench.analysis.pipeline import examine
from hpobench.errors import UserError

VALUES = [3.0, 2.0, 1.0, 1.0]


def of(make: SimpleNamespace, optimizer: str, *tasks: str, **options: Any) -> list[dict[str, Any]]:
    return [make.run(optimizer, task, seed, VALUES, **options) for task in tasks for seed in (0, 1)]


def manifest(optimizers: list[str], tasks: list[str], **more: Any) -> dict[str, Any]:
    return {"optimizers": optimizers, "tasks": tasks, "seeds": [0, 1], "skipped": []} | more


def names(source: CombinedSource) -> set[tuple[str, str]]:
    rows = source.runs(("optimizer", "task")).to_pylist()
    return {(row["optimizer"], row["task"]) for row in rows}


def test_runs_on_other_tasks_or_under_other_conditions_are_left_out(make: SimpleNamespace) -> None:
    others = of(make, "random", "toy/a", "toy/c") + of(make, "random", "toy/b", budget=8)
    source = CombinedSource(
        own=make.Runs(of(make, "mine", "toy/a", "toy/b")), others=make.Runs(others)
    )
    assert names(source) == {("mine", "toy/a"), ("random", "toy/a")}


def test_few_shared_tasks_are_what_is_compared_and_are_named(make: SimpleNamespace) -> None:
    tasks = [f"toy/{name}" for name in "abcde"]
    own = of(make, "mine", *tasks) + of(make, "mine", "toy/m", high=9.0, fidelity=[9.0] * 4)
    others = of(make, "random", "toy/a") + of(make, "tpe", "toy/a")
    found = examine(
        CombinedSource(own=make.Runs(own), others=make.Runs(others)),
        make.references({name: make.constants() for name in (*tasks, "toy/m")}),
    )
    compared = {str(c.kind): (c.optimizers, c.tasks, c.aside) for c in found.comparisons}
    assert compared["blackbox"] == (("mine", "random", "tpe"), ("toy/a",), ())
    assert compared["multi-fidelity"] == (("mine",), ("toy/m",), ())
    (note,) = [n.text for n in found.notes if "baselines on the" in n.text]
    assert note.startswith(
        "Blackbox: compared with the baselines on the 1 of 5 tasks that they ran (toy/a)"
    )


def test_an_optimizer_that_ran_fewer_tasks_of_a_kind_is_left_out_there(
    make: SimpleNamespace,
) -> None:
    both, own = ("toy/a", "toy/b"), of(make, "mine", "toy/a", "toy/b")
    own += of(make, "mine", "toy/m", high=9.0, fidelity=[9.0] * 4)
    others = of(make, "random", *both) + of(make, "picky", "toy/a")
    others += of(make, "picky", "toy/m", high=9.0, fidelity=[9.0] * 4)
    source = CombinedSource(own=make.Runs(own), others=make.Runs(others))
    assert names(source) - {("mine", task) for task in ("toy/a", "toy/b", "toy/m")} == {
        ("random", "toy/a"), ("random", "toy/b"), ("picky", "toy/m")
    }  # fmt: skip


def test_own_runs_of_an_optimizer_are_not_mixed_with_those_of_others(make: SimpleNamespace) -> None:
    own = of(make, "mine", "toy/a", "toy/b") + of(make, "random", "toy/a")
    others = of(make, "random", "toy/a", "toy/b") + of(make, "tpe", "toy/a", "toy/b")
    source = CombinedSource(own=make.Runs(own), others=make.Runs(others))
    assert names(source) == {
        *(("mine", task) for task in ("toy/a", "toy/b")),
        ("random", "toy/a"),
        *(("tpe", task) for task in ("toy/a", "toy/b")),
    }


def test_the_analysis_is_that_of_one_folder_with_all_of_them(make: SimpleNamespace) -> None:
    own, others = make.kinds()[0], make.kinds()[0]
    known = make.kinds()[1]
    whole = make.kinds()[0]
    own.rows = [row for row in own.rows if row["optimizer"] == "local"]
    others.rows = [row for row in others.rows if row["optimizer"] != "local"]
    found = analysed(make, CombinedSource(own=own, others=others), known)
    expected = analysed(make, whole, known)
    for name, frame in expected.frames().items():
        pd.testing.assert_frame_equal(found.frames()[name], frame)


def analysed(make: SimpleNamespace, source: Any, known: dict[str, Any]) -> Analysis:
    return examine(source, make.references(known))


def test_what_was_planned_and_skipped_of_them_is_told_as_far_as_it_is_compared(
    make: SimpleNamespace,
) -> None:
    mine = manifest(["mine"], ["toy/a"])
    own = make.Runs(of(make, "mine", "toy/a"), [mine], holes=[("mine", "toy/b", 3)])
    skips = [{"optimizer": "grid", "task": f"toy/{i}", "reason": "cannot"} for i in "ac"]
    theirs = manifest(["random", "grid", "mine"], ["toy/a", "toy/c"], skipped=skips)
    others = make.Runs(of(make, "random", "toy/a"), [theirs, manifest(["grid"], ["toy/c"])])
    source = CombinedSource(own=own, others=others)
    assert source.experiments() == [
        mine,
        manifest(["random", "grid"], ["toy/a"], skipped=skips[:1]),
    ]
    assert source.missing() == [("mine", "toy/b", 3)]


def test_damage_of_either_is_told_and_how_many_are_baselines(make: SimpleNamespace) -> None:
    own = make.Runs(of(make, "mine", "toy/a"), damage=["torn"])
    others = make.Runs(of(make, "random", "toy/a"), damage=["bent"], notes=["odd"])
    source = CombinedSource(own=own, others=others)
    source.runs()
    assert source.damage == ["torn", "bent"]
    assert set(source.notes) == {
        "odd", "2 runs of 1 optimizer are baselines, made with the versions of then and not here"
    }  # fmt: skip


def test_without_any_in_common_it_is_refused(make: SimpleNamespace) -> None:
    others = make.Runs(of(make, "random", "toy/b"))
    with pytest.raises(UserError, match="no baselines on these tasks"):
        CombinedSource(own=make.Runs(of(make, "mine", "toy/a")), others=others).runs()
