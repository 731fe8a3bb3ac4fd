"""Which rows of a table are results, and which texts in it stand for none."""

import re
from dataclasses import replace
from typing import Any

from hpobench.benchmarks.recorded import columns as about
from hpobench.benchmarks.recorded.exports import Export, fits
from hpobench.benchmarks.recorded.source import FileTable

STATUS = r"((trial|run|job|exit|m:)_?)?(status|state)"
SUCCESS = (
    r"(StatusType\.)?(complete|completed|success|successful|succeeded|finished|terminated|done|ok)"
)
PLAIN_SUCCESS = r"success|succeeded|finished|ok"
"""These are no values of hyperparameters, whatever the name of their column."""
FAILURES = 5
"""A column of numbers that holds at most so many different texts holds failures."""


def finished(table: FileTable, export: Export) -> dict[str, Any]:
    """`where` of the trials that came to a good end, if the table has others too."""
    for name, values in table.columns.items():
        ends = set(values) - {None}
        good = [end for end in ends if _is_good_end(name, str(end), export)]
        if len(good) == 1 and len(set(values)) > 1:
            return {name: good[0]}
    return {}


def _is_good_end(name: str, end: str, export: Export) -> bool:
    """Whether a value of a column says that a trial came to a good end."""
    if export.status:
        pattern = f"{SUCCESS}|{export.success}" if fits(export.status, name) else ""
    elif export.tool:
        return False
    else:
        pattern = SUCCESS if fits(STATUS, name.lower()) else PLAIN_SUCCESS
    return bool(pattern) and re.fullmatch(pattern, end, re.IGNORECASE) is not None


def with_missing(table: FileTable, export: Export) -> tuple[FileTable, list[str]]:
    """Objectives as numbers, without the texts that say of a failure, as in `0.3`, `F_oom`."""
    changed: dict[str, list[Any]] = {}
    absent: set[str] = set()
    for name, values in table.columns.items():
        if fits(export.objective, name) or about.metric_direction(name):
            numbers = list(map(_number, values))
            texts = {v for v, n in zip(values, numbers, strict=True) if n is None and v is not None}
            if (
                texts
                and len(texts) <= FAILURES
                and sum(n is not None for n in numbers) > len(texts)
            ):
                changed[name] = numbers
                absent |= set(map(str, texts))
    others = {v for name, values in table.columns.items() if name not in changed for v in values}
    if not changed or absent & others:
        return table, []
    return replace(table, columns={**table.columns, **changed}), sorted(absent)


def _number(value: Any) -> float | None:
    """A number, also of a text; or None."""
    try:
        return value if isinstance(value, int | float) else float(value)
    except (TypeError, ValueError):
        return None
