"""Lineages of the best members, and the page that shows them."""

import json
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hpobench.analysis.lineages import COLUMNS, OPTIONAL, best_lineage, lineages
from hpobench.cli.analyze import command as analyze_command
from hpobench.cli.run import command as run_command
from hpobench.report.training_page import look_at_trainings, render_training
from hpobench.report.training_stills import HEIGHT, PANEL, corner, schedule, watched_curves
from hpobench.store import Store

INFO = {
    "collection": "c",
    "kind": "multi-fidelity",
    "dimension": 1,
    "types": ["float"],
    "budget": {"unit": "trials", "amount": 30.0},
    "workers": 1,
    "overhead": "none",
    "base_id": "c/t",
    "real_time": False,
    "fidelity": {"name": "epochs", "low": 1, "high": 9, "integer": True, "continuable": True},
    "objectives": [{"name": "f", "maximize": False}],
    "definition": {"benchmark": "b:B", "params": {}},
}


def row(**changes: Any) -> dict[str, Any]:
    """Trials 3 <- 2 <- 0 end at 0.1; trial 1 began anew and ends at 0.2, told out of order."""
    return {
        "optimizer": "o",
        "task": "c/t",
        "task_info": json.dumps(INFO),
        "seed": 4,
        "number": [0, 2, 1, 3, 4],
        "parent": [-1, 0, -1, 2, 0],
        "fidelity": [1.0, 3.0, 9.0, 9.0, 3.0],
        "values": [0.9, 0.5, 0.2, 0.1, 0.01],
        "configs": json.dumps({"lr": [0.1, 0.2, 0.3, 0.4, 0.5]}),
        **changes,
    }


def test_the_lineage_leads_from_the_beginning_to_the_best_at_the_highest_fidelity() -> None:
    steps = best_lineage(row())
    assert [step["trial"] for step in steps] == [0, 2, 3]
    assert [(step["begin"], step["end"]) for step in steps] == [(0, 1), (1, 3), (3, 9)]
    assert [json.loads(step["config"])["lr"] for step in steps] == [0.1, 0.2, 0.4]


def test_of_several_runs_that_with_the_best_end_is_shown() -> None:
    better = row(seed=5, values=[0.9, 0.5, 0.05, 0.1, 0.01])
    found = lineages([row(), better, row(optimizer="p", parent=None)])
    assert found["seed"].tolist() == [5]
    assert found["trial"].tolist() == [1]


def test_runs_without_parents_configurations_or_an_end_have_no_lineage() -> None:
    assert best_lineage(row(configs="{}")) == []
    assert best_lineage(row(values=[0.9, 0.5, None, float("nan"), 0.1])) == []
    assert lineages([row(parent=None)]).empty


def test_a_schedule_is_drawn_of_what_changes_alone() -> None:
    changing = row(configs=json.dumps({"lr": [0.1, 0.2, 0.3, 0.4, 0.5], "depth": [3] * 5}))
    drawn = schedule(lineages([changing]), "Schedule")
    assert ">lr<" in drawn
    assert ">depth<" not in drawn
    assert not schedule(lineages([row(configs=json.dumps({"lr": [1] * 5}))]), "Schedule")


def test_names_are_shown_and_not_obeyed() -> None:
    wicked = row(configs=json.dumps({"<b>": ["<i>", "x", "y", "z", "w"]}))
    drawn = schedule(lineages([wicked]), "Schedule")
    assert "<b>" not in drawn
    assert "<i>" not in drawn


WATCHED = {
    "task_info": json.dumps({**INFO, "signals": ["<loss>", "norm"]}),
    "signals": [3.0, 1.0, 2.0, None, 9.0, 9.0, 1.0, 4.0, 9.0, 9.0],
}


def test_the_signals_of_each_step_are_those_of_its_trial() -> None:
    seen = [json.loads(step["signals"]) for step in best_lineage(row(**WATCHED))]
    assert seen == [
        {"<loss>": 3.0, "norm": 1.0},
        {"<loss>": 2.0, "norm": None},
        {"<loss>": 1.0, "norm": 4.0},
    ]
    assert [step["signals"] for step in best_lineage(row())] == ["{}"] * 3


def points(drawn: str) -> list[list[tuple[float, float]]]:
    """The points of each curve in the first row: x in pixels, y as a part of the height."""
    paths = re.findall(r'd="M([^"]*)"[^>]*stroke-width', drawn)
    ends = [[at.split() for at in path.split("L")] for path in paths]
    return [[(float(x), 1 - (float(y) - corner(0)[1]) / HEIGHT) for x, y in path] for path in ends]


