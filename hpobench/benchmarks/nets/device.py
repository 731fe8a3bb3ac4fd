"""Where a network is trained: on the GPU that a run was given, or on the processor."""

import os
from dataclasses import dataclass

import torch

from hpobench.errors import UserError

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""Names the GPUs that a process may use; Ray sets it to those that it assigned."""


@dataclass(frozen=True, slots=True)
class TrainingDevice:
    """A device, and why it is that one.

    Attributes:
        device: What torch calls it.
        why: Why it is no GPU, in words; or empty.
    """

    device: torch.device
    why: str = ""

    @property
    def note(self) -> dict[str, str]:
        """What is kept of it with a run."""
        cuda = self.device.type == "cuda"
        name = f"{self.device}, {torch.cuda.get_device_name(self.device)}" if cuda else "cpu"
        return {"device": name, **({"why": self.why} if self.why else {})}


def choose_device(wanted: str = "auto") -> TrainingDevice:
    """The device to train on.

    Args:
        wanted: `auto` takes the first GPU that this process may use, and the processor if there
            is none; `cpu` takes the processor.

    Raises:
        UserError: It is neither.
    """
    if wanted not in ("auto", "cpu"):
        raise UserError(f"a device is auto or cpu, not {wanted!r}")
    if wanted == "cpu":
        return TrainingDevice(torch.device("cpu"))
    if torch.cuda.is_available():
        return TrainingDevice(torch.device("cuda", 0))
    given = os.environ.get(VISIBLE, "")
    if given in ("", "-1", "NoDevFiles"):
        return TrainingDevice(torch.device("cpu"), "this process was given no GPU")
    return TrainingDevice(
        torch.device("cpu"), f"GPU {given} was given, which torch {torch.__version__} cannot use"
    )
