"""Ask a benchmark whose configurations are vectors."""

from collections.abc import Sequence

from hpobench.benchmark import Benchmark
from hpobench.trial import Outcome, Trial


def evaluate(
    benchmark: Benchmark, point: Sequence[float], fidelity: float | None, seed: int = 0
) -> Outcome:
    """The answer at a point, its coordinates in the order of the space."""
    config = dict(zip(benchmark.space, point, strict=True))
    return benchmark.evaluate(Trial(config=config, fidelity=fidelity), seed)
