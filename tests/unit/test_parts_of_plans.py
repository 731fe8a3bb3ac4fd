"""Parts of a plan share its runs: each run is in one of them, and none has all the slow ones."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.catalogue import Catalogue
from hpobench.dispatch.plan import Plan, PlanPart
from hpobench.errors import UserError


@given(st.integers(1, 40), st.integers(0, 300))
def test_each_run_is_in_one_part_and_parts_are_equal(parts: int, total: int) -> None:
    shares = [[i for i in range(total) if i in PlanPart(k, parts)] for k in range(1, parts + 1)]
    assert sorted(i for share in shares for i in share) == list(range(total))
    assert [len(share) for share in shares] == [
        PlanPart(k, parts).size(total) for k in range(1, parts + 1)
    ]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("parts", [2, 3, 4, 6, 8, 12])
@pytest.mark.parametrize("optimizers", [2, 4, 8, 12])
def test_no_part_has_most_runs_of_one_optimizer(parts: int, optimizers: int) -> None:
    for number in range(1, parts + 1):
        part = PlanPart(number, parts)
        runs = Counter(i % optimizers for i in range(optimizers * 240) if i in part)
        assert max(runs.values()) < 2 * 240 / parts


def test_the_parts_of_a_plan_are_its_runs() -> None:
    known = Catalogue()
    variants = known.select_variants(["random", "default", "dehb"])
    tasks = known.select_tasks(["bbob/f0[12]-d2-i1", "mfh/hartmann3-good"])
    whole = Plan(variants=variants, tasks=tasks, seeds=range(3))
    parts = [
        Plan(variants=variants, tasks=tasks, seeds=range(3), part=PlanPart(k, 4))
        for k in range(1, 5)
    ]
    runs = [[run.id for run in plan.runs()] for plan in parts]
    assert list(map(len, parts)) == list(map(len, runs))
    assert Counter(run for share in runs for run in share) == Counter(r.id for r in whole.runs())


@pytest.mark.parametrize("text", ["", "3", "0/4", "5/4", "1/0", "-1/4", "1/2/3", "a/b", "1.5/3"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="a part is K/N with K from 1 to N"):
        PlanPart.parse(text)
