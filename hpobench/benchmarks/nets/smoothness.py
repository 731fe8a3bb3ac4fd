"""How smooth the loss of a classifier is, estimated from its last layer."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

BATCH = 128
"""Rows of a batch: norms of a whole batch are compared, so that it must be the same for all."""


def loss_smoothness(model: nn.Module, batches: Iterable[torch.Tensor]) -> float:
    """The largest norm of what enters the last linear layer, by the norm of that layer's weights.

    Args:
        model: Has a linear layer at its end.
        batches: What it learns from, `BATCH` rows each.

    Returns:
        A number from 0; 0 if all weights are 0. Larger is taken for smoother, since the weights of
        the last layer bound the second derivative of the loss.

    Source: Yedida and Menzies (2024), Is Hyper-Parameter Optimization Different for Software
    Analytics?, arXiv:2401.09622, in the form of their program (`get_smoothness` of
    github.com/yrahul3910/smoothness-hpo, Frobenius norms over batches of 128 rows).
    """
    last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    largest, training = 0.0, model.training

    def note(_module: nn.Module, inputs: Any, _output: Any) -> None:
        nonlocal largest
        largest = max(largest, float(torch.linalg.vector_norm(inputs[0])))

    handle = last.register_forward_hook(note)
    model.eval()
    try:
        with torch.inference_mode():
            for batch in batches:
                model(batch)
    finally:
        handle.remove()
        model.train(training)
    weights = float(torch.linalg.vector_norm(last.weight.detach()))
    return largest / weights if weights else 0.0
