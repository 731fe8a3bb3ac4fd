"""Hostile names: refused with the file and line, or carried exactly from YAML to the report."""

import os
import random
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from hpobench.analysis import analyze
from hpobench.catalogue import Catalogue
from hpobench.catalogue.families import read_tasks
from hpobench.catalogue.variants import read_variants
from hpobench.errors import UserError
from hpobench.execution.runner import execute
from hpobench.optimizer import Variant
from hpobench.report import write_report
from hpobench.run import Run, Status
from hpobench.store import Store
from hpobench.task import Task
from tests.conftest import Often
from tests.integration.commands import command, environment
from tests.unit.test_store import compacted, fill

SEED = 4711
NASTY = [
    "..", "../x", "../../etc/passwd", "/etc/passwd", "a/../../b", ".", "...", "~", "~root", "-rf",
    "--results", "CON", "con", "PRN.txt", "NUL", "COM1", "aux", "LPT9", "a:b", "C:\\x", "a\\b",
    "\\\\host\\x", "x" * 290, "x" * 301, "é", "e\u0301", "ﬁ", "fi", "Å", "Å", "Foo", "foo",
    "FOO", "ß", "SS", "İ", "\u0131", "😀", "👩\u200d💻", "🏳️\u200d🌈", "日本語", "العربية", "עברית",
    "a\u202eb", "\u2066x", "\ufeffx", "x\u200b", "a\u00a0b", "a b", "a\tb", "a\nb", "a\r\nb",
    "\n", "", " ", "a\0b", "\x1b[2J", "\x9b2J", "\x7f", "\ud800", "\uffff", "\U0010ffff", "\u2028",
    "<script>alert(1)</script>", "<b>", "&amp;", "&", '"', "'", "`id`", "$(id)", "${HOME}", "$x$",
    "$\\frac{1}{0}$", "$_{", "%s", "%n%n", "{x}", "{0.__class__}", "{", "}", "a;b", "a|b", "a>b",
    "#", "# x", "!x", "x:y: z", "a@b", "a,b", "a*", "a?", "[a]", "null", "true", "1e5", "nan",
    "=1+1", "@SUM(1)", "+1", "'; DROP TABLE runs;--", "\\", "a\\", "\\n", "%2e%2e%2f", "a%00",
    "x/", "/x", "//", "a//b", ".tmp-x", "journal", "hpobench-store.json", "x.parquet", "x.jsonl",
]  # fmt: skip
LETTERS = "aZ0_.-/\\<>&\"'`$%#!;|~^()=+:éß😀日ع\u0301\u200d\u202e \n\x1b"


def names(number: int) -> Iterator[str]:
    """Nasty ones, and then such as are drawn from nasty characters."""
    rng = random.Random(SEED)
    yield from NASTY[:number]
    for _ in range(number - len(NASTY)):
        yield "".join(rng.choices(LETTERS, k=rng.randint(1, 20)))


def quoted(name: str) -> str:
    """A YAML text that can hold any character."""
    return '"' + "".join(f"\\U{ord(char):08x}" for char in name) + '"'


def check_refusal(error: UserError, message: str) -> None:
    """Check that a message says where, and can be shown on a terminal."""
    assert re.match(message, str(error)), str(error)
    assert str(error).isprintable()


def accepted_task(folder: Path, name: str) -> Task | None:
    """The task of that name, or None if it is refused as it should be."""
    path = folder / "names.yaml"
    path.write_text(
        "benchmark: faults:Misbehaving\ntypes: [float]\ndimension: 1\nobjectives: [loss]\n"
        f"budget: {{trials: 2}}\ntasks:\n  - id: {quoted(name)}\n"
    )
    try:
        (task,) = read_tasks(path)
    except UserError as error:
        check_refusal(error, rf"{re.escape(str(path))}:[67]: ")
        return None
    assert task.id == f"names/{name}"
    return task


def accepted_variant(folder: Path, name: str) -> Variant | None:
    """The optimizer of that name, or None if it is refused as it should be."""
    path = folder / "names.yaml"
    path.write_text(
        "adapter: faults:Faulty\ncapabilities: {types: [float]}\n"
        f"variants:\n  {quoted(name)}: {{}}\n"
    )
    try:
        (variant,) = read_variants(path)
    except UserError as error:
        check_refusal(error, rf"{re.escape(str(path))}:[34]: ")
        return None
    assert variant.id == f"names/{name}"
    return variant


@pytest.fixture(autouse=True)
def _faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "integration" / "faults"))


