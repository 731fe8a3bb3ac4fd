"""The page in a browser: opened, clicked, read off, linked to, printed, and without scripts."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hpobench.analysis.frames import Analysis
from hpobench.report.gallery import STATISTICS
from hpobench.report.writing import write_report
from tests.browser import Browser, browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium (apt-get install chromium)"),
]

OPTIMIZERS = ("global", "local", "random")
ROUNDED = 2e-3
"""The page keeps values to 0.12 %."""

NAMES = [
    "</script><script>hacked=1</script>",
    "\u2028hacked=1\u2029",
    "<img src=x onerror=hacked=1>",
    '" onload="hacked=1',
    "`${hacked=1}`",
    "=HYPERLINK(1)",
]


def store(make: SimpleNamespace) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Three optimizers on two collections of different costs with test values, and two goals."""
    rng = np.random.default_rng(3)
    rows, known = [], {}
    for task in ("a/1", "a/2", "a/3", "b/1", "b/2", "b/3", "b/4", "b/5"):
        known[task] = make.constants(seconds=20.0, budget="trials=8")
        rows += [
            make.run(
                name,
                task,
                seed,
                make.falling(rng, 8),
                budget=8,
                cost=rng.exponential(2, 8),
                test=make.falling(rng, 8),
            )
            for name in OPTIMIZERS
            for seed in range(3)
        ]
    known["c/1"] = make.constants(-1.0, -0.5, 0.0, reference=(1.0, 1.0), ideal=(0.0, 0.0))
    rows += [
        make.run(name, "c/1", seed, rng.random((4, 2)), objectives=("f1", "f2"))
        for name in OPTIMIZERS
        for seed in range(3)
    ]
    return rows, known


@pytest.fixture(scope="module")
def analysis(make: SimpleNamespace) -> Analysis:
    found: Analysis = make.analysis(*store(make))
    return found


