"""Renew the tables of docs/optimizers.md: what the catalogue says, between two marks.

As a program it writes the page: `python tests/optimizers_page.py`, or `make docs`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from hpobench.catalogue import Catalogue
from hpobench.optimizer import Variant
from hpobench.task import FEATURES
from tests.folders import CHECKOUT

PAGE = CHECKOUT / "docs" / "optimizers.md"
BEGIN, END = "<!-- made by make docs: begin -->\n", "<!-- made by make docs: end -->\n"

HEAD = ["optimizer", "what it is", "objectives", "fidelity", "`--initial`", "ms", "paper"]


def page() -> str:
    """The page, with its tables as the catalogue is now."""
    return renewed(PAGE, BEGIN, END, tables())


def renewed(path: Path, begin: str, end: str, parts: Iterable[str]) -> str:
    """A page with other lines between two marks."""
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    return before + begin + "\n".join(parts) + end + after


def tables() -> Iterator[str]:
    """A section for each family."""
    variants = Catalogue().variants.values()
    yield f"{len(variants)} variants of {len({v.family for v in variants})} families.\n"
    for name, family in groupby(variants, key=lambda variant: variant.family):
        members = list(family)
        yield f"## {name}\n"
        yield from sources(members)
        yield from table(members)


def sources(members: Sequence[Variant]) -> Iterator[str]:
    """Where a family comes from, and what has to be installed."""
    first, *_ = members
    extra = f", by `pip install 'hpobench[{first.extra}]'`" if first.extra else ""
    together = f", {apart(first)}" if len({*map(apart, members)}) == 1 and apart(first) else ""
    yield f"{origin(first)}{extra}{together}.\n"


def table(members: Sequence[Variant]) -> Iterator[str]:
    """A line for each variant, in Markdown."""
    first, *_ = members
    places = {*map(apart, members)}
    yield line(HEAD)
    yield line(["---"] * len(HEAD))
    for variant in members:
        able = variant.capabilities
        yield line(
            [
                f"`{variant.id}`",
                "; ".join(
                    [
                        variant.description,
                        *remarks(variant),
                        *([origin(variant)] if origin(variant) != origin(first) else []),
                        *([apart(variant)] if len(places) > 1 and apart(variant) else []),
                    ]
                ),
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


def remarks(variant: Variant) -> list[str]:
    """What it lacks or needs, behind its description."""
    absent = [feature for feature in FEATURES if feature not in variant.capabilities.types]
    found = [f"spaces without {' or '.join(absent)}"] if absent else []
    found += [f"needs {' and '.join(variant.needs)}"] if variant.needs else []
    found += [f"for tasks of {c}" for c in variant.capabilities.collections]
    found += [f"needs {' and '.join(variant.variables)} to be set"] if variant.variables else []
    return found


def apart(variant: Variant) -> str:
    """The environment that it needs, or empty."""
    if not (own := variant.environment):
        return ""
    return f"in an environment of its own: {', '.join([*own.requirements, *own.no_deps])}"


def origin(variant: Variant) -> str:
    """Its library with the version, or that it has none."""
    if not variant.library:
        return "Own implementation"
    return f"[{variant.library}]({variant.source}) {version(variant)}".rstrip()


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
