"""What all of these networks measure besides their scores, and where they are trained."""

from statistics import median
from time import perf_counter

import torch

from hpobench.benchmarks.learners.learner import Learner, TrainingInProgress
from hpobench.benchmarks.learners.networks import TorchTraining
from hpobench.benchmarks.learners.watch import NETWORK_SIGNALS
from hpobench.benchmarks.nets.device import choose_device
from hpobench.benchmarks.nets.energy import EnergyMeter
from hpobench.benchmarks.nets.smoothness import BATCH, loss_smoothness
from hpobench.fidelity import CURVE
from hpobench.task import Objective

ROWS, PASSES = 32, 7
"""A latency is the median of so many forward passes of a batch of so many rows."""


class Net(Learner):
    """A network with objectives of cost: latency, parameters, and energy where it can be read.

    `latency` is in milliseconds a row, `parameters` a count, `energy` what all processors of this
    machine take while training, in joules since the beginning of the lineage (it is no objective
    where the kernel does not tell). Latency and energy are measured, and differ between
    repetitions. `smoothness`, and the errors of `CURVE`, are signals besides those of all networks.

    Attributes:
        device: Where it is trained.
        meter: Reads the energy that training takes.
    """

    signals: tuple[str, ...] = (*NETWORK_SIGNALS, "smoothness", *CURVE)

    def use_device(self, wanted: str) -> None:
        """Choose where to train, and see what can be measured there; once, by each constructor.

        Args:
            wanted: See `choose_device`.

        Raises:
            UserError: There is no such choice.
        """
        place, self.meter = choose_device(wanted), EnergyMeter()
        self.device, self.notes = place.device, (place.note,)
        energy = (Objective(name="energy", measured=True),) if self.meter.readable else ()
        self.objectives = (
            Objective(name="error"),
            Objective(name="loss"),
            Objective(name="latency", measured=True),
            Objective(name="parameters"),
            *energy,
        )

    def train(self, training: TrainingInProgress, level: float) -> None:
        """Train on, and add up the energy that it takes."""
        self.meter.joules()
        training.advance(level)
        self._of(training).joules += self.meter.joules()

    def measures(self, training: TrainingInProgress) -> dict[str, float]:
        """Latency, parameters, and energy where it can be read."""
        network = self._of(training)
        energy = {"energy": network.joules} if self.meter.readable else {}
        return {"latency": latency(network), "parameters": float(network.size), **energy}

    def watched(self, training: TrainingInProgress) -> dict[str, float]:
        """The signals of all networks, and the smoothness."""
        network = self._of(training)
        smooth = loss_smoothness(network.model, network.inputs(BATCH))
        return {**network.signals(), "smoothness": smooth}

    def _of(self, training: TrainingInProgress) -> TorchTraining:
        if not isinstance(training, TorchTraining):
            raise TypeError(f"{type(training).__name__} trains no network")
        return training


@torch.inference_mode()
def latency(training: TorchTraining) -> float:
    """Milliseconds that the network needs for a row, in batches of `ROWS`."""
    batch, times = next(training.inputs(ROWS)), []
    training.model.eval()
    for _ in range(PASSES):
        began = perf_counter()
        training.model(batch)
        if batch.is_cuda:
            torch.cuda.synchronize(batch.device)
        times.append(perf_counter() - began)
    return 1e3 * median(times) / len(batch)
