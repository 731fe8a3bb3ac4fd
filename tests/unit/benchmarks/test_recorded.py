"""A table of any shape tells what pandas finds in it, and what is wrong with it is named."""

import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hpobench.benchmarks.recorded import Recorded
from hpobench.errors import UserError
from hpobench.space import plain_config, types, violation
from hpobench.trial import Outcome, Trial

quick = settings(
    max_examples=15,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller seed is no smaller table
)
seeds = st.integers(0, 2**32 - 1)

AXES: dict[str, list[Any]] = {
    "units": [16, 32, 64],
    "rate": [0.1, 0.01, 1e-05, 0.3333333333333333],
    "kernel": ["rbf", "linear", "a, b"],
    "bias": [True, False],
}


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(folder))
    return folder


def frame(seed: int) -> Any:
    """Some cells of a grid, each with several seeds and fidelities, in any order."""
    rng = np.random.default_rng(seed)
    names: list[Any] = list(rng.permutation(list(AXES))[: rng.integers(1, 5)])
    configs: Any = pd.MultiIndex.from_product([AXES[name] for name in names], names=names)
    chosen = configs.to_frame(index=False).sample(frac=rng.uniform(0.1, 1), random_state=seed)
    chosen = chosen if len(chosen) else configs.to_frame(index=False).head(1)
    levels = rng.choice(np.arange(1, 10), rng.integers(2, 5), replace=False)
    found = chosen.merge(pd.DataFrame({"seed": range(rng.integers(1, 4))}), how="cross")
    found = found.merge(pd.DataFrame({"epoch": levels}), how="cross")
    for name in ("loss", "acc", "held"):
        found[name] = rng.normal(size=len(found)) * 10.0 ** rng.integers(-9, 9)
        found.loc[rng.random(len(found)) < rng.choice([0, 0.2]), name] = math.nan
    found["seconds"] = rng.lognormal(size=len(found))
    found.loc[found["epoch"].idxmax(), ["loss", "acc"]] = 0.5, 0.25
    return found.sample(frac=1, random_state=seed)


def written(frame: Any, folder: Path, suffix: str) -> Path:
    path = folder / f"table{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".npz":
        np.savez(
            path,
            **{
                n: column.to_numpy(dtype=np.array(column.tolist()).dtype)
                for n, column in frame.items()
            },
        )
    else:
        frame.to_csv(path, index=False)
    return path


def axes(frame: Any, kind: str = "categorical") -> dict[str, dict[str, Any]]:
    return {name: {"type": kind, "values": AXES[name]} for name in AXES if name in frame}


def opened(path: Path, hyperparameters: Mapping[str, Any], **params: Any) -> Recorded:
    defaults = {"objectives": {"loss": "minimize"}}
    return Recorded(file=str(path), hyperparameters=hyperparameters, **{**defaults, **params})


def rows_of(frame: Any, config: Mapping[str, Any], **fixed: Any) -> Any:
    """The oracle: plain pandas."""
    for name, value in {**config, **fixed}.items():
        frame = frame[frame[name] == value]
    return frame


@quick
@given(
    shape=seeds,
    suffix=st.sampled_from([".csv", ".csv.gz", ".parquet", ".npz"]),
    seed=st.integers(0, 99),
)
def test_a_table_of_any_shape_tells_what_pandas_finds(shape: int, suffix: str, seed: int) -> None:
    recorded = frame(shape)
    with TemporaryDirectory() as folder:
        table = opened(
            written(recorded, Path(folder), suffix),
            axes(recorded),
            objectives={"loss": {"test": "held"}, "acc": "maximize"},
            fidelity={"column": "epoch"},
            seeds={"column": "seed"},
            cost={"column": "seconds"},
        )
        levels = sorted(recorded["epoch"].unique())
        configs = recorded[list(axes(recorded))].drop_duplicates()
        for _, config in configs.sample(frac=1, random_state=1).head(4).iterrows():
            drawn = set()
            for level in levels:
                trial = Trial(config=config.to_dict(), fidelity=level + 0.5)
                outcome = table.evaluate(trial, seed)
                rows = rows_of(recorded, config, epoch=level)
                agreeing = rows[[same(outcome, row, rows) for _, row in rows.iterrows()]]
                assert len(agreeing), (outcome, rows)
                drawn.add(frozenset(agreeing["seed"]))
            assert frozenset.intersection(*drawn), "fidelities of different trainings were told"


