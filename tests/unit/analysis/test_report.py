"""The report stands alone, shows hostile names without obeying them, and repeats to the byte."""

import csv
import re
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hpobench.analysis import notes
from hpobench.errors import FileError
from hpobench.figures import statistics_figures
from hpobench.figures.files import all_figures
from hpobench.figures.font import small_font
from hpobench.figures.output import draw_forms
from hpobench.figures.primitives import best
from hpobench.figures.style import RC, WIDTHS, styles
from hpobench.report.gallery import STATISTICS
from hpobench.report.table_files import harmless
from hpobench.report.writing import write_report
from hpobench.scoring.constants import Constants

Kinds = tuple[Any, Mapping[str, Constants]]

pytestmark = pytest.mark.slow

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</svg><script>alert(2)</script>",
    "'; alert(3); '",
    "{{ 7 * 7 }}",
    "&lt;b&gt;",
    "$\\frac{1}{0}$",
    "_hidden",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A2)",
    "\tstart",
    "javascript:alert(4)",
    "]]><!--",
    "\u202eright to left",
    "wide \U0001f600 face",
    "x" * 300,
]


@pytest.fixture(scope="module")
def hostile(make: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on optimizers, tasks and reasons whose names are attacks."""
    rows = [
        make.run(name, f"toy/{name}", seed, [1.0, 0.5], status=status, reason=name)
        for name in HOSTILE
        for seed, status in enumerate(["completed", "failed"])
    ]
    rows += [make.run(name, "toy/shared", 0, [1.0, 0.5]) for name in HOSTILE]
    known = {row["task"]: make.constants() for row in rows}
    store = make.Runs(rows, holes=[(HOSTILE[0], f"toy/{HOSTILE[0]}", 7)], damage=[HOSTILE[1]])
    folder = tmp_path_factory.mktemp("hostile")
    write_report(make.analysis(store, known), folder, figures=True)
    return folder


def scripts(page: str) -> list[str]:
    return re.findall(r"<script\b", page, re.IGNORECASE)


def test_no_name_becomes_markup(hostile: Path) -> None:
    page = (hostile / "report.html").read_text()
    assert len(scripts(page)) == 2
    assert "<img" not in page
    assert "onerror=alert" not in re.sub(r"&[^;]+;|>[^<]*<", "", page)
    assert "{{ 7 * 7 }}" in page
    assert "<!--" not in page.replace("]]&gt;&lt;!--", "")


def test_every_hostile_name_is_still_shown(hostile: Path) -> None:
    from markupsafe import escape

    page = (hostile / "report.html").read_text()
    for name in HOSTILE:
        assert str(escape(name)) in page


def test_hostile_names_leave_figures_well_formed(hostile: Path) -> None:
    figures = list((hostile / "figures").glob("*.svg"))
    assert figures
    for path in figures:
        root = ET.fromstring(path.read_text())
        assert not [node for node in root.iter() if node.tag.endswith("script")]


def test_a_spreadsheet_finds_no_formula(hostile: Path) -> None:
    for path in (hostile / "tables").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for cell in row.values():
                    assert not cell.startswith(("=", "@", "\t", "\r"))
                    assert not (cell.startswith(("+", "-")) and not _is_number(cell))


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|inf|nan)", cell) is not None


def test_programs_get_names_as_they_are(hostile: Path) -> None:
    runs = pq.read_table(hostile / "tables" / "runs.parquet").to_pandas()
    assert set(runs["optimizer"]) == set(HOSTILE)


def test_numbers_keep_their_sign_in_a_spreadsheet() -> None:
    found = harmless(pa.table({"text": ["-1+1", "plain", None], "number": [-1.5, 2.0, -3.0]}))
    assert found.to_pydict() == {"text": ["'-1+1", "plain", None], "number": [-1.5, 2.0, -3.0]}


TASKS = ["toy/mo?"]


@pytest.fixture(scope="module")
def report(make: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on tasks with several objectives."""
    folder = tmp_path_factory.mktemp("report")
    write_report(make.analysis(*make.kinds(), tasks=TASKS), folder, figures=True)
    return folder


def test_the_page_needs_nothing_from_elsewhere(report: Path) -> None:
    page = (report / "report.html").read_text()
    for attribute in re.findall(r'(?:src|href|srcset)="([^"]*)"', page):
        assert attribute.startswith(("#", "figures/", "tables/", "data:image/png;base64,"))
        assert not attribute.startswith(("figures/", "tables/")) or (report / attribute).exists()
    assert not re.findall(r"@import|url\((?!#)|fetch\(|XMLHttpRequest", page)


def test_every_reference_inside_the_page_has_its_target_once(report: Path) -> None:
    page = (report / "report.html").read_text()
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', page)) <= set(ids)


def test_the_same_runs_give_the_same_bytes(
    make: SimpleNamespace, report: Path, tmp_path: Path
) -> None:
    write_report(make.analysis(*make.kinds(), tasks=TASKS), tmp_path, figures=True)
    first, second = contents(report), contents(tmp_path)
    assert first == second
    assert {path.suffix for path in first} == {
        *(".html", ".svg", ".pdf"),
        *(".csv", ".parquet", ".tex", ".md"),
    }


def contents(folder: Path) -> dict[Path, bytes]:
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_second_analysis_leaves_no_figure_of_the_first_behind(
    make: SimpleNamespace, every_kind: Kinds, tmp_path: Path
) -> None:
    store, known = every_kind
    (tmp_path / "figures").mkdir()
    for name in ("multi-fidelity-final.svg", "blackbox-final.pdf", "blackbox-ranks.png"):
        (tmp_path / "figures" / name).write_text("earlier")
    write_report(make.analysis(store, known, tasks=["toy/bb*"]), tmp_path, figures=False)
    assert not list((tmp_path / "figures").iterdir())


def test_without_figures_the_tables_are_there(
    make: SimpleNamespace, small: Any, tmp_path: Path
) -> None:
    page = write_report(make.analysis(small), tmp_path, figures=False).read_text()
    assert "figures/" not in page.replace("folder <code>figures", "")
    assert "mean rank" in page
    assert "hpobench analyze --figures" in page
    assert not list((tmp_path / "figures").glob("*"))


def test_what_is_missing_is_said_before_any_table(
    make: SimpleNamespace, small: Any, tmp_path: Path
) -> None:
    small.holes = [("tpe", "toy/a", 9)]
    page = write_report(make.analysis(small), tmp_path, figures=False).read_text()
    assert 0 < page.index("1 run of 13 planned") < page.index("Ranking: ")


@pytest.fixture(scope="module")
def ranked(make: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page on three optimizers, of which one is better on all of eight tasks."""
    rows = [
        make.run(optimizer, f"toy/{i}", seed, [2.0, end + 0.01 * i + 0.001 * seed])
        for optimizer, end in (("good", 0.1), ("fair", 0.5), ("twin", 0.5))
        for i in range(8)
        for seed in range(3)
    ]
    analysis = make.analysis(rows, {f"toy/{i}": make.constants() for i in range(8)})
    return write_report(analysis, tmp_path_factory.mktemp("ranked")).read_text()


def test_who_differs_stands_right_below_the_ranking(ranked: str) -> None:
    section = ranked[ranked.index('<section id="blackbox"') :]
    order = [section.index(text) for text in ("Ranking: blackbox", ">Who differs<", "data-view=")]
    assert order == sorted(order)


def test_a_ranking_has_letters_and_a_bar_for_each_interval(ranked: str) -> None:
    start = ranked.index('id="table-ranking-blackbox"')
    table = ranked[start : ranked.index("</table>", start)]
    assert table.count('class="range"') == 3
    letters = re.findall("<small>([a-z]+)</small>", table)
    assert letters == ["a", "a"]  # the two that cannot be told apart; who differs from all has none


def test_optimizers_that_cannot_run_stand_in_one_line_a_reason() -> None:
    skips = [
        {"optimizer": name, "task": task, "reason": reason}
        for name, reason in (("b", "needs a fidelity"), ("a", "needs a fidelity"), ("c", "slow"))
        for task in ("t/1", "t/2")[: 1 + (name == "a")]
    ]
    (note,) = notes.skipped(skips)
    assert note.details == ("needs a fidelity: a (2 tasks), b (t/1)", "slow: c (t/1)")
    many = [{"optimizer": f"{i:02d}", "task": "t/1", "reason": "slow"} for i in range(20)]
    (line,) = next(notes.skipped(many)).details
    assert line.endswith("11 (t/1), and 8 more")


def test_nothing_to_say_is_said_too(make: SimpleNamespace, tmp_path: Path) -> None:
    rows = [make.run("a", "toy/t", seed, [1.0] * 4) for seed in range(5)]
    analysis = make.analysis(rows, {"toy/t": make.constants()})
    assert analysis.notes == ()
    assert "all 5 runs are completed" in write_report(analysis, tmp_path, figures=False).read_text()


def test_statistics_are_drawn_on_the_page_and_into_files(report: Path) -> None:
    page = (report / "report.html").read_text()
    for exhibit in STATISTICS:
        name = f"multi-objective-{exhibit.view}"
        files = {path.suffix for path in (report / "figures").glob(f"{name}.*")}
        assert files == {".svg", ".pdf"}
        assert f'href="figures/{name}.pdf"' in page
        assert f'<svg role="img" aria-label="{exhibit.title}: multi-objective"' in page


def test_a_folder_that_cannot_be_written_is_the_users_to_mend(
    make: SimpleNamespace, small: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileError, match="cannot be written"):
        write_report(make.analysis(small), tmp_path / "file")


def test_optimizers_differ_in_more_than_colour() -> None:
    looks = styles([f"optimizer{i}" for i in range(30)]).values()
    assert len({(s.colour, str(s.line)) for s in looks}) == 28
    assert len({(s.colour, str(s.line), s.marker) for s in looks}) == 30
    for earlier, later in zip(list(looks), list(looks)[1:], strict=False):
        assert earlier.colour != later.colour
        assert earlier.line != later.line
        assert earlier.marker != later.marker


def test_files_for_print_have_a_journals_widths_and_truetype_fonts(
    make: SimpleNamespace, small: Any
) -> None:
    known = {task: make.constants() for task in ("toy/a", "toy/b")}
    analysis = make.analysis(small, known, tasks=["toy/a"])
    drawn = list(all_figures(analysis.frames(), analysis.optimizers, everything=True))
    assert {end for _, end in drawn} == {"", "-column"}
    with small_font(), mpl.rc_context(RC):
        for plot, end in drawn[:4]:
            page = draw_forms(plot.draw(WIDTHS[end]))["pdf"]
            assert b"/CIDFontType2" in page
            assert b"/Type3" not in page
            (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) [\d.]+ \]", page)
            assert float(box) / 72 == pytest.approx(3.3 if end else 6.9)


def test_of_many_pairs_each_significant_one_has_its_stars() -> None:
    names = [f"o{i:02d}" for i in range(20)]
    rows = [
        {"optimizer": a, "other": b, "a12": 0.9, "p_holm": 0.01 if b == "o19" else 0.5}
        for a, b in combinations(names, 2)
    ]
    axes = statistics_figures.plot_effects(pd.DataFrame(rows), names, 6.9).axes[0]
    drawn = np.concatenate([np.asarray(line.get_xydata()) for line in axes.lines])
    marked = {(x, y) for x, y in drawn.tolist()}
    assert marked == {(19, i) for i in range(19)} | {(i, 19) for i in range(19)}


def test_a_style_is_the_same_in_every_figure_and_on_the_page() -> None:
    look = styles(["a", "b"])
    assert list(look) == ["a", "b"]
    assert look["b"].dashes == "10 4"


def test_only_the_best_of_many_are_drawn_strongly() -> None:
    table = pd.DataFrame({"optimizer": [f"o{i:02d}" for i in range(30)], "y": range(30)})
    assert best(table, least=True) == {f"o{i:02d}" for i in range(8)}
    assert best(table, least=False) == {f"o{i:02d}" for i in range(22, 30)}
    assert best(table[:10], least=True) == set(table["optimizer"][:10])


def test_a_tenth_of_30_optimizers_on_100_tasks_takes_300_kilobytes(
    make: SimpleNamespace, tmp_path: Path
) -> None:
    rng = np.random.default_rng(8)
    rows = [
        make.run(f"family/optimizer-{o}", f"toy/task-{t}", s, make.falling(rng, 50), budget=50)
        for o in range(30)
        for t in range(10)
        for s in range(2)
    ]
    known = {row["task"]: make.constants(seconds=90.0, budget="trials=50") for row in rows}
    analysis = make.analysis(rows, known)
    assert set(analysis.anytime["axis"]) == {"budget", "time", "time-overhead"}
    page = write_report(analysis, tmp_path, figures=False)
    assert page.stat().st_size < 3e5
