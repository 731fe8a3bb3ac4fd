"""What a run occupies of the machine that executes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What one run occupies while it is executed, or one trial if these run side by side.

    Attributes:
        cpus: CPU cores; BLAS and OpenMP threads are limited to as many (at least one).
        gpus: GPUs; fractions share one.
        memory: Bytes the run may use; 0 is unlimited.
        custom: Ray's custom resources by name.
    """

    cpus: float = 1
    gpus: float = 0
    memory: int = 0
    custom: Mapping[str, float] = field(default_factory=dict)

    def union(self, other: "Resources") -> "Resources":
        """Resources that are enough for both."""
        return Resources(
            cpus=max(self.cpus, other.cpus),
            gpus=max(self.gpus, other.gpus),
            memory=max(self.memory, other.memory),
            custom={**other.custom, **self.custom},
        )
