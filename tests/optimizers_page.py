"""Renew the tables of docs/optimizers.md: what the catalogue says, between two marks.

As a program it writes the page: `python tests/optimizers_page.py`, or `make docs`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from hpobench.catalogue import Catalogue
from hpobench.optimizer import Variant
from hpobench.task import FEATURES

CHECKOUT = Path(__file__).parents[1]
PAGE = CHECKOUT / "docs" / "optimizers.md"
BEGIN, END = "<!-- made by make docs: begin -->\n", "<!-- made by make docs: end -->\n"

HEAD = ["optimizer", "what it is", "objectives", "fidelity", "`--initial`", "ms", "paper"]


def page() -> str:
    """The page, with its tables as the catalogue is now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n".join(tables()) + END + after


def tables() -> Iterator[str]:
    """A section for each family."""
    variants = Catalogue().variants.values()
    yield f"{len(variants)} variants of {len({v.family for v in variants})} families.\n"
    for name, family in groupby(variants, key=lambda variant: variant.family):
        members = list(family)
        yield f"## {name}\n"
        yield from sources(members)
        yield from table(members)


def sources(members: Iterable[Variant]) -> Iterator[str]:
    """Where a family comes from, and what has to be installed."""
    first, *_ = members
    origin = f"[{first.library}]({first.source})" if first.library else "Own implementation"
    extra = f", by `pip install 'hpobench[{first.extra}]'`" if first.extra else ""
    known = version(first)
    yield f"{origin}{' ' if known else ''}{known}{extra}.\n"


def table(members: Iterable[Variant]) -> Iterator[str]:
    """A line for each variant, in Markdown."""
    yield line(HEAD)
    yield line(["---"] * len(HEAD))
    for variant in members:
        able = variant.capabilities
        yield line(
            [
                f"`{variant.id}`",
                variant.description + remarks(variant),
                str(able.objectives or "any"),
                "chooses" if able.fidelity else "highest",
                "yes" if able.initial else "-",
                f"{variant.ask_tell_ms:g}",
                variant.paper,
            ]
        )
    yield ""


def line(cells: Iterable[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def remarks(variant: Variant) -> str:
    """What it lacks or needs, behind its description."""
    absent = [feature for feature in FEATURES if feature not in variant.capabilities.types]
    found = [f"spaces without {' or '.join(absent)}"] if absent else []
    found += [f"needs {' and '.join(variant.needs)}"] if variant.needs else []
    found += [f"for tasks of {c}" for c in variant.capabilities.collections]
    found += [f"needs {' and '.join(variant.variables)} to be set"] if variant.variables else []
    if variant.environment:
        own = [*variant.environment.requirements, *variant.environment.no_deps]
        found += [f"in an environment of its own: {', '.join(own)}"]
    return "".join(f"; {each}" for each in found)


def version(variant: Variant) -> str:
    """The version of its library that is locked, or asked for by its extra or environment."""
    lock = (CHECKOUT / ".ci" / "constraints.txt").read_text(encoding="utf-8").split()
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["optional-dependencies"].get(variant.extra, [])
    own = variant.environment
    asked = [*own.requirements, *own.no_deps] if own else [*asked, *lock]
    for requirement in asked:
        name, *rest = re.split(r"(?=[=<>])", requirement, maxsplit=1)
        if name.lower() == variant.library.lower():
            return "".join(rest).removeprefix("==").replace(">=", "from ")
    return ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
