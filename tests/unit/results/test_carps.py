"""CARP-S's own logs are read as they are, and ours are written as it writes them.

The folder `carps-1.1.0` holds the first lines of two logs that CARP-S 1.1.0 wrote, with the
settings beside them, shortened:

    python -m carps.run +optimizer/randomsearch=config +task/BBOB=cfg_2_1_1 \
        task.optimization_resources.n_trials=5 seed=0
    python -m carps.run +optimizer/randomsearch=config +task/DUMMY=momf \
        task.optimization_resources.n_trials=4 seed=1
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ioh
import pytest
import yaml
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    EqualsCondition,
    Float,
    GreaterThanCondition,
    Integer,
    OrConjunction,
)

from hpobench.exchange.carps_reader import Logs
from hpobench.exchange.carps_writer import write_carps
from hpobench.store import Store, configs
from hpobench.store.shards import newest, table
from hpobench.task import Budget, Unit
from tests.unit.results.conftest import Cli
from tests.unit.test_store import fill, record, run, trajectory

REAL = Path(__file__).parent / "carps-1.1.0"


def rows(path: Path) -> list[dict[str, Any]]:
    logs = Logs(path)
    found = list(logs.rows())
    assert not logs.damage
    return found


def test_a_real_log_is_read_with_the_names_of_its_hyperparameters() -> None:
    (row,) = rows(REAL / "bbob")
    assert (row["optimizer"], row["task"], row["seed"]) == (
        "RandomSearch",
        "imported/bbob/2/1/1",
        0,
    )
    assert row["values"] == [86.3774842433707, 95.41152706627592, 106.56475346420184]
    function = ioh.get_problem(1, 1, 2, ioh.ProblemClass.BBOB)
    points = [[config["x0"], config["x1"]] for config in configs(row["configs"])]
    assert [function(point) for point in points] == row["values"]
    assert row["cut"] == "its log ends at 3 of 5 trials"
    assert row["spent"] == [1.0, 2.0, 3.0]


def test_a_real_log_with_a_fidelity_and_several_objectives_is_read() -> None:
    (row,) = rows(REAL / "momf")
    info = json.loads(row["task_info"])
    assert info["kind"] == "multi-fidelity-multi-objective"
    assert [o["name"] for o in info["objectives"]] == ["quality1", "quality2", "quality3"]
    assert (info["fidelity"]["name"], info["fidelity"]["high"]) == ("n_bongos", 10.0)
    assert row["values"] == [42.0] * 6
    assert row["fidelity"] == [10.0, 10.0]
    assert (row["cost"], row["end"]) == ([1.0, 1.0], [1.0, 2.0])


def test_real_logs_go_through_the_command_line_to_the_analysis(tmp_path: Path, cli: Cli) -> None:
    done = cli("results", "import", REAL, "--format", "carps", "--results", tmp_path / "r")
    assert (done.code, done.out) == (
        0,
        f"2 runs imported into {tmp_path / 'r'}, 0 known already.\n",
    )
    found = json.loads(cli("analyze", tmp_path / "r", "--no-figures", "--json").out)
    assert {kind["kind"] for kind in found["kinds"]} == {
        "blackbox",
        "multi-fidelity-multi-objective",
    }
    again = cli("results", "import", REAL, "--format", "carps", "--results", tmp_path / "r")
    assert "0 runs imported" in again.out


def changed(tmp_path: Path, edit: Callable[[dict[str, Any]], None], *lines: dict[str, Any]) -> Path:
    """The real run with other settings, or other trials."""
    folder = tmp_path / "bbob"
    shutil.copytree(REAL / "bbob", folder)
    settings = yaml.safe_load((folder / ".hydra" / "config.yaml").read_text())
    edit(settings)
    (folder / ".hydra" / "config.yaml").write_text(yaml.safe_dump(settings))
    if lines:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / "trial_logs.jsonl").write_text(text)
    return folder


def trial(
    number: int = 1, cost: Any = 1.0, status: int = 1, config: Any = (0.0, 0.0)
) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(
        (REAL / "bbob" / "trial_logs.jsonl").read_text().splitlines()[0]
    )
    line["n_trials"] = number
    line["trial_info"]["config"] = list(config)
    line["trial_value"] |= {"cost": cost, "status": status}
    return line


def test_failed_trials_are_failed_with_their_reason(tmp_path: Path) -> None:
    lines = [
        trial(1, 5.0),
        trial(2, 1e9, status=2),
        trial(3, float("inf")),
        trial(4, 9.0, status=3),
    ]
    (row,) = rows(changed(tmp_path, lambda _: None, *lines))
    assert json.loads(row["failures"]) == {
        "1": "crashed",
        "2": "the cost is [inf]",
        "3": "timed out",
    }
    assert row["values"][0] == 5.0


def conditional() -> ConfigurationSpace:
    """A space whose order, number and activity of hyperparameters are all to be worked out."""
    space = ConfigurationSpace(seed=3)
    z, a = Categorical("z", ["u", "v", "w"]), Float("a", (0, 1))
    x10, x2 = Integer("x10", (1, 9)), Float("x2", (1e-5, 1), log=True)
    deep = Categorical("deep", [True, False])
    space.add(z, a, x10, x2, deep)
    space.add(
        EqualsCondition(a, z, "u"),
        OrConjunction(EqualsCondition(x10, z, "v"), GreaterThanCondition(x10, x2, 0.5)),
        GreaterThanCondition(deep, x10, 4),
    )
    return space


def test_values_of_a_conditional_space_get_their_names_back(tmp_path: Path) -> None:
    space = conditional()
    sampled = [dict(config) for config in space.sample_configuration(40)]
    lines = [
        trial(i, 1.0, config=[_plain(v) for v in c.values()]) for i, c in enumerate(sampled, 1)
    ]

    def use(settings: dict[str, Any]) -> None:
        serialized = json.loads(json.dumps(space.to_serialized_dict()))
        settings["task"]["input_space"]["configuration_space"]["d"] = serialized

    (row,) = rows(changed(tmp_path, use, *lines))
    assert len({tuple(config) for config in sampled}) > 3
    assert list(configs(row["configs"])) == sampled


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def test_a_torn_last_line_costs_one_trial_and_a_broken_log_one_run(tmp_path: Path) -> None:
    shutil.copytree(REAL, tmp_path / "logs")
    log = tmp_path / "logs" / "bbob" / "trial_logs.jsonl"
    whole = log.read_text()
    log.write_text(whole[:-20])
    logs = Logs(tmp_path / "logs")
    assert [len(row["number"]) for row in logs.rows()] == [2, 2]
    assert logs.damage == [f"{log}:3: the last trial is torn and left out"]
    log.write_text("{torn\n" + whole)
    logs = Logs(tmp_path / "logs")
    assert [row["task"] for row in logs.rows()] == ["imported/dummy-momf"]
    assert logs.damage == [f"{log}:1: is no JSON; the run is left out"]


def test_a_run_without_its_settings_is_named_and_the_others_are_imported(
    tmp_path: Path, cli: Cli
) -> None:
    shutil.copytree(REAL, tmp_path / "logs")
    (tmp_path / "logs" / "momf" / ".hydra" / "config.yaml").unlink()
    done = cli(
        "results", "import", tmp_path / "logs", "--format", "carps", "--results", tmp_path / "r"
    )
    assert done.code == 1
    assert "momf/.hydra/config.yaml" in done.err
    assert "1 run imported" in done.out


def test_a_folder_without_logs_is_refused(tmp_path: Path, cli: Cli) -> None:
    done = cli("results", "import", tmp_path, "--format", "carps", "--results", tmp_path / "r")
    assert done.code == 2
    assert "holds no run of CARP-S" in done.err
    assert not (tmp_path / "r").exists()


def written(tmp_path: Path, **changes: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Settings and trials of one run of ours, as exported."""
    store = fill(tmp_path / "a", trajectory(3, **changes))
    write_carps(store.runs(), tmp_path / "x")
    (config,) = (tmp_path / "x").rglob("config.yaml")
    lines = (config.parents[1] / "trial_logs.jsonl").read_text().splitlines()
    return yaml.safe_load(config.read_text()), [json.loads(line) for line in lines]


