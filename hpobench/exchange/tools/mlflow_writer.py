"""Write runs as an MLflow file store (`mlruns`), made without MLflow by its layout.

Source: `mlflow.store.tracking.file_store` (MLflow 2 and 3): a folder for each experiment with a
`meta.yaml`, in it a folder for each run with a `meta.yaml` and a file for each param, metric and
tag.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from hpobench.exchange.output import created
from hpobench.store import trials
from hpobench.system.text import count

FINISHED, FAILED = 3, 4
"""Numbers of MLflow's `RunStatus`."""
LONGEST = 6_000
"""Characters of a param that MLflow takes (of a tag 8,000)."""

_UNFIT = re.compile(r"[^\w.\- /]")
"""What MLflow takes in no name of a metric or param."""


def write_mlflow(found: pa.Table, path: Path) -> list[str]:
    """Write an experiment for each task, in it a run for each run with its trials nested below.

    A run has as metrics the values trial by trial, in each objective's own direction, with the
    number of the trial as the step; a trial has its configuration as params.

    Returns:
        What is left out, in words.

    Raises:
        FileError: There is something at `path` already.
    """
    rows = found.to_pylist()
    with created(path) as store:
        store.mkdir()
        for task in sorted({row["task"] for row in rows}):
            runs = [row for row in rows if row["task"] == task]
            experiment = _experiment(store, path, task, runs)
            for row in runs:
                _write_run(experiment, path, row)
    left = sum(not row["number"] for row in rows)
    return [f"{count(left, 'run')} without a trial written without metrics"] * bool(left)


def _experiment(store: Path, path: Path, task: str, rows: list[dict[str, Any]]) -> Path:
    """The folder of a task; its number is one that a digest of the name gives, as MLflow's are."""
    number = str(int(hashlib.sha256(task.encode()).hexdigest()[:14], 16)).zfill(18)[:18]
    folder = store / number
    folder.mkdir()
    times = [round(row["finished"] * 1000) for row in rows]
    _yaml(
        folder,
        {
            "artifact_location": f"{path.absolute().as_uri()}/{number}",
            "creation_time": min(times),
            "experiment_id": number,
            "last_update_time": max(times),
            "lifecycle_stage": "active",
            "name": task,
        },
    )
    return folder


def _write_run(experiment: Path, path: Path, row: Mapping[str, Any]) -> None:
    """A run and its trials."""
    info = json.loads(row["task_info"])
    ended = round(row["finished"] * 1000)
    made = trials(row, ("number", "values", "test", "cost", "end"))
    metrics: dict[str, list[tuple[int, float, int]]] = {}
    for trial in made:
        moment = ended + round(trial["end"] * 1000)
        measured = dict(_metrics(trial, info["objectives"]))
        for name, value in measured.items():
            metrics.setdefault(name, []).append((moment, value, trial["number"]))
        key = hashlib.sha256(f"{row['run']}/{trial['number']}".encode()).hexdigest()[:32]
        tags = {"mlflow.runName": f"trial {trial['number']}", "mlflow.parentRunId": row["run"]}
        _folder(
            experiment / key,
            path,
            times=(ended + round((trial["end"] - trial["cost"]) * 1000), moment),
            status=FAILED if trial["failure"] else FINISHED,
            params=trial["config"],
            metrics={name: [(moment, value, 0)] for name, value in measured.items()},
            tags=tags | ({"failure": trial["failure"]} if trial["failure"] else {}),
        )
    last = max([ended, *(moment for told in metrics.values() for moment, _, _ in told)])
    params = {"optimizer": row["optimizer"], "task": row["task"], "seed": row["seed"]}
    name = f"{row['optimizer']}, seed {row['seed']}"
    _folder(
        experiment / row["run"],
        path,
        times=(ended, last),
        status=FINISHED if row["status"] == "completed" else FAILED,
        params=params,
        metrics=metrics,
        tags={"mlflow.runName": name, "reason": row["reason"]},
    )


def _metrics(
    trial: Mapping[str, Any], objectives: list[dict[str, Any]]
) -> Iterator[tuple[str, float]]:
    """What was measured of a trial, in the objectives' own directions."""
    yield "cost", trial["cost"]
    if trial["fidelity"] is not None:
        yield "fidelity", trial["fidelity"]
    for column, prefix in (("values", ""), ("test", "test.")):
        vector = trial[column] if isinstance(trial[column], list) else [trial[column]]
        for objective, value in zip(objectives, vector, strict=False):
            if value == value and not trial["failure"]:  # noqa: PLR0124 (no NaN)
                sign = -1.0 if objective["maximize"] else 1.0
                yield f"{prefix}{objective['name']}", sign * value


def _folder(
    folder: Path,
    path: Path,
    *,
    times: tuple[int, int],
    status: int,
    params: Mapping[str, Any],
    metrics: Mapping[str, list[tuple[int, float, int]]],
    tags: Mapping[str, str],
) -> None:
    """The folder of one run, and in it a file for each thing that is known of it."""
    for kind in ("artifacts", "metrics", "params", "tags"):
        (folder / kind).mkdir(parents=True)
    experiment, run = folder.parent.name, folder.name
    _yaml(
        folder,
        {
            "artifact_uri": f"{path.absolute().as_uri()}/{experiment}/{run}/artifacts",
            "end_time": times[1],
            "entry_point_name": "",
            "experiment_id": experiment,
            "lifecycle_stage": "active",
            "run_id": run,
            "run_name": tags["mlflow.runName"],
            "run_uuid": run,
            "source_name": "",
            "source_type": 4,
            "source_version": "",
            "start_time": times[0],
            "status": status,
            "tags": [],
            "user_id": "hpobench",
        },
    )
    for name, value in params.items():
        _write(folder / "params", name, str(value)[:LONGEST])
    for name, told in metrics.items():
        lines = "".join(f"{moment} {value!r} {step}\n" for moment, value, step in told)
        _write(folder / "metrics", name, lines)
    for name, value in tags.items():
        if value:
            _write(folder / "tags", name, value)


def _write(folder: Path, name: str, text: str) -> None:
    """One file; a slash in a name makes a folder, as MLflow has it."""
    parts = [part for part in _UNFIT.sub("_", name).split("/") if part.strip(". ")]
    place = folder.joinpath(*parts or ["_"])
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


def _yaml(folder: Path, data: Mapping[str, Any]) -> None:
    """The file that describes a folder."""
    (folder / "meta.yaml").write_text(yaml.safe_dump(dict(data)), encoding="utf-8")