def test_value_and_signals_are_drawn_over_the_fidelity_without_what_is_missing() -> None:
    drawn = watched_curves(lineages([row(**WATCHED)]), "On the way")
    assert "<loss>" not in drawn
    assert [f">{name}<" in drawn for name in ("value", "&lt;loss&gt;", "norm")] == [True] * 3
    value, loss, norm = points(drawn)
    assert [x for x, _ in value] == pytest.approx([PANEL / 9, PANEL / 3, PANEL], abs=0.1)
    assert [y for _, y in value] == pytest.approx([1, 0.5, 0], abs=0.01)
    assert [y for _, y in loss] == pytest.approx([1, 0.5, 0], abs=0.01)
    assert [y for _, y in norm] == pytest.approx([0, 1], abs=0.01)


def test_errors_between_rungs_are_one_panel_with_each_at_its_quarter() -> None:
    names = ["curve-1/4", "curve-2/4", "curve-3/4"]
    none, other = [None, None, None], [7.0, 8.0, 9.0]
    ends: list[Sequence[float | None]] = [none, [0.9, None, None], other, [0.9, 0.5, 0.1], other]
    info = json.dumps({**INFO, "signals": names})
    seen = row(task_info=info, signals=list(chain.from_iterable(ends)))
    drawn = watched_curves(lineages([seen]), "On the way")
    assert ">error by quarters<" in drawn
    assert "curve-" not in drawn
    _, errors = points(drawn)
    quarters = [corner(1)[0] + PANEL * share for share in (0.25, 0.5, 0.75)]
    assert [x for x, _ in errors] == pytest.approx(quarters, abs=0.1)
    assert [y for _, y in errors] == pytest.approx([1, 0.5, 0], abs=0.01)


def test_a_lineage_of_one_step_has_no_curve() -> None:
    alone = row(values=[0.9, 0.5, 0.01, 0.1, 0.01])
    assert not watched_curves(lineages([alone]), "On the way")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    names = ["-o", "pbt", "-o", "asha", "-t", "pbt-toy/quadratic", "-t", "mfh/hartmann3-terrible"]
    options = ["--budget", "trials=12", "--backend", "serial", "--results", str(folder)]
    found = CliRunner().invoke(run_command, [*names, *options], standalone_mode=False)
    assert found.return_value == 0, found.output
    return folder


def test_steps_of_a_real_run_go_on_where_the_one_before_ended(results: Path) -> None:
    found = lineages(Store(results).runs((*COLUMNS, *OPTIONAL)).to_pylist())
    assert {*found["optimizer"]} == {"pbt", "asha"}
    for _, own in found.groupby("optimizer"):
        assert own["begin"].tolist()[1:] == own["end"].tolist()[:-1]
        assert own["parent"].tolist() == [-1, *own["trial"].tolist()[:-1]]
        assert own["end"].tolist() == sorted(own["end"])


def test_the_page_says_where_one_epoch_must_fail_and_draws_the_schedule(
    results: Path,
) -> None:
    trainings = look_at_trainings(results)
    page = render_training(trainings)
    assert "Where one epoch must fail:</b> on mfh/hartmann3-terrible" in page
    assert "pbt on pbt-toy/quadratic" in page
    assert "What could be watched on the way" in page
    assert ">surrogate<" in page
    assert page.count("<svg") >= 1
    assert "http" not in page.split("</head>")[1]
    assert min(map(len, trainings.frames().values())) > 1


def test_analyze_writes_it_when_it_is_asked_to(results: Path, tmp_path: Path) -> None:
    output = ["--output", str(tmp_path)]
    CliRunner().invoke(analyze_command, [str(results), *output], standalone_mode=False)
    assert (tmp_path / "report.html").exists()
    assert not (tmp_path / "trainings.html").exists()
    options = [str(results), *output, "--trainings"]
    asked = CliRunner().invoke(analyze_command, options, standalone_mode=False)
    assert f"Trainings: {tmp_path / 'trainings.html'}" in asked.output
    assert (tmp_path / "trainings.html").exists()
    assert '<a href="trainings.html">' in (tmp_path / "report.html").read_text(encoding="utf-8")
    for name in ("fidelities", "lineages"):
        assert (tmp_path / "tables" / f"{name}.csv").read_text(encoding="utf-8").count("\n") > 2
    CliRunner().invoke(analyze_command, [str(results), *output], standalone_mode=False)
    assert not (tmp_path / "trainings.html").exists()
    assert not list((tmp_path / "tables").glob("lineages.*"))
    assert "trainings.html" not in (tmp_path / "report.html").read_text(encoding="utf-8")
