"""Tables of the user's field in their publishers' layouts, written for the test."""

from pathlib import Path
from typing import Any

import pytest

from hpobench.benchmarks.tabular.accelerators import archgym
from hpobench.benchmarks.tabular.click_models import bars_runs
from hpobench.benchmarks.tabular.data_mixtures import regmix
from hpobench.benchmarks.tabular.database_knobs import mysql_runs
from hpobench.benchmarks.tabular.serving import infpop, infpop_by_hardware
from hpobench.errors import FileError
from hpobench.execution.construction import build
from hpobench.task import Task
from hpobench.trial import Trial
from tests.driving import catalogue

MIXTURES = "index,train_the_pile_arxiv,train_the_pile_github\n"
LOSSES = "index,metric/the_pile_arxiv_val_loss\n"


def mixtures(folder: Path, size: str, losses: str) -> Path:
    (folder / f"test_mixture_{size}.csv").write_text(f"{MIXTURES}1,0.25,0.75\n2,1,0\n")
    path = folder / f"test_pile_loss_{size}.csv"
    path.write_text(LOSSES + losses)
    return path


def test_mixtures_of_two_sizes_are_one_table_by_their_index(tmp_path: Path) -> None:
    mixtures(tmp_path, "1m", "2,5.5\n1,4.5\n")
    columns = regmix(mixtures(tmp_path, "60m", "1,3.5\n2,4.0\n"), "test_1m+test_60m")
    assert columns == {
        "arxiv": [0.25, 1, 0.25, 1],
        "github": [0.75, 0, 0.75, 0],
        "loss_arxiv": [4.5, 5.5, 3.5, 4.0],
        "loss_mean": [4.5, 5.5, 3.5, 4.0],
        "million_parameters": [1, 1, 60, 60],
    }


def test_losses_of_other_mixtures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="other rows"):
        regmix(mixtures(tmp_path, "1m", "1,4.5\n3,5.5\n"), "test_1m")


RUN = (
    " 20220101-000000,[command] python run_expid.py --expid {run},[exp_id] {run},"
    "[dataset_id] small_x1_ab,[train] N.A.,[val] gAUC: 0.1 - AUC: {told} - logloss: 0.4,"
    "[test] AUC: {test} - logloss: 0.5\n"
)


def model(folder: Path, name: str, runs: dict[str, tuple[str, float]]) -> Path:
    """The tuned runs of a model: by name what was set, and the area under the curve."""
    place = folder / "ctr" / name / f"{name}_small_x1"
    (place / "tuner").mkdir(parents=True)
    said = "".join(f"{run}:\n{text}" for run, (text, _) in runs.items())
    (place / "tuner" / "model_config.yaml").write_text(said)
    lines = [RUN.format(run=run, told=auc, test=auc - 0.01) for run, (_, auc) in runs.items()]
    results = place / "results.csv"
    results.write_text("".join(lines) + RUN.format(run="lost_small_x1_1", told=0.9, test=0.9))
    return results


def test_models_of_clicks_are_one_table_with_their_settings(tmp_path: Path) -> None:
    tuples = "    units: !!python/tuple [4, 2]\n    model_id: b\n    seed: 1\n"
    model(
        tmp_path,
        "DCN",
        {
            "DCN_small_x1_1": ("    units: [4, 4]\n    model_id: a\n    seed: 1\n", 0.75),
            "DCN_small_x1_2": (tuples, 0.8),
        },
    )
    lr = {"LR_small_x1_1": ("    units: null\n    seed: 1\n    rate: 0.1\n", 0.7)}
    columns = bars_runs(model(tmp_path, "LR", lr), "small_x1")
    assert columns == {
        "model": ["DCN", "DCN", "LR"],
        "auc": [0.75, 0.8, 0.7],
        "test_auc": pytest.approx([0.74, 0.79, 0.69]),
        "units": ["4-4", "4-2", "none"],
        "model_id": ["a", "b", "none"],
        "rate": ["none", "none", 0.1],
        "seed": [1, 1, 1],
    }


def test_a_data_set_that_no_model_was_tuned_on_is_refused(tmp_path: Path) -> None:
    path = model(tmp_path, "LR", {"LR_small_x1_1": ("    rate: 0.1\n", 0.7)})
    with pytest.raises(FileError, match="no runs of 'large_x1'"):
        bars_runs(path, "large_x1")


def test_settings_of_mysql_that_serve_nothing_have_no_measure(tmp_path: Path) -> None:
    path = tmp_path / "tpcc.res"
    path.write_text(
        "{'a': 5, 'b': 'ON'}|tps_10.5|lat_3|[1, 2]|65d\n{'a': 7, 'b': 'OFF'}|tps_-0.6|[]|65d\n"
    )
    assert mysql_runs(path, "") == {
        "a": [5.0, 7.0],
        "b": ["ON", "OFF"],
        "throughput": [10.5, None],
        "latency": [3.0, None],
    }


