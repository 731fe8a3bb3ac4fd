"""Convolutional and residual networks on pictures and signals, with augmentation."""

import torch
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Integer

from hpobench.benchmarks.learners.convnet import Convnet, convnet_architecture
from hpobench.benchmarks.learners.datasets import Split
from hpobench.benchmarks.nets.hyperparameters import add_schedule_conditions, scheduled_optimization
from hpobench.benchmarks.nets.net import Net
from hpobench.task import Fidelity
from hpobench.trial import Config


class ImageNetwork(Net, Convnet):
    """The blocks of `Convnet`, whose pictures can be moved, covered in part, or made noisy.

    Source: of residual blocks He et al. (2016), Deep Residual Learning for Image Recognition,
    CVPR; of covered squares DeVries and Taylor (2017), Improved Regularization of Convolutional
    Neural Networks with Cutout, arXiv:1708.04552.
    """

    fidelity = Fidelity(name="epochs", low=1, high=16, integer=True, continuable=True)

    def __init__(self, *, dataset: str, device: str = "auto") -> None:
        super().__init__(dataset=dataset)
        self.use_device(device)
        self.space = image_space()

    def augmented(self, config: Config, batch: torch.Tensor, split: Split) -> torch.Tensor:
        """Pictures as they are learnt from; what is drawn is the same on all devices."""
        pictures = batch.view(-1, *split.shape)
        match config["augmentation"]:
            case "noise":
                batch = batch + float(config["noise"]) * torch.randn_like(batch)
            case "shift":
                batch = shifted(pictures, int(config["shift"])).reshape(batch.shape)
            case "cutout":
                batch = with_holes(pictures, int(config["hole"])).reshape(batch.shape)
        return batch


def shifted(pictures: torch.Tensor, most: int) -> torch.Tensor:
    """Each picture moved by up to so many cells along each side, round the edge.

    Args:
        pictures: Shape (rows, cells...).
        most: The largest shift.
    """
    rows = len(pictures)
    for side in range(1, pictures.dim()):
        cells = pictures.shape[side]
        shift = torch.randint(-most, most + 1, (rows, 1))
        places = (torch.arange(cells) - shift) % cells
        shape = [rows if d == 0 else cells if d == side else 1 for d in range(pictures.dim())]
        pictures = pictures.gather(side, places.view(shape).expand_as(pictures))
    return pictures


def with_holes(pictures: torch.Tensor, width: int) -> torch.Tensor:
    """A square of each picture, of so many cells a side, set to the mean, which is 0."""
    covered = torch.ones((len(pictures), *(1 for _ in pictures.shape[1:])))
    for side in range(1, pictures.dim()):
        cells = pictures.shape[side]
        first = torch.randint(0, max(cells - width, 0) + 1, (len(pictures), 1))
        inside = (torch.arange(cells) >= first) & (torch.arange(cells) < first + width)
        shape = [
            len(pictures) if d == 0 else cells if d == side else 1 for d in range(pictures.dim())
        ]
        covered = covered * inside.view(shape)
    return pictures * (1 - covered)


def image_space() -> ConfigurationSpace:
    """Hyperparameters of optimization, schedule, architecture and augmentation."""
    space = ConfigurationSpace(
        {
            **scheduled_optimization(),
            **convnet_architecture(),
            "label_smoothing": Float("label_smoothing", (0.0, 0.3), default=0.0),
            "augmentation": ["none", "noise", "shift", "cutout"],
            "noise": Float("noise", (0.05, 1.0), log=True, default=0.2),
            "shift": Integer("shift", (1, 2), default=1),
            "hole": Integer("hole", (1, 4), default=2),
        }
    )
    add_schedule_conditions(space)
    space.add(EqualsCondition(space["bottleneck"], space["residual"], value=True))
    for name, kind in (("noise", "noise"), ("shift", "shift"), ("hole", "cutout")):
        space.add(EqualsCondition(space[name], space["augmentation"], kind))
    return space
