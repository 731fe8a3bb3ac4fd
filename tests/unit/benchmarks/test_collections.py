"""What is told of published tables is what their publishers' files hold, read in another way.

Packages that are read but not run lie apart from the others, where `make setup` puts them: no other
test finds them. Where a package or a data set is not installed, its tests are skipped.
"""

import gzip
import json
import math
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ConfigSpace.hyperparameters import IntegerHyperparameter
from sklearn.ensemble import ExtraTreesRegressor

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.surrogate.fit import FOREST
from hpobench.benchmarks.tabular.publisher_formats import NumbersUnpickler
from hpobench.catalogue import Catalogue, lacking
from hpobench.errors import AbsentError
from hpobench.execution.construction import build
from hpobench.space import draw_configs, violation
from hpobench.system.folders import data_dir, locate
from hpobench.task import Task
from hpobench.trial import Outcome, Trial

CATALOGUE = Catalogue()
RNG = np.random.default_rng(7)
BEGINNING = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that hold tables can be found."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(sys.prefix) / "tables")])


@pytest.fixture(autouse=True)
def draws() -> None:
    """The same in every test, in whichever order they come."""
    RNG.bit_generator.state = BEGINNING


def ready(name: str) -> tuple[Task, Any]:
    """A task and its benchmark, if what it needs is installed."""
    task = CATALOGUE.task(name)
    if lacking(task):
        pytest.skip(f"what {task.collection} needs is not on this machine")
    try:
        return task, build(task)
    except AbsentError:
        pytest.skip(f"a file of {task.collection} is not on this machine")


def published(name: str) -> Path:
    """A file of a package; the test is skipped where it is not installed."""
    try:
        return locate(name)
    except AbsentError:
        pytest.skip(f"the package of {name} is not on this machine")


def asked(benchmark: Benchmark, config: Mapping[str, Any], z: float | None = None) -> Outcome:
    """The answer to a configuration of the space."""
    assert not violation(benchmark.space, config), config
    return benchmark.evaluate(Trial(config=config, fidelity=z), seed=1)


def some(items: Sequence[Any], count: int) -> Iterator[Any]:
    """A sample of some items."""
    return (items[i] for i in RNG.choice(len(items), count, replace=False))


@pytest.mark.parametrize("dataset", ["adult", "vehicle", "APSFailure"])
def test_lcbench_tells_the_recorded_accuracies(dataset: str) -> None:
    _, table = ready(f"lcbench-tables/{dataset}")
    raw = np.load(published("bocode/opt_problems/hpo/data/lcbench_data.npz"))[dataset]
    for row in some(raw.tolist(), 20):
        batch, rate, dropout, units, momentum, layers, decay, accuracy = row
        config = {
            "batch_size": int(batch),
            "learning_rate": rate,
            "max_dropout": dropout,
            "max_units": int(units),
            "momentum": momentum,
            "num_layers": int(layers),
            "weight_decay": decay,
        }
        assert dict(asked(table, config).values) == {"accuracy": -accuracy}


HPO_B = {
    "rpart.preproc-4796-23": ["minsplit", "minbucket", "cp"],
    "svm-5891-9889": [
        "cost",
        "gamma",
        "gamma?",
        "degree",
        "degree?",
        "_INVALID",
        "_linear",
        "_poly",
    ],
    "glmnet-5970-37": ["alpha", "lambda"],
}


@pytest.mark.parametrize("name", HPO_B)
def test_hpo_b_tells_the_recorded_accuracies(name: str) -> None:
    _, table = ready(f"hpo-b/{name}")
    key = "_".join(name.split("-")[1:])
    raw = np.load(locate("bocode/opt_problems/hpo/data/hpob_data.npz"))[key].tolist()
    for row in some(raw, 20):
        coded = dict(zip(HPO_B[name], row, strict=False))
        config: dict[str, Any] = {k: v for k, v in coded.items() if k[0] != "_" and k[-1] != "?"}
        for unset in (k for k in coded if k[-1] == "?"):
            config[f"{unset[:-1]}.set"] = not coded[unset]
            if coded[unset]:
                del config[unset[:-1]]
        if kernels := [k for k in coded if k[0] == "_" and coded[k]]:
            config["kernel"] = kernels[0].replace("_poly", "_polynomial")
        alike = {other[-1] for other in raw if other[:-1] == row[:-1]}
        assert -asked(table, config).value in alike


