"""What differs between runs that are taken together: budgets, options, versions and clocks."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from hpobench.run import Clock
from hpobench.scoring.note import Note
from hpobench.system.text import count

SPENT = 0.95
"""Runs that spent less of their budget ended early: a last trial seldom fits exactly."""


def budgets(runs: pd.DataFrame) -> Iterator[Note]:
    """Tasks that are the same but for the budgets under which runs were made."""
    texts = {text: _budget(text) for text in runs["task_info"].unique()}
    found = runs["task_info"].map(texts).groupby(runs["task"]).unique()
    if len(several := found[found.map(len) > 1]):
        yield Note(
            text=f"On {count(len(several), 'task')} runs were made under different budgets; the "
            "largest counts as the task's, so that runs under a smaller one ended early. "
            "'--horizon common' compares them up to where all got to.",
            details=tuple(f"{task}: {', '.join(sorted(own))}" for task, own in several.items()),
        )


def reasons_to_end(runs: pd.DataFrame) -> "pd.Series[str]":
    """Why each run ended where it did, in words.

    Args:
        runs: With `task`, `task_info`, `cut` and the share `used` of the task's budget.
    """
    texts = runs["task_info"]
    amounts = {text: float(json.loads(text)["budget"]["amount"]) for text in texts.unique()}
    own = texts.map(amounts).astype(float)
    shares = own / own.groupby(runs["task"]).transform("max")
    smaller = (shares < 1) & (runs["used"] >= shares * SPENT)
    budgets = {text: f"made under the budget {_budget(text)}" for text in amounts}
    reasons = runs["cut"].where(runs["cut"] != "", "nothing left to try")
    return reasons.mask(smaller, texts.map(budgets))


def mixed(runs: pd.DataFrame) -> Iterator[Note]:
    """Optimizers whose runs were made in more than one way."""
    infos: Any = runs.groupby("optimizer")["variant_info"].nunique()
    if names := [str(name) for name, number in infos.items() if number > 1]:
        yield Note(
            text="Runs made with different options or library versions are taken together.",
            details=tuple(names),
        )


def clocks(runs: pd.DataFrame) -> Iterator[Note]:
    """Runs whose seconds are those of different clocks."""
    texts = runs["task_info"]
    known = {text: json.loads(text).get("clock", Clock.SIMULATED) for text in texts.unique()}
    real = texts.map(known) == Clock.REAL
    if real.any() and not real.all():
        yield Note(
            text=f"{count(int(real.sum()), 'run')} of {len(runs)} timed by a real clock, the "
            "others by a simulated one: curves over time do not compare. Use a results folder for "
            "each.",
            details=tuple(sorted(set(runs["optimizer"][real]))),
        )


def _budget(task_info: str) -> str:
    budget = json.loads(task_info)["budget"]
    return f"{budget['unit']}={budget['amount']:g}"
