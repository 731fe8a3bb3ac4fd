"""What the values and the words of a column's name say about it."""

import itertools
import math
import re
from collections.abc import Collection, Sequence
from typing import Any

from hpobench.benchmarks.recorded.source import FileTable

SMALLER = frozenset(
    [
        "loss",
        "logloss",
        "error",
        "err",
        "rmse",
        "mse",
        "mae",
        "mape",
        "nll",
        "regret",
        "perplexity",
        "ppl",
        "latency",
        "energy",
        "bpb",
        "runtime",
        "cost",
        "crossentropy",
        "wer",
        "cer",
        "fid",
    ]
)
LARGER = frozenset(
    [
        "acc",
        "accuracy",
        "auc",
        "auroc",
        "auprc",
        "gauc",
        "f1",
        "f1score",
        "r2",
        "score",
        "reward",
        "return",
        "performance",
        "precision",
        "recall",
        "bleu",
        "rouge",
        "throughput",
        "tps",
        "qps",
        "ndcg",
        "map",
        "iou",
        "dice",
        "mcc",
        "kappa",
        "fitness",
        "elbo",
        "likelihood",
    ]
)
PAIRS = {
    "error_rate": "minimize",
    "win_rate": "maximize",
    "success_rate": "maximize",
    "hit_rate": "maximize",
    "model_size": "minimize",
    "execution_time": "minimize",
    "response_time": "minimize",
    "inference_time": "minimize",
    "explained_variance": "maximize",
}
WHOLE = frozenset(["objective", "value", "target", "y", "metric", "result"])
"""These say that a column is an objective only if they are all of its name."""

QUALIFIERS = frozenset(
    [
        "mean",
        "avg",
        "average",
        "median",
        "final",
        "best",
        "last",
        "top",
        "val",
        "valid",
        "validation",
        "dev",
        "test",
        "train",
        "training",
        "cv",
        "s",
        "ms",
        "sec",
        "seconds",
        "us",
        "ns",
        "percent",
        "pct",
        "eval",
        "holdout",
        "macro",
        "micro",
        "weighted",
        "balanced",
        "at",
    ]
)
"""These say how something was measured, and not what."""

SPREADS = frozenset(["std", "stdev", "stddev", "stderr", "sem", "var"])
IDENTITY = re.compile(
    r"number|no|nr|row|name|hash|uuid|unnamed(_\d+)?|index(_level_\d+)?"
    r"|((run|config|configuration|trial|job|arch|experiment|exp|task)_?)?(id|index|hash|name|number|no|key)"
    r"|(run|trial|job|iter|iteration|experiment|exp)"
)
"""Names that columns have which tell rows apart, spoken in small letters."""

TIMESTAMP = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?([ T_]\d\d?[:.\-]\d\d.*)?|\d\d?[:]\d\d(:\d\d.*)?")
CLOCK = (1e9, 1e11)
"""Seconds since 1970 of any time from 2001 on."""

FEW = 20
"""A hyperparameter of numbers with at most so many values is taken for an ordinal."""


