"""What other tools wrote of their own runs is read as it was meant."""

import json
import math
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.store import Store, configs
from tests.unit.results.conftest import Cli, Done

pytestmark = pytest.mark.filterwarnings("ignore")


def imported(cli: Cli, path: Path, format_: str, *options: str, code: int = 0) -> Done:
    done = cli(
        "results", "import", path, "--format", format_, "--results", path.parent / "r", *options
    )
    assert done.code == code, done
    return done


def rows(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Store(folder / "r").runs().to_pylist()
    return sorted(found, key=lambda row: (row["task"], row["optimizer"], row["seed"]))


def info(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["task_info"])
    return found


def space(row: dict[str, Any]) -> Any:
    return ConfigurationSpace.from_serialized_dict(info(row)["space"])


def optuna_objective(trial: Any) -> float:
    import optuna

    x = trial.suggest_float("x", 1e-3, 1.0, log=True)
    trial.suggest_categorical("kind", ["a", None, 2])
    n: int = trial.suggest_int("n", 1, 9, step=2)
    trial.report(x, 7)
    if trial.number == 1:
        raise optuna.TrialPruned
    if trial.number == 2:
        raise ValueError
    return float(x + n)


def make_studies(storage: Any, *, names: tuple[str, ...] = ("mine",)) -> list[Any]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    made = []
    for seed, name in enumerate(names):
        sampler = optuna.samplers.RandomSampler(seed=seed)
        study = optuna.create_study(
            study_name=name, storage=storage, direction="maximize", sampler=sampler
        )
        study.optimize(optuna_objective, n_trials=4, catch=(ValueError,))
        study.ask()
        made.append(study)
    return made


def sqlite_storage(folder: Path) -> tuple[Any, Path]:
    return f"sqlite:///{folder}/o.db", folder / "o.db"


def journal_storage(folder: Path) -> tuple[Any, Path]:
    return journal_storage_at(folder / "o.log")


def journal_storage_at(path: Path) -> tuple[Any, Path]:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(str(path))), path


@pytest.mark.parametrize("make", [sqlite_storage, journal_storage])
def test_an_optuna_study_is_read_with_its_direction_space_and_failures(
    tmp_path: Path, cli: Cli, make: Callable[[Path], tuple[Any, Path]]
) -> None:
    storage, path = make(tmp_path)
    (study,) = make_studies(storage)
    done = imported(cli, path, "optuna", "--optimizer", "mine/tpe", "--task", "cifar")
    assert "1 trial left out: still running" in done.out
    assert "2 trials without a value: pruned at step 7; failed" in done.out
    (row,) = rows(tmp_path)
    assert (row["optimizer"], row["task"], row["seed"]) == ("mine/tpe", "imported/cifar", 0)
    assert info(row)["objectives"] == [{"name": "value", "maximize": True}]
    assert [-row["values"][0], -row["values"][3]] == [study.trials[0].value, study.trials[3].value]
    assert json.loads(row["failures"]) == {"1": "pruned at step 7", "2": "failed"}
    for trial, config in zip(study.trials, configs(row["configs"]), strict=False):
        wanted = {k: "None" if v is None else v for k, v in trial.params.items()}
        assert config == wanted
    found = space(row)
    assert (found["x"].lower, found["x"].upper, found["x"].log) == (1e-3, 1.0, True)
    assert (found["n"].lower, found["n"].upper, found["n"].meta) == (1, 9, {"step": 2})
    assert list(found["kind"].choices) == ["a", "None", 2]
    seconds = [t.duration.total_seconds() for t in study.trials[:4]]
    assert row["cost"] == pytest.approx(seconds)


def test_studies_of_one_task_are_repetitions_and_else_tasks(tmp_path: Path, cli: Cli) -> None:
    storage, path = sqlite_storage(tmp_path)
    make_studies(storage, names=("one", "two"))
    before = path.read_bytes()
    imported(cli, path, "optuna", "--optimizer", "a")
    assert [(row["task"], row["seed"]) for row in rows(tmp_path)] == [
        ("imported/one", 0),
        ("imported/two", 0),
    ]
    imported(cli, path, "optuna", "--optimizer", "a", "--task", "t", "--seed", "5")
    assert [row["seed"] for row in rows(tmp_path) if row["task"] == "imported/t"] == [5, 6]
    assert path.read_bytes() == before


