"""The site: all pages and all links are there, and no page asks the network for anything."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

import hpobench
from tests.folders import CHECKOUT, python_output

pytest.importorskip("mkdocs", reason="needs the extra 'site'")
pytestmark = pytest.mark.slow

CONFIG = CHECKOUT / "mkdocs.yml"
BUILD = ("-m", "mkdocs", "build", "--strict", "--config-file")
ADDRESSES = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
"""What a browser fetches as it shows a page, by the attribute that says from where."""


class Fetches(HTMLParser):
    """What a page has a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name == ADDRESSES.get(tag)]


def fetched(page: Path) -> Iterator[str]:
    """All addresses from which a page of the site, with its styles, is put together."""
    found = Fetches()
    found.feed(page.read_text())
    yield from found.addresses


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make site` builds it; a broken link ends the build."""
    folder = tmp_path_factory.mktemp("site")
    python_output(CHECKOUT, *BUILD, str(CONFIG), "--site-dir", str(folder))
    return folder


def test_every_page_of_the_docs_and_every_public_name_has_its_place(site: Path) -> None:
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert {f"{path.stem}.html" for path in (CHECKOUT / "docs").glob("*.md")} <= pages
    assert {"overview.html", "changelog.html", "gallery.html", "reference.html"} <= pages
    reference = (site / "reference.html").read_text()
    for name in hpobench.__all__:
        assert re.search(rf'<h2 id="hpobench\.\w+\.{name}"', reference), name
    assert len(re.findall(r'src="gallery/[\w.-]+\.svg"', (site / "gallery.html").read_text())) > 5


def test_no_page_asks_the_network_for_anything(site: Path) -> None:
    for page in site.rglob("*.html"):
        for address in fetched(page):
            assert not re.match(r"(\w+:)?//", address), f"{page.name}: {address}"
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", style.read_text()), style


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[gone](no-such-page.md)\n")
    config = yaml.safe_load(CONFIG.read_text())
    few = {key: config[key] for key in ("site_name", "strict", "theme", "validation")}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump({**few, "plugins": []}))
    done = subprocess.run(
        [sys.executable, *BUILD, str(tmp_path / "mkdocs.yml")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "'no-such-page.md'" in done.stderr