def test_an_exported_log_has_the_fields_of_a_real_one(tmp_path: Path) -> None:
    settings, lines = written(tmp_path)
    real = json.loads((REAL / "momf" / "trial_logs.jsonl").read_text().splitlines()[0])
    assert {name: list(line[name]) for line in lines for name in ("trial_info", "trial_value")} == {
        name: list(real[name]) for name in ("trial_info", "trial_value")
    }
    assert [line["trial_value"]["cost"] for line in lines] == [
        [0.0, -1.5],
        [1.0, -1.5],
        [2.0, -1.5],
    ]
    assert [line["n_trials"] for line in lines] == [1, 2, 3]
    assert lines[1]["trial_info"]["config"] == [0.1, "a"]
    assert (settings["optimizer_id"], settings["task_id"], settings["seed"]) == ("o", "c/t", 3)
    assert settings["task_type"] == "multi-objective"
    assert settings["task"]["optimization_resources"]["n_trials"] == 5


def test_budgets_in_seconds_and_failed_trials_are_said_in_its_terms(tmp_path: Path) -> None:
    records = [record(0), record(1, values=(), failure="x", spent=1.9999999999999998)]
    changes = {"budget": Budget(120, Unit.SECONDS)}
    settings, lines = written(tmp_path, run=run(3, **changes), records=records)
    assert settings["task"]["optimization_resources"] == {
        "n_trials": 2,
        "time_budget": 2.0,
        "n_workers": 1,
    }
    assert [line["trial_value"]["status"] for line in lines] == [1, 2]
    assert lines[1]["n_trials"] == 2


