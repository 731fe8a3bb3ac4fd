"""A page on many optimizers shows the best first, and bars that can be told from each other."""

import re
from dataclasses import replace
from string import ascii_lowercase
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from hpobench.analysis.frames import Analysis
from hpobench.figures.bars import bars
from hpobench.figures.statistics_plots import statistics_plots
from hpobench.report import table_views
from hpobench.report.matrices import draw_cells, places_matrix
from hpobench.report.shapes import LETTER
from hpobench.report.writing import write_report

COUNT = 24
ENDS = {f"o{(7 * i) % COUNT:02d}": 0.1 + 0.02 * i for i in range(COUNT)}
"""What each optimizer ends with; the order of names is another one."""


@pytest.fixture(scope="module")
def crowded(make: SimpleNamespace) -> Analysis:
    """Many optimizers on four tasks, of which the worst failed once."""
    rows = [
        make.run(name, f"toy/{i}", seed, [2.0, end + 0.03 * ((i + seed + place) % 5)])
        for place, (name, end) in enumerate(ENDS.items())
        for i in range(4)
        for seed in range(2)
    ]
    found: Analysis = make.analysis(rows, {f"toy/{i}": make.constants() for i in range(4)})
    return found


@pytest.fixture(scope="module")
def page(crowded: Analysis, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(crowded, tmp_path_factory.mktemp("crowded")).read_text()


def part(page: str, begin: str, end: str) -> str:
    start = page.index(begin)
    return page[start : page.index(end, start)]


def test_mean_ranks_of_many_stand_below_each_other_with_each_group_beside(
    page: str, crowded: Analysis
) -> None:
    drawn = part(page, 'aria-label="Mean ranks over tasks: blackbox"', "</svg>")
    critical = crowded.critical
    assert re.findall(r">(o\d\d)  [\d.]+</text>", drawn) == critical["optimizer"].tolist()
    rows = [float(y) for y in re.findall(r'y="([\d.]+)" text-anchor="end"', drawn)]
    assert rows == sorted(rows)
    bars = re.findall(r'<path d="((?:M[\d.]+ [\d.]+h0)+)" stroke="currentColor"', drawn)
    members = sorted(len(re.findall("h0", bar)) for bar in bars)
    letters = [letter for groups in critical["groups"] for letter in groups.split()]
    assert members == sorted(letters.count(letter) for letter in set(letters))
    for bar in bars:
        assert len(set(re.findall(r"M([\d.]+) ", bar))) == 1


def test_mean_ranks_of_many_are_listed_for_print_too(crowded: Analysis) -> None:
    plots = statistics_plots(crowded.frames(), crowded.optimizers)
    figure: Figure = next(plot.draw(6.9) for plot in plots if plot.view == "critical")
    (axes,) = figure.axes
    names = [text for text in axes.texts if re.match(r"o\d\d", text.get_text())]
    assert [text.get_text()[:3] for text in names] == crowded.critical["optimizer"].tolist()
    heights = [text.get_position()[1] for text in names]
    assert heights == sorted(set(heights))


@pytest.mark.parametrize(("groups", "drawn"), [(26, 26), (27, 0)])
def test_more_groups_than_letters_have_no_bars(groups: int, drawn: int) -> None:
    ranks = np.arange(groups + 1.0)
    names = [*ascii_lowercase, "aa"][:groups]
    letters = [" ".join(names[max(i - 1, 0) : i + 1]) for i in range(groups + 1)]
    assert len(list(bars(ranks, letters))) == drawn


def test_tables_of_many_optimizers_begin_with_the_best(page: str, crowded: Analysis) -> None:
    order = crowded.final["optimizer"].tolist()
    running = part(page, 'id="table-expected-running-times-blackbox"', "</table>")
    assert re.findall(r">(o\d\d)<", running) == order
    for table in ("regret-on-parts-of-the-tasks", "results-task-by-task"):
        heads = part(page, f'id="table-{table}-blackbox"', "</thead>")
        assert re.findall(r">(o\d\d)<", heads) == order


@pytest.mark.parametrize("count", [37, 60, 120])
def test_numbers_of_places_do_not_run_into_each_other(count: int) -> None:
    names = [f"tree-search/without-bisection-{i}" for i in range(count)]
    rows = [(name, place, 1 / count) for name in names for place in range(count)]
    found = places_matrix(pd.DataFrame(rows, columns=["optimizer", "place", "probability"]), names)
    assert found is not None
    drawn = str(draw_cells(found, "Places"))
    numbers = re.findall(r'<text x="([\d.]+)" [^>]*text-anchor="middle"[^>]*>(\d+)</text>', drawn)
    lefts = [float(x) - LETTER * len(number) / 2 for x, number in numbers]
    rights = [float(x) + LETTER * len(number) / 2 for x, number in numbers]
    assert numbers[0][1] == "1"
    assert len(numbers) > 10
    assert all(right + 2 < left for right, left in zip(rights, lefts[1:], strict=False))


def test_a_page_leaves_results_of_the_worst_to_the_tables_and_says_so(
    crowded: Analysis, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_views, "SHOWN_RESULTS", 60)
    page = write_report(crowded, tmp_path_factory.mktemp("large")).read_text()
    heads = part(page, 'id="table-results-task-by-task-blackbox"', "</thead>")
    assert re.findall(r">(o\d\d)<", heads) == crowded.final["optimizer"].tolist()[:15]
    assert "The table final_tasks has 9 optimizers more, of lower rank." in page


def test_groups_beyond_the_alphabet_are_not_run_together_as_letters(
    crowded: Analysis, tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = crowded.critical["optimizer"]
    groups = [" ".join(g for g in ("a", "z", "aa") if place % 3) for place in range(len(names))]
    many = replace(crowded, critical=crowded.critical.assign(groups=groups))
    page = write_report(many, tmp_path_factory.mktemp("alphabet")).read_text()
    ranking = part(page, 'id="table-ranking-blackbox"', "</table>")
    assert not re.findall("<small>[a-z]+</small>", ranking)
