"""The columns of a run's row, each declared once; whoever stores, checks or compares reads this."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

from hpobench.run import Status
from hpobench.system.json_values import (
    is_any_of,
    is_count,
    is_filled_text,
    is_finite_number,
    is_text,
)

NO_PARENT = -1
"""The parent of a trial that began from nothing, in a run where others went on from another."""
ID = "[0-9a-f]{32}"
"""The pattern of a run's id."""


class Type(Enum):
    """What a value of a column is; of a column with several for each trial, each of them."""

    TEXT = auto()
    JSON = auto()
    """A text that holds JSON."""
    LONG = auto()
    """An integer of 64 bits."""
    WHOLE = auto()
    """An integer of 32 bits."""
    REAL = auto()
    """A number of 64 bits; NaN and infinities are numbers."""
    SHORT = auto()
    """A number of 32 bits in shards: real seconds, which nobody compares."""


class Per(Enum):
    """How many values a row has of a column."""

    RUN = auto()
    """One value of the whole run."""
    TRIAL = auto()
    """One number for each trial, or a text on all of them."""
    OBJECTIVE = auto()
    """A number for each trial and objective, trial by trial; or none at all."""
    SIGNAL = auto()
    """A number for each trial and signal, trial by trial."""
    CONSTRAINT = auto()
    """A number for each trial and constraint, trial by trial."""


class Presence(Enum):
    """Which rows have a column."""

    ALWAYS = auto()
    NULLABLE = auto()
    """All have it; it is null where the task has no such thing."""
    OPTIONAL = auto()
    """Only those that use it: the others are, to the bit, as they were before there was it."""


class Compared(Enum):
    """When two executions of one run must agree in a column."""

    NEVER = auto()
    ALWAYS = auto()
    UNCLOCKED = auto()
    """Unless a real clock decides it: where costs, or the optimizer's time, are measured."""
    IF_IN_BOTH = auto()
    """If both have it: it is no part of what a run decides, and older runs lack it."""


class Thinned(Enum):
    """What becomes of a column when a run loses the trials that improved on nothing."""

    KEPT = auto()
    SUMMED = auto()
    """What the lost trials had is added to the next one's."""
    EMPTIED = auto()


class Encoding(Enum):
    """How a column is written in Parquet."""

    PLAIN = auto()
    DICTIONARY = auto()
    """For values that recur."""
    SPLIT = auto()
    """Byte by byte, for numbers that differ in their last digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreColumn:
    """All that is particular to one column.

    Attributes:
        name: In a row; of numbers of trials also the attribute of `trial.Record`.
        type: What its values are.
        per: How many it has.
        presence: Which rows have it.
        compared: When two executions of a run must agree in it.
        thinned: What becomes of it in a thin run.
        encoding: How it is written in Parquet.
        check: Whether a single value is sound; of no concern where there are several.
        least: The smallest integer of a list.
        cell: What a table with a row for each trial calls it; a prefix, where a trial has
            several. Its name by default.
    """

    name: str
    type: Type
    per: Per
    presence: Presence = Presence.ALWAYS
    compared: Compared = Compared.NEVER
    thinned: Thinned = Thinned.KEPT
    encoding: Encoding = Encoding.PLAIN
    check: Callable[[object], bool] = is_text
    least: int = 0
    cell: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it holds numbers of each trial."""
        return self.per is not Per.RUN and self.type is not Type.JSON

    @property
    def is_vector(self) -> bool:
        """Whether it may hold several numbers, or none, for each trial."""
        return self.per in {Per.OBJECTIVE, Per.SIGNAL, Per.CONSTRAINT}

    @property
    def is_declared(self) -> bool:
        """Whether a run has it just if its task lists what it has numbers of."""
        return self.per in {Per.SIGNAL, Per.CONSTRAINT}

    @property
    def field(self) -> str:
        """What a table with a row for each trial calls it, or each of its fields up to a dot."""
        return self.cell or self.name


def is_run_id(value: object) -> bool:
    """Whether it is 32 hexadecimal digits."""
    return isinstance(value, str) and bool(re.fullmatch(ID, value))


