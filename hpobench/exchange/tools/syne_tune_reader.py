"""Read what Syne Tune (0.16) stored of its tunings: `results.csv.zip` and `metadata.json`."""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, one_line
from hpobench.exchange.cells import read_config, read_number
from hpobench.exchange.foreign import Line
from hpobench.exchange.tools.runs import ToolRun, read_json
from hpobench.exchange.tools.spaces import categorical, number_range, space_json
from hpobench.task import Objective

RESULTS = "results.csv.zip"
METADATA = "metadata.json"
LARGEST = 1 << 30
"""So many bytes a table may have when unpacked."""

Cells = Mapping[str, str]
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # encrypted, or a compression that is not known
    zipfile.BadZipFile,
    zlib.error,
)
_MISTAKES = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def read_syne_tune(path: Path, notes: list[str]) -> Iterator[ToolRun]:
    """The tunings below a folder, in the order of their paths.

    The last report of each trial counts, at the resource that the scheduler names.

    Args:
        path: A tuning's folder, or one that holds some.
        notes: What is left out is said here.

    Raises:
        FileError: There is none, or a file of one is missing or damaged.
    """
    found = sorted(path.rglob(RESULTS)) if path.is_dir() else [path]
    if not found:
        raise FileError(path, f"holds no tuning of Syne Tune: there is no {RESULTS} in it")
    for results in found:
        metadata = read_json(results.with_name(METADATA))
        reports = _reports(results)
        try:
            run = _run(results, metadata, reports)
        except _MISTAKES as error:
            reason = f"{type(error).__name__}: {one_line(error)}"
            raise FileError(results, f"and {METADATA} are no tuning ({reason})") from None
        if len(run.trials) < len(reports):
            notes.append(f"{results}: of each trial the last of its reports counts")
        yield run


def _reports(path: Path) -> Sequence[Cells]:
    """The rows of the table."""
    try:
        with zipfile.ZipFile(path) as archive:
            (member,) = archive.infolist()
            if member.file_size > LARGEST:
                raise FileError(path, f"unpacks to more than {LARGEST:,} bytes")
            text = archive.read(member).decode()
    except _UNREADABLE as error:
        raise FileError(path, f"is no {RESULTS} of Syne Tune: {one_line(error)}") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        rows: list[dict[str, str]] = list(reader)
    except csv.Error as error:
        raise FileError(path, f"is no CSV: {error}", line=reader.line_num) from None
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise FileError(path, "has more or fewer cells than the header", line=number)
        if not row.get("trial_id"):
            raise FileError(path, "names no trial_id", line=number)
    return rows


def _run(path: Path, metadata: Mapping[str, Any], reports: Sequence[Cells]) -> ToolRun:
    """A tuning as a run."""
    names = [str(name) for name in metadata["metric_names"]]
    modes = metadata["metric_mode"]
    modes = [modes] * len(names) if isinstance(modes, str) else modes
    pairs = zip(names, modes, strict=True)
    scheduler = metadata.get("scheduler_kwargs") or {}
    resource = scheduler.get("time_attr")
    lasts: dict[str, Cells] = {}
    for row in reports:
        lasts.pop(row["trial_id"], None)  # in the order of the last reports
        lasts[row["trial_id"]] = row
    return ToolRun(
        path=path,
        optimizer=str(metadata.get("algorithm") or metadata.get("scheduler_name") or ""),
        task=str(metadata.get("benchmark") or ""),
        study=str(metadata.get("entrypoint") or ""),
        seed=metadata.get("seed", scheduler.get("random_seed")),
        objectives=[Objective(name=name, maximize=mode == "max") for name, mode in pairs],
        trials=[_line(i, row, names, resource) for i, row in enumerate(lasts.values())],
        space=_space(metadata.get("config_space")),
    )


def _line(number: int, row: Cells, names: Sequence[str], resource: str | None) -> Line:
    """The last report of a trial."""
    values = {name: read_number(row, name) for name in names}
    config = {f"config.{k[7:]}": v for k, v in row.items() if k.startswith("config_")}
    seconds = read_number(row, "st_worker_time") if "st_worker_time" in row else None
    failed = row.get("st_status", "").casefold() == "failed"
    return Line(
        number=number,
        values={name: value for name, value in values.items() if value is not None},
        test={},
        cost=None if seconds is None else max(seconds, 0.0),
        fidelity=read_number(row, resource) if resource and resource in row else None,
        config=read_config(config),
        failure="failed" if failed else "",
    )


def _space(text: str | None) -> dict[str, Any] | None:
    """The space, from Syne Tune's own words for domains; None if there are none."""
    if not text:
        return None
    return space_json(_domain(name, told) for name, told in json.loads(text).items())


def _domain(name: str, told: Any) -> dict[str, Any]:
    """One hyperparameter; what is no domain is a constant."""
    if not isinstance(told, dict):
        return {"type": "constant", "name": name, "value": told, "meta": None}
    domain = told["domain_kwargs"]
    if "categories" in domain:
        return categorical(name, domain["categories"])
    log = "Log" in str(told.get("sampler_cls")) or bool(domain.get("log_scale"))
    whole = told["domain_cls"] == "Integer"
    return number_range(name, domain["lower"], domain["upper"], log=log, integer=whole)
