"""Every frame as files, right and harmless: four formats, polars, and marks that follow tests."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from hpobench.errors import UserError
from hpobench.report import escape, table_files
from hpobench.report.highlights import Highlight, highlights
from hpobench.report.writing import write_report
from tests.unit.analysis.payloads import PAYLOADS


@pytest.fixture(scope="module")
def hostile(make: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An analysis of optimizers, tasks and reasons whose names are attacks."""
    names = [name for name in PAYLOADS if "\x00" not in name]
    rows = [make.run(name, "toy/shared", seed, [1.0, 0.5]) for name in names for seed in (0, 1)]
    rows += [make.run(names[0], f"toy/{n}", 0, [], status="failed", reason=n) for n in names]
    known = {row["task"]: make.constants() for row in rows}
    folder = tmp_path_factory.mktemp("hostile") / "analysis"
    write_report(make.analysis(rows, known), folder, figures=False)
    return folder


def test_each_frame_has_the_same_name_in_each_format(hostile: Path) -> None:
    names = {path.stem for path in (hostile / "tables").glob("*.parquet")}
    assert {"final", "pairs", "critical", "power", "ert", "matrix", "influence"} <= names
    assert names == {path.stem for path in (hostile / "tables").glob("*.csv")}
    small = {n for n in names if pq.read_metadata(hostile / f"tables/{n}.parquet").num_rows <= 1000}
    for form in ("tex", "md"):
        assert small == {path.stem for path in (hostile / "tables").glob(f"*.{form}")}


def test_no_payload_is_a_formula_in_any_cell_or_heading(hostile: Path) -> None:
    number = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|inf|nan)")
    for path in (hostile / "tables").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert number.fullmatch(cell) or not cell.startswith(escape.FORMULA)


def test_no_payload_becomes_markup_or_a_file(hostile: Path) -> None:
    page = (hostile / "report.html").read_text()
    assert "<img" not in page
    assert "<iframe" not in page
    assert not re.search(r"<[^>]+\son\w+=alert", page)
    for path in hostile.parent.rglob("*"):
        assert re.fullmatch(r"[a-z_.-]+", path.name)


def test_programs_get_all_names_as_they_are(hostile: Path) -> None:
    runs = pq.read_table(hostile / "tables" / "runs.parquet").to_pandas()
    assert set(runs["optimizer"]) == {name for name in PAYLOADS if "\x00" not in name}


def test_a_table_that_grew_too_long_leaves_no_old_one_behind(
    make: SimpleNamespace, small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysis = make.analysis(small)
    table_files.write_tables(analysis, tmp_path)
    assert (tmp_path / "runs.md").exists()
    monkeypatch.setattr(table_files, "MOST_ROWS", len(analysis.runs) - 1)
    table_files.write_tables(analysis, tmp_path)
    assert not (tmp_path / "runs.md").exists()
    assert (tmp_path / "final.md").exists()


def test_marks_follow_the_tests(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(4)
    level = {"best": 0.1, "close": 0.1001, "far": 0.9}
    rows = [
        make.run(name, f"toy/t{task}", seed, [mean + 0.01 * rng.random()])
        for name, mean in level.items()
        for task in range(10)
        for seed in range(8)
    ]
    analysis = make.analysis(rows, {f"toy/t{task}": make.constants() for task in range(10)})
    found = highlights(analysis, "final")
    assert analysis.final["optimizer"].tolist()[2] == "far"
    assert found == {(0, "regret"): Highlight.BEST, (1, "regret"): Highlight.ALIKE}
    by_task = highlights(analysis, "matrix")
    for at, row in analysis.matrix.iterrows():
        least = min(level, key=lambda name: row[name])
        assert by_task[at, least] is Highlight.BEST
        assert (at, "far") not in by_task


def test_frames_for_polars_hold_the_same(make: SimpleNamespace, small: Any) -> None:
    polars = pytest.importorskip("polars")
    analysis = make.analysis(small)
    found = analysis.to_polars()
    assert isinstance(found.final, polars.DataFrame)
    assert found.runs["seed"].to_list() == analysis.runs["seed"].tolist()
    assert set(vars(found)) == set(analysis.frames())


def test_without_polars_it_is_said_how_to_get_it(
    make: SimpleNamespace, small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UserError, match="pip install 'hpobench\\[polars\\]'"):
        make.analysis(small).to_polars()


def test_an_empty_frame_is_a_table_of_headings() -> None:
    frame = pd.DataFrame({"a": [], "b": []})
    assert table_files.markdown_table(frame).splitlines()[0] == "| a | b |"
    assert r"a & b \\" in table_files.latex_table(frame)


PDFLATEX = shutil.which("pdflatex")
LATIN = "".join(chr(code) for code in range(256) if chr(code).isprintable())


@pytest.mark.skipif(
    PDFLATEX is None, reason="no pdflatex (apt-get install texlive-latex-recommended)"
)
def test_latex_sets_every_table_and_every_character(hostile: Path, tmp_path: Path) -> None:
    files = sorted((hostile / "tables").glob("*.tex"))
    assert len(files) > 20
    every = pd.DataFrame({char: [char, f"a{char}{char}b"] for char in LATIN})
    (tmp_path / "latin.tex").write_text(table_files.latex_table(every), encoding="utf-8")
    inputs = "\n\\newpage\n".join(f"\\input{{{path}}}" for path in [*files, tmp_path / "latin.tex"])
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs,longtable}\n"
        f"\\begin{{document}}\n{inputs}\n\\end{{document}}\n"
    )
    call = [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "all.tex"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, check=False)
    log = (tmp_path / "all.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Missing character" not in log
    assert {path.suffix for path in tmp_path.iterdir()} <= {".tex", ".log", ".aux"}
