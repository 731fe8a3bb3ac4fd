"""The page inside, in a real browser: it shows the trials as they are, and obeys no name."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hpobench.analysis.inside import look_inside
from hpobench.report import writing
from hpobench.report.inside import payload
from hpobench.report.writing import write_report
from tests.browser import Browser, browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = "</script><script>alert(1)</script><b>"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium (apt-get install chromium)"),
]


def rows(make: SimpleNamespace, optimizers: int = 2, trials: int = 30) -> list[dict[str, Any]]:
    """Runs on two tasks; the first optimizer and a choice have hostile names."""
    rng = np.random.default_rng(4)
    found = []
    for i in range(optimizers):
        for task, seed in (("toy/a", 0), ("toy/a", 1), ("toy/<b>", 0)):
            x = rng.uniform(1, 9, trials)
            kinds = [("a", HOSTILE)[int(k)] for k in rng.integers(0, 2, trials)]
            layers = [int(n) if kind == "a" else None for n, kind in zip(x, kinds, strict=True)]
            name = HOSTILE if i == 0 else f"o{i}"
            row = make.run(name, task, seed, np.where(x > 8.5, np.nan, x).tolist(), budget=trials)
            configs = {"x": x.tolist(), "kind": kinds, "layers": layers}
            failed = {str(at): "too large" for at in np.flatnonzero(x > 8.5).tolist()}
            found.append(row | {"configs": json.dumps(configs), "failures": json.dumps(failed)})
    return found


@pytest.fixture(scope="module")
def stored(make: SimpleNamespace) -> list[dict[str, Any]]:
    return rows(make)


@pytest.fixture(scope="module")
def folder(
    make: SimpleNamespace, stored: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    source = make.Runs(stored)
    analysis = make.analysis(source)
    place = tmp_path_factory.mktemp("inside")
    write_report(analysis, place, inside=look_inside(analysis, source))
    return place


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(str(CHROMIUM), tmp_path_factory.mktemp("profile")) as found:
        yield found


def opened(chromium: Browser, folder: Path, view: str = "") -> Browser:
    chromium.errors.clear()
    chromium.open(f"{(folder / writing.INSIDE).as_uri()}{view}")
    chromium.ready()
    return chromium


def table(page: Browser, name: str) -> list[list[str]]:
    """The cells of a table, heading first, all of its rows."""
    page.run(f"document.querySelector('div.{name} button.more')?.click()")
    found: list[list[str]] = page.run(
        f"[...document.querySelectorAll('div.{name} tr')].map((row) => "
        "[...row.cells].map((cell) => cell.textContent))"
    )
    return found


def test_the_trials_of_a_run_are_those_that_are_stored(
    chromium: Browser, folder: Path, stored: list[dict[str, Any]]
) -> None:
    page = opened(chromium, folder, "#task=toy%2Fa&optimizer=o1&seed=1")
    head, *lines = table(page, "trials")
    assert head == ["trial", "x", "kind", "layers", "loss", "cost", "failure"]
    (row,) = [r for r in stored if (r["optimizer"], r["task"], r["seed"]) == ("o1", "toy/a", 1)]
    configs = json.loads(row["configs"])
    assert len(lines) == 30
    for i, (number, x, kind, layers, loss, _, failure) in enumerate(lines):
        assert int(number) == i
        assert float(x) == pytest.approx(configs["x"][i], abs=2e-3)
        assert kind == configs["kind"][i]
        assert layers == ("-" if configs["layers"][i] is None else str(configs["layers"][i]))
        assert failure == json.loads(row["failures"]).get(str(i), "")
        assert failure or float(loss) == pytest.approx(row["values"][i], rel=1e-4)
    assert page.errors == []


def test_more_than_ten_rows_fold_until_they_are_asked_for(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder, "#task=toy%2Fa")
    count = "document.querySelectorAll('div.trials tbody tr').length"
    assert page.run(count) == 10
    assert page.run("document.querySelector('div.trials button').textContent") == "110 more of 120"
    table(page, "trials")
    assert page.run(count) == 120


def test_lines_slices_importance_and_landscape_are_of_what_is_chosen(
    chromium: Browser, folder: Path
) -> None:
    page = opened(chromium, folder)
    assert page.run("document.querySelectorAll('.slices figure').length") == 3
    assert page.run("document.querySelectorAll('.parallel path.trial').length") > 1
    names = [line[0] for line in table(page, "importance")[1:]]
    assert names[0] == "x"
    assert "local optim" in page.run("document.querySelector('div.landscape').textContent")
    assert [line[0] for line in table(page, "search")[1:]] == [HOSTILE, "o1"]
    page.run(
        "(async () => { const s = document.querySelector('select[name=optimizer]'); "
        "s.value = 'o1'; s.dispatchEvent(new Event('change')); })()"
    )
    assert page.run("document.querySelectorAll('main .legend span').length") == 1
    assert "optimizer=o1" in page.run("location.hash")
    assert page.errors == []


def test_it_stands_alone_and_the_report_links_it(folder: Path) -> None:
    text = (folder / writing.INSIDE).read_text()
    assert not re.findall(r"(?:src|href)=[\"'](?!report\.html|#)", text)
    assert HOSTILE not in text
    assert 'href="inside.html"' in (folder / "report.html").read_text()
    assert (folder / "tables" / "importance.csv").exists()


def test_an_analysis_without_it_leaves_none_of_an_earlier_one(
    make: SimpleNamespace, tmp_path: Path
) -> None:
    source = make.Runs(rows(make))
    analysis = make.analysis(source)
    write_report(analysis, tmp_path, inside=look_inside(analysis, source))
    write_report(analysis, tmp_path)
    assert not (tmp_path / writing.INSIDE).exists()
    assert not list((tmp_path / "tables").glob("importance.*"))
    page = (tmp_path / "report.html").read_text()
    assert "inside.html" not in page
    assert "hpobench analyze RESULTS --inside" in page


def test_where_not_all_runs_fit_the_first_seeds_of_all_are_there_and_the_rest_is_counted(
    chromium: Browser, make: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make.Runs(rows(make))
    analysis = make.analysis(source)
    monkeypatch.setattr(payload, "NUMBERS", 2 * 30 * 6 * 2)  # of either task two runs
    write_report(analysis, tmp_path, inside=look_inside(analysis, source))
    page = opened(chromium, tmp_path, "#task=toy%2Fa")
    assert page.run("[...document.querySelector('select[name=seed]').options].length") == 2
    said = page.run("document.querySelector('.summary').textContent")
    assert said.startswith("60 trials of 2 runs")
    assert "2 of 4 runs on this task are not on the page" in said


@pytest.mark.parametrize("width", [390, 1300])
def test_nothing_is_wider_than_the_window(chromium: Browser, folder: Path, width: int) -> None:
    chromium.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=800,
        deviceScaleFactor=1,
        mobile=False,
    )
    page = opened(chromium, folder)
    assert page.run("document.documentElement.scrollWidth") <= width
