"""A surrogate answers as scikit-learn's forest does, and is as good as it says it is."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from hpobench.benchmarks.surrogate import Surrogate
from hpobench.benchmarks.surrogate.benchmark import fitted_forest
from hpobench.benchmarks.surrogate.fit import FOREST
from hpobench.benchmarks.surrogate.forest import Forest, flattened
from hpobench.cli.surrogate import command
from hpobench.errors import UserError
from hpobench.space import draw_configs
from hpobench.trial import Trial

RATES = np.geomspace(1e-4, 1.0, 60)
EPOCHS = (1, 3, 9)


def error(rate: float, solver: str, epoch: int) -> float:
    """What the made-up trainings find: best at a rate of 0.01, with adam, and late."""
    return float((np.log10(rate) + 2) ** 2 + 1 / epoch + (solver == "sgd"))


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """120 configurations at three fidelities; luck is a configuration's own at all of them."""
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    rng = np.random.default_rng(3)
    path = tmp_path / "table.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["solver", "rate", "epoch", "error", "test", "luck", "seconds", "accuracy"])
        for i, rate in enumerate(RATES):
            for solver in ("sgd", "adam"):
                luck = rng.random()
                for epoch in EPOCHS:
                    found = error(rate, solver, epoch)
                    failed = i == 7 and solver == "sgd" and epoch == 9
                    seconds = epoch * (1 + rng.random())
                    row = [solver, rate, epoch, "" if failed else found, found + 1, luck, seconds]
                    writer.writerow([*row, 10 - found])
    return path


def params(path: Path, **changes: Any) -> dict[str, Any]:
    """How the table is described."""
    return {
        "file": str(path),
        "hyperparameters": {
            "solver": {"type": "categorical"},
            "rate": {"type": "float", "log": True},
        },
        "objectives": {"error": {"direction": "minimize", "test": "test"}},
        "fidelity": {"column": "epoch", "continuable": True},
        "cost": {"column": "seconds"},
        **changes,
    }


def test_plain_arrays_answer_as_scikit_learn_to_the_last_bit() -> None:
    rng = np.random.default_rng(1)
    points = rng.random((300, 5)).astype(np.float32)
    for outputs in (1, 4):
        targets = rng.random((300, outputs))
        theirs = ExtraTreesRegressor(**FOREST).fit(points, targets.squeeze())
        ours = Forest.of(flattened(theirs))
        asked = np.concatenate([points[:50], rng.random((50, 5)).astype(np.float32)])
        expected = theirs.predict(asked).reshape(100, outputs)
        found = np.stack([ours.predict(point) for point in asked])
        assert found.tobytes() == expected.tobytes()


def test_a_surrogate_is_close_to_what_was_recorded_and_to_what_lies_between(table: Path) -> None:
    surrogate = Surrogate(**params(table))
    missed = []
    for config in draw_configs(surrogate.space, 60, seed=4):
        rate, solver = float(config["rate"]), str(config["solver"])
        for epoch in EPOCHS:
            outcome = surrogate.evaluate(Trial(config=config, fidelity=epoch), 0)
            missed.append(abs(outcome.value - error(rate, solver, epoch)))
            assert outcome.test["error"] - outcome.value == pytest.approx(1)
            assert epoch < outcome.cost < 2 * epoch
    assert np.median(missed) < 0.15
    assert max(missed) < 1.0, "of a range of 6"


def test_what_is_maximised_is_told_negated(table: Path) -> None:
    surrogate = Surrogate(**params(table, objectives={"accuracy": "maximize"}))
    told = surrogate.evaluate(Trial(config={"solver": "adam", "rate": 0.01}), 0)
    assert told.value == pytest.approx(-(10 - error(0.01, "adam", 9)), abs=0.2)
    assert surrogate.objectives[0].maximize


def test_the_same_data_give_the_same_bits(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for folder in ("one", "other"):
        monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / folder))
        _, _, model = fitted_forest(params(table))
        found.append((model.facts, {n: np.array(a).tobytes() for n, a in model.arrays.items()}))
    assert found[0] == found[1]


def test_it_is_fitted_once(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Surrogate(**params(table))
    monkeypatch.setattr(ExtraTreesRegressor, "fit", None)
    again = Surrogate(**params(table))
    trial = Trial(config={"solver": "sgd", "rate": 0.5}, fidelity=3)
    assert first.evaluate(trial, 0) == again.evaluate(trial, 1)


def test_its_quality_is_that_of_configurations_it_has_not_seen(table: Path) -> None:
    """Scikit-learn's own cross-validation, with other folds, finds about the same."""
    only = params(table, objectives={"error": "minimize"})
    del only["cost"]
    _, _, model = fitted_forest(only)
    rows: Any = [row for row in csv.DictReader(table.open()) if row["error"]]
    points = [[np.log(float(r["rate"])), r["solver"] == "sgd", int(r["epoch"])] for r in rows]
    values = np.array([float(row["error"]) for row in rows])
    groups = [row["solver"] + row["rate"] for row in rows]
    found = cross_val_predict(
        ExtraTreesRegressor(**FOREST), points, values, groups=groups, cv=GroupKFold(5)
    )
    final = [row["epoch"] == "9" for row in rows]
    assert model.facts["quality"]["error"]["r2"] == pytest.approx(
        r2_score(values[final], found[final]), abs=0.02
    )
    assert model.facts["configurations"] == 120
    assert model.facts["results"] == 359


def test_what_is_the_same_at_all_fidelities_is_not_known_by_having_seen_another(
    table: Path,
) -> None:
    with pytest.raises(
        UserError, match=r"not good enough.*luck: R2 -?\d\.\d\d and.*needed are R2 0\.70"
    ):
        Surrogate(**params(table, objectives={"error": "minimize", "luck": "minimize"}))


def test_what_makes_no_sense_is_refused(table: Path) -> None:
    with pytest.raises(UserError, match="has no parameter 'lookup'"):
        Surrogate(**params(table, lookup="exact"))
    with pytest.raises(UserError, match="needs 50 configurations"):
        Surrogate(**params(table, where={"solver": "sgd", "rate": RATES[0]}))


CATALOGUE = """
benchmark: hpobench.benchmarks.surrogate:Surrogate
description: made up
source: made up
licence: none
dimension: 2
types: [categorical, float]
budget: {{trials: 10}}
tasks:
  - id: "{{target}}"
    objectives: [found]
    grid: {{target: [error, luck]}}
    params:
      file: {path}
      hyperparameters: {{solver: {{type: categorical}}, rate: {{type: float, log: true}}}}
      objectives: {{found: {{column: "{{target}}"}}}}
      fidelity: {{column: epoch}}
"""


def test_the_command_fits_and_says_how_good(table: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    entry = CATALOGUE.format(path=json.dumps(str(table)))
    (tmp_path / "tasks" / "made.yaml").write_text(entry)
    asked = ["fit", "made", "--catalogue", str(tmp_path)]
    result = CliRunner().invoke(command, asked, standalone_mode=False)
    assert result.exception is None, result.output
    assert result.return_value == 1
    _, good, bad = (line.split() for line in result.output.splitlines())
    assert good[:2] == ["made/error", "found"]
    assert float(good[2]) > 0.9 < float(good[3])
    assert bad[0] == "made/luck"
    assert bad[-1] == "refused"


@pytest.mark.parametrize("name", ["bbob/f01-d2-i1", "nothing"])
def test_the_command_names_what_cannot_be_fitted(name: str) -> None:
    result = CliRunner().invoke(command, ["fit", name], standalone_mode=False)
    assert isinstance(result.exception, UserError)
