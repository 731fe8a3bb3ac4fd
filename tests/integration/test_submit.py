"""`hpobench submit` checks what a stranger declares, and writes what a pull request holds."""

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hpobench.catalogue import Catalogue, Experiment
from hpobench.dispatch.job import Job, Result
from hpobench.errors import UserError
from hpobench.store import Store
from hpobench.store.shards import table, write_shard
from hpobench.submission import SubmissionRequest, write_submission
from tests.folders import CHECKOUT, python_output, write
from tests.integration.commands import command

YAML = """
adapter: halver.core:Halver
capabilities: {types: [float, integer, categorical, ordinal, constant, condition, forbidden]}
options: {start: start.json}
variants: {halver: {}, other: {}}
"""
CORE = """
import json
from pathlib import Path
from halver.drawing import draw
from hpobench.optimizer import Optimizer

class Halver(Optimizer):
    def __init__(self, problem, seed, start):
        self.space = problem.space
        self.space.seed(seed + json.loads(Path(start).read_text()))
    def ask(self):
        return draw(self.space)
    def tell(self, trial, outcome):
        pass
"""
DRAWING = """
from hpobench.space import plain_config
from hpobench.trial import Trial

def draw(space):
    return Trial(config=plain_config(space.sample_configuration()))
"""
FILES = {
    "optimizers__halver_yaml": YAML,
    "halver__core_py": CORE,
    "halver__drawing_py": DRAWING,
    "start_json": "3",
    "notes_txt": "nobody's business",
}
BLACKBOX = [task.id for task in Catalogue().select_tasks([], ["core/blackbox"])]
TASKS = [name for name in BLACKBOX if name.startswith("bbob/")][:2]
EXPERIMENT = Experiment(optimizers=("halver",), tasks=tuple(TASKS), seeds=(0, 1))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an optimizer in `mine`, and its runs in `results`."""
    folder = tmp_path_factory.mktemp("stranger")
    write(folder / "mine", **FILES)
    run(folder, "results")
    return folder


def run(folder: Path, results: str) -> None:
    tasks = [word for name in TASKS for word in ("-t", name)]
    options = ["-o", "halver", *tasks, "--seeds", "0:2", "--catalogue", "mine"]
    python_output(folder, "-m", "hpobench", "run", *options, "--results", results)


def submit(
    folder: Path, output: Path, *, experiment: Experiment = EXPERIMENT, results: str = "results"
) -> None:
    """Check and write, where no run may be executed."""
    request = SubmissionRequest(
        results=folder / results, experiment=experiment, catalogues=(folder / "mine",)
    )
    write_submission(request, output, nothing)


def nothing(jobs: Iterable[Job]) -> Iterator[Result]:
    pytest.fail(f"executed {list(jobs)}")


def test_what_is_written_is_whole_and_can_be_verified_by_itself(made: Path, tmp_path: Path) -> None:
    (made / "experiment.yaml").write_text(
        f"optimizers: [halver]\ntasks: {json.dumps(TASKS)}\nseeds: 0:2\n"
    )
    output = tmp_path / "submission"
    options = ["-f", "experiment.yaml", "--catalogue", "mine", "--output", str(output)]
    said = python_output(made, "-m", "hpobench", "submit", "results", *options, "--sample", "3")
    assert "4 runs: complete, 3 executed again and equal, nothing private." in said
    assert "Blackbox: halver is number " in said

    definitions = {p.relative_to(output / "catalogue").as_posix(): p.read_bytes()
                   for p in (output / "catalogue").rglob("*") if p.is_file()}  # fmt: skip
    wanted = ["halver/core.py", "halver/drawing.py",
              "optimizers/halver.yaml", "start.json"]  # fmt: skip
    assert definitions == {name: (made / "mine" / name).read_bytes() for name in wanted}

    shutil.move(output, tmp_path / "elsewhere")
    verified = python_output(
        tmp_path / "elsewhere", "-m", "hpobench", "verify", "results", "--all",
        "--catalogue", "catalogue",
    )  # fmt: skip
    assert "4 equal, 0 different, 0 cannot be executed" in verified

    (manifest,) = Store(tmp_path / "elsewhere" / "results").experiments()
    assert [manifest[name] for name in ("command", "host", "executable")] == ["", "", ""]
    assert manifest["hpobench"]
    assert "numpy" in manifest["versions"]
    assert "ruff" in Store(made / "results").experiments()[0]["versions"]
    for path in (tmp_path / "elsewhere").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for word in (socket.gethostname(), str(Path.home()) + "/", str(made), "nobody's business"):
            assert word.encode() not in data, path

    page = (tmp_path / "elsewhere" / "README.md").read_text()
    assert "4 runs of 1 optimizer on 2 tasks with 2 seeds" in page
    assert "| submitted | halver |" in page
    assert "|  | random |" in page
    assert "`catalogue/halver/core.py`" in page


def test_a_run_that_was_altered_is_found_when_it_is_executed_again(
    made: Path, tmp_path: Path
) -> None:
    altered(made, tmp_path / "results", lambda row: {"values": [v / 2 for v in row["values"]]})
    (tmp_path / "mine").symlink_to(made / "mine")
    tasks = json.dumps(TASKS)
    (tmp_path / "x.yaml").write_text(f"optimizers: [halver]\ntasks: {tasks}\nseeds: 0:2\n")
    options = ["results", "-f", "x.yaml", "--catalogue", "mine", "--sample", "1"]
    done = subprocess.run(
        command("submit", *options), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "hpobench: halver on " in done.stderr
    assert " is not what is stored: trial " in done.stderr
    assert not (tmp_path / "submission").exists()


def altered(made: Path, target: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The same results but for a change of each row."""
    source, store = Store(made / "results"), Store.create(target)
    write_shard(
        target / "runs", table([{**row, **change(row)} for row in source.runs().to_pylist()])
    )
    for manifest in source.experiments():
        store.note_experiment(manifest)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"seeds": (0, 1, 2)}, "lacks 2 of 6 declared runs: halver on "),
        ({"optimizers": ("halver", "random")}, "lacks 4 of 8 declared runs: random on "),
        ({"optimizers": ("halver/other",)}, "lacks 4 of 4 declared runs: halver/other on "),
        ({"optimizers": ("halve",)}, "no optimizer 'halve': did you mean 'halver'"),
        ({"task_sets": ("cor",)}, "no task set 'cor': did you mean 'core'"),
        (
            {"tasks": (), "task_sets": ("core/multi-objective",)},
            "halver handles none of these tasks: optimizes 1 objective",
        ),
    ],
)
def test_what_is_not_as_declared_is_refused_before_anything_is_executed_or_written(
    made: Path, tmp_path: Path, declared: dict[str, Any], words: str
) -> None:
    with pytest.raises(UserError) as caught:
        submit(made, tmp_path / "out", experiment=replace(EXPERIMENT, **declared))
    assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_runs_of_another_definition_than_that_of_today_are_said_to_be_that(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path / "later")
    (tmp_path / "later/mine/halver/drawing.py").write_text(f"{DRAWING}\n# otherwise\n")
    with pytest.raises(UserError, match="4 of these names are there, made by another definition"):
        submit(tmp_path / "later", tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "failed", "reason": "broken"}, "all runs of halver failed: broken"),
        ({"experiment": "gone"}, "no experiment of the folder says how 4 runs are made"),
        ({"cut": "the disk of /Users/alice is full"}, "cut of halver on .* has '/Users/alice'"),
    ],
)
def test_rows_that_cannot_be_published_are_refused(
    made: Path, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    altered(made, tmp_path / "results", lambda _: change)
    (tmp_path / "mine").symlink_to(made / "mine")
    with pytest.raises(UserError, match=words):
        submit(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("# see /home/alice/notes\n", "/home/alice"),
        ("# C:\\Users\\alice\\notes\n", r"C:\\Users\\alice"),
        (f"# {Path.home()}/notes\n", str(Path.home())),
        ("# {results}/x\n", "results"),
    ],
)
def test_a_source_that_names_a_home_is_refused_with_its_line(
    tmp_path: Path, text: str, word: str
) -> None:
    folder = tmp_path / "private"
    text = text.replace("{results}", str(folder / "results"))
    write(folder / "mine", **{**FILES, "halver__drawing_py": f"{DRAWING}{text}"})
    run(folder, "results")
    with pytest.raises(UserError) as caught:
        submit(folder, tmp_path / "out")
    assert f"catalogue/halver/drawing.py:{len(DRAWING.splitlines()) + 1} has " in str(caught.value)
    assert word in str(caught.value)


