"""Write runs as CARP-S (1.1.0) would have logged them, so that its analysis reads them."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from hpobench.exchange.functions import folder_names
from hpobench.exchange.output import created
from hpobench.store import trials
from hpobench.system.text import count
from hpobench.task import Kind, Unit

TYPES = {
    Kind.BLACKBOX: "blackbox",
    Kind.MULTI_FIDELITY: "multi-fidelity",
    Kind.MULTI_OBJECTIVE: "multi-objective",
    Kind.MULTI_FIDELITY_MULTI_OBJECTIVE: "multi-fidelity-objective",
}
"""CARP-S's names of the kinds."""
WHOLE = ".hydra/hpobench.json"
"""Beside what CARP-S reads: the whole run, so that it can be imported again as what it is."""
DIGITS = 9
"""Sums of fractions of trials are rounded so: CARP-S compares them with the budget exactly."""


def write_carps(found: pa.Table, path: Path) -> list[str]:
    """Write a folder `optimizer/task/seed` for each run, with its log and its settings.

    CARP-S knows no parallel workers: it takes the sum of all costs for the time. It has no
    place for test values, nor for failed runs without a trial.

    Returns:
        What is left out, in words.

    Raises:
        FileError: There is something at `path` already.
    """
    rows = found.to_pylist()
    written = [row for row in rows if row["number"]]
    optimizers = folder_names((row["optimizer"] for row in written), _path)
    tasks = folder_names((row["task"] for row in written), _path)
    with created(path) as place:
        place.mkdir()
        for row in written:
            parts = (optimizers[row["optimizer"]], tasks[row["task"]], str(row["seed"]))
            _write_run(place.joinpath(*parts), row)
    left = len(rows) - len(written)
    return [f"{count(left, 'run')} without a trial left out"] * bool(left)


def _path(name: str) -> str:
    """A name as a path below the folder, as deep as it has parts."""
    return "/".join(map(_name, name.split("/")))


def _name(part: str) -> str:
    """A part of a path that leads nowhere else."""
    return "_" if part in {"", ".", ".."} else part.replace("\0", "_")


def _write_run(folder: Path, row: Mapping[str, Any]) -> None:
    """The files of one run."""
    (folder / ".hydra").mkdir(parents=True)
    log = "".join(json.dumps(trial) + "\n" for trial in _trials(row)).encode()
    (folder / "trial_logs.jsonl").write_bytes(log)
    whole = {"log": hashlib.sha256(log).hexdigest(), "row": row}
    (folder / WHOLE).write_text(json.dumps(whole), encoding="utf-8")
    overrides: dict[str, Any] = {"hydra": {"overrides": {"hydra": [], "task": []}}}
    for name, data in (("config", _config(row)), ("hydra", overrides), ("overrides", [])):
        (folder / ".hydra" / f"{name}.yaml").write_text(
            yaml.safe_dump(data, sort_keys=False), encoding="utf-8"
        )


def _config(row: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that CARP-S's analysis looks at."""
    info = json.loads(row["task_info"])
    fidelity, objectives = info["fidelity"] or {}, [o["name"] for o in info["objectives"]]
    return {
        "seed": row["seed"],
        "benchmark_id": info["collection"],
        "task_id": row["task"],
        "task_type": TYPES[Kind(info["kind"])],
        "optimizer_id": row["optimizer"],
        "task": {
            "name": row["task"],
            "input_space": {
                "fidelity_space": {
                    "is_multifidelity": bool(fidelity),
                    "fidelity_type": fidelity.get("name"),
                    "min_fidelity": fidelity.get("low"),
                    "max_fidelity": fidelity.get("high"),
                }
            },
            "output_space": {"n_objectives": len(objectives), "objectives": objectives},
            "optimization_resources": _resources(row, info),
            "metadata": {"dimensions": info["dimension"], "has_virtual_time": True},
        },
    }


def _resources(row: Mapping[str, Any], info: Mapping[str, Any]) -> dict[str, Any]:
    """The budget; CARP-S needs a number of trials in any case, and minutes for seconds."""
    amount, unit = info["budget"]["amount"], Unit(info["budget"]["unit"])
    trials = len(row["number"]) if unit is Unit.SECONDS else amount
    minutes = amount / 60 if unit is Unit.SECONDS else None
    return {"n_trials": _count(trials), "time_budget": minutes, "n_workers": info["workers"]}


def _trials(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of the log."""
    info = json.loads(row["task_info"])
    counted = Unit(info["budget"]["unit"]) is Unit.TRIALS
    high = info["fidelity"]["high"] if info["fidelity"] else None
    count = len(info["objectives"])
    nothing = math.nan if count == 1 else [math.nan] * count
    for number, trial in enumerate(trials(row, ("values", "spent", "cost")), 1):
        fidelity, values = trial["fidelity"], trial["values"]
        yield {
            "n_trials": _count(trial["spent"]) if counted else number,
            "n_function_calls": number,
            "trial_info": {
                "config": list(trial["config"].values()),
                "instance": None,
                "seed": row["seed"],
                "budget": fidelity,
                "normalized_budget": fidelity / high if fidelity and high else None,
                "name": None,
                "checkpoint": None,
                "additional_info": {},
                "cutoff": None,
            },
            "trial_value": {
                "cost": nothing if values == [] else values,
                "time": 0.0,
                "virtual_time": trial["cost"],
                "status": 2 if trial["failure"] else 1,
                "starttime": 0.0,
                "endtime": 0.0,
                "additional_info": {},
            },
        }


def _count(trials: float) -> float:
    """A number of trials, whole where it nearly is."""
    rounded = round(trials, DIGITS)
    return int(rounded) if float(rounded).is_integer() else rounded