def by_scikit_learn(points: Any, values: Any, asked_for: Any) -> list[tuple[float, ...]]:
    """What its forest answers that is fitted to a raw table; values of many sizes by logarithms."""
    logs = [column.min() > 0 and column.max() >= 100 * column.min() for column in values.T]
    fitted = [np.log(column) if log else column for column, log in zip(values.T, logs, strict=True)]
    scaled = np.stack([(each - each.mean()) / each.std() for each in fitted], axis=1)
    forest = ExtraTreesRegressor(**FOREST).fit(points.astype(np.float32), scaled.squeeze())
    found = forest.predict(asked_for.astype(np.float32)).reshape(scaled[: len(asked_for)].shape)
    told = [x * each.std() + each.mean() for x, each in zip(found.T, fitted, strict=True)]
    columns = [map(math.exp, x) if log else x for x, log in zip(told, logs, strict=True)]
    return [tuple(map(float, row)) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("name", ["rpart.preproc-4796-23", "glmnet-5970-37"])
def test_surrogates_of_hpo_b_answer_as_scikit_learns_forest_to_the_last_bit(name: str) -> None:
    _, surrogate = ready(f"hpo-b-surrogate/{name}")
    key = "_".join(name.split("-")[1:])
    raw = np.load(locate("bocode/opt_problems/hpo/data/hpob_data.npz"))[key]
    trained: dict[tuple[float, ...], list[float]] = {}
    for *config, accuracy in raw.tolist():
        trained.setdefault(tuple(config), []).append(-accuracy)
    means = np.array([[sum(values) / len(values)] for values in trained.values()])
    asked_for = RNG.random((60, raw.shape[1] - 1))
    expected = by_scikit_learn(np.array(list(trained)), means, asked_for)
    configs = [dict(zip(HPO_B[name], x, strict=True)) for x in asked_for.tolist()]
    assert [asked(surrogate, config).vector for config in configs] == expected


def test_a_surrogate_of_scan_bench_answers_as_scikit_learns_forest_to_the_last_bit() -> None:
    task, surrogate = ready("scan-bench-surrogate/tabpfn-val_loss-flops")
    raw: Any = pd.read_csv(published("scan_bench/tabpfn/data.csv"), float_precision="round_trip")
    raw = raw[raw[["val/val_loss", "total_flops"]].notna().all(axis=1)]
    described: Any = task.params["hyperparameters"]
    sorted_values = {n: sorted(raw[each["column"]].unique()) for n, each in described.items()}

    def place(name: str, value: Any) -> float:
        """In the unit cube: by logarithm, or by rank."""
        if name == "lr":
            return (math.log(value) - math.log(1e-4)) / (math.log(0.05) - math.log(1e-4))
        ranks = sorted_values[name]
        return ranks.index(value) / (len(ranks) - 1)

    rows = raw[[each["column"] for each in described.values()]].to_numpy()
    points = np.array([[place(n, x) for n, x in zip(described, row, strict=True)] for row in rows])
    configs = draw_configs(surrogate.space, 60, seed=9)
    asked_for = np.array([[place(n, c[n]) for n in described] for c in configs])
    values = raw[["val/val_loss", "total_flops"]].to_numpy()
    expected = by_scikit_learn(points, values, asked_for)
    assert [asked(surrogate, config).vector for config in configs] == expected


def test_oboe_tells_the_recorded_errors_and_run_times() -> None:
    ready("oboe/3")
    file = published("oboe/defaults/Oboe/error_matrix.csv")
    all_errors: Any = pd.read_csv(file, index_col=0)
    all_times: Any = pd.read_csv(file.with_name("runtime_matrix.csv"), index_col=0)
    for name in some([t for t in CATALOGUE.tasks if t.startswith("oboe/")], 20):
        task, table = ready(name)
        dataset = int(str(task.params["dataset"]))
        errors, times = all_errors.loc[dataset], all_times.loc[dataset]
        for column in some(list(errors.index), 4):
            described = eval(column)
            algorithm = described["algorithm"]
            given = described["hyperparameters"].items()
            config = {f"{algorithm}_{k}": "none" if v is None else v for k, v in given}
            config = {"algorithm": algorithm, **config}
            config.pop("MLP_learning_rate", None)
            outcome = asked(table, config)
            assert dict(outcome.values) == {"error": errors[column], "runtime": times[column]}
            assert outcome.cost == times[column]


@pytest.mark.parametrize("dataset", ["cora", "proteins"])
def test_nas_bench_graph_tells_what_its_own_library_finds(dataset: str) -> None:
    _, table = ready(f"nas-bench-graph/{dataset}")
    from nas_bench_graph.architecture import Arch

    path = published(f"nas_bench_graph/light/{dataset}.bench")
    recorded = pickle.loads(path.read_bytes())
    operations = sorted(table.space["operation1"].choices)
    for _ in range(50):
        links = str(RNG.choice(table.space["links"].choices))
        chosen = [str(operation) for operation in RNG.choice(operations, 4)]
        facts = recorded[Arch([int(link) for link in links[3:]], chosen).valid_hash()]
        config = {"links": links, **{f"operation{i + 1}": o for i, o in enumerate(chosen)}}
        outcome = asked(table, config)
        values = (-facts["valid_perf"], facts["latency"], facts["para"])
        assert outcome.vector == pytest.approx(values, rel=0, abs=0)
        assert dict(outcome.test) == {"performance": -facts["perf"]}


def test_a_pickle_with_anything_but_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hostile"
    for value in (print, np.float32(1), np.array([1.0])):
        path.write_bytes(pickle.dumps({0: value}))
        with path.open("rb") as file, pytest.raises(pickle.UnpicklingError):
            NumbersUnpickler(file).load()


SCAN = {
    "vlm": ("total_samples_planned", "samples", "epoch", "val_loss", "test_loss", "compute_seen"),
    "llm": ("n_tokens", "tokens", "step_fraction", "valid_loss", "test_loss", "flops_so_far"),
}
SCAN_FILES = {"vlm": "vlm/data.csv", "llm": "llm/configs_intermediate_summary.csv"}


@pytest.mark.parametrize("family", SCAN)
def test_scan_bench_tells_the_recorded_checkpoints(family: str) -> None:
    source, size, level, loss, test, compute = SCAN[family]
    _, table = ready(f"scan-bench/{family}-{loss}-mfmo")
    raw: Any = pd.read_csv(
        published(f"scan_bench/{SCAN_FILES[family]}"), float_precision="round_trip"
    )
    raw = raw.rename(columns={source: size, "cooldown_steps": "cooldown"})
    single = ~raw.duplicated(["config_id", level], keep=False) & raw[loss].notna()
    low = table.fidelity.low if table.fidelity else 0
    for _, row in raw[single & (raw[level] >= low)].sample(60, random_state=3).iterrows():
        config = {name: row[name] for name in table.space}
        outcome = asked(table, config, row[level])
        assert dict(outcome.values) == {loss: row[loss], "compute": row[compute]}
        assert dict(outcome.test) == {loss: row[test]}
    epochs = raw[raw["config_id"] == 1]
    if family == "vlm":
        config = {name: epochs.iloc[0][name] for name in table.space}
        assert asked(table, config).cost == pytest.approx(epochs["train_duration(s)"].sum())


@pytest.mark.parametrize("name", ["cc_cartpole_ppo", "cc_pendulum_sac", "box2d_lunar_lander_dqn"])
def test_arlbench_tells_one_of_the_recorded_seeds_at_every_budget(name: str) -> None:
    _, table = ready(f"arlbench/{name}-mf")
    raw: Any = pd.read_csv(locate(f"arlbench/results_combined/sobol/{name}.csv"))
    raw.columns = [column.removeprefix("hp_config.") for column in raw.columns]
    for run in some(sorted(raw["run_id"].unique()), 20):
        rows = raw[raw["run_id"] == run]
        config = as_the_space_has_it(table, rows.iloc[0])
        told = set(range(10))
        for budget, at in rows.groupby("budget"):
            outcome = asked(table, config, budget)
            value = -outcome.value if outcome.ok else math.nan
            told &= set(at["seed"][np.isclose(at["performance"], value, 0, 0, equal_nan=True)])
        assert told, "the budgets are told of different seeds"


def as_the_space_has_it(table: Any, row: Any) -> dict[str, Any]:
    """A recorded configuration; ConfigSpace rounds bounds at the tenth digit or so."""
    config: dict[str, Any] = {}
    for name, hp in table.space.items():
        if not pd.isna(row[name]):
            value = np.clip(row[name], hp.lower, hp.upper) if hasattr(hp, "lower") else row[name]
            config[name] = int(value) if isinstance(hp, IntegerHyperparameter) else value
            config[name] = getattr(config[name], "item", lambda v=config[name]: v)()
    return config


def test_taskset_tells_the_recorded_learning_curves() -> None:
    name = "imdb_patch32_GRU128_bs128"
    _, table = ready(f"taskset/{name}-mf")
    raw = json.loads(locate(f"taskset/FixedTextRNNClassification_{name}.json").read_text())
    for each in some(raw, 60):
        step = int(RNG.integers(51))
        valid, test = (each[part]["loss"][step] for part in ("valid", "test"))
        outcome = asked(table, as_the_space_has_it(table, each["hp"]), step + 1)
        diverged = valid is None or math.isnan(valid)
        assert outcome.vector == (() if diverged else (valid,))
        assert dict(outcome.test) == ({} if diverged else {"valid": test})


def test_nas_bench_macro_tells_one_of_three_trainings() -> None:
    _, table = ready("nas-bench-macro/cifar10-params")
    raw = json.loads((data_dir() / "nas_bench_macro" / "nas-bench-macro_cifar10.json").read_text())
    for architecture in some(list(raw), 60):
        config = {f"layer{i}": int(kind) for i, kind in enumerate(architecture, start=1)}
        outcome = asked(table, config)
        facts = raw[architecture]
        accuracy, *sizes = outcome.vector
        told = -accuracy
        assert told in facts["test_acc"]
        others = list(facts["test_acc"])
        others.remove(told)
        assert -outcome.test["accuracy"] == pytest.approx(np.mean(others))
        assert sizes == [facts["params"], facts["flops"]]


def test_every_file_that_a_task_needs_is_in_its_data_sets_manifest() -> None:
    for task in CATALOGUE.tasks.values():
        if task.dataset and "file" in task.params:
            file = str(task.params["file"])
            for name, value in task.params.items():
                file = file.replace(f"{{{name}}}", str(value))
            folder, _, path = file.partition("/")
            assert folder == task.dataset
            files = CATALOGUE.datasets[folder].files
            archives = {f"{path.partition('/')[0]}{kind}" for kind in (".tar.gz", ".zip")}
            unpacked = {name for name, file in files.items() if file.unpack}
            assert path in files or archives & unpacked, task.id


@pytest.mark.parametrize("gpu", ["A100", "MI250X"])
def test_kernel_tuner_tells_one_of_the_timings_or_that_there_is_none(gpu: str) -> None:
    _, table = ready(f"kernel-tuner/convolution-{gpu}")
    path = locate(f"kernel_tuner/cachefiles/convolution_milo/{gpu}.json.gz")
    recorded = json.loads(gzip.decompress(path.read_bytes()))["cache"]
    for each in [*some(list(recorded.values()), 40), *recorded.values()][:400]:
        outcome = asked(table, {name: each[name] for name in table.space})
        assert outcome.value in each["times"] if outcome.ok else isinstance(each["time"], str)
        spent = each["compile_time"] + each["benchmark_time"]
        assert outcome.cost == pytest.approx(spent / 1000)
    absent = {name: hp.sequence[-1] for name, hp in table.space.items()}
    assert "was not recorded" in asked(table, absent).failure


MOOT = {
    "SS-A": "config/SS-A",
    "SS-M": "config/SS-M",
    "SS-P": "config/SS-P",
    "Health-Commits0001": "hpo/Health-Commits0001",
    "PostgreSQL": "systems/PostgreSQL",
    "A2C_CartPole": "rl/A2C_CartPole",
}


@pytest.mark.parametrize("name", MOOT)
def test_moot_tells_what_was_measured(name: str) -> None:
    task, table = ready(f"moot/{name}")
    raw: Any = pd.read_csv(locate(f"moot/optimize/{MOOT[name]}.csv"), float_precision="round_trip")
    marked = {c[:-1]: (c, -1.0 if c[-1] == "+" else 1.0) for c in raw if c[-1] in "+-"}
    assert list(task.objectives) == list(marked)
    for row in raw.sample(60, random_state=5).to_dict("records"):
        config = {name: row[name] for name in table.space}
        told = asked(table, config).vector
        alike = raw[(raw[list(config)] == pd.Series(config)).all(axis=1)]
        measured = [[s * r[c] for c, s in marked.values()] for r in alike.to_dict("records")]
        assert list(told) in measured


def test_rag_hpo_bench_tells_development_and_keeps_the_test() -> None:
    columns = {"chunk_size": "Chunk Size", "chunk_overlap": "Chunk Overlap", "top_k": "Top-K"}
    columns |= {"embedding_model": "Embedding Model", "generative_model": "Generative Mode"}
    measures = {"judged": "LLMaaJ-AC", "correctness": "Lexical-AC", "faithfulness": "Lexical-FF"}
    task, _ = ready("rag-hpo/ClapNQ-Sampled-judged")
    raw: Any = pd.read_csv(locate(task.params["file"]), float_precision="round_trip")
    for dataset, told, test in [
        ("ClapNQ-Sampled", "ClapNQ-Dev-Sampled", "ClapNQ-Test"),
        ("MiniWiki", "MiniWiki-Dev", "MiniWiki-Test"),
    ]:
        _, table = ready(f"rag-hpo/{dataset}-judged")
        parts = [
            raw[raw["Dataset"] == part].set_index([*columns.values()]) for part in (told, test)
        ]
        for row in raw[raw["Dataset"] == told].to_dict("records"):
            outcome = asked(table, {name: row[column] for name, column in columns.items()})
            for measure, column in measures.items():
                here, there = (part.loc[tuple(row[c] for c in columns.values())] for part in parts)
                assert outcome.vector[list(measures).index(measure)] == -here[column]
                assert outcome.test[measure] == -there[column]


def test_step_law_tells_every_recorded_loss() -> None:
    task, _ = ready("step-law/moe-mfmo")
    folder = locate(task.params["file"]).parent
    dense: Any = pd.read_csv(folder / "dense_lr_bs_loss.csv", float_precision="round_trip")
    for size, tokens in [(214663680, 100000000000), (1073741824, 56900000000)]:
        _, table = ready(f"step-law/dense-n{size}-d{tokens}")
        rows = dense[(dense["N"] == size) & (dense["D"] == tokens)]
        assert len(rows) > 40
        for row in rows.to_dict("records"):
            assert asked(table, {"lr": row["lr"], "bs": row["bs"]}).value == row["smooth loss"]
    mixtures: Any = pd.read_csv(folder / "moe_lr_bs_loss.csv", float_precision="round_trip")
    _, table = ready("step-law/moe-mfmo")
    for row in mixtures.to_dict("records"):
        config = {"experts": row["moe_name"], "lr": row["lr"], "bs": row["bs"]}
        outcome = asked(table, config, row["D"])
        assert outcome.vector == (row["smooth loss"], row["total_time"])
        assert outcome.cost == row["total_time"]


def test_what_is_said_of_scan_benchs_scores_is_so() -> None:
    metrics: dict[str, set[str]] = {"vlm": set(), "llm": set()}
    ready("scan-bench/vlm-val_loss")
    for task in CATALOGUE.tasks.values():
        if task.collection == "scan-bench" and "metric" in task.params:
            column = str(task.params["objectives"]["score"]["column"])
            name = column.replace("{metric}", str(task.params["metric"]))
            metrics[task.id[11:14]].add(name)
    follow: dict[str, dict[str, float]] = {}
    for family, level, loss in [
        ("vlm", "epoch", "val_loss"),
        ("llm", "step_fraction", "valid_loss"),
    ]:
        raw: Any = pd.read_csv(published(f"scan_bench/{SCAN_FILES[family]}"))
        last = raw.sort_values(level).groupby("config_id").tail(1)
        ranks = last[[loss, *metrics[family]]].rank()
        follow[family] = ranks.corr()[loss].drop(loss).to_dict()
    assert len(follow["llm"]) == 9
    assert all(abs(rho) < 0.2 for rho in follow["llm"].values())
    retrieval = [rho for name, rho in follow["vlm"].items() if name.startswith("retrieval")]
    assert len(retrieval) == 2
    assert max(retrieval) < -0.99
    assert len(follow["vlm"]) - 2 == 37
    assert sum(rho > -0.5 for rho in follow["vlm"].values()) == 12


def test_what_is_said_of_hpo_b_and_oboe_is_so() -> None:
    task, _ = ready("hpo-b/glmnet-5970-37")
    with np.load(locate(str(task.params["file"]))) as raw:
        spans = [float(np.ptp(raw[name][:, -1])) for name in raw.files]
        sizes = [len(raw[name]) for name in raw.files]
    assert (min(sizes), max(sizes), sum(size < 1000 for size in sizes)) == (100, 102306, 24)
    assert (sum(span < 0.05 for span in spans), sum(span < 0.01 for span in spans)) == (16, 1)
    for number in ("100 to 102,306", "24 of the 92", "16 tables"):
        assert number in task.quality
    task, _ = ready("oboe/3")
    path = published("oboe/defaults/Oboe/error_matrix.csv")
    errors = pd.read_csv(path, index_col=0).to_numpy()
    least = errors.min(axis=1, keepdims=True)
    shared = (errors == least).sum(axis=1) >= 0.1 * errors.shape[1]
    assert (shared.sum(), (least == 0).sum()) == (26, 38)
    assert (np.ptp(errors, axis=1) < 0.05).sum() == 3
    for number in ("26 of 418", "on 38", "on 3 "):
        assert number in task.quality
