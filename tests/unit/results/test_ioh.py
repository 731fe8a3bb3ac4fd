"""What we export for IOHprofiler is what IOHexperimenter itself writes for the same evaluations."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import ioh
import pytest

from hpobench.exchange.ioh import write_ioh
from hpobench.run import Run
from hpobench.store import Store
from hpobench.task import Task
from hpobench.trial import Record
from tests.unit.results.conftest import Cli
from tests.unit.test_store import TASK, VARIANT, fill, record, run, trajectory

POINTS = [[[0.5, 1.0], [3.0, -2.0], [0.25, -1.0]], [[1.0, 1.0], [0.0, 0.0], [4.0, 0.125]]]


def problem(instance: int) -> Any:
    return ioh.get_problem(8, instance, 2, ioh.ProblemClass.BBOB)


def bbob(instance: int, function: int = 8) -> Task:
    fields = {
        name: getattr(TASK, name)
        for name in ("benchmark", "params", "budget", "dimension", "types")
    }
    return Task(
        id=f"bbob/f{function:02d}-d2-i{instance}@trials=3",
        collection="bbob",
        objectives=("loss",),
        **fields,
    )


def theirs(folder: Path) -> Path:
    """The log of IOHexperimenter: two runs on each of two instances, in the order of ours."""
    extra = [ioh.logger.property.TRANSFORMEDY]
    logger = ioh.logger.Analyzer(
        root=str(folder), folder_name="ioh", algorithm_name="o", additional_properties=extra
    )
    for instance in (1, 2):
        for points in POINTS:
            function = problem(instance)
            function.attach_logger(logger)
            for point in points:
                function(point)
            function.reset()
            function.detach_logger()  # ioh gives the same object again
    logger.close()
    return folder / "ioh"


def ours(folder: Path) -> Path:
    """The same evaluations as runs of ours, exported."""
    runs = []
    for instance in (1, 2):
        for seed, points in enumerate(POINTS):
            values = [problem(instance)(point) for point in points]
            records: list[Record] = [
                record(i, values=(value,), config={"x0": x, "x1": y})
                for i, (value, (x, y)) in enumerate(zip(values, points, strict=True))
            ]
            made = Run(task=bbob(instance), variant=VARIANT, seed=seed)
            runs.append(trajectory(run=made, records=records))
    write_ioh(fill(folder / "r", *reversed(runs)).runs(), folder / "x")
    return folder / "x"


def description(folder: Path) -> tuple[Path, dict[str, Any]]:
    (path,) = folder.rglob("*.json")
    return path, json.loads(path.read_text())


def test_our_export_agrees_with_their_log(tmp_path: Path) -> None:
    path, mine = description(ours(tmp_path))
    their_path, real = description(theirs(tmp_path))
    assert path.name == their_path.name == "IOHprofiler_f8_Rosenbrock.json"
    for name in ("version", "function_id", "function_name", "maximization"):
        assert mine[name] == real[name]
    assert mine["attributes"] == ["evaluations", "raw_y", "transformed_y"]
    assert mine["algorithm"]["name"] == real["algorithm"]["name"]
    (scenario,), (their_scenario,) = mine["scenarios"], real["scenarios"]
    assert (scenario["dimension"], scenario["path"]) == (2, their_scenario["path"])
    for run_, their_run in zip(scenario["runs"], their_scenario["runs"], strict=True):
        assert (run_["instance"], run_["evals"]) == (their_run["instance"], their_run["evals"])
        assert run_["best"]["y"] == pytest.approx(their_run["best"]["y"], abs=1e-12)
        assert run_["best"] | {"y": 0} == their_run["best"] | {"y": 0}
    header = "evaluations raw_y transformed_y\n"
    blocks = [
        (p.parent / scenario["path"]).read_text().split(header)[1:] for p in (their_path, path)
    ]
    for block, all_lines in zip(*blocks, strict=True):  # they log improvements only, rounded
        rounded = {
            f"{i} {float(raw):.10f} {float(y):.10f}"
            for i, raw, y in (line.split() for line in all_lines.splitlines())
        }
        assert set(block.splitlines()) <= rounded


def test_every_evaluation_is_in_the_data_with_all_digits(tmp_path: Path) -> None:
    path, mine = description(ours(tmp_path))
    text = (path.parent / mine["scenarios"][0]["path"]).read_text()
    blocks = text.split("evaluations raw_y transformed_y\n")[1:]
    expected = [[problem(i)(point) for point in points] for i in (1, 2) for points in POINTS]
    found = [[line.split(" ") for line in block.splitlines()] for block in blocks]
    assert [[float(y) for _, _, y in block] for block in found] == expected
    assert [[int(i) for i, _, _ in block] for block in found] == [[1, 2, 3]] * 4


def test_a_maximised_objective_is_written_as_people_read_it(tmp_path: Path) -> None:
    task = replace(bbob(1), id="c/t", collection="c", objectives=("accuracy",))
    made = trajectory(
        run=Run(task=task, variant=VARIANT, seed=0),
        records=[
            record(0, values=(-0.5,)),
            record(1, values=(), failure="x"),
            record(2, values=(-0.75,)),
        ],
        metadata={"objectives": [["accuracy", True]], "fidelity": None},
    )
    write_ioh(fill(tmp_path / "r", made).runs(), tmp_path / "x")
    path, found = description(tmp_path / "x")
    data = (path.parent / found["scenarios"][0]["path"]).read_text()
    assert found["maximization"] is True
    assert data == "evaluations raw_y transformed_y\n1 0.5 0.5\n2 -inf -inf\n3 0.75 0.75\n"
    assert found["scenarios"][0]["runs"][0]["best"]["y"] == 0.75


def test_what_has_no_place_in_the_format_is_counted(tmp_path: Path, cli: Cli) -> None:
    single = Run(task=bbob(1), variant=VARIANT, seed=0)
    store = fill(
        tmp_path / "r",
        trajectory(run=single, records=[record(0, values=(1.0,))]),
        trajectory(
            run=run(0, fidelity="epochs", objectives=("f",), id="c/u"),
            records=[record(0, values=(1.0,))],
        ),
        trajectory(1),
    )
    done = cli("results", "export", store.path, "--format", "ioh", "--output", tmp_path / "x")
    assert "Note: 2 runs with several objectives, a fidelity or no trial left out" in done.out
    assert len(list((tmp_path / "x").rglob("*.dat"))) == 1
    assert Store(store.path).runs(["seed"]).num_rows == 3