def same(outcome: Outcome, row: Any, rows: Any) -> bool:
    """Whether an outcome is that of a row, given all rows of its configuration and fidelity."""
    if outcome.cost != row["seconds"]:
        return False
    if not np.isfinite([row["loss"], row["acc"]]).all():
        return not outcome.ok and outcome.vector == ()
    others = rows.drop(index=row.name)
    rest = others["acc"][np.isfinite(others["loss"]) & np.isfinite(others["acc"])]
    expected = {} if np.isnan(row["held"]) else {"loss": row["held"]}
    told = dict(outcome.test)
    mean = told.pop("acc", None)
    if len(rest) and np.abs(rows["acc"].dropna()).max() < 1e6:
        assert mean == pytest.approx(-rest.mean(), rel=1e-6, abs=1e-6)
    return dict(outcome.values) == {"loss": row["loss"], "acc": -row["acc"]} and told == expected


@quick
@given(shape=seeds, scored=st.sampled_from(["test", "value"]), seed=st.integers(0, 99))
def test_a_trial_is_scored_by_the_mean_of_its_configurations_trainings_that_succeeded(
    shape: int, scored: str, seed: int
) -> None:
    recorded = frame(shape).assign(loss=lambda table: table["loss"].clip(-1e6, 1e6))
    with TemporaryDirectory() as folder:
        table = opened(
            written(recorded, Path(folder), ".parquet"),
            axes(recorded),
            objectives={"loss": {"test": "held", "scored": scored}, "acc": "maximize"},
            fidelity={"column": "epoch"},
            seeds={"column": "seed"},
        )
        numbers = recorded.replace([np.inf, -np.inf], np.nan)
        succeeded = numbers[numbers[["loss", "acc"]].notna().all(axis=1)]
        for _, config in recorded[list(axes(recorded))].drop_duplicates().head(5).iterrows():
            for level in sorted(recorded["epoch"].unique()):
                outcome = table.evaluate(Trial(config=config.to_dict(), fidelity=level), seed)
                rows = rows_of(succeeded, config, epoch=level)
                if not outcome.ok:
                    assert not outcome.noiseless
                    continue
                means = rows["held" if scored == "test" else "loss"].mean(), -rows["acc"].mean()
                found = outcome.noiseless["loss"], outcome.noiseless["acc"]
                assert found == pytest.approx(means, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(("seeds", "noiseless"), [(None, {}), ({"use": "mean"}, {})])
def test_a_table_without_draws_and_test_values_scores_what_it_tells(
    tmp_path: Path, seeds: dict[str, str] | None, noiseless: dict[str, float]
) -> None:
    path = table_of(tmp_path, a=[1, 2], loss=[1.0, 2.0])
    table = opened(path, GOOD, **({"seeds": seeds} if seeds else {}))
    assert table.evaluate(Trial(config={"a": 2}), 0).noiseless == noiseless


@quick
@given(shape=seeds, data=st.data())
def test_what_is_not_in_the_grid_fails_after_the_typical_cost(
    shape: int, data: st.DataObject
) -> None:
    recorded = frame(shape)
    with TemporaryDirectory() as folder:
        table = opened(
            written(recorded, Path(folder), ".csv"),
            axes(recorded, "ordinal"),
            fidelity={"column": "epoch"},
            seeds={"column": "seed"},
            cost={"column": "seconds"},
        )
        config = {name: data.draw(st.sampled_from(AXES[name])) for name in axes(recorded)}
        assert not violation(table.space, config)
        outcome = table.evaluate(Trial(config=config), 0)
        top = recorded[recorded["epoch"] == recorded["epoch"].max()]
        if rows_of(recorded, config).empty:
            assert outcome.failure == "this configuration was not recorded"
            assert outcome.cost == pytest.approx(top["seconds"].median())
        means = top.groupby(list(axes(recorded)))["loss"].mean()
        assert table.best == {"loss": pytest.approx(means.min(), rel=1e-9)}
        assert not outcome.ok or outcome.noiseless["loss"] >= table.best["loss"]


@quick
@given(data=st.data(), count=st.integers(1, 30))
def test_the_nearest_recorded_configuration_answers(data: st.DataObject, count: int) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    recorded: Any = pd.DataFrame(
        {
            "rate": 10 ** rng.uniform(-5, 0, count),
            "depth": rng.integers(1, 12, count),
            "size": rng.choice([8, 16, 64], count),
            "kind": rng.choice(["a", "b", "c"], count),
            "loss": rng.normal(size=count),
        }
    )
    described = {
        "rate": {"type": "float", "low": 1e-5, "high": 1, "log": True},
        "depth": {"type": "integer", "low": 1, "high": 12},
        "size": {"type": "ordinal", "values": [8, 16, 64]},
        "kind": {"type": "categorical", "values": ["a", "b", "c"]},
    }
    with TemporaryDirectory() as folder:
        path = written(recorded, Path(folder), ".parquet")
        table = opened(path, described, lookup="nearest", seeds={"use": "mean"})
        table.space.seed(data.draw(st.integers(0, 99)))
        config: Any = plain_config(table.space.sample_configuration())
        ranks = {8: 0.0, 16: 0.5, 64: 1.0}
        distance = (
            ((np.log(recorded["rate"]) - np.log(config["rate"])) / np.log(1e5)) ** 2
            + ((recorded["depth"] - config["depth"]) / 11) ** 2
            + (recorded["size"].map(ranks) - ranks[int(config["size"])]) ** 2
            + (recorded["kind"] != config["kind"])
        )
        near = recorded[distance <= distance.min() + 1e-12]["loss"]
        assert (
            near.min() - 1e-12
            <= table.evaluate(Trial(config=config), 0).value
            <= near.max() + 1e-12
        )
        for _, row in recorded.iterrows():
            told = table.evaluate(Trial(config=row[list(described)].to_dict()), 0).value
            alike = rows_of(recorded, row[list(described)])
            assert told == pytest.approx(alike["loss"].mean())


def table_of(tmp_path: Path, **columns: list[Any]) -> Path:
    return written(pd.DataFrame(columns), tmp_path, ".csv")


def test_an_inactive_hyperparameter_is_empty_in_table_and_space(tmp_path: Path) -> None:
    path = table_of(
        tmp_path,
        kernel=["rbf", "rbf", "linear", "poly"],
        gamma=[0.1, 0.2, None, 0.1],
        degree=[None, None, None, 3],
        loss=[1.0, 2.0, 3.0, 4.0],
    )
    described = {
        "gamma": {"type": "ordinal", "if": {"kernel": ["rbf", "poly"]}},
        "degree": {"type": "integer", "low": 2, "high": 4, "if": {"kernel": "poly"}},
        "kernel": {"type": "categorical"},
    }
    table = opened(path, described)
    assert types(table.space) == ("categorical", "condition", "integer", "ordinal")
    answers: dict[tuple[float | None, str], Any] = {
        (3.0, ""): {"kernel": "linear"},
        (2.0, ""): {"kernel": "rbf", "gamma": 0.2},
        (4.0, ""): {"kernel": "poly", "gamma": 0.1, "degree": 3},
        (None, "this configuration was not recorded"): {
            "kernel": "poly",
            "gamma": 0.2,
            "degree": 3,
        },
    }
    for (value, failure), config in answers.items():
        assert not violation(table.space, config)
        outcome = table.evaluate(Trial(config=config), 0)
        assert (outcome.value if outcome.ok else None, outcome.failure) == (value, failure)
    near = opened(path, described, lookup="nearest")
    assert (
        near.evaluate(Trial(config={"kernel": "poly", "gamma": 0.2, "degree": 2}), 0).value == 4.0
    )


def test_a_condition_may_ask_for_a_range_of_its_parent(tmp_path: Path) -> None:
    path = table_of(tmp_path, layers=[1, 2, 3], width=[None, 8, 16], loss=[3.0, 2.0, 1.0])
    described = {
        "layers": {"type": "integer"},
        "width": {"type": "ordinal", "if": {"layers": {"above": 1}}},
    }
    table = opened(path, described)
    assert not violation(table.space, {"layers": 1})
    assert violation(table.space, {"layers": 1, "width": 8})
    assert table.evaluate(Trial(config={"layers": 1}), 0).value == 3.0


def test_forbidden_configurations_are_no_part_of_the_space(tmp_path: Path) -> None:
    path = table_of(tmp_path, a=[1, 2, 1], b=["x", "y", "y"], loss=[1.0, 2.0, 3.0])
    described = {"a": {"type": "ordinal"}, "b": {"type": "categorical"}}
    table = opened(path, described, forbidden=[{"a": 2, "b": ["x"]}])
    assert "forbidden" in types(table.space)
    assert violation(table.space, {"a": 2, "b": "x"})


def test_the_mean_over_seeds_leaves_out_what_failed(tmp_path: Path) -> None:
    path = table_of(
        tmp_path, a=[1, 1, 1, 2], s=[0, 1, 2, 0], loss=[1.0, None, 4.0, None], t=[1, 2, 3, 4]
    )
    table = opened(
        path, {"a": {"type": "ordinal"}}, seeds={"column": "s", "use": "mean"}, cost={"column": "t"}
    )
    one, two = (table.evaluate(Trial(config={"a": a}), seed=1) for a in (1, 2))
    assert (one.value, one.cost) == (2.5, 2.0)
    assert (two.ok, two.cost) == (False, 4.0)


def test_steps_add_up_to_the_cost_from_scratch(tmp_path: Path) -> None:
    path = table_of(tmp_path, a=[1, 1, 1], e=[4, 1, 2], loss=[1.0, 2.0, 3.0], t=[3, 5, 7])
    fidelity = {"column": "e", "name": "epochs", "continuable": True}
    table = opened(
        path, {"a": {"type": "ordinal"}}, fidelity=fidelity, cost={"column": "t", "sum": True}
    )
    assert table.fidelity is not None
    assert (table.fidelity.name, table.fidelity.low, table.fidelity.high) == ("epochs", 1, 4)
    assert table.fidelity.continuable
    costs = [table.evaluate(Trial(config={"a": 1}, fidelity=z), 0).cost for z in (1, 2, 3, 4, None)]
    assert costs == [5, 12, 12, 15, 15]


def test_without_recorded_costs_a_fidelity_costs_its_share(tmp_path: Path) -> None:
    path = table_of(tmp_path, a=[1, 1], e=[1, 4], loss=[1.0, 2.0])
    table = opened(path, {"a": {"type": "ordinal"}}, fidelity={"column": "e"})
    costs = [table.evaluate(Trial(config={"a": 1}, fidelity=z), 0).cost for z in (1, 4)]
    assert costs == [0.25, 1.0]


@pytest.mark.parametrize(
    ("levels", "failure"), [("shared", "was not recorded at fidelity 4"), ("own", "")]
)
def test_a_training_that_ended_early_has_failed_unless_fidelities_are_its_own(
    tmp_path: Path, levels: str, failure: str
) -> None:
    path = table_of(tmp_path, a=[1, 1, 2], e=[1, 4, 2], loss=[1.0, 2.0, 3.0])
    table = opened(path, {"a": {"type": "ordinal"}}, fidelity={"column": "e", "levels": levels})
    outcome = table.evaluate(Trial(config={"a": 2}), 0)
    assert failure in outcome.failure
    assert outcome.ok == (not failure)


def test_a_part_of_the_rows_and_names_are_filled_in_from_parameters(tmp_path: Path) -> None:
    table_of(tmp_path, a=[1, 1], data=["x", "y"], loss=[1.0, 2.0])
    for name, value in (("x", 1.0), ("y", 2.0)):
        table = opened(
            tmp_path / "{stem}.csv",
            {"a": {"type": "ordinal"}},
            where={"data": "{data}"},
            data=name,
            stem="table",
        )
        assert table.evaluate(Trial(config={"a": 1}), 0).value == value


def test_an_array_in_an_archive_is_a_table_with_named_columns(tmp_path: Path) -> None:
    values = np.array([[1, 0.5], [2, 0.25]], dtype=np.float32)
    np.savez(tmp_path / "t.npz", one=values, two=values * 2)
    table = opened(
        tmp_path / "t.npz", {"a": {"type": "ordinal"}}, array="two", columns=["a", "loss"]
    )
    assert table.evaluate(Trial(config={"a": 4.0}), 0).value == 0.5


def test_the_front_is_what_no_recorded_result_dominates(tmp_path: Path) -> None:
    path = table_of(tmp_path, a=[1, 2, 3, 4], loss=[1.0, 2.0, 3.0, None], acc=[0.1, 0.5, 0.4, 9.0])
    table = opened(
        path, {"a": {"type": "ordinal"}}, objectives={"loss": "minimize", "acc": "maximize"}
    )
    found = sorted(map(tuple, table.front(["loss", "acc"])))
    assert found == [(1.0, -0.1), (2.0, -0.5)]
    assert table.best == {"loss": 1.0, "acc": -0.5}


GOOD = {"a": {"type": "ordinal"}}
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no file": ({"file": "{folder}/tabel.csv"}, r"no file .*did you mean 'table.csv'"),
    "no format": ({"file": "{folder}/table.txt"}, "table.txt: is not one of .csv"),
    "no column": (
        {"objectives": {"los": "minimize"}},
        r"table.csv: no column 'los': did you mean 'loss'",
    ),
    "no number": (
        {"objectives": {"b": "minimize"}},
        "column 'b' holds 'x' in row 1, expected numbers",
    ),
    "no direction": (
        {"objectives": {"loss": "minimise"}},
        "no choice 'minimise': did you mean 'minimize'",
    ),
    "no lookup": ({"lookup": "exakt"}, "no choice 'exakt': did you mean 'exact'"),
    "no parameter": (
        {"fidelty": {"column": "a"}},
        "no parameter 'fidelty': did you mean 'fidelity'",
    ),
    "no field": ({"seeds": {"colum": "b"}}, "seeds: no field 'colum': did you mean 'column'"),
    "no type": (
        {"hyperparameters": {"a": {"type": "ordnal"}}},
        "no type 'ordnal': did you mean 'ordinal'",
    ),
    "no parent": (
        {
            "hyperparameters": {
                "a": {"type": "ordinal", "if": {"bb": 1}},
                "b": {"type": "categorical"},
            }
        },
        "hyperparameter 'a': no hyperparameter 'bb': did you mean 'b'",
    ),
    "a circle": (
        {"hyperparameters": {"a": {"type": "ordinal", "if": {"a": 1}}}},
        "hyperparameter 'a': it cannot depend on itself",
    ),
    "a float on a grid": (
        {"hyperparameters": {"a": {"type": "float"}}},
        "'a' is a float, of which a table cannot hold all values: make it ordinal",
    ),
    "outside": (
        {"hyperparameters": {"a": {"type": "integer", "high": 1}}},
        r"column 'a' holds 2 in row 2, which is no integer value of it in \[1, 1\]",
    ),
    "another value": (
        {"hyperparameters": {"b": {"type": "categorical", "values": ["x"]}}},
        "column 'b' holds 'y' in row 2.*choose from x",
    ),
    "empty": (
        {"hyperparameters": {"c": {"type": "categorical"}}},
        "column 'c' is empty in row 2: say with 'if'",
    ),
    "twice": (
        {"hyperparameters": {"d": {"type": "ordinal"}}},
        "rows 1 and 2 have the same configuration .*need 'seeds'",
    ),
    "no such rows": ({"where": {"b": "z"}}, "column 'b' never holds 'z': choose from x, y"),
    "another file": ({"sha256": "0" * 64}, "has the SHA-256 checksum .* made for 000"),
    "one fidelity": ({"fidelity": {"column": "d"}}, "the fidelity 'd' goes from 5 to 5"),
    "nothing succeeded": (
        {"objectives": {"bad": "minimize"}},
        "no training in the table succeeded",
    ),
    "forbidden": ({"forbidden": [{"q": 1}]}, "forbidden: no hyperparameter 'q'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_is_named_with_the_place_and_the_nearest_name(fault: str, tmp_path: Path) -> None:
    table_of(
        tmp_path,
        a=[1, 2],
        b=["x", "y"],
        c=["p", None],
        d=[5, 5],
        loss=[0.1, 0.2],
        bad=[math.inf, None],
    )
    (tmp_path / "table.txt").touch()
    changes, message = FAULTS[fault]
    params = {
        "file": "{folder}/table.csv",
        "hyperparameters": GOOD,
        "objectives": {"loss": "minimize"},
    }
    with pytest.raises(UserError, match=message):
        Recorded(folder=str(tmp_path), **{**params, **changes})


@pytest.mark.parametrize(
    "content", [b"", b"a,loss\n", b"a,loss\n1,2,3\n", b"\xff\xfe\x00", b"a,a\n1,2\n"]
)
def test_a_file_that_is_no_table_is_refused(content: bytes, tmp_path: Path) -> None:
    for name in ("t.csv", "t.parquet", "t.npz"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=name):
            opened(tmp_path / name, GOOD)


def test_an_archive_that_would_run_code_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", a=np.array([print], dtype=object))
    with pytest.raises(UserError, match=r"t.npz: cannot be read"):
        opened(tmp_path / "t.npz", GOOD)


@pytest.fixture
def simple(tmp_path: Path) -> Path:
    return table_of(tmp_path, a=[1, 2], loss=[0.5, 0.75])


def loss(path: Path) -> float:
    return opened(path, GOOD).evaluate(Trial(config={"a": 2}), 0).value


def entries(cache: Path) -> list[Path]:
    return [path for path in (cache / "tables").iterdir() if path.is_dir()]


def test_a_table_is_converted_once_and_again_when_its_file_changes(
    simple: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loss(simple) == 0.75
    with monkeypatch.context() as patch:
        patch.setattr("hpobench.benchmarks.recorded.source.read_table", None)
        assert loss(simple) == 0.75
    simple.write_text(simple.read_text().replace("0.75", "0.25"))
    assert loss(simple) == 0.25
    assert len(entries(cache)) == 2


def damaged(entry: Path, how: Callable[[Path], object]) -> None:
    for path in entry.iterdir():
        how(path)


@pytest.mark.parametrize(
    "how",
    [
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-4]),
    ],
)
def test_a_damaged_cache_is_made_again(simple: Path, cache: Path, how: Any) -> None:
    loss(simple)
    (entry,) = entries(cache)
    damaged(entry, how)
    assert loss(simple) == 0.75
    assert loss(simple) == 0.75


def test_what_a_killed_process_left_does_not_disturb(simple: Path, cache: Path) -> None:
    loss(simple)
    (entry,) = entries(cache)
    shutil.move(entry, entry.with_suffix(".partial"))
    assert loss(simple) == 0.75
    assert entries(cache) == [entry]


def test_without_a_cache_the_table_is_held_in_memory(
    simple: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert loss(simple) == 0.75


PROGRAM = """
import sys
from pathlib import Path
from hpobench.benchmarks.recorded import Recorded, source
read = source.read_table
def counted(*args, **kwargs):
    with open(sys.argv[2], "a") as file:
        file.write("x")
    return read(*args, **kwargs)
source.read_table = counted
axes = {"a": {"type": "ordinal"}}
table = Recorded(file=sys.argv[1], hyperparameters=axes, objectives={"loss": "minimize"})
print(table.best["loss"])
"""


def test_processes_that_start_together_convert_once(simple: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    command = [sys.executable, "-c", PROGRAM, str(simple), str(count)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0] for process in started] == ["0.5\n"] * 2
    assert count.read_text() == "x"


READER = """
def read(path, array):
    factor = FACTOR
    numbers = [int(line) for line in path.read_text().split()]
    return {"a": numbers, "loss": [factor * float(n) for n in numbers], "part": [array] * 3}
"""


def test_another_format_is_read_by_a_function_whose_changes_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numbers.txt").write_text("1 2 3")
    name = f"reader_{tmp_path.name}"
    monkeypatch.syspath_prepend(tmp_path)
    for factor in ("2", "100"):
        (tmp_path / f"{name}.py").write_text(READER.replace("FACTOR", factor))
        monkeypatch.delitem(sys.modules, name, raising=False)
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        table = opened(
            tmp_path / "numbers.txt", GOOD, reader=f"{name}:read", array=5, where={"part": "5"}
        )
        assert table.evaluate(Trial(config={"a": 3}), 0).value == 3 * int(factor)
    for absent in ("absent:read", "absent.inside:read", f"{name}:raed"):
        with pytest.raises(UserError, match=f"the reader '{absent}' does not exist"):
            opened(tmp_path / "numbers.txt", GOOD, reader=absent)