_text = partial(StoreColumn, type=Type.TEXT, per=Per.RUN, encoding=Encoding.DICTIONARY)
_json = partial(StoreColumn, type=Type.JSON)
_real = partial(StoreColumn, type=Type.REAL, per=Per.TRIAL)
_whole = partial(StoreColumn, type=Type.WHOLE, per=Per.TRIAL)
_clock = partial(
    StoreColumn,
    type=Type.SHORT,
    per=Per.TRIAL,
    thinned=Thinned.SUMMED,
    encoding=Encoding.SPLIT,
)
_ALWAYS, _UNCLOCKED = Compared.ALWAYS, Compared.UNCLOCKED
_DICTIONARY, _SPLIT = Encoding.DICTIONARY, Encoding.SPLIT

COLUMNS = (
    _text(name="run", check=is_run_id, encoding=Encoding.PLAIN),
    _text(name="optimizer", check=is_filled_text),
    _text(name="task", check=is_filled_text),
    StoreColumn(name="seed", type=Type.LONG, per=Per.RUN, check=is_count),
    _text(name="status", check=is_any_of([*Status]), compared=_ALWAYS),
    _text(name="reason"),
    _text(name="cut", compared=_ALWAYS),
    StoreColumn(name="seconds", type=Type.REAL, per=Per.RUN, check=is_finite_number),
    StoreColumn(name="finished", type=Type.REAL, per=Per.RUN, check=is_finite_number),
    _text(name="experiment"),
    _json(name="task_info", per=Per.RUN, encoding=_DICTIONARY),
    _json(name="variant_info", per=Per.RUN, encoding=_DICTIONARY),
    _whole(name="number", compared=_ALWAYS, encoding=_DICTIONARY),
    _real(name="fidelity", presence=Presence.NULLABLE, compared=_ALWAYS, encoding=_DICTIONARY),
    _real(name="values", per=Per.OBJECTIVE, compared=_ALWAYS, encoding=_SPLIT, cell="value"),
    _real(name="test", per=Per.OBJECTIVE, compared=_ALWAYS),
    _real(name="cost", compared=_UNCLOCKED),
    _real(name="start", compared=_UNCLOCKED, encoding=_SPLIT),
    _real(name="end", compared=_UNCLOCKED, encoding=_SPLIT),
    _whole(name="worker", compared=_UNCLOCKED, encoding=_DICTIONARY),
    _real(name="spent", compared=_ALWAYS),
    _clock(name="ask_seconds"),
    _clock(name="tell_seconds"),
    _whole(
        name="parent",
        presence=Presence.OPTIONAL,
        compared=_ALWAYS,
        thinned=Thinned.EMPTIED,
        least=NO_PARENT,
    ),
    _real(
        name="signals",
        per=Per.SIGNAL,
        presence=Presence.OPTIONAL,
        compared=_ALWAYS,
        cell="signal",
    ),
    _real(
        name="constraints",
        per=Per.CONSTRAINT,
        presence=Presence.OPTIONAL,
        compared=_ALWAYS,
        cell="constraint",
    ),
    _real(
        name="noiseless",
        per=Per.OBJECTIVE,
        presence=Presence.OPTIONAL,
        compared=Compared.IF_IN_BOTH,
    ),
    _json(name="failures", per=Per.TRIAL, compared=_ALWAYS, encoding=_DICTIONARY, cell="failure"),
    _json(
        name="configs",
        per=Per.TRIAL,
        compared=_ALWAYS,
        thinned=Thinned.EMPTIED,
        cell="config",
    ),
)
"""In the order in which people read them; a journal and a shard each have one of their own."""

LISTS = {column.name: column for column in COLUMNS if column.is_list}
"""Those with numbers of each trial, by name."""
OPTIONAL = tuple(column.name for column in COLUMNS if column.presence is Presence.OPTIONAL)
NEEDED = tuple(column.name for column in COLUMNS if column.presence is not Presence.OPTIONAL)
INFOS = tuple(
    column.name for column in COLUMNS if column.type is Type.JSON and column.per is Per.RUN
)
"""Long texts of what a run knew of its task and its optimizer."""
TIMES = tuple(
    column.name
    for column in LISTS.values()
    if column.per is Per.TRIAL and column.presence is Presence.ALWAYS and column.name != "number"
)
"""When, where and for how much each trial was evaluated: a number that every trial has."""
VECTORS = {column.field: column.name for column in LISTS.values() if column.is_vector}
"""By the prefix of its fields, each column that may hold several numbers of a trial."""
