"""Which outcomes span a task's map of the best, as YAML states them."""

from hpobench.catalogue.reader import Node
from hpobench.catalogue.section import Section, flag, members
from hpobench.diversity.axes import MOST_MEASURES, MeasureAxis
from hpobench.outcomes import is_finite


def read_measures(node: Node) -> tuple[MeasureAxis, ...]:
    """Measures by name, each with `low`, `high` and perhaps `log: true`.

    Raises:
        FileError: There are none or too many of them, or a range is none.
    """
    named = members(node)
    if not 1 <= len(named) <= MOST_MEASURES:
        raise node.error(f"a task has 1 to {MOST_MEASURES} measures, not {len(named)}")
    return tuple(_measure(name, Section(each)) for name, each in named.items())


def _measure(name: str, section: Section) -> MeasureAxis:
    """One measure with its range."""
    low, high = section.take("low", _number), section.take("high", _number)
    log = section.take("log", flag, False)
    section.finish()
    if not low < high:
        raise section.error(f"the measure {name!r} ends at {high:g}, not above {low:g}")
    if log and low <= 0:
        raise section.error(f"the measure {name!r} begins at {low:g}: on a log scale above 0")
    return MeasureAxis(name=name, low=low, high=high, log=log)


def _number(node: Node) -> float:
    """A finite number of either sign."""
    if not is_finite(node.value):
        raise node.error(f"expected a finite number, not {node.value!r:.100}")
    return float(node.value)