def words(name: str) -> list[str]:
    """The words of a name in small letters, without the digits behind them."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name).lower()
    tokens = [token for token in re.split(r"[\W_]+", spaced) if token]
    return [t if t in LARGER | SMALLER else t.rstrip("0123456789") or t for t in tokens]


def spoken(name: str) -> str:
    """A name as its words."""
    return "_".join(words(name))


def metric_direction(name: str) -> str:
    """`minimize` or `maximize`, if the last word of the name is one of an objective; or empty.

    `batch_size`, `error_weight` and `score_function` are not: they say of what they are.
    """
    said = [w for w in words(name) if w not in QUALIFIERS and not w.isdigit()]
    if not said:
        return ""
    pair = "_".join(said[-2:])
    negated = said[0] == "neg"
    if pair in PAIRS:
        return PAIRS[pair]
    if len(said) == 1 and said[0] in WHOLE:
        return "minimize"
    if said[-1] in SMALLER or pair == "log_loss":
        return "maximize" if negated else "minimize"
    return "maximize" if said[-1] in LARGER else ""


def split_of(name: str) -> str:
    """`val`, `test`, `train`, or empty: which data an objective was measured on."""
    said = set(words(name))
    kinds = {"val": {"val", "valid", "validation", "dev"}, "test": {"test", "holdout"}}
    kinds["train"] = {"train", "training"}
    return next((kind for kind, known in kinds.items() if said & known), "")


def stem_of(name: str) -> tuple[str, ...]:
    """The words of a name without those of `split_of`."""
    return tuple(word for word in words(name) if not split_of(word))


def given(values: Sequence[Any]) -> list[Any]:
    """The values that there are."""
    return [value for value in values if value is not None]


def is_numeric(values: Sequence[Any]) -> bool:
    """Whether all values that there are are numbers, and there is one."""
    there = given(values)
    return bool(there) and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in there
    )


def is_designed(values: Sequence[Any]) -> bool:
    """Whether values repeat as those of a grid do, or are no numbers."""
    there = given(values)
    distinct = len(set(there))
    return not is_numeric(values) or (distinct <= FEW and 2 * distinct <= len(there))


def is_clock(name: str, values: Sequence[Any]) -> bool:
    """Whether all values are dates or times of the day, as text or in seconds since 1970."""
    there = given(values)
    if all(isinstance(value, str) for value in there):
        return all(TIMESTAMP.fullmatch(value.strip()) for value in there)
    named = {"time", "timestamp", "date", "created", "started", "start", "end", "starttime"}
    named |= {"endtime", "stamp"}
    low, high = CLOCK
    return (
        is_numeric(values)
        and bool(named & set(words(name)))
        and all(low < value < high for value in there)
    )


def is_counter(values: Sequence[Any]) -> bool:
    """Whether whole numbers count the rows."""
    there = given(values)
    whole = is_numeric(values) and all(map(is_whole, there))
    return whole and all(later - value == 1 for value, later in itertools.pairwise(there))


def is_whole(value: Any) -> bool:
    """Whether a number is an integer, however it is written."""
    return math.isfinite(value) and float(value).is_integer() and abs(value) < 2**53


def useless(name: str, values: Sequence[Any]) -> str:
    """Why a column can be nothing at all; or empty."""
    there = given(values)
    if not there:
        return "it is empty"
    if len(set(values)) == 1:
        return f"all rows have {there[0]!r}"
    if is_clock(name, values):
        return "it holds dates or times"
    if is_identity(name, values):
        return "it tells rows apart"
    return _useless_texts(there) if all(isinstance(v, str) for v in there) else ""


def _useless_texts(texts: Sequence[str]) -> str:
    """Why texts are no values of a hyperparameter; or empty."""
    if len(set(texts)) > FEW and 2 * len(set(texts)) > len(texts):
        return "it has a text of its own in most rows"
    structured = any(text.lstrip().startswith("{") for text in texts)
    return "it holds structures, not values" if structured else ""


def is_identity(name: str, values: Sequence[Any]) -> bool:
    """Whether a column is named like one that tells rows or trials apart, and could do so."""
    if name.strip() and not IDENTITY.fullmatch(spoken(name)):
        return False
    there = given(values)
    return (
        is_counter(values)
        or spoken(name) not in {"run", "trial", "job", "iter", "iteration"}
        or (len(set(there)) == len(there))
    )


def keys(table: FileTable, columns: Collection[str]) -> list[tuple[Any, ...]]:
    """For each row its values of some columns."""
    if not columns:
        return [()] * len(table.numbers)
    return list(zip(*(table.columns[name] for name in columns), strict=True))


def repeats(table: FileTable, columns: Collection[str]) -> bool:
    """Whether two rows are the same in these columns."""
    rows = keys(table, columns)
    return len(set(rows)) < len(rows)


def varies_within(table: FileTable, column: str, columns: Collection[str]) -> bool:
    """Whether rows that are the same in the columns have several values of another one."""
    places = keys(table, columns)
    return len(set(zip(places, table.columns[column], strict=True))) > len(set(places))
