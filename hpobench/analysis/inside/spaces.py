"""The space of a task: that of its runs, that of the catalogue, or what was tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hpobench.analysis.inside.scales import (
    HyperparameterScale,
    scales_of_space,
    with_exact_bounds,
)
from hpobench.benchmark import Benchmark
from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.trial import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpace:
    """What is known of where a task's optimizers could search.

    Attributes:
        scales: One for each hyperparameter.
        benchmark: What evaluates the task; None where it is not here, or is another now.
    """

    scales: tuple[HyperparameterScale, ...]
    benchmark: Benchmark | None = None

    @property
    def known(self) -> bool:
        """Whether bounds and defaults are those of the space itself."""
        return bool(self.scales) and all(scale.known for scale in self.scales)


def task_space(
    info: Mapping[str, Any],
    task: str,
    tried: Mapping[str, Sequence[Value | None]],
    catalogue: Catalogue,
) -> TaskSpace:
    """The space that came with imported runs, that of the catalogue's task, or what was tried.

    A benchmark is built only if the catalogue's task is, to the letter, the one that was run.

    Args:
        info: The column `task_info` of its runs.
        task: Its id.
        tried: By hyperparameter the values of all trials, None where it was inactive.
        catalogue: Says what the task's benchmark is.
    """
    if told := info.get("space"):
        return TaskSpace(scales=scales_of_space(told, tried))
    benchmark = _built(info, task, catalogue)
    if benchmark is None:
        return TaskSpace(scales=scales_of_space({}, tried))
    from hpobench.space import exact_bounds

    scales = scales_of_space(benchmark.space.to_serialized_dict(), tried)
    exact = with_exact_bounds(scales, exact_bounds(benchmark.space))
    return TaskSpace(scales=exact, benchmark=benchmark)


def _built(info: Mapping[str, Any], task: str, catalogue: Catalogue) -> Benchmark | None:
    """The benchmark of a task, if the catalogue has the same task and all that it needs."""
    try:
        found = catalogue.task(task)
        if found.definition() != info.get("definition") or catalogue.lacking(found):
            return None
        from hpobench.system.deferred import import_configspace

        import_configspace()
        from hpobench.execution.construction import build

        return build(found)
    except UserError:  # it is no longer in the catalogue, or cannot be built here
        return None
    except Exception:  # noqa: BLE001 (the code of a user's benchmark may raise anything)
        return None