@pytest.mark.parametrize(
    "line", ["{'a': 5|tps_1", "nothing", "{'a': 5}|lat_1", "{'c': 5}|tps_1|lat_1"]
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "tpcc.res"
    path.write_text("{'a': 5}|tps_10.5|lat_3\n" + line + "\n")
    with pytest.raises(FileError, match="line 2"):
        mysql_runs(path, "")


SERVED = """,model,engine,nrGPUs,batchSize,throughput,errors_l
0,Phi-2,vLLM,1,1,10,ok
1,Phi-2,vLLM,1,1,20,ok
2,Phi-2,vLLM,1,512,90,CUDA out of memory
3,Phi-2,vLLM,1,512,50,ok
4,Phi-2,autohf,2,512,,CUDA out of memory
5,Phi-1,vLLM,1,1,99,ok
"""


def test_what_ran_out_of_memory_is_a_share_and_not_a_throughput(tmp_path: Path) -> None:
    path = tmp_path / "allData.csv"
    path.write_text(SERVED)
    assert infpop(path, "Phi-2") == {
        "engine": ["vLLM", "vLLM", "autohf"],
        "gpus": [1, 1, 2],
        "batch_size": [1, 512, 512],
        "throughput": [15, 50, 0],
        "out_of_memory": [0, 0.5, 1],
    }
    with pytest.raises(FileError, match="did you mean 'Phi-2'"):
        infpop(path, "Phi-3")


NAMES = (
    "| | model | engine | nrGPUs_a100 | batchSize_a100 | throughput_a100 | throughput_tesla "
    "| errors_l_a100 | errors_l_tesla | Improvement |\n|--:|:--|\n"
)


def test_hardware_is_told_apart_where_the_publisher_does(tmp_path: Path) -> None:
    for engine, row in (
        ("vLLM", "2 | 8 | 44.5 | 22.5 | ok | ok | 9"),
        ("autohf", "1 | 4 | 7 | nan | ok | CUDA out of memory | 1"),
    ):
        path = tmp_path / f"all_improvement_hardware_{engine}.md"
        path.write_text(f"{NAMES}| 4 | Phi-2 | {engine} | {row} |\n")
    assert infpop_by_hardware(path, "Phi-2@tesla") == {
        "engine": ["autohf", "vLLM"],
        "gpus": [1, 2],
        "batch_size": [4, 8],
        "throughput": [0, 22.5],
        "out_of_memory": [1, 0],
    }


def test_designs_and_their_measures_are_one_table_by_their_rows(tmp_path: Path) -> None:
    path, measures = tmp_path / "actions_feasible.csv", tmp_path / "observations_feasible.csv"
    path.write_text("topology,links-count-1\nRing,2\nSwitch,7\n")
    measures.write_text("observation-1,observation-2\n8.5,1.5\n3.25,1.5\n")
    assert archgym(path, "observations_feasible") == {
        "topology": ["Ring", "Switch"],
        "links-count-1": [2, 7],
        "observation-1": [8.5, 3.25],
        "observation-2": [1.5, 1.5],
    }
    measures.write_text("observation-1\n8.5\n")
    with pytest.raises(FileError, match=r"has 1 rows, and actions_feasible\.csv has 2"):
        archgym(path, "observations_feasible")


def tiny_moot(folder: Path, task: Task, rows: int) -> None:
    """A table as MOOT has them: spaces behind commas, a derived column and one that is constant."""
    table = folder / str(task.params["file"])
    table.parent.mkdir(parents=True)
    described = task.params["hyperparameters"].items(), task.params["objectives"].items()
    columns = [str(told.get("column", name)) for part in described for name, told in part]
    named = [*dict.fromkeys(column.strip() for column in columns), "AAX", "never"]
    cells = [[row + 1] * (len(named) - 1) + [2] for row in range(rows)]
    lines: list[list[Any]] = [named, *cells]
    separator = ", " if any(column.startswith(" ") for column in columns) else ","
    table.write_text("".join(separator.join(map(str, line)) + "\n" for line in lines))


@pytest.mark.parametrize("name", ["xomo_osp", "coc1000", "SS-N", "Scrum1k"])
def test_moots_simulated_projects_and_products_are_read_as_published(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = catalogue().tasks[f"moot/{name}"]
    tiny_moot(tmp_path, task, rows=3)
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    benchmark = build(task)
    assert len(benchmark.space) == task.dimension
    signs = [1 if o["direction"] == "minimize" else -1 for o in task.params["objectives"].values()]
    for row in (1, 2, 3):
        answered = benchmark.evaluate(Trial(config=dict.fromkeys(benchmark.space, row)), 0)
        assert list(answered.values.values()) == [sign * row for sign in signs]


@pytest.mark.parametrize(
    ("collection", "tasks"),
    [
        ("regmix", 56),
        ("regmix-surrogate", 14),
        ("bars-ctr", 8),
        ("mysql-knobs", 4),
        ("moot", 96),
        ("arlbench", 84),
        ("archgym", 1),
    ],
)
def test_the_tables_of_the_field_are_in_the_catalogue(collection: str, tasks: int) -> None:
    assert sum(task.collection == collection for task in catalogue().tasks.values()) == tasks


def test_every_task_of_serving_has_memory_for_a_constraint() -> None:
    served = [task for task in catalogue().tasks.values() if task.collection == "serving"]
    assert len(served) > 50
    assert {str(each) for task in served for each in task.constraints} == {"out_of_memory <= 0"}