def test_a_name_is_refused_or_carried_exactly_from_yaml_to_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, often: Often
) -> None:
    found = list(dict.fromkeys(names(often(len(NASTY) // 2, 250))))
    chosen = [task for name in found if (task := accepted_task(tmp_path, name))]
    optimizers = [each for name in found if (each := accepted_variant(tmp_path, name))]
    assert len(found) / 4 < len(chosen) < len(found)
    assert len(found) / 4 < len(optimizers) < len(found)
    runs = [Run(task=task, variant=optimizers[0], seed=0) for task in chosen]
    runs += [Run(task=chosen[0], variant=variant, seed=0) for variant in optimizers[1:]]
    done = [execute(run) for run in runs]
    assert {each.status for each in done} == {Status.COMPLETED}
    before = set(tmp_path.rglob("*"))
    store = compacted(fill(tmp_path / "r", *done), monkeypatch)
    assert store.damage == []
    back = {
        (row["task"], row["optimizer"]) for row in store.runs(["task", "optimizer"]).to_pylist()
    }
    assert back == {(run.task.id, run.variant.id) for run in runs}
    report = write_report(analyze(store.path), store.path / "analysis", figures=False)
    page = report.read_text()
    assert "<script>alert(1)" not in page
    outside = set(tmp_path.rglob("*")) - before - {store.path}
    assert all(path.is_relative_to(store.path) for path in outside)


def test_names_that_look_alike_stay_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    composed, decomposed = "\u00e9", unicodedata.normalize("NFD", "\u00e9")
    twins = [accepted_task(tmp_path, name) for name in (composed, decomposed, "Foo", "foo")]
    variant = accepted_variant(tmp_path, "o")
    assert variant
    done = [execute(Run(task=task, variant=variant, seed=0)) for task in twins if task]
    store = compacted(fill(tmp_path / "r", *done), monkeypatch)
    assert len(set(store.runs(["task"]).column("task").to_pylist())) == 4
    assert len({each.run.id for each in done}) == 4


def test_a_file_of_a_hostile_name_is_refused_or_gives_that_name(tmp_path: Path) -> None:
    good = accepted_task(tmp_path, "t")
    text = (tmp_path / "names.yaml").read_text()
    assert good
    for name in (b"CON", b"a b", b"\xff", b"\xe2\x80\xae", b"<b>", b"$x$", b"a\nb", b"..", b"-x"):
        folder = tmp_path / quote(name)
        (folder / "tasks").mkdir(parents=True)
        path = Path(os.fsdecode(os.fsencode(folder / "tasks") + b"/" + name + b".yaml"))
        path.write_text(text)
        try:
            found = list(read_tasks(path))
        except UserError as error:
            check_refusal(error, ".* is no name")
        else:
            place = (str(path), good.place[1]) if good.place else ()
            stem = path.stem
            named = replace(good, id=f"{stem}/t", collection=stem, family=stem, place=place)
            assert found == [named]
            assert set(Catalogue([folder]).tasks) >= {f"{path.stem}/t"}


FOLDERS = [b"\xff\xfe<b>\n", "é😀 'x' \"y\" $(id) `id` $x$".encode(), b"x" * 300, b"CON", b"~",
           b"-r", b"\x1b[2J", "e\u0301".encode(), "\u202ex".encode(), b"a/../b", b"%s{0}", b"..x",
           b"<script>alert(1)</script>"]  # fmt: skip


def test_results_go_to_a_folder_of_any_name_or_it_is_refused(tmp_path: Path, often: Often) -> None:
    for name in FOLDERS[: often(1, len(FOLDERS))]:
        folder = os.fsdecode(name)
        run = ("run", "-o", "faulty", "-t", "faulty/none", f"--results={folder}")
        code, text = call(tmp_path, *run)
        if code:
            assert (code, len(name) > 255) == (2, True), text
            assert "File name too long" in text
            continue
        assert Store(tmp_path / folder).runs().num_rows == 1
        assert call(tmp_path, "analyze", "--no-figures", "--", folder)[0] == 0
        page = (tmp_path / folder / "analysis" / "report.html").read_text()
        assert "<script>alert(1)" not in page


def call(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and all that was said, bytes that are no text included."""
    done = subprocess.run(
        command(*arguments), cwd=folder, env=environment(), capture_output=True, check=False
    )
    said = os.fsdecode(done.stdout + done.stderr)
    assert "Traceback" not in said, said
    return done.returncode, said
