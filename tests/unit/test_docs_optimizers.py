"""The page of optimizers is that of the catalogue."""

from hpobench.catalogue import Catalogue
from tests.optimizers_page import PAGE, page, tables


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "renew it by: make docs"


def test_it_names_every_variant_and_a_paper_or_a_source_for_each() -> None:
    lines = "\n".join(tables()).splitlines()  # elsewhere on the page there are figures of some
    for variant in Catalogue().variants.values():
        (row,) = [each for each in lines if each.startswith(f"| `{variant.id}` |")]
        assert row.split(" | ")[-1].removesuffix(" |"), f"no paper for {variant.id}"


def test_libraries_have_a_version() -> None:
    sources = [each for each in page().splitlines() if each.startswith("[")]
    assert sources
    assert all(any(char.isdigit() for char in each.partition(")")[2]) for each in sources)
