"""`hpobench analyze` and `hpobench constants`: from real runs to a report."""

import json
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.integration.commands import Hpobench, command, environment

RUN = ("run", "--jobs", 2, "--results", "r", "--seeds", "0:3", "--optimizer")
TASKS = ("--task", "bbob/f01-d2-i1", "--task", "mfh/hartmann3-good", "--task", "pymoo/zdt1")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random search and DEHB on three kinds of tasks, one of which DEHB handles."""
    folder = tmp_path_factory.mktemp("stored")
    call = command(*RUN, "random", "--optimizer", "dehb", *TASKS, "--budget", 8)
    subprocess.run(call, cwd=folder, env=environment(), capture_output=True, check=True)
    return folder / "r"


@pytest.fixture
def results(stored: Path, tmp_path: Path) -> Path:
    """A copy of it in the folder of the test."""
    return Path(shutil.copytree(stored, tmp_path / "r"))


def test_it_prints_a_ranking_for_each_kind_and_where_the_report_is(
    hpobench: Hpobench, results: Path
) -> None:
    done = hpobench("analyze", "r", "--figures")
    assert done.stdout.splitlines()[-1] == f"Report: {Path('r/analysis/report.html')}"
    page = (results / "analysis" / "report.html").read_text()
    for kind in ("blackbox", "multi-fidelity", "multi-objective"):
        assert f"\n{kind}: " in done.stdout
        assert f'id="{kind}"' in page
        said = f"{kind.capitalize()}, 1 task x 3 seeds: "
        assert said in done.stdout.partition("ms/trial")[2]
        assert f'<p class="verdict">{said}' in page
    assert done.stdout.index("task has none: dehb (bbob/f01") < done.stdout.index("mean rank")
    assert "needs a fidelity, the task has none" in done.stdout
    names = {path.name for path in (results / "analysis" / "tables").iterdir()}
    assert {"final.csv", "final.parquet", "runs.csv", "anytime.parquet"} <= names
    assert {"final.tex", "final.md", "pairs.tex", "critical.md", "ert.csv"} <= names
    assert list((results / "analysis" / "figures").glob("*.pdf"))


def test_json_is_for_machines(hpobench: Hpobench, results: Path, tmp_path: Path) -> None:
    done = hpobench(
        "analyze", "r", "--json", "--no-figures", "--output", "out", "-t", "mfh/*", "-o", "dehb"
    )
    data = json.loads(done.stdout)
    assert data["runs"] == 3
    (kind,) = data["kinds"]
    assert kind["kind"] == "multi-fidelity"
    assert [row["optimizer"] for row in kind["final"]] == ["dehb"]
    assert "dehb alone" in kind["verdict"]
    names = {"pairs", "significance", "power", "ert", "properties", "anytime", "ranks"}
    assert names <= set(data["tables"])
    assert "runs" not in data["tables"]
    (overhead,) = data["tables"]["overhead"]
    assert overhead["median"] > 0
    assert data["versions"]["DEHB"]
    assert (tmp_path / data["report"]).exists()
    assert not (results / "analysis").exists()


def test_policies_are_flags_and_are_printed(hpobench: Hpobench, results: Path) -> None:
    assert results.exists()
    flags = ("--failed", "random", "--incomplete", "optimizers", "--horizon", "common")
    done = hpobench("analyze", "r", "--json", "--no-figures", *flags, "--rope", "0.2")
    protocol = json.loads(done.stdout)["protocol"]
    assert "scored as random search" in protocol["Failed runs"]
    assert "set aside; the others" in protocol["Compared tasks"]
    assert "all completed runs" in protocol["Unequal budgets"]
    assert "at most 0.200 are practically equal" in protocol["Practical equivalence"]


def test_constants_of_the_folder_are_used_from_then_on(hpobench: Hpobench, tmp_path: Path) -> None:
    hpobench(*RUN, "random", "--task", "bbob/f01-d2-i1")
    done = hpobench("constants", "r")
    assert "1 task (1 exact), version 1" in done.stdout
    stored = json.loads((tmp_path / "r" / "constants" / "bbob.json").read_text())
    assert stored["tasks"]["bbob/f01-d2-i1"]["best"] == pytest.approx(79.48)
    data = json.loads(hpobench("analyze", "r", "--json", "--no-figures").stdout)
    (row,) = data["kinds"][0]["final"]
    assert row["median"] == pytest.approx(1.0, rel=0.7)
    assert not any("constants" in note["text"] for note in data["notes"])


def test_constants_are_drawn_for_tasks_that_have_none(hpobench: Hpobench, tmp_path: Path) -> None:
    draw = ("constants", "--draws", "500", "--output", "c", "--draw", "mfh/hartmann3-*")
    assert "1 task (1 exact), version 1" in hpobench(*draw[:-1], "mfh/hartmann3-bad").stdout
    assert "3 tasks (3 exact), version 1" in hpobench(*draw).stdout
    assert hpobench(*draw).stdout == ""
    found = json.loads((tmp_path / "c" / "mfh.json").read_text())["tasks"]
    assert len(found) == 4
    assert {entry["n_draws"] for entry in found.values()} == {500}
    assert "4 tasks (4 exact), version 1" in hpobench(*draw, "--renew").stdout


def test_shipped_constants_need_no_step(hpobench: Hpobench, results: Path) -> None:
    assert results.exists()
    data = json.loads(hpobench("analyze", "r", "--json", "--no-figures").stdout)
    assert all(row["regret"] is not None for kind in data["kinds"] for row in kind["final"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("analyze", "nowhere"), "no such results folder"),
        (("analyze", "."), "is no results folder"),
        (("analyze", "r", "-o", "dehp"), "did you mean 'dehb'"),
        (("analyze", "r", "--failed", "exclude", "--incomplete", "failed"), "choose one of them"),
        (("analyze", "r", "--rope", "-1"), "at least 0, not -1"),
        (("analyze", "r", "--output", "r/hpobench-store.json"), "cannot be written"),
        (("constants", "r"), "no completed runs of 'random' under a task's own budget"),
        (("constants",), "name a results folder, or tasks by --draw"),
        (("constants", "--draw", "mfh/*"), "--draw needs --output"),
        (("constants", "--renew", "--draw", "mfh/*"), "--draw needs --output"),
        (("constants", "--improve"), "--improve wants a results folder"),
        (("constants", "r", "--improve", "--draw", "mfh/*"), "--improve wants a results folder"),
    ],
)
def test_mistakes_are_said_in_one_line(
    hpobench: Hpobench, results: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert results.exists()
    done = hpobench(*arguments, code=2)
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_nothing_stored_yet_is_said_so(hpobench: Hpobench, results: Path) -> None:
    for path in (*(results / "journal").iterdir(), *(results / "runs").iterdir()):
        path.unlink()
    done = hpobench("analyze", "r", code=2)
    assert "there are no runs to analyse yet" in done.stderr


def test_where_all_that_is_stored_is_damaged_that_is_said(
    hpobench: Hpobench, results: Path
) -> None:
    for path in (*(results / "journal").iterdir(), *(results / "runs").iterdir()):
        path.write_bytes(b"not a table")
    done = hpobench("analyze", "r", code=2)
    assert "none of the stored runs can be read: r/" in done.stderr
    assert "no runs to analyse yet" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_own_results_are_compared_with_the_baselines_of_the_catalogue(
    hpobench: Hpobench, stored: Path, tmp_path: Path
) -> None:
    shutil.copytree(stored, tmp_path / "c" / "results" / "baselines" / "core")
    hpobench(*RUN, "sobol", *TASKS, "--budget", 8)
    call = ("analyze", "r", "--no-figures", "--with-baselines", "--json")
    data = json.loads(hpobench(*call, "--catalogue", "c").stdout)
    compared = {row["optimizer"] for kind in data["kinds"] for row in kind["final"]}
    assert compared == {"random", "dehb", "sobol"}
    assert any("are baselines" in note["text"] for note in data["notes"])


def test_inside_makes_a_page_beside_the_report_and_its_importance_is_in_json(
    hpobench: Hpobench, results: Path
) -> None:
    done = hpobench("analyze", "r", "--inside", "--json", "-t", "bbob/*")
    data = json.loads(done.stdout)
    inside = data["inside"]
    assert {row["hyperparameter"] for row in inside["importance"]} == {"x0", "x1"}
    assert {row["method"] for row in inside["importance"]} == {"fANOVA", "PED-ANOVA"}
    (search,) = inside["search"]
    assert (search["optimizer"], search["trials"], search["default"]) == ("random", 24, 0.0)
    (landscape,) = inside["landscape"]
    assert landscape["basis"] == "random"
    assert (results / "analysis" / "inside.html").exists()
    assert (results / "analysis" / "tables" / "landscape.csv").exists()
    assert data["verdicts"] == [kind["verdict"] for kind in data["kinds"]]
    assert next(iter(data)) == "verdicts"


def everything_below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_watch_serves_the_report_writes_nothing_and_ends_by_an_interrupt(results: Path) -> None:
    before = everything_below(results)
    torn = results / "journal" / "written-right-now.jsonl"
    torn.write_bytes(b'{"run":"half a li')
    call = command("watch", "r", "-t", "bbob/*")
    with subprocess.Popen(
        call, cwd=results.parent, env=environment(), stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        said, _, address = watching.stdout.readline().strip().partition(": ")
        assert said == "Watching r"
        assert address.startswith("http://127.0.0.1:")
        with urlopen(address) as answer:
            page = answer.read().decode()
        assert '<p class="verdict">Blackbox, 1 task x 3 seeds: random alone' in page
        beside = {"inside.html": "Inside 1 task", "trainings.html": "Trainings: fidelities"}
        for name, heading in beside.items():
            assert f'href="{name}"' in page
            with urlopen(f"{address}{name}") as answer:
                assert f"<h1>{heading}" in answer.read().decode()
        with urlopen(f"{address}tables/landscape.csv") as answer:
            assert answer.readline().startswith(b'"kind","task","objective"')
        with pytest.raises(HTTPError, match="405"):
            urlopen(address, data=b"anything")
        watching.send_signal(signal.SIGINT)
        assert "the results are as they were" in watching.stdout.read()
        assert watching.wait() == 0
    torn.unlink()
    assert everything_below(results) == before


def test_watch_refuses_what_is_no_results_folder(hpobench: Hpobench, tmp_path: Path) -> None:
    done = hpobench("watch", "nothing-here", code=2)
    assert "there is no such results folder" in done.stderr
