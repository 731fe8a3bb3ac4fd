"""What is exported for Optuna and MLflow is what they expect."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from hpobench.store import Store, configs
from tests.unit.results.conftest import Cli

pytestmark = pytest.mark.filterwarnings("ignore")

TABLE = (
    "optimizer,task,seed,trial,value.loss,value.acc,test.acc,cost,fidelity,config,failure\n"
    'a,t,3,0,0.5,0.9,0.8,2,1,"{""x"": 0.5, ""kind"": ""b"", ""n"": 2}",\n'
    'a,t,3,1,0.4,0.7,0.6,2,9,"{""x"": 0.25, ""kind"": ""c"", ""on"": true}",\n'
    'a,t,3,2,,,,4,9,"{""x"": 0.75}",out of memory\n'
)


def exported(cli: Cli, folder: Path, format_: str) -> Path:
    (folder / "my.csv").write_text(TABLE, encoding="utf-8")
    options = ("--format", "csv", "--results", folder / "r", "--maximize", "acc")
    assert cli("results", "import", folder / "my.csv", *options).code == 0
    out = folder / "out"
    done = cli("results", "export", folder / "r", "--format", format_, "--output", out)
    assert done.code == 0, done
    return out


def stored(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Store(folder).runs().to_pylist()
    return found


def test_optuna_loads_a_study_as_it_was(tmp_path: Path, cli: Cli) -> None:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(exported(cli, tmp_path, "optuna"))))
    (name,) = optuna.get_all_study_names(storage)
    assert name.startswith("imported/t, a, seed 3")
    study = optuna.load_study(study_name=name, storage=storage)
    assert study.metric_names == ["loss", "acc"]
    assert [direction.name for direction in study.directions] == ["MINIMIZE", "MAXIMIZE"]
    first, second, failed = study.trials
    assert (first.values, second.values, failed.state.name) == ([0.5, 0.9], [0.4, 0.7], "FAIL")
    assert first.params == {"x": 0.5, "kind": "b", "n": 2}
    assert second.params == {"x": 0.25, "kind": "c", "on": True}
    assert first.distributions["x"] == optuna.distributions.FloatDistribution(0.25, 0.75)
    assert first.duration is not None
    assert first.duration.total_seconds() == 2
    assert first.user_attrs["hpobench"]["test"] == {"acc": 0.8}
    study.optimize(lambda _: (1.0, 1.0), n_trials=1)  # and it goes on


def test_an_export_for_optuna_comes_back(tmp_path: Path, cli: Cli) -> None:
    out = exported(cli, tmp_path, "optuna")
    done = cli("results", "import", out, "--format", "optuna", "--results", tmp_path / "back")
    assert done.code == 0, done
    (before,), (after,) = stored(tmp_path / "r"), stored(tmp_path / "back")
    same = ("optimizer", "task", "seed", "number", "cost", "start", "end", "spent", "fidelity")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert repr((after["values"], after["test"])) == repr((before["values"], before["test"]))
    assert after["failures"] == before["failures"]
    assert list(configs(after["configs"])) == list(configs(before["configs"]))


def test_an_mlflow_store_has_the_documented_layout(tmp_path: Path, cli: Cli) -> None:
    out = exported(cli, tmp_path, "mlflow")
    (experiment,) = out.iterdir()
    about = yaml.safe_load((experiment / "meta.yaml").read_text())
    assert (about["experiment_id"], about["name"]) == (experiment.name, "imported/t")
    runs = {
        path.name: yaml.safe_load((path / "meta.yaml").read_text())
        for path in experiment.iterdir()
        if path.is_dir()
    }
    (row,) = stored(tmp_path / "r")
    run = experiment / row["run"]
    assert len(runs) == 4
    assert {(told["run_id"], told["experiment_id"]) for told in runs.values()} == {
        (name, experiment.name) for name in runs
    }
    losses = [line.split() for line in (run / "metrics" / "acc").read_text().splitlines()]
    assert [(float(value), int(step)) for _, value, step in losses] == [(0.9, 0), (0.7, 1)]
    assert (run / "params" / "optimizer").read_text() == "a"
    trials = [experiment / name for name in runs if name != row["run"]]
    assert {(path / "tags" / "mlflow.parentRunId").read_text() for path in trials} == {row["run"]}
    texts = sorted((path / "params" / "x").read_text() for path in trials)
    assert texts == ["0.25", "0.5", "0.75"]
    (failed,) = (path for path in trials if runs[path.name]["status"] == 4)
    assert (failed / "tags" / "failure").read_text() == "out of memory"
    assert not list((failed / "metrics").glob("loss"))


def test_a_name_with_dots_leads_nowhere_else(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "my.csv").write_text(
        "optimizer,task,seed,trial,value,config.../../../x\na,../t,0,0,1,2\n", encoding="utf-8"
    )
    options = ("--format", "csv", "--results", tmp_path / "r")
    assert cli("results", "import", tmp_path / "my.csv", *options).code == 0
    out = tmp_path / "deep" / "er" / "out"
    out.parent.mkdir(parents=True)
    done = cli("results", "export", tmp_path / "r", "--format", "mlflow", "--output", out)
    assert done.code == 0, done
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert len(list(out.rglob("params/x"))) == 1


def test_the_space_of_a_task_is_json_that_configspace_reads(tmp_path: Path, cli: Cli) -> None:
    from ConfigSpace import ConfigurationSpace

    done = cli("show", "bbob/f01-d2-i1", "--space")
    assert done.code == 0, done
    found: Any = ConfigurationSpace.from_serialized_dict(json.loads(done.out))
    assert [(hp.lower, hp.upper) for hp in found.values()] == [(-5.0, 5.0)] * 2
    refused = cli("show", "random", "--space")
    assert refused.code == 2
    assert "has no space" in refused.err