def test_several_objectives_of_optuna_keep_their_names_and_directions(
    tmp_path: Path, cli: Cli
) -> None:
    import optuna

    storage, path = journal_storage(tmp_path)
    study = optuna.create_study(
        study_name="two", storage=storage, directions=["minimize", "maximize"]
    )
    study.set_metric_names(["loss", "accuracy"])
    values = [(1.0, 0.5), (2.0, math.inf)]
    study.optimize(lambda trial: values[trial.number], n_trials=2)
    imported(cli, path, "optuna", "--optimizer", "a")
    (row,) = rows(tmp_path)
    assert info(row)["objectives"] == [
        {"name": "loss", "maximize": False},
        {"name": "accuracy", "maximize": True},
    ]
    assert row["values"][:2] == [1.0, -0.5]
    assert json.loads(row["failures"]) == {"1": "there is no accuracy"}


def test_a_torn_last_line_of_a_journal_costs_only_itself(tmp_path: Path, cli: Cli) -> None:
    storage, path = journal_storage(tmp_path)
    make_studies(storage)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    done = imported(cli, path, "optuna", "--optimizer", "a")
    assert f"o.log:{len(lines)}: the last line is torn" in done.out
    path.write_bytes(lines[0] + b"{\n" + b"".join(lines[1:]))
    assert "o.log:2: is no JSON" in imported(cli, path, "optuna", "--optimizer", "a", code=2).err
    path.write_bytes(lines[0] + b'{"op_code": 6, "trial_id": 9}\n')
    done = imported(cli, path, "optuna", "--optimizer", "a", code=2)
    assert "o.log:2: is no operation" in done.err


