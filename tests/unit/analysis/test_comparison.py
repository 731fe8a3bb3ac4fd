"""Optimizers are compared only on what all of them ran."""

import pandas as pd

from hpobench.stats.comparison import chosen, compare
from hpobench.task import Kind


def table(ran: dict[str, dict[str, list[int]]]) -> pd.DataFrame:
    """Runs by optimizer, task and seeds."""
    rows = [
        {"optimizer": optimizer, "task": task, "seed": seed}
        for optimizer, tasks in ran.items()
        for task, seeds in tasks.items()
        for seed in seeds
    ]
    return pd.DataFrame(rows).sort_values(["task", "optimizer", "seed"], ignore_index=True)


def test_all_tasks_count_if_all_ran_them() -> None:
    runs = table({"a": {"s": [0], "t": [0]}, "b": {"s": [0], "t": [0]}})
    found = compare(Kind.BLACKBOX, runs, ["a", "b"])
    assert found.tasks == ("s", "t")
    assert (found.aside, found.absent, found.others) == ((), (), ())
    assert len(found.pairs) == 2


def test_a_task_that_one_cannot_handle_counts_for_none() -> None:
    runs = table({"a": {"s": [0], "t": [0], "u": [0]}, "b": {"s": [0], "t": [0]}})
    found = compare(Kind.BLACKBOX, runs, ["a", "b"])
    assert (found.tasks, found.others) == (("s", "t"), ("u",))
    assert set(runs.loc[found.rows, "task"]) == {"s", "t"}


def test_ranks_need_the_same_seed_of_all() -> None:
    runs = table({"a": {"t": [0, 1, 2]}, "b": {"t": [1, 2, 3]}})
    found = compare(Kind.BLACKBOX, runs, ["a", "b"])
    pairs = runs.loc[found.pairs.ravel(), ["seed", "optimizer"]].to_numpy().tolist()
    assert pairs == [[1, "a"], [1, "b"], [2, "a"], [2, "b"]]


def test_one_with_few_tasks_is_set_aside_before_it_reduces_all_others_to_a_corner() -> None:
    everywhere = frozenset("pqrst")
    ran = {"a": everywhere, "b": everywhere, "few": frozenset("p")}
    assert chosen(ran) == ("a", "b")
    assert chosen(ran | {"few": frozenset("pqr")}) == ("a", "b", "few")


def test_two_are_compared_however_little_they_share_if_anything() -> None:
    assert chosen({"a": frozenset("pqrst"), "few": frozenset("p")}) == ("a", "few")


def test_one_that_shares_nothing_is_set_aside_even_of_two() -> None:
    assert chosen({"a": frozenset("pqrst"), "elsewhere": frozenset("z")}) == ("a",)


def test_of_those_with_equally_many_tasks_none_is_set_aside() -> None:
    ran = {name: frozenset(name) for name in "pqr"}
    assert chosen(ran) == ("p", "q", "r")


def test_those_without_a_run_are_absent() -> None:
    found = compare(Kind.BLACKBOX, table({"a": {"t": [0]}}), ["a", "z"])
    assert found.absent == ("z",)