def test_hostile_names_lead_nowhere(tmp_path: Path) -> None:
    store = fill(tmp_path / "a", trajectory(run=run(id="../../../etc/t")))
    write_carps(newest(store.history())[0], tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"a", "x"}] == []
    assert len(list((tmp_path / "x").rglob("trial_logs.jsonl"))) == 1


def test_imported_logs_survive_in_the_store(tmp_path: Path, cli: Cli) -> None:
    cli("results", "import", REAL, "--format", "carps", "--results", tmp_path / "r")
    before, after = table(rows(REAL)), Store(tmp_path / "r").history()
    before, after = (t.drop_columns(["finished"]).to_pylist() for t in (before, after))
    assert sorted(map(repr, before)) == sorted(map(repr, after))


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer_id": "${optimizer_id}" * 20},
        {"optimizer_id": "${optimizer_id}"},
        {
            "optimizer_id": "${a0}",
            **{f"a{i}": f"${{a{i + 1}}}" * 12 for i in range(7)},
            "a7": "x" * 20,
        },
        {"seed": -5},
        {"seed": 10**30},
        {"seed": "nan"},
        {"task": []},
    ],
)
def test_settings_that_name_no_run_cost_that_run_and_say_why(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    path = changed(tmp_path, lambda settings: settings.update(changes), trial())
    logs = Logs(path)
    assert list(logs.rows()) == []
    (text,) = logs.damage
    assert text.endswith("the run is left out")
    assert len(text) < 600


def test_a_deep_line_of_a_log_costs_its_run(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda _: None, trial())
    (log,) = path.rglob("trial_logs.jsonl")
    log.write_text("[" * 100_000 + "\n" + log.read_text())
    logs = Logs(path)
    assert list(logs.rows()) == []
    assert "is no JSON" in logs.damage[0]
