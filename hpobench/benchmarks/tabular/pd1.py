"""Training runs of PD1 from its publisher's JSON Lines, of one task at a time."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

from hpobench.benchmarks.tabular.publisher_formats import Columns
from hpobench.errors import FileError, nearest

PARTS = ("matched", "unmatched")
"""Files of a phase: the same configurations for all tasks, and others for each."""

HYPERPARAMETERS = {
    "lr_initial_value": "hps.lr_hparams.initial_value",
    "lr_power": "hps.lr_hparams.power",
    "lr_decay_steps_factor": "hps.lr_hparams.decay_steps_factor",
    "one_minus_momentum": "hps.opt_hparams.momentum",
}
CURVES = {
    "error_rate": "valid/error_rate",
    "ce_loss": "valid/ce_loss",
    "error_rate test": "test/error_rate",
    "ce_loss test": "test/ce_loss",
}
STEPS, SPEEDS = "global_step", "steps_per_sec"

FAULTS = (OSError, EOFError, zlib.error)
"""What a missing or damaged file raises."""

Curve = list[float | None]


@dataclass(frozen=True, slots=True)
class PublishedTraining:
    """A training.

    Attributes:
        config: A value for each of `HYPERPARAMETERS`.
        curves: For each of `CURVES`, a value for each evaluation.
        seconds: From the beginning to each evaluation.
    """

    config: Mapping[str, float]
    curves: Mapping[str, Curve]
    seconds: Sequence[float]


def runs(path: Path, task: str) -> Columns:
    """What each evaluation of each training of a task measured, in both parts of a phase.

    A training's evaluations are counted from 1. All trainings get as many rows as most have that
    were evaluated at all: beyond a training's last evaluation nothing was measured, and it has
    taken what it took until then; one that was never evaluated has taken what is usual until the
    first evaluation.

    Args:
        path: The file of the matched configurations; the other one lies beside it.
        task: Data set, model and batch size, and of some models the activation function, joined
            with `-`.

    Raises:
        FileError: There is no such task, or a file is not of the publisher's form.

    Source:
        The README of the archive, and the programs that read it: `hyperbo/bo_utils/data.py` of
        https://github.com/google-research/hyperbo (1 - momentum), `pd1_import.py` of Syne Tune
        (parts of phase 1, tasks, evaluations counted) and `process_script.py` of
        https://github.com/automl/mf-prior-bench (trainings without evaluations). Times are those
        of the program that made the data, https://github.com/google/init2winit at 011118b,
        `trainer.py`: `steps_per_sec` is the mean since the training was started.
    """
    paths = [path.with_name(path.name.replace(PARTS[0], part)) for part in PARTS]
    found = [run for each in paths for run in _runs(each, task)]
    if not found:
        names = {_name(record) for _, record in _records(path)}
        raise FileError(path, f"has no training of {task!r}{nearest(task, names)}")
    lengths = Counter(len(run.seconds) for run in found if run.seconds)
    length = max(lengths, key=lambda n: (lengths[n], n), default=1)
    first = median([run.seconds[0] for run in found if run.seconds] or [0.0])
    columns: Columns = {}
    for number, run in enumerate(found):
        for row in _rows(run, length, first):
            for name, value in {"run": number, **run.config, **row}.items():
                columns.setdefault(name, []).append(value)
    return columns


def _rows(run: PublishedTraining, length: int, first: float) -> Iterator[dict[str, Any]]:
    """A row for each evaluation, also for those that it did not live to see."""
    for place in range(length):
        seconds = run.seconds[min(place, len(run.seconds) - 1)] if run.seconds else first
        measured = {n: c[place] if place < len(c) else None for n, c in run.curves.items()}
        yield {"evaluation": place + 1, **measured, "seconds": seconds}


def _runs(path: Path, task: str) -> Iterator[PublishedTraining]:
    """The trainings of a task in one file."""
    for line, record in _records(path, b'"%s"' % task.partition("-")[0].encode()):
        if task in (_name(record), _name(record, activation=False)):
            try:
                yield _run(record)
            except KeyError as error:
                wanted = str(error.args[0])
                message = f"has no column {wanted!r}{nearest(wanted, record)}"
                raise FileError(path, message, line=line) from None
            except (TypeError, ValueError, OverflowError) as error:
                raise FileError(path, f"is no training of PD1: {error}", line=line) from None


def _records(path: Path, needed: bytes = b"") -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines that hold some bytes, with their numbers."""
    try:
        with gzip.open(path) as file:
            for number, line in enumerate(file, start=1):
                if needed in line and line.strip():
                    yield number, _object(path, number, line)
    except FAULTS as error:
        raise FileError(path, f"cannot be read: {error}") from None


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    """A line's JSON object."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"is not JSON: {error}", line=number) from None
    if not isinstance(record, dict):
        raise FileError(path, "is no JSON object", line=number)
    return record


def _name(record: Mapping[str, Any], *, activation: bool = True) -> str:
    """The task that a training belongs to."""
    parts = [record.get("dataset"), record.get("model"), record.get("hps.batch_size")]
    parts += [record.get("hps.activation_fn")] if activation else []
    return "-".join(str(part) for part in parts if part is not None)


def _run(record: Mapping[str, Any]) -> PublishedTraining:
    """A training as it is recorded.

    Raises:
        KeyError: A column is missing.
        TypeError: A value is of another type; or `ValueError` or `OverflowError`.
    """
    config = {name: float(record[column]) for name, column in HYPERPARAMETERS.items()}
    config["one_minus_momentum"] = 1.0 - config["one_minus_momentum"]
    curves = {name: _curve(record[column]) for name, column in CURVES.items()}
    seconds = _elapsed_seconds(
        _curve(record[STEPS]), _curve(record[SPEEDS]), len(curves["error_rate"])
    )
    return PublishedTraining(config, curves, seconds)


def _curve(values: Any) -> Curve:
    """A value for each evaluation; null stands for a training without any."""
    if values is None:
        return []
    if not isinstance(values, list):
        raise TypeError(f"expected a list of numbers, not {str(values)[:40]!r}")
    return [None if value is None else float(value) for value in values]


def _elapsed_seconds(steps: Curve, speeds: Curve, length: int) -> list[float]:
    """Time from the beginning to each evaluation, which never becomes less.

    After an interruption the mean speed is that since the restart.
    """
    spent, result = 0.0, []
    for step, speed in zip(steps[:length], speeds, strict=False):
        if step and speed and 0 < speed < inf:
            spent = max(spent, step / speed)
        result.append(spent)
    return result + [spent] * (length - len(result))