def test_a_database_of_another_program_is_refused(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE studies (study_id INTEGER)")
    database.close()
    done = imported(cli, path, "optuna", "--optimizer", "a", code=2)
    assert "is no storage of Optuna" in done.err
    assert len(done.err.splitlines()) == 1
    path.write_bytes(path.read_bytes()[:600] + b"\xff" * 3000)
    assert "is no storage" in imported(cli, path, "optuna", "--optimizer", "a", code=2).err


def make_smac(out: Path) -> Any:
    from ConfigSpace import Categorical, Float
    from smac import MultiFidelityFacade, RandomFacade, Scenario

    made = ConfigurationSpace(seed=1)
    made.add([Float("x", (1e-3, 1), log=True), Categorical("kind", ["a", "b"])])

    def crashing(config: Any, seed: int = 0) -> float:
        if config["kind"] == "b":
            raise RuntimeError("boom")
        return float(config["x"])

    def both(config: Any, seed: int = 0, budget: float = 1) -> dict[str, float]:
        return {"loss": config["x"] / budget, "size": 2.0}

    common: dict[str, Any] = {"output_directory": out, "n_trials": 5}
    one = Scenario(made, name="cifar", seed=3, deterministic=True, **common)
    RandomFacade(one, crashing, overwrite=True, logging_level=False).optimize()
    objectives = ["loss", "size"]
    two = Scenario(
        made, name="both", seed=4, objectives=objectives, min_budget=1, max_budget=9, **common
    )
    history = MultiFidelityFacade(two, both, overwrite=True, logging_level=False)
    history.optimize()
    return history.runhistory


def test_runs_of_smac_are_read_with_their_space_seed_and_budgets(tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "smac"
    history = make_smac(out)
    imported(cli, out, "smac")
    second, first = rows(tmp_path)
    assert (first["optimizer"], first["task"], first["seed"]) == (
        "RandomFacade",
        "imported/cifar",
        3,
    )
    for i, config in enumerate(configs(first["configs"])):
        failed = str(i) in json.loads(first["failures"])
        assert failed == (config["kind"] == "b")
        assert failed or first["values"][i] == pytest.approx(config["x"])
    assert space(first)["x"].log
    assert set(json.loads(first["failures"]).values()) <= {"crashed: RuntimeError('boom')"}
    assert [o["name"] for o in info(second)["objectives"]] == ["loss", "size"]
    assert (info(second)["fidelity"]["low"], info(second)["fidelity"]["high"]) == (1, 9)
    told = [key.budget for key in history]
    assert second["fidelity"] == told
    assert second["spent"][-1] == pytest.approx(sum(told) / 9)
    broken = out / "cifar" / "3" / "runhistory.json"
    broken.write_text(broken.read_text().replace('"config_id": 2', '"config_id": 99'))
    assert "runhistory.json: and scenario.json are no run" in imported(cli, out, "smac", code=2).err
    broken.write_text('{\n"data": [\n')
    assert "runhistory.json:3: is no JSON" in imported(cli, out, "smac", code=2).err


def test_sessions_of_nevergrad_are_runs(tmp_path: Path, cli: Cli) -> None:
    import nevergrad

    path = tmp_path / "log.json"
    told = []
    for session in range(2):
        parameters = nevergrad.p.Instrumentation(
            x=nevergrad.p.Scalar(lower=0, upper=1), line=nevergrad.p.Choice(["a", "b"])
        )
        made = nevergrad.optimizers.registry["DE" if session else "RandomSearch"](parameters, 3)
        made.register_callback("tell", nevergrad.callbacks.ParametersLogger(path, append=True))
        for _ in range(3):
            candidate = made.ask()
            told.append((candidate.kwargs, candidate.kwargs["x"] * 2))
            made.tell(candidate, candidate.kwargs["x"] * 2)
    imported(cli, path, "nevergrad", "--task", "t")
    second, first = rows(tmp_path)
    assert (first["optimizer"], second["optimizer"]) == ("RandomSearch", "DE")
    assert first["values"] + second["values"] == [value for _, value in told]
    assert [*configs(first["configs"]), *configs(second["configs"])] == [c for c, _ in told]
    assert "does not name the task" in imported(cli, path, "nevergrad", code=2).err
    path.write_text(path.read_text().replace('"#loss": ', '"#loss": "x', 1))
    assert "log.json:1: is no JSON" in imported(cli, path, "nevergrad", "--task", "t", code=2).err


def make_ioh(folder: Path) -> list[float]:
    import ioh

    draw = random.Random(1)
    problem = ioh.get_problem(1, 1, 2, ioh.ProblemClass.BBOB)
    logger = ioh.logger.Analyzer(
        triggers=[ioh.logger.trigger.ALWAYS],
        root=str(folder),
        folder_name="ioh",
        algorithm_name="mine",
        store_positions=True,
    )
    problem.attach_logger(logger)
    told = []
    for _ in range(2):
        told += [problem([draw.uniform(-5, 5) for _ in range(2)]) for _ in range(4)]
        problem.reset()
    problem.detach_logger()
    logger.close()
    return [value - problem.optimum.y for value in told]


def test_runs_of_iohprofiler_are_read(tmp_path: Path, cli: Cli) -> None:
    told = make_ioh(tmp_path)
    imported(cli, tmp_path / "ioh", "ioh", "--task", "sphere")
    first, second = rows(tmp_path)
    assert (first["optimizer"], first["seed"], second["seed"]) == ("mine", 0, 1)
    assert first["values"] + second["values"] == pytest.approx(told, abs=1e-9)
    (data,) = (tmp_path / "ioh").rglob("*.dat")
    text = data.read_text()
    data.write_text(text.replace("\n2 ", "\n2 what ", 1))
    assert "DIM2.dat:3: is no evaluation" in imported(cli, tmp_path / "ioh", "ioh", code=2).err
    data.write_text(text[: text.rindex("evaluations")])
    assert "holds 1 runs" in imported(cli, tmp_path / "ioh", "ioh", code=2).err


def test_runs_of_coco_are_read_and_compared_with_ours(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cocoex

    monkeypatch.chdir(tmp_path)
    draw = random.Random(1)
    suite = cocoex.Suite("bbob", "instances: 1-2", "dimensions: 2 function_indices: 1")
    observer = cocoex.Observer("bbob", "result_folder: c algorithm_name: mine")
    best = []
    for problem in suite:
        problem.observe_with(observer)
        best.append(min(problem([draw.uniform(-5, 5) for _ in range(2)]) for _ in range(30)))
        problem.free()
    imported(cli, tmp_path / "exdata", "coco")
    found = rows(tmp_path)
    assert [row["task"] for row in found] == ["imported/bbob/f01-d2-i1", "imported/bbob/f01-d2-i2"]
    assert [min(row["values"]) for row in found] == pytest.approx(best)
    assert [row["spent"][-1] for row in found] == [30, 30]
    assert [row["number"][-1] for row in found] == [29, 29]
    done = imported(cli, tmp_path / "exdata", "coco", "--task", "t", code=2)
    assert "--task names one task, there are 2" in done.err
    (described,) = (tmp_path / "exdata").rglob("*.info")
    described.write_text(described.read_text().replace("data_f1/", "../../"))
    done = imported(cli, tmp_path / "exdata", "coco", code=2)
    assert "bbobexp_f1.info:3: names data elsewhere" in done.err


@pytest.mark.parametrize("format_", ["ioh", "coco"])
def test_what_we_export_comes_back(tmp_path: Path, cli: Cli, format_: str) -> None:
    done = cli(
        *("run", "-o", "random", "-o", "optuna/tpe", "-t", "bbob/f0[12]-d2-i1", "--seeds", "0:2"),
        *("--budget", "6", "--results", tmp_path / "ours"),
    )
    assert done.code == 0, done
    cli(
        *("results", "export", tmp_path / "ours", "--format", format_),
        *("--output", tmp_path / "out"),
    )
    imported(cli, tmp_path / "out", format_)
    ours = {
        (row["optimizer"].replace("/", "_"), row["task"].partition("@")[0], row["seed"]): row
        for row in Store(tmp_path / "ours").runs().to_pylist()
    }
    back = rows(tmp_path)
    assert len(back) == len(ours) == 8
    for row in back:
        key = row["optimizer"].replace("/", "_"), row["task"].removeprefix("imported/"), row["seed"]
        assert row["values"] == pytest.approx(ours[key]["values"], rel=1e-14)
        assert row["spent"] == ours[key]["spent"]


RAY = {  # as Ray Tune 2.60 wrote them, without what it adds but for these
    "f_0_00000_0_x=0.8_2026-11-30_10-44-44": ({"x": 0.8, "kind": "a"}, [], "boom\nRuntimeError: x"),
    "f_0_00001_1_x=0.2_2026-11-30_10-44-51": (
        {"x": 0.2, "kind": "b"},
        [
            {"acc": 0.2, "loss": 0.8, "timestamp": 1796035496, "checkpoint_dir_name": None}
            | {"done": False, "training_iteration": 1, "date": "2026-11-30_10-44-56"}
            | {"time_this_iter_s": 0.5, "time_total_s": 0.5, "pid": 4096, "hostname": "vm"},
            {"acc": 0.4, "loss": 0.8, "timestamp": 1796035497, "checkpoint_dir_name": None}
            | {"done": False, "training_iteration": 2, "date": "2026-11-30_10-44-57"}
            | {"time_this_iter_s": 0.5, "time_total_s": 1.0, "pid": 4096, "hostname": "vm"},
        ],
        "",
    ),
    "f_0_00002_2_x=0.3_2026-11-30_10-44-58": ({"x": 0.3, "kind": "a"}, [], ""),
}


def make_ray(folder: Path) -> Path:
    for name, (config, reports, error) in RAY.items():
        place = folder / "ray" / "tuned" / name
        place.mkdir(parents=True)
        (place / "params.json").write_text(json.dumps(config))
        (place / "result.json").write_text("".join(json.dumps(r) + "\n" for r in reports))
        if error:
            (place / "error.txt").write_text(error)
    return folder / "ray"


def test_an_experiment_of_ray_tune_is_read_where_its_metric_is_named(
    tmp_path: Path, cli: Cli
) -> None:
    path = make_ray(tmp_path)
    done = imported(cli, path, "ray", "--optimizer", "a", code=2)
    assert "say by --objective NAME which metric counts; there are: acc, loss" in done.err
    done = imported(cli, path, "ray", "--optimizer", "a", "--objective", "ac", code=2)
    assert "did you mean 'acc'" in done.err
    options = ("--objective", "acc", "--maximize", "acc")
    done = imported(cli, path, "ray", "--optimizer", "a", *options)
    assert "1 trial left out: no report yet" in done.out
    (row,) = rows(tmp_path)
    assert row["task"] == "imported/tuned"
    assert row["values"][1:] == [-0.4]
    assert row["cost"] == [0.0, 1.0]
    assert json.loads(row["failures"]) == {"0": "failed: RuntimeError: x"}
    assert list(configs(row["configs"]))[1] == {"x": 0.2, "kind": "b"}


SCRIPT = """
import argparse
from syne_tune import Reporter
parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
parser.add_argument("--epochs", type=int)
told, _ = parser.parse_known_args()
report = Reporter()
for epoch in range(1, told.epochs + 1):
    report(epoch=epoch, accuracy=told.x * epoch)
"""


@pytest.mark.slow
def test_a_tuning_of_syne_tune_is_read(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where its search for GPUs leaves a file
    monkeypatch.setenv("SYNETUNE_FOLDER", str(tmp_path / "tuned"))
    from syne_tune import StoppingCriterion, Tuner
    from syne_tune.backend import LocalBackend
    from syne_tune.config_space import loguniform
    from syne_tune.optimizer.baselines import RandomSearch

    (tmp_path / "script.py").write_text(SCRIPT)
    scheduler = RandomSearch(
        config_space={"x": loguniform(0.1, 1), "epochs": 2},
        metrics=["accuracy"],
        do_minimize=False,
        random_seed=3,
    )
    tuner = Tuner(
        trial_backend=LocalBackend(entry_point=str(tmp_path / "script.py")),
        scheduler=scheduler,
        n_workers=1,
        stop_criterion=StoppingCriterion(max_wallclock_time=30, max_num_trials_completed=1),
        sleep_time=0.1,
        results_update_interval=0.1,
        save_tuner=False,
        metadata={"benchmark": "cifar"},
    )
    tuner.run()
    imported(cli, tmp_path / "tuned", "syne-tune")
    (row,) = rows(tmp_path)
    assert (row["optimizer"], row["task"], row["seed"]) == ("RandomSearch", "imported/cifar", 3)
    assert info(row)["objectives"] == [{"name": "accuracy", "maximize": True}]
    first = next(configs(row["configs"]))
    assert -row["values"][0] == pytest.approx(first["x"] * 2)
    assert space(row)["x"].log
    (results,) = (tmp_path / "tuned").rglob("results.csv.zip")
    results.write_bytes(results.read_bytes()[:40])
    done = imported(cli, tmp_path / "tuned", "syne-tune", code=2)
    assert "results.csv.zip: is no results.csv.zip of Syne Tune" in done.err


@pytest.mark.parametrize("format_", ["smac", "ray", "syne-tune", "ioh", "coco"])
def test_a_folder_without_runs_is_refused(tmp_path: Path, cli: Cli, format_: str) -> None:
    (tmp_path / "empty").mkdir()
    done = imported(cli, tmp_path / "empty", format_, "--optimizer", "a", code=2)
    assert "empty: holds no" in done.err
    assert not (tmp_path / "r").exists()


def test_options_without_a_meaning_for_the_format_are_refused(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "x").write_text("{}")
    assert (
        "are for tools' formats" in imported(cli, tmp_path / "x", "csv", "--task", "t", code=2).err
    )
    assert (
        "optuna says itself"
        in imported(cli, tmp_path / "x", "optuna", "--maximize", "a", code=2).err
    )


def test_a_space_survives_import_and_export(tmp_path: Path, cli: Cli) -> None:
    import optuna

    storage, path = journal_storage(tmp_path)
    (study,) = make_studies(storage)
    imported(cli, path, "optuna", "--optimizer", "a")
    out = tmp_path / "out.log"
    cli("results", "export", tmp_path / "r", "--format", "optuna", "--output", out)
    again, _ = journal_storage_at(out)
    (name,) = optuna.get_all_study_names(again)
    first = optuna.load_study(study_name=name, storage=again).trials[0]
    assert first.value == study.trials[0].value
    for name in ("x", "n"):
        assert first.distributions[name] == study.trials[0].distributions[name]


def test_a_database_with_a_view_that_never_ends_is_refused(tmp_path: Path, cli: Cli) -> None:
    storage, path = sqlite_storage(tmp_path)
    make_studies(storage)
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE trial_values")
        database.execute(
            "CREATE VIEW trial_values AS WITH RECURSIVE n(trial_id) AS"
            " (SELECT 1 UNION ALL SELECT trial_id + 1 FROM n) SELECT * FROM n"
        )
    database.close()
    done = imported(cli, path, "optuna", "--optimizer", "a", code=2)
    assert "it has views or triggers" in done.err


def test_the_analysis_reads_imported_runs(tmp_path: Path, cli: Cli) -> None:
    storage, path = journal_storage(tmp_path)
    make_studies(storage, names=("one", "two"))
    imported(cli, path, "optuna", "--optimizer", "a", "--task", "t")
    imported(cli, path, "optuna", "--optimizer", "b", "--task", "t")
    found = json.loads(cli("analyze", tmp_path / "r", "--no-figures", "--json").out)
    (kind,) = found["kinds"]
    assert {row["optimizer"]: row["runs"] for row in kind["final"]} == {"a": 2, "b": 2}
