"""What the YAML of tasks says a configuration must keep: names, series of names, and limits."""

import re

from hpobench.catalogue.reader import Node
from hpobench.catalogue.section import texts
from hpobench.constraint import Constraint
from hpobench.errors import UserError


def read_constraints(node: Node) -> tuple[Constraint, ...]:
    """What a configuration must keep: names, series of names or limits, each quantity once."""
    named = (name for text in texts(node) for name in _numbered(text))
    try:
        found = tuple(map(Constraint.parse, named))
    except UserError as error:
        raise node.error(str(error)) from None
    if len({each.name for each in found}) < len(found):
        raise node.error("two constraints are of one quantity")
    return found


def _numbered(text: str) -> list[str]:
    """The names of a series such as `g1..g12`; any other text alone."""
    if series := re.fullmatch(r"(\D+)(\d{1,3})\.\.\1(\d{1,3})", text):
        stem, first, last = series.groups()
        return [f"{stem}{number}" for number in range(int(first), int(last) + 1)]
    return [text]
