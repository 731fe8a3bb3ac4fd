"""Read the runs that SMAC3 (2.x) left in its output folder."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, UserError, one_line
from hpobench.exchange.foreign import Line
from hpobench.exchange.tools.runs import ToolRun, finite_number, plain_values, read_json
from hpobench.task import Fidelity, Objective

HISTORY = "runhistory.json"
SCENARIO = "scenario.json"
SPACE = "configspace.json"
STATUS = {2: "crashed", 3: "timed out", 4: "ran out of memory"}
"""Its `StatusType`, but for 0: running, and 1: success."""

_MISTAKES = (UserError, KeyError, TypeError, ValueError, AttributeError, OverflowError)


def read_smac(path: Path) -> Iterator[ToolRun]:
    """The runs below a folder, in the order of their paths; or that of one `runhistory.json`.

    Raises:
        FileError: There is none, or a file of one is missing or damaged.
    """
    found = sorted(path.rglob(HISTORY)) if path.is_dir() else [path]
    if not found:
        raise FileError(path, f"holds no run of SMAC: there is no {HISTORY} in it")
    for history in found:
        scenario, data = read_json(history.with_name(SCENARIO)), read_json(history)
        space = read_json(history.with_name(SPACE))
        try:
            yield _run(history, scenario, data, space)
        except _MISTAKES as error:
            reason = f"{type(error).__name__}: {one_line(error)}"
            raise FileError(history, f"and {SCENARIO} are no run of SMAC ({reason})") from None


def _run(
    path: Path, scenario: Mapping[str, Any], data: Mapping[str, Any], space: Mapping[str, Any]
) -> ToolRun:
    """A run, from what SMAC was told and what it noted."""
    names = scenario["objectives"]
    names = [names] if isinstance(names, str) else list(map(str, names))
    ended = [trial for trial in data["data"] if trial["status"] != 0]
    running = len(data["data"]) - len(ended)
    folder = path.resolve().parent.parent.name  # SMAC writes to OUTPUT/NAME/SEED
    return ToolRun(
        path=path,
        optimizer=str((scenario.get("_meta") or {}).get("facade", {}).get("name", "")),
        task=str(scenario.get("name") or folder),
        seed=scenario["seed"] if scenario["seed"] != -1 else None,
        objectives=[Objective(name=name) for name in names],
        trials=[_line(i, trial, names, data["configs"]) for i, trial in enumerate(ended)],
        space=_space(space),
        fidelity=_budget_range(scenario, [trial["budget"] for trial in ended]),
        left_out=Counter({"still running": running}) if running else {},
    )


def _space(told: Mapping[str, Any]) -> dict[str, Any]:
    """The space, if its hyperparameters have names."""
    hyperparameters = [dict(each) for each in told["hyperparameters"]]
    if not all(isinstance(each["name"], str) for each in hyperparameters):
        raise ValueError(f"a name in {SPACE} is no text")
    return {**told, "hyperparameters": hyperparameters}


def _budget_range(scenario: Mapping[str, Any], budgets: Sequence[float | None]) -> Fidelity | None:
    """The range of budgets, None where they are not used."""
    low, high = (finite_number(name, scenario.get(name)) for name in ("min_budget", "max_budget"))
    if low is None or high is None or all(budget is None for budget in budgets):
        return None
    whole = all(float(level).is_integer() for level in (low, high, *filter(None, budgets)))
    return Fidelity(name="budget", low=low, high=high, integer=whole)


def _line(
    number: int, trial: Mapping[str, Any], names: Sequence[str], configs: Mapping[str, Any]
) -> Line:
    """One evaluation; SMAC may evaluate a configuration again with another seed or instance."""
    cost = trial["cost"] if isinstance(trial["cost"], list) else [trial["cost"]]
    numbers = [finite_number(name, value) for name, value in zip(names, cost, strict=True)]
    seconds = finite_number("time", trial["time"])
    return Line(
        number=number,
        values={name: x for name, x in zip(names, numbers, strict=True) if x is not None},
        test={},
        cost=None if seconds is None else max(seconds, 0.0),
        fidelity=finite_number("budget", trial["budget"]),
        config=plain_values(configs[str(trial["config_id"])]),
        failure=_failure(trial),
    )


def _failure(trial: Mapping[str, Any]) -> str:
    """Why there is nothing to learn from a trial, or empty."""
    if trial["status"] == 1:
        return ""
    words = STATUS.get(trial["status"], f"status {trial['status']}")
    error = (trial.get("additional_info") or {}).get("error", "")
    return f"{words}: {error}" if error else words
