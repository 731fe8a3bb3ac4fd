"""`hpobench subset` from a table to a task set that the catalogue reads."""

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from hpobench.catalogue import Catalogue
from hpobench.cli.subset import command
from hpobench.errors import UserError
from hpobench.subset import choice
from hpobench.task import Kind
from tests.folders import CHECKOUT

KINDS = ("blackbox", "multi-fidelity")


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    rows = [
        f"{'xy'[i % 3 == 0]}/t{i:02d},{KINDS[i % 2]},"
        + ",".join(f"{v:.2f}" for v in np.clip(rng.random() + rng.normal(0, 0.2, 5), 0, 1))
        for i in range(50)
    ]
    path = tmp_path_factory.mktemp("features") / "features.csv"
    path.write_text("\n".join(["task,kind,a,b,c,d,e", *rows]) + "\n")
    return path


def call(*arguments: object) -> str:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if done.exception:
        raise done.exception
    return done.output


def quick(features: Path, *arguments: object) -> str:
    return call(
        "--features", features, "-o", "a", "-o", "b", "--evaluations", 200, "--restarts", 2,
        *arguments,
    )  # fmt: skip


def test_the_same_command_writes_the_same_bytes_and_the_catalogue_reads_them(
    features: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / "configs" / "task-sets" / f"{name}.yaml" for name in ("one", "two")]
    wishes = ["--size", 5, "--splits", "dev,test", "--stratify", "kind", "--weights", "collection"]
    for path in paths:
        quick(features, *wishes, "--output", path, "--description", "Mine")
    assert paths[0].read_bytes() == paths[1].read_bytes()
    sets = Catalogue([tmp_path]).task_sets
    assert {name for name in sets if name.startswith("one")} == {
        "one",
        *(f"one/{part}" for part in ("dev", "test", *KINDS)),
        *(f"one/{kind}/{part}" for kind in KINDS for part in ("dev", "test")),
    }
    assert len(set(sets["one"].patterns)) == 20
    assert sets["one"].description == "Mine"
    about: Any = sets["one"].provenance
    assert about["weights"] == "collection"
    for kind in KINDS:
        found = about[kind]
        assert found["candidates"] == 25
        assert (found["references"], found["held_out"]) == (["a", "b"], ["c", "d", "e"])
        assert found["bound"] <= found["subsets"]["dev"]["discrepancy"]
        assert -1 <= found["subsets"]["test"]["interval"][0] <= found["subsets"]["test"]["tau"] <= 1
        assert set(found["others"]) == {"random", "k-medoids", "mmd"}


def test_kinds_may_differ_in_size_references_and_what_must_be(
    features: Path, tmp_path: Path
) -> None:
    path = tmp_path / "kinds.csv"
    lines = features.read_text().splitlines()
    path.write_text(
        "\n".join([lines[0], *(line.replace("t", "b", 1) for line in lines[1::2]), *lines[2::2]])
    )
    both = ["--stratify", "kind", "--require", "*/b00", "--exclude", "*/t0*"]
    found = json.loads(quick(path, *both, "--size", "blackbox=3,multi-fidelity=4", "--json"))
    assert {kind: len(tasks) for kind, tasks in found["tasks"].items()} == {
        "blackbox": 3,
        "multi-fidelity": 4,
    }
    assert found["provenance"]["size"] == {"blackbox": 3, "multi-fidelity": 4}
    assert "x/b00" in found["tasks"]["blackbox"] or "y/b00" in found["tasks"]["blackbox"]
    assert not [task for task in found["tasks"]["multi-fidelity"] if "/t0" in task]
    with pytest.raises(UserError, match="the kinds here are: blackbox, multi-fidelity"):
        quick(path, *both, "--size", "blackbox=3")


def test_other_data_have_another_digest_and_another_seed_another_choice(
    features: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(features.read_text().replace("x/t01", "x/t99"))
    first, second, third = (
        json.loads(quick(path, "--seed", seed, "--evaluations", 3, "--json"))
        for path, seed in ((features, 0), (other, 0), (features, 1))
    )
    assert first["provenance"]["data"] == third["provenance"]["data"]
    assert first["provenance"]["data"] != second["provenance"]["data"]
    assert first["tasks"] != third["tasks"]


def test_the_size_is_found_and_figures_are_drawn(features: Path, tmp_path: Path) -> None:
    output = quick(features, "--task", "x/*", "--size", "auto", "--figures", tmp_path / "figures")
    assert "best known" in output
    assert "tau (held out)" in output
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {
        f"{name}.{form}"
        for name in ("discrepancy", "tasks", "agreement")
        for form in ("svg", "pdf", "png")
    }
    assert b"k-medoids" in (tmp_path / "figures" / "discrepancy.svg").read_bytes()


def test_where_nobody_is_held_out_nobody_judges(features: Path) -> None:
    output = call("--features", features, "-o", "[abc]", "--size", 4, "--method", "mmd")
    assert "nothing judges the choice" in output


def test_weights_may_come_from_a_file(features: Path, tmp_path: Path) -> None:
    path = tmp_path / "weights.csv"
    path.write_text("task,weight\nx/t01,30\n")
    heavy = json.loads(quick(features, "--size", 4, "--weights", path, "--json"))
    light = json.loads(quick(features, "--size", 4, "--json"))
    assert heavy["provenance"]["bound"] != light["provenance"]["bound"]
    path.write_text("task,weight\nx/t001,30\n")
    with pytest.raises(UserError, match=r"weights.csv:2: no task 'x/t001': did you mean 'x/t01'"):
        quick(features, "--weights", path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "many"], "--size is a whole number"),
        (["--size", "4,blackbox=3"], "KIND=K with commas"),
        (["--size", "blackbox=3"], "none, without --stratify kind"),
        (["--size", "51"], "cannot choose 51 of 50"),
        (["--splits", "dev,dev"], "different names"),
        (["--output", "set.json"], "set.json: a task set is a file NAME.yaml"),
        (["--require", "x/t91"], "no candidate task 'x/t91'"),
        (["-o", "z"], "no optimizer 'z'"),
    ],
)
def test_what_cannot_be_is_refused(features: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        quick(features, *arguments)


def test_one_source_is_needed_and_no_more(features: Path) -> None:
    for arguments in ([], ["results", "--features", features]):
        with pytest.raises(UserError, match="results folder, or a table"):
            call(*arguments)


@pytest.mark.slow
def test_the_core_is_what_the_command_of_the_docs_chooses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "TRIES", {})  # what it is compared with takes most of the time
    block = next(
        text
        for text in (CHECKOUT / "docs" / "subsets.md").read_text().split("```")
        if "--output configs/task-sets/core.yaml" in text
    )
    words = shlex.split(block.partition("hpobench subset")[2].replace("\\\n", ""))
    path = tmp_path / "configs" / "task-sets" / "core.yaml"
    monkeypatch.chdir(tmp_path)  # where the admissions are written
    call(CHECKOUT / words[0], *words[1:-1], path)
    again, shipped = Catalogue([tmp_path]).task_sets, Catalogue().task_sets
    assert {name: again[name].patterns for name in again if name.startswith("core")} == {
        name: shipped[name].patterns for name in shipped if name.startswith("core")
    }
    found: Any = again["core"].provenance
    expected: Any = shipped["core"].provenance
    for kind in Kind:
        assert found[kind] | {"others": {}} == expected[kind] | {"others": {}}
