"""Which trainings a recording consists of, as runs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hpobench.dispatch.plan import Plan
from hpobench.execution.construction import build
from hpobench.optimizer import Capabilities, Variant
from hpobench.recording.parquet import check_recordable
from hpobench.task import FEATURES, Budget, Fidelity, Task, Unit

FAMILY = "record"


def recording_plan(
    task: Task, *, configurations: int, seeds: Sequence[int], most_levels: int
) -> Plan:
    """One run for each configuration and seed, which meets every level on its way.

    Args:
        task: Trains; which of its benchmark's objectives it is about does not matter, and
            neither does its budget.
        configurations: How many, the space's default included.
        seeds: Seeds of the trainings.
        most_levels: At most how many fidelities are noted.

    Raises:
        UserError: The task cannot be built, or its space cannot be written down.
    """
    benchmark = build(task)
    check_recordable(task, benchmark)
    levels = levels_of(benchmark.fidelity, most_levels) if benchmark.fidelity else ()
    trained = replace(
        task.under(budget=Budget(max(len(levels), 1), Unit.EVALUATIONS), workers=1),
        objectives=tuple(objective.name for objective in benchmark.objectives),
        fidelity=benchmark.fidelity.name if benchmark.fidelity else None,
    )
    variants = [_variant(number, levels) for number in range(configurations)]
    return Plan(variants=variants, tasks=[trained], seeds=seeds)


def levels_of(fidelity: Fidelity, most: int) -> tuple[float, ...]:
    """The fidelities that a recording notes: both ends, and others at equal ratios between.

    Args:
        fidelity: The range.
        most: How many at most, at least 2; fewer where whole numbers lie closer.
    """
    span = np.geomspace(fidelity.low, fidelity.high, most).tolist()
    inner = {float(round(level)) if fidelity.integer else level for level in span[1:-1]}
    return tuple(sorted({float(fidelity.low), *inner, float(fidelity.high)}))


def _variant(number: int, levels: tuple[float, ...]) -> Variant:
    """What trains the configuration of one number."""
    return Variant(
        id=f"{FAMILY}/{number}",
        family=FAMILY,
        adapter="hpobench.adapters.design:Design",
        options={"number": number, "levels": list(levels)},
        capabilities=Capabilities(
            objectives=0, fidelity=bool(levels), types=frozenset(FEATURES), workers=1
        ),
        ask_tell_ms=1.0,
        description="One configuration of a fixed design, for a recording",
    )
