"""YAHPO Gym's `config_space.json` as the space that is tuned."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ConfigSpace import ConfigurationSpace

from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.errors import FileError

RANGES = {"uniform_float": "float", "uniform_int": "integer"}


def read_space(path: Path, without: Collection[str] = ()) -> ConfigurationSpace:
    """Read a space that an old version of ConfigSpace wrote.

    Args:
        path: The file; versions of ConfigSpace since 1.0 do not read it.
        without: Hyperparameters to leave out: instance, fidelity, and what is fixed.

    Raises:
        FileError: It is not such a file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        conditions = dict(_condition(each) for each in content["conditions"])
        described = {h["name"]: _described(h) for h in content["hyperparameters"]}
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(path, f"is no space of YAHPO Gym's: {error}") from None
    for name, rules in conditions.items():
        described[name]["if"] = rules
    return described_space({n: each for n, each in described.items() if n not in without})


def _described(hyperparameter: dict[str, Any]) -> dict[str, Any]:
    """One hyperparameter as `described_space` takes it."""
    kind = hyperparameter["type"]
    if kind == "categorical":
        return {"type": kind, "values": list(hyperparameter["choices"])}
    low, high, log = (hyperparameter[name] for name in ("lower", "upper", "log"))
    return {"type": RANGES[kind], "low": low, "high": high, "log": log}


def _condition(condition: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A child, and by parent the values with which it is active."""
    return condition["child"], dict(_rules(condition))


def _rules(condition: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """By parent, a value or a list of them."""
    match condition["type"]:
        case "EQ":
            yield condition["parent"], condition["value"]
        case "IN":
            yield condition["parent"], list(condition["values"])
        case "AND":
            for part in condition["conditions"]:
                yield from _rules(part)
        case kind:
            raise ValueError(f"a condition of type {kind!r}")
