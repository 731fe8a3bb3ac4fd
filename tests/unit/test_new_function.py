"""`hpobench new task --function` reads a function's source, and what it writes can be run."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hpobench.catalogue import Catalogue
from hpobench.cli.new import command
from hpobench.errors import UserError
from hpobench.execution.construction import build, pose
from hpobench.space import draw_configs
from hpobench.trial import Trial

SOURCE = """
from typing import Literal

LOW = 1e-5


def plain(rate: float = 0.01, depth: int = 3, kind: Literal["a", "b"] = "a", fast: bool = True,
          x=None, *, fidelity: float = 1, seed: int = 0):
    return {"accuracy": rate + depth, "size": depth, "cost": 1}


def objective(trial):
    kind = trial.suggest_categorical("kind", ["svm", "tree", "none", None])
    rate = trial.suggest_float("rate", LOW, 1e-1, log=True)
    if kind == "svm":
        c = trial.suggest_float("C", 10 ** -3, 10 ** 3, log=True)
    elif kind in ("tree", "none"):
        c = trial.suggest_int("depth", 1, 9)
    else:
        c = trial.suggest_int("depth", 1, 9) + 1
    for layer in range(2):
        c += 0 if layer < 5 else trial.suggest_int(f"units{layer}", 1, 9)
    return rate + c / trial.suggest_int("n", 16, 128, step=16)


def nothing():
    return 1.0
"""


def new(folder: Path, function: str) -> tuple[int | None, str]:
    """What the command returns and prints."""
    arguments = ["task", "--function", f"{folder}/mine.py:{function}", "--out", str(folder)]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(SOURCE)
    return tmp_path


def space_of(folder: Path, name: str) -> dict[str, Any]:
    """The descriptions that were written; a run of ten configurations answers all."""
    task = Catalogue([folder]).task(f"{name}/{name}")
    return dict(task.params["space"])


def test_a_signature_becomes_a_space(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)
    assert new(folder, "plain")[0] == 0
    assert space_of(folder, "plain") == {
        "rate": {"type": "float", "low": 0.001, "high": 0.1, "log": True},
        "depth": {"type": "integer", "low": 1, "high": 30},
        "kind": {"type": "categorical", "values": ["a", "b"]},
        "fast": {"type": "categorical", "values": [False, True]},
        "x": {"type": "float", "low": 0.0, "high": 1.0},
    }
    task = Catalogue([folder]).task("plain/plain")
    assert task.params["objectives"] == {"accuracy": "maximize", "size": "minimize"}
    assert task.fidelity == "fidelity"


def test_suggestions_become_a_space_with_conditions(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    assert new(folder, "objective")[0] == 0
    assert space_of(folder, "objective") == {
        "kind": {"type": "categorical", "values": ["svm", "tree", "none", "None"]},
        "rate": {"type": "float", "low": 1e-5, "high": 0.1, "log": True},
        "C": {"type": "float", "low": 1e-3, "high": 1e3, "log": True, "if": {"kind": "svm"}},
        "depth": {
            "type": "integer",
            "low": 1,
            "high": 9,
            "if": {"kind": ["tree", "none", "None"]},
        },
        "n": {"type": "ordinal", "values": [16, 32, 48, 64, 80, 96, 112, 128]},
    }
    written = (folder / "tasks" / "objective.yaml").read_text()
    assert "line 22 asks for a name that is no constant" in written
    task = Catalogue([folder]).task("objective/objective")
    benchmark = build(task)
    assert pose(task, benchmark).space == benchmark.space
    for config in draw_configs(benchmark.space, 10, seed=0):
        assert not benchmark.evaluate(Trial(config=config), 0).failure


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("plian", "no function 'plian': did you mean 'plain'"),
        ("nothing", "the function 'nothing' has no parameter"),
    ],
)
def test_what_cannot_be_read_is_named(function: str, words: str, folder: Path) -> None:
    with pytest.raises(UserError, match=words):
        new(folder, function)


def test_a_file_elsewhere_and_a_task_that_exists_are_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    arguments = ["task", "--function", f"{folder}/mine.py:plain", "--out", str(other)]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert "has to lie in the catalogue folder" in str(done.exception)
    new(folder, "objective")
    with pytest.raises(UserError, match="exists already"):
        new(folder, "objective")


SIGNATURES = """
from typing import Literal
import enum


class Kind(enum.Enum):
    A = 1


def defaults(a: float = 1, b: int = -5, c: float = -2.5, d: float = 1e400, e: float = 1e308,
             f: "int" = 0, g: float = 0):
    return a


def texts(kind: Literal["a", 1, True] = "a", other: Literal[b"x"] = b"x",
          third: Literal[Kind.A] = Kind.A, listed: list = [1], rate: float = 0.5):
    def inner():
        return {"inner": 1.0}
    return rate


def several(rate: float = 0.5):
    loss = rate
    size = 1
    return loss, size


def pair(trial):
    x = trial.suggest_float("x", 0, 1)
    return x, 1 - x


def branches(trial):
    kind: str = trial.suggest_categorical("kind", ["a", "b", "c"])
    if kind != "a":
        x = trial.suggest_float("x", 0, 1)
    if "a" == kind:
        x = trial.suggest_float("y", 0, 1)
    if kind not in ["a", "b"]:
        x = trial.suggest_float("z", 0, 1)
    match kind:
        case "a":
            x = trial.suggest_float("v", 0, 1)
        case _:
            x = trial.suggest_float("w", 0, 1)
    kind = {"a": "b", "b": "a"}.get(kind)
    if kind == "a":
        x = trial.suggest_float("u", 0, 1)
    return x