@pytest.fixture(scope="module")
def address(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(analysis, tmp_path_factory.mktemp("page"), figures=False).as_uri()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(str(CHROMIUM), tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Browser]:
    """The page, freshly opened; nothing on it may complain."""
    chromium.errors.clear()
    chromium.open(address)
    chromium.ready()
    yield chromium
    assert chromium.errors == []


def curves(page: Browser, view: str, kind: str = "blackbox") -> dict[str, list[float]]:
    """What a figure draws, by the name of the curve."""
    found: dict[str, list[float]] = page.run(
        f"Object.fromEntries(figures.find((f) => f.figure.dataset.view === '{view}' && "
        f"f.kind.kind === '{kind}').chart.plot.series.map((s) => [s.name, s.y]))"
    )
    return found


def expected(frame: pd.DataFrame, column: str, kind: str = "blackbox") -> dict[str, list[float]]:
    own = frame[(frame["kind"] == kind) & (frame["axis"] == "budget")]
    return {str(name): found[column].tolist() for name, found in own.groupby("optimizer")}


def assert_same(found: dict[str, list[float]], wanted: dict[str, list[float]]) -> None:
    assert set(found) == set(wanted)
    for name, curve in found.items():
        assert curve == pytest.approx(wanted[name], rel=ROUNDED, abs=1e-3)


def click(page: Browser, selector: str) -> None:
    page.run(f"document.querySelector({selector!r}).click()")


def test_every_figure_is_drawn_with_what_the_tables_hold(page: Browser, analysis: Analysis) -> None:
    drawn = page.run(
        "[...document.querySelectorAll('figure[data-view]')].map((f) => f.dataset.view)"
    )
    both = ["regret", "ranks", "targets", "profile"]
    single = [*both, "regret-area", "task", "test"]
    assert drawn == [*single, *both, "volume", "igd", "regret-area", "task", "surface"]
    assert page.run("document.querySelectorAll('figure .curve').length") >= 3 * (len(drawn) - 1)
    for kind in ("blackbox", "multi-objective"):
        assert_same(curves(page, "regret", kind), expected(analysis.anytime, "regret", kind))
        area = expected(analysis.anytime, "regret_area", kind)
        assert_same(curves(page, "regret-area", kind), area)
        assert_same(curves(page, "targets", kind), expected(analysis.anytime, "targets", kind))
        assert_same(curves(page, "ranks", kind), expected(analysis.ranks, "rank", kind))
    kind = "multi-objective"
    assert_same(curves(page, "volume", kind), expected(analysis.anytime, "hypervolume", kind))
    own = analysis.anytime_tasks[analysis.anytime_tasks["task"] == "a/1"]
    assert_same(curves(page, "task"), expected(own, "regret"))
    assert "no IGD+" in page.run("document.querySelector('figure[data-view=igd]').textContent")


def test_profiles_on_the_page_are_those_of_the_tables(page: Browser, analysis: Analysis) -> None:
    page.run("document.querySelector('select[name=target]').value = 1")
    page.run("document.querySelector('select[name=target]').dispatchEvent(new Event('change'))")
    own = analysis.profiles[analysis.profiles["target"] == 0.5]
    for name, shares in curves(page, "profile").items():
        wanted = expected(own[own["optimizer"] == name], "share")[name]
        assert shares[-1] == pytest.approx(wanted[-1])
        assert shares[0] == pytest.approx(wanted[0])


def test_tasks_on_which_nobody_gets_there_count_in_profiles(
    make: SimpleNamespace, chromium: Browser, tmp_path: Path
) -> None:
    rows = [make.run(n, f"toy/{t}", 0, [v]) for n, v in (("a", 0.5), ("b", 0.9)) for t in "xy"]
    rows += [make.run(name, f"toy/{task}", 0, [9.0]) for name in "ab" for task in "zw"]
    found = make.analysis(rows, {row["task"]: make.constants() for row in rows})
    chromium.open(write_report(found, tmp_path, figures=False).as_uri())
    chromium.ready()
    own = found.profiles[found.profiles["target"] == 1]
    assert expected(own, "share") == {"a": [0.5], "b": [0.5]}
    assert {name: y[-1] for name, y in curves(chromium, "profile").items()} == {"a": 0.5, "b": 0.5}


def test_leaving_out_a_collection_gives_what_an_analysis_without_it_gives(
    make: SimpleNamespace, page: Browser
) -> None:
    click(page, "[data-chips=collections] button[data-name=a]")
    fewer = make.analysis(*store(make), tasks=["b/*"])
    assert_same(curves(page, "regret"), expected(fewer.anytime, "mean"))
    assert_same(curves(page, "targets"), expected(fewer.anytime, "targets"))
    assert_same(curves(page, "ranks"), expected(fewer.ranks, "rank"))
    assert page.run("location.hash") == "#without=a"


def test_what_is_left_out_is_said_beside_what_it_changes(page: Browser) -> None:
    regret = "document.querySelector('#blackbox figure[data-view=regret]')"
    ranks = regret.replace("regret", "ranks")
    left_out = "document.getElementById('left-out').textContent"
    intervals = f"{regret}.querySelectorAll('.band').length"
    assert page.run(intervals) == 3
    assert page.run(f"{left_out} + {regret}.querySelector('.note').textContent") == ""
    click(page, "[data-chips=collections] button[data-name=a]")
    click(page, "[data-chips=optimizers] button[data-name=local]")
    assert page.run(intervals) == 0
    assert "without intervals" in page.run(f"{regret}.querySelector('figcaption').textContent")
    assert "the hidden ones too" in page.run(f"{ranks}.querySelector('figcaption').textContent")
    assert page.run(left_out) == (
        "Curves are without a; tables and statistics are of all tasks. "
        "1 of 3 optimizers hidden in curves."
    )
    click(page, "[data-chips=collections] button[data-name=b]")
    assert "All collections of these tasks are left out" in page.run(f"{regret}.textContent")
    other = "document.querySelector('#multi-objective figure[data-view=regret] .note').textContent"
    assert page.run(other) == ""
    click(page, "[data-chips=collections] button[data-all]")
    assert page.run(intervals) == 2


def test_a_surface_of_maximised_objectives_is_read_off_where_it_was_attained(
    make: SimpleNamespace, chromium: Browser, tmp_path: Path
) -> None:
    points = [[-1.0, -3.0], [-2.0, -1.0]]
    row = make.run("a", "c/t", 0, points, objectives=("f", "g"), maximize=True)
    chromium.open(write_report(make.analysis([row]), tmp_path, figures=False).as_uri())
    chromium.ready()
    chart = "figures.find((f) => f.figure.dataset.view === 'surface').chart"
    at = f"[0.5, 1, 1.5, 2, 2.5].map((x) => valueAt({chart}.plot.series[0], x, true))"
    assert chromium.run(at) == [3, 3, 1, 1, None]
    assert chromium.run(f"{chart}.plot.series[0].y") == [3, 1]
    assert chromium.run(f"{chart}.plot.series[0].drawn.y") == [3, 3, 1, pytest.approx(0.9)]


def test_the_geometric_mean_can_be_chosen(page: Browser, analysis: Analysis) -> None:
    page.run("document.querySelector('select[name=mean]').value = 'geometric'")
    page.run("document.querySelector('select[name=mean]').dispatchEvent(new Event('change'))")
    assert_same(curves(page, "regret"), expected(analysis.anytime, "log_regret"))


def test_a_link_shows_the_same_view_again(page: Browser, address: str) -> None:
    click(page, "input[value=time]")
    click(page, "[data-chips=optimizers] button[data-name=local]")
    click(page, "#table-ranking-blackbox thead th:nth-child(5) button")
    click(page, "#table-ranking-blackbox thead th:nth-child(5) button")
    link = page.run("location.href")
    look = (
        "[document.querySelector('figure[data-view=regret] svg').outerHTML, "
        "document.querySelector('#table-ranking-blackbox tbody').innerText]"
    )
    before = page.run(look)
    page.open(link)
    page.ready()
    assert page.run(look) == before
    assert "random search's" in before[0]
    assert sorted(curves(page, "regret")) == ["global", "random"]
    assert not page.run("document.querySelector('#multi-objective').hidden")
    assert link != address


def test_where_there_is_no_such_axis_figures_say_what_they_show_instead(page: Browser) -> None:
    click(page, "input[value=time]")
    text = page.run("document.querySelector('#multi-objective figure[data-view=task]').textContent")
    assert "no virtual time here" in text
    click(page, "input[value=evaluations]")
    text = page.run("document.querySelector('#blackbox figure[data-view=regret]').textContent")
    assert "all evaluations are full trials" in text


def test_a_kind_is_hidden_and_shown_again(page: Browser) -> None:
    button = "[data-chips=kinds] button[data-name=multi-objective]"
    for shown in (False, True):
        click(page, button)
        assert page.run("document.querySelector('#multi-objective').hidden") is not shown
        assert page.run(f"document.querySelector({button!r}).ariaPressed") == str(shown).lower()


def test_a_table_is_sorted_by_numbers_with_the_rest_of_its_rows(page: Browser) -> None:
    click(page, "#table-ranking-blackbox thead th:nth-child(2) button")
    click(page, "#table-ranking-blackbox thead th:nth-child(2) button")
    found = page.run(
        "[...document.querySelectorAll('#table-ranking-blackbox tbody tr')].map((r) => "
        "Number(r.cells[1].dataset.sort))"
    )
    assert found == sorted(found, reverse=True)
    assert (
        page.run("document.querySelector('#table-ranking-blackbox th:nth-child(2)').ariaSort")
        == "descending"
    )


def test_the_pointer_and_the_arrow_keys_read_off_what_was_reached(
    page: Browser, analysis: Analysis
) -> None:
    page.run("document.querySelector('figure[data-view=regret] .chart').scrollIntoView()")
    page.run("document.querySelector('figure[data-view=regret] .chart').focus()")
    for _ in range(60):
        page.press("ArrowRight")
    text = page.run("document.querySelector('figure[data-view=regret] .readout').innerText")
    wanted = expected(analysis.anytime, "regret")
    assert text.splitlines()[0] == "budget = 0.6"
    for line in text.splitlines()[1:]:
        name, _, value = line.partition(": ")
        assert float(value) == pytest.approx(wanted[name][59], rel=6e-3)
    left, top = page.run(
        "(() => { const chart = document.querySelector('figure[data-view=ranks] .chart'); "
        "chart.scrollIntoView({behavior: 'instant', block: 'center'}); "
        "const box = chart.getBoundingClientRect(); "
        "return [box.left + box.width / 2, box.top + box.height / 2]; })()"
    )
    page.move(left, top)
    page.move(left + 1, top)
    hovered = page.run("document.querySelector('figure[data-view=ranks] .readout').innerText")
    shown = {
        line.partition(": ")[0]: float(line.partition(": ")[2]) for line in hovered.splitlines()[1:]
    }
    ranks = expected(analysis.ranks, "rank")
    for name, value in shown.items():
        assert min(abs(value - rank) for rank in ranks[name]) < 6e-3


def test_the_data_behind_a_figure_can_be_downloaded(page: Browser, analysis: Analysis) -> None:
    text = page.run("csv(figures[0].chart.plot)")
    rows = list(csv.DictReader(io.StringIO(text)))
    own = analysis.anytime.query("kind == 'blackbox' and axis == 'budget'")
    assert len(rows) == len(own)
    assert float(rows[-1]["low"]) > 0
    saved = page.run(
        "new Promise((done) => { HTMLAnchorElement.prototype.click = function () { fetchless(this, "
        "done); }; const fetchless = (a, done) => done(a.download + ' ' + a.href.slice(0, 5)); "
        "document.querySelector('button.data').click(); })"
    )
    assert saved == "blackbox-regret.csv blob:"


def test_nothing_sticks_out_of_a_phone(page: Browser, address: str) -> None:
    size = {"width": 340, "height": 700, "deviceScaleFactor": 1, "mobile": True}
    page.call("Emulation.setDeviceMetricsOverride", **size)
    try:
        page.open(address)
        page.ready()
        assert page.run("document.documentElement.scrollWidth") <= 340
        assert page.run("document.querySelectorAll('.legend span').length") > 0
    finally:
        page.call("Emulation.clearDeviceMetricsOverride")


def test_a_ranking_fits_a_window_and_its_names_stay_in_a_narrow_one(
    make: SimpleNamespace, chromium: Browser, tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    names = ("syne-tune/hyperband-promotion", "hpbandster/bohb", "random")
    tasks = ("hpobench-mlp/vehicle-with-a-name", "toy/short", *(f"toy/{i}" for i in range(9)))
    rows = [
        make.run(name, task, seed, make.falling(rng, 8), budget=8)
        for name in names
        for task in tasks
        for seed in range(12)
    ]
    known = {task: make.constants(seconds=20.0, budget="trials=8") for task in tasks}
    path = write_report(make.analysis(rows, known), tmp_path)
    ranking = "document.getElementById('table-ranking-blackbox')"
    try:
        for width, fits in ((1300, True), (800, False)):
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            chromium.call("Emulation.setDeviceMetricsOverride", **size)
            chromium.open(path.as_uri())
            chromium.ready()
            inside, seen = chromium.run(
                f"[{ranking}.parentElement.scrollWidth, {ranking}.parentElement.clientWidth]"
            )
            assert (inside <= seen) == fits
            left = f"{ranking}.querySelector('tbody th').getBoundingClientRect().left"
            before = chromium.run(left)
            chromium.run(f"{ranking}.parentElement.scrollLeft = 200")
            assert chromium.run(left) == before
    finally:
        chromium.call("Emulation.clearDeviceMetricsOverride")


@pytest.fixture(scope="module")
def long(make: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page on twelve optimizers and fourteen tasks without test values, two of which crash."""
    rng = np.random.default_rng(6)
    tasks = [f"a/{i:02d}" for i in range(14)]
    rows = [
        make.run(f"o{i:02d}", task, seed, [2.0, float(rng.exponential())])
        for i in range(12)
        for task in tasks
        for seed in range(2)
    ]
    analysis = make.analysis(rows, {task: make.constants() for task in tasks})
    return write_report(analysis, tmp_path_factory.mktemp("long")).as_uri()


def test_labels_on_the_page_are_cut_as_those_for_print(chromium: Browser, long: str) -> None:
    chromium.open(long)
    chromium.ready()
    middle = "a-name-longer-than-a-legend"
    core = [f"an-optimizer-with-{x}-in-the-middle-of-it" for x in "AB"]
    found = chromium.run(f"abridged({json.dumps([middle, *core, 'short'])}, 19)")
    assert found[0] == "a-name-lo\u2026-a-legend"
    assert found[1:] == ["\u2026A", "\u2026B", "short"]


SEEN = "[...document.querySelectorAll('{}')].filter((e) => e.checkVisibility()).length"


def test_a_table_of_more_than_ten_rows_folds_and_unfolds(chromium: Browser, long: str) -> None:
    chromium.open(long)
    chromium.ready()
    rows = SEEN.format("#table-ranking-blackbox tbody tr")
    button = "document.querySelector('.fold button[data-rows=\"12\"]')"
    assert chromium.run(rows) == 10
    assert chromium.run(f"{button}.textContent") == "10 of 12 rows"
    chromium.run(f"{button}.click()")
    assert chromium.run(rows) == 12
    assert chromium.run(f"{button}.getAttribute('aria-expanded')") == "true"
    chromium.run("document.querySelector('#table-ranking-blackbox thead button').click()")
    chromium.run(f"{button}.click()")
    assert chromium.run(rows) == 10


def test_a_short_table_has_nothing_to_unfold(page: Browser) -> None:
    assert page.run("document.querySelectorAll('.fold').length") == 0


def test_paper_has_no_controls(chromium: Browser, long: str) -> None:
    chromium.open(long)
    chromium.ready()
    chromium.call("Emulation.setEmulatedMedia", media="print")
    try:
        drawn = "(e) => e.checkVisibility() && getComputedStyle(e).appearance !== 'none'"
        select = f"[...document.querySelectorAll('select, input, button.data')].filter({drawn})"
        hidden = "'.bar label, .tools, nav, details:not([open]) > summary, .skip'"
        assert chromium.run(SEEN.replace("'{}'", hidden)) == 0
        framed = "(e) => getComputedStyle(e).borderTopWidth !== '0px'"
        assert chromium.run(f"{select}.filter({framed}).length") == 0
        assert (
            chromium.run(
                "getComputedStyle(document.querySelector('.fold button'), '::after').content"
            )
            == "none"
        )
    finally:
        chromium.call("Emulation.setEmulatedMedia", media="")


def test_paper_breaks_no_word_of_a_heading_and_no_letters_make_a_table_too_wide(
    chromium: Browser, long: str
) -> None:
    chromium.open(long)
    chromium.ready()
    chromium.call("Emulation.setEmulatedMedia", media="print")
    try:
        letters = "document.querySelector('#table-ranking-blackbox td:not([data-sort]) small')"
        assert chromium.run(f"{letters}.textContent").isalpha()
        chromium.run(f"{letters}.textContent = 'abcdefghijklmnopqrstuvwxyz'.repeat(8)")
        chromium.run(
            "window.lines = (text) => { const range = document.createRange(); "
            "range.selectNodeContents(text); return range.getClientRects().length; }"
        )
        headings = "[...document.querySelectorAll('#table-ranking-blackbox thead button')]"
        words = f"{headings}.filter((e) => !e.textContent.includes(' '))"
        assert chromium.run(f"{words}.length") > 4
        assert chromium.run(f"{words}.filter((e) => lines(e.firstChild) > 1).length") == 0
        table = "document.querySelector('#table-ranking-blackbox')"
        assert chromium.run(f"{table}.offsetWidth <= {table}.parentElement.clientWidth")
    finally:
        chromium.call("Emulation.setEmulatedMedia", media="")


def test_lines_are_darker_than_the_grid_on_paper(chromium: Browser, long: str) -> None:
    chromium.open(long)
    chromium.ready()
    chromium.call("Emulation.setEmulatedMedia", media="print")
    try:
        style = "getComputedStyle(document.querySelector('.chart {}'))"
        width = "Number.parseFloat({}.strokeWidth)"
        line, grid = (width.format(style.format(name)) for name in (".line", ".grid line"))
        assert chromium.run(line) >= 2 * chromium.run(grid)
        assert chromium.run(f"{style.format('.grid line')}.stroke") == "rgb(221, 221, 221)"
    finally:
        chromium.call("Emulation.setEmulatedMedia", media="")


def test_no_figure_is_empty(chromium: Browser, long: str) -> None:
    chromium.open(long)
    chromium.ready()
    empty = "figures.filter((f) => !f.figure.hidden && !f.chart.plot.series.length).length"
    assert chromium.run(empty) == 0
    assert chromium.run("figures.length") > 3


def test_without_scripts_main_figures_and_the_tables_are_there(
    make: SimpleNamespace, chromium: Browser, tmp_path: Path
) -> None:
    analysis = make.analysis(*store(make), tasks=["a/*"])
    path = write_report(analysis, tmp_path)
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(path.as_uri())
        shown = "[...document.querySelectorAll({})].filter((e) => e.checkVisibility()).length"
        views = "figure:has(.chart > svg) figcaption b"
        titles = chromium.run(
            f"[...document.querySelectorAll('{views}')].map((e) => e.textContent)"
        )
        differing, others = STATISTICS[:2], STATISTICS[2:]
        assert titles == [
            *(f"{exhibit.title}." for exhibit in differing),
            "Regret.",
            *(f"{exhibit.title}." for exhibit in others),
        ]
        assert chromium.run(shown.format("'figure svg'")) == len(titles)
        assert chromium.run(shown.format("'tbody tr'")) > 3
        assert chromium.run(shown.format("'.bar, select, button.data'")) == 0
        assert chromium.run(shown.format("'noscript'")) == 1
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)


def test_hostile_names_are_shown_and_not_obeyed(
    make: SimpleNamespace, chromium: Browser, tmp_path: Path
) -> None:
    rows = [make.run(n, f"{n}/task", s, [1.0, 0.5]) for n in NAMES for s in range(2)]
    rows += [make.run(name, "toy/shared", 0, [1.0, 0.5]) for name in NAMES]
    path = write_report(
        make.analysis(rows, {r["task"]: make.constants() for r in rows}), tmp_path, figures=False
    )
    chromium.errors.clear()
    chromium.open(path.as_uri())
    chromium.ready()
    assert chromium.run("typeof hacked") == "undefined"
    names = "[...document.querySelectorAll('[data-chips=optimizers] [data-name]')]"
    assert sorted(chromium.run(f"{names}.map((b) => b.textContent)")) == sorted(NAMES)
    assert '"\'=HYPERLINK(1)"' in chromium.run("csv(figures[0].chart.plot)")
    assert chromium.errors == []
