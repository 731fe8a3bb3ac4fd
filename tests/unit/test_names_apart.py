"""Names that look alike are refused, and names that fall together in paths are kept apart."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.catalogue.catalogue import _matches
from hpobench.errors import FileError
from hpobench.exchange.foreign import ForeignTable
from hpobench.exchange.functions import folder_names, slug
from hpobench.store.selection import match_globs


@pytest.mark.parametrize(
    "name", ["a ", " a", "a\u200b", "a\nb", "a\t", "\ufeffa", "a\u00a0", "\x1b[2J"]
)
@pytest.mark.parametrize("column", ["optimizer", "task"])
def test_a_name_with_what_is_not_seen_is_refused_with_file_and_line(name: str, column: str) -> None:
    cells = {"optimizer": "a", "task": "t", "seed": "0", "trial": "0", "value": "1"}
    table = ForeignTable(origin="csv")
    with pytest.raises(FileError, match=rf"x\.csv:7: the {column} "):
        list(table.rows(Path("x.csv"), [(7, cells | {column: name})]))


def test_a_column_with_what_is_not_seen_is_refused() -> None:
    cells = {
        "optimizer": "a",
        "task": "t",
        "seed": "0",
        "trial": "0",
        "value": "1",
        "config.x ": "1",
    }
    with pytest.raises(FileError, match="the column "):
        list(ForeignTable(origin="csv").rows(Path("x.csv"), [(2, cells)]))


def test_an_exact_name_comes_before_a_glob() -> None:
    assert match_globs(["lr[1]", "lr1"], ["lr[1]"]) == ["lr[1]"]
    assert match_globs(["lr1", "lr2"], ["lr[1]"]) == ["lr1"]
    assert match_globs(["a*", "ab"], ["a*"]) == ["a*"]
    assert match_globs(["t[1]@trials=5", "t1"], ["t[1]"]) == ["t[1]@trials=5"]
    assert _matches("optimizer", "lr[1]", {"lr[1]": 1, "lr1": 1}) == ["lr[1]"]


@given(st.lists(st.text(min_size=1), unique=True))
def test_each_name_has_a_folder_of_its_own_whatever_the_names(names: list[str]) -> None:
    made = folder_names(names, slug)
    assert set(made) == set(names)
    assert len({folder.casefold() for folder in made.values()}) == len(names)
    assert made == folder_names(reversed(names), slug)