def position(x: float, /):
    return x


def typed(t: "optuna.Trial"):
    return t.suggest_float("x", 0, 1)


async def later(x: float = 0.5):
    return x


short = lambda x=0.5: x
"""


def written(folder: Path, source: str | bytes, name: str) -> dict[str, Any]:
    """The task's parameters that the command writes for a source."""
    data = source.encode() if isinstance(source, str) else source
    (folder / "mine.py").write_bytes(data)
    new(folder, name)
    return dict(Catalogue([folder]).task(f"{name}/{name}").params)


def test_bounds_hold_the_default_whatever_it_is(tmp_path: Path) -> None:
    space = written(tmp_path, SIGNATURES, "defaults")["space"]
    assert [(each["type"], each["low"], each["high"]) for each in space.values()] == [
        ("float", 0.1, 10.0),
        ("integer", -10, 10),
        ("float", -5.0, 1.0),
        ("float", 0.0, 1.0),
        ("float", 0.0, 1.0),
        ("integer", 0, 10),
        ("float", 0.0, 1.0),
    ]


def test_what_a_task_cannot_hold_is_left_to_a_person(tmp_path: Path) -> None:
    space = written(tmp_path, SIGNATURES, "texts")["space"]
    assert {name: each.get("values") for name, each in space.items()} == {
        "kind": ["a", 1, True],
        "third": ["NAME"],
        "rate": None,
    }
    text = (tmp_path / "tasks" / "texts.yaml").read_text()
    for name in ("other", "listed"):
        assert f"# left to its default: {name}, which is no number, text or flag" in text
    assert "objectives: {loss: minimize}" in text


@pytest.mark.parametrize(
    ("name", "objectives"), [("several", ["loss", "size"]), ("pair", ["value0", "value1"])]
)
def test_several_values_that_are_returned_are_several_objectives(
    name: str, objectives: list[str], tmp_path: Path
) -> None:
    assert list(written(tmp_path, SIGNATURES, name)["objectives"]) == objectives
    benchmark = build(Catalogue([tmp_path]).task(f"{name}/{name}"))
    (config,) = draw_configs(benchmark.space, 1, seed=0)
    assert not benchmark.evaluate(Trial(config=config), 0).failure


def test_branches_of_every_comparison_become_conditions(tmp_path: Path) -> None:
    space = written(tmp_path, SIGNATURES, "branches")["space"]
    assert {name: each.get("if") for name, each in space.items() if name != "kind"} == {
        "x": {"kind": ["b", "c"]},
        "y": {"kind": "a"},
        "z": {"kind": "c"},
        "v": None,  # a `match` is not read: active everywhere
        "w": None,
        "u": None,  # the name holds something else by then
    }
    benchmark = build(Catalogue([tmp_path]).task("branches/branches"))
    for config in draw_configs(benchmark.space, 20, seed=0):
        assert not benchmark.evaluate(Trial(config=config), 0).failure


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("position", "takes 'x' by its position alone, and is called by names: remove the '/'"),
        ("typed", "takes an Optuna trial as 't': call that parameter 'trial'"),
        ("later", "'later' is no 'def' at the left margin"),
        ("short", "'short' is no 'def' at the left margin"),
        ("Kind", "'Kind' is no 'def' at the left margin"),
        ("Literal", "'Literal' is no 'def' at the left margin"),
    ],
)
def test_what_cannot_be_called_by_names_is_refused(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        written(tmp_path, SIGNATURES, name)
    assert not (tmp_path / "tasks").exists()


BODY = "def f(rate: float = 0.5):\n    return rate\n"


@pytest.mark.parametrize(
    "source",
    [
        f"# -*- coding: latin-1 -*-\n# gr\xfc\xdfe\n{BODY}".encode("latin-1"),
        f"\ufeff{BODY}".encode(),
    ],
)
def test_whatever_encoding_python_reads_is_read(source: bytes, tmp_path: Path) -> None:
    assert list(written(tmp_path, source, "f")["space"]) == ["rate"]


@pytest.mark.parametrize(
    "source",
    [
        f"x = 1\n{BODY}    'gr\xfc\xdfe'\n".encode("latin-1"),
        BODY.encode() + b"\0",
        b"def f(rate:\n",
        b"def f(rate=0.5):\n    return " + b"-" * 60_000 + b"rate\n",
    ],
    ids=["latin-1", "zero", "torn", "deep"],
)
def test_what_is_no_python_is_one_line(source: bytes, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.py: is not Python: [^\n]+$"):
        written(tmp_path, source, "f")


def test_a_package_is_named_as_python_imports_it(tmp_path: Path) -> None:
    package = tmp_path / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text(f"from .part import ONE\n{BODY}")
    (package / "part.py").write_text("ONE = 1\n")
    (package / "my-part.py").write_text(BODY)
    arguments = ["task", "--out", str(tmp_path), "--function"]
    done = CliRunner().invoke(command, [*arguments, f"{package}/__init__.py:f"])
    assert done.exit_code == 0, done.output
    assert Catalogue([tmp_path]).task("f/f").params["function"] == "pkg:f"
    done = CliRunner().invoke(
        command, [*arguments, f"{package}/my-part.py:f"], standalone_mode=False
    )
    assert "'my-part' is no name that Python could import" in str(done.exception)
