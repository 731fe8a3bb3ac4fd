"""Write stored runs as CARP-S would have logged them, for its own analysis to read."""

import json
from pathlib import Path
from typing import Any

from hpobench.store import Store

COLUMNS = ["optimizer", "task", "seed", "task_info", "values", "end"]


def export(store: Store, folder: Path) -> None:
    """A folder for each run, with its log and its settings; runs have one objective."""
    for row in store.runs(COLUMNS).to_pylist():
        run = folder / row["optimizer"] / row["task"] / str(row["seed"])
        (run / ".hydra").mkdir(parents=True)
        lines = (json.dumps(_trial(row, i)) + "\n" for i in range(len(row["values"])))
        (run / "trial_logs.jsonl").write_text("".join(lines), encoding="utf-8")
        overrides: dict[str, Any] = {"hydra": {"overrides": {"hydra": [], "task": []}}}
        for name, data in (("config", _settings(row)), ("hydra", overrides)):
            text = json.dumps(data)  # which is YAML as well
            (run / ".hydra" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _trial(row: dict[str, Any], i: int) -> dict[str, Any]:
    """A line of the log, with the fields of CARP-S 1.1.0."""
    info: dict[str, Any] = {"config": [0.0, 0.0], "seed": row["seed"], "additional_info": {}}
    info |= dict.fromkeys(("instance", "budget", "normalized_budget", "name", "checkpoint"))
    times = {"time": 0.0, "virtual_time": 1.0, "starttime": 0.0, "endtime": row["end"][i]}
    value = {"cost": row["values"][i], "status": 1, "additional_info": {}, **times}
    return {
        "n_trials": i + 1,
        "n_function_calls": i + 1,
        "trial_info": {**info, "cutoff": None},
        "trial_value": value,
    }


def _settings(row: dict[str, Any]) -> dict[str, Any]:
    """What its analysis looks at."""
    info = json.loads(row["task_info"])
    space = {"is_multifidelity": False, "fidelity_type": None}
    resources = {"n_trials": info["budget"]["amount"], "time_budget": None, "n_workers": 1}
    return {
        "seed": row["seed"],
        "benchmark_id": info["collection"],
        "task_id": row["task"],
        "task_type": "blackbox",
        "optimizer_id": row["optimizer"],
        "task": {
            "name": row["task"],
            "input_space": {
                "fidelity_space": {**space, "min_fidelity": None, "max_fidelity": None}
            },
            "output_space": {"n_objectives": 1, "objectives": ["loss0"]},
            "optimization_resources": resources,
            "metadata": {"dimensions": info["dimension"], "has_virtual_time": True},
        },
    }