def test_a_task_of_ones_own_and_an_output_that_is_there_are_refused(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made / "mine", tmp_path / "mine")
    write(tmp_path / "mine", own_py="def f(x: (0.0, 1.0)):\n    return x\n")
    text = "tasks:\n  f:\n    benchmark: function\n    params: {function: own:f}\n    budget: 3\n"
    write(tmp_path / "mine", tasks__own_yaml=text)
    with pytest.raises(UserError):
        submit(tmp_path, tmp_path / "out", experiment=replace(EXPERIMENT, tasks=("own/*",)))
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match="is there already"):
        submit(made, tmp_path / "out")


def test_git_takes_up_what_is_put_where_the_page_says() -> None:
    page = (CHECKOUT / "docs" / "submitting.md").read_text(encoding="utf-8")
    assert "`results/submissions/NAME`" in page
    call = ["git", "check-ignore", "results/submissions/NAME/results/runs/x.parquet"]
    assert subprocess.run(call, cwd=CHECKOUT, check=False).returncode != 0


def test_the_page_names_every_option() -> None:
    from hpobench.cli.submit import command as submit_command

    page = (CHECKOUT / "docs" / "submitting.md").read_text(encoding="utf-8")
    options = {option for each in submit_command.params for option in each.opts}
    assert not {o for o in options if o.startswith("--") and o not in page} - {"--jobs"}
