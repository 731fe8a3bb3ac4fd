"""Small transformers that learn to go on with a text, step by step."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Integer
from torch import nn
from torch.nn import functional

from hpobench.benchmarks.learners.datasets import text_of
from hpobench.benchmarks.learners.learner import Learner, TrainingInProgress
from hpobench.benchmarks.learners.networks import CPU, TorchTraining
from hpobench.benchmarks.learners.predictions import PartScores
from hpobench.benchmarks.learners.watch import NETWORK_SIGNALS
from hpobench.task import Fidelity
from hpobench.trial import Config

CONTEXT = 32
"""Characters that a model sees at most."""

BATCH = 16
"""Pieces of text that a step learns from."""

JUDGED = 192
"""Pieces of text, of `CONTEXT` characters each, in the validation and in the test part."""

WATCHED = 512
"""Pieces of what is learnt that signals are computed on."""

PARTS = 40
"""A text is cut into so many parts of equal length; a seed draws which are for judging."""


class Language(Learner):
    """A decoder-only transformer over characters; `loss` is in nats a character.

    Source: Vaswani et al. (2017), Attention Is All You Need, NIPS 30; before or after which
    operation layers are normalised: Xiong et al. (2020), On Layer Normalization in the
    Transformer Architecture, ICML.
    """

    device = CPU
    fidelity = Fidelity(name="steps", low=4, high=256, integer=True, continuable=True)
    inherited = ("layers", "heads", "head_width", "feed_forward", "tied")
    signals: tuple[str, ...] = NETWORK_SIGNALS

    def __init__(self, *, dataset: str) -> None:
        super().__init__()
        self._text = dataset
        self.space = language_space()

    def warm_up(self) -> None:
        """Read the text into memory."""
        _encoded(self._text)

    def begin(self, config: Config, seed: int) -> TrainingInProgress:
        """Set up a model that has read nothing."""
        steps = self.fidelity.high if self.fidelity else 1
        return _Language(config, self._text, seed, steps=steps, device=self.device)


def language_space() -> ConfigurationSpace:
    """Fourteen hyperparameters, one of them under a condition."""
    space = ConfigurationSpace(
        {
            "layers": Integer("layers", (1, 3), default=2),
            "heads": [1, 2, 4],
            "head_width": Integer("head_width", (4, 16), log=True, default=8),
            "feed_forward": Float("feed_forward", (1.0, 4.0), log=True, default=4.0),
            "normalised": ["before", "after"],
            "positions": ["learned", "none"],
            "tied": [False, True],
            "dropout": Float("dropout", (0.0, 0.5), default=0.0),
            "learning_rate": Float("learning_rate", (1e-4, 1e-1), log=True, default=3e-3),
            "warm_up_share": Float("warm_up_share", (0.0, 0.5), default=0.1),
            "schedule": ["cosine", "linear", "constant"],
            "final_share": Float("final_share", (0.0, 0.5), default=0.1),
            "weight_decay": Float("weight_decay", (1e-5, 1.0), log=True, default=1e-2),
            "beta2": ["0.9", "0.99", "0.999"],
        }
    )
    space.add(EqualsCondition(space["final_share"], space["schedule"], "cosine"))
    return space


@lru_cache(maxsize=2)
def _encoded(name: str) -> tuple[torch.Tensor, int]:
    """A text as numbers of characters, and how many different ones there are."""
    codes = np.frombuffer(text_of(name).encode(), dtype=np.uint8)
    known, numbered = np.unique(codes, return_inverse=True)
    return torch.from_numpy(numbered.astype(np.int64)), len(known)


class _Language(TorchTraining):
    """A model on its way through its steps."""

    def __init__(
        self, config: Config, name: str, seed: int, *, steps: float, device: torch.device
    ) -> None:
        super().__init__(config, seed, device)
        self._steps = steps
        text, characters = _encoded(name)
        with self._scope.entered():
            self._train, self._valid, self._test = (part.to(device) for part in _parts(text))
            self.model = _Transformer(config, characters)
        self.model.to(device)
        betas = 0.9, float(config["beta2"])
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), betas=betas, weight_decay=float(config["weight_decay"])
        )

    def advance(self, level: float) -> None:
        """Train for more steps."""
        self.model.train()
        with self._scope.entered():
            for step in range(self.done, int(level)):
                self._watch.begin()
                self._learn(step)
        self._watch.end(self.model)
        self.done = int(level)

    def _learn(self, step: int) -> None:
        """Take one step, on pieces of text drawn at random."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(step / self._steps)
        starts = torch.randint(len(self._train) - CONTEXT, (BATCH, 1))
        pieces = self._train[(starts + torch.arange(CONTEXT + 1)).to(self._device)]
        self.optimizer.zero_grad()
        loss = _loss(self.model(pieces[:, :-1]), pieces[:, 1:])
        if not math.isfinite(loss.item()):
            raise ArithmeticError("the training loss is not finite")
        self._watch.losses.append(loss.item())
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()

    def _rate(self, progress: float) -> float:
        """The learning rate: linear to its height, then down as the schedule says."""
        rate, warm = float(self._config["learning_rate"]), float(self._config["warm_up_share"])
        if progress < warm:
            return rate * (progress + 1 / self._steps) / (warm + 1 / self._steps)
        done = (progress - warm) / (1 - warm)
        if self._config["schedule"] == "cosine":
            last = float(self._config["final_share"])
            return rate * (last + (1 - last) * 0.5 * (1 + math.cos(math.pi * done)))
        return rate * (1 - done) if self._config["schedule"] == "linear" else rate

    def inputs(self, rows: int) -> Iterator[torch.Tensor]:
        """The beginning of the text to learn from, in `WATCHED` pieces."""
        yield from self._train[: WATCHED * CONTEXT].view(-1, CONTEXT).split(rows)

    def scores(self) -> tuple[PartScores, PartScores]:
        """How often the likeliest next character is wrong, and the loss in nats a character."""
        self.model.eval()
        return self._judged(self._valid), self._judged(self._test)

    @torch.inference_mode()
    def _judged(self, pieces: torch.Tensor) -> PartScores:
        answers = self.model(pieces[:, :-1])
        wrong = answers.argmax(dim=2) != pieces[:, 1:]
        return PartScores(wrong.double().mean().item(), float(_loss(answers, pieces[:, 1:])))


def _parts(text: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What is learnt from, and the pieces of the validation and of the test part."""
    cut = text[: len(text) // PARTS * PARTS].reshape(PARTS, -1)
    order = torch.randperm(PARTS)
    judged = [cut[order[place :: PARTS // 2][:2]].reshape(2, -1) for place in (0, 1)]
    kept = torch.tensor([p for p in range(PARTS) if p not in _held_back(order)])
    pieces = [_spread(part) for part in judged]
    return cut[kept].flatten(), pieces[0], pieces[1]


def _held_back(order: torch.Tensor) -> set[int]:
    """The parts that are for judging."""
    return {int(order[place]) for first in (0, 1) for place in (first, first + PARTS // 2)}


def _spread(part: torch.Tensor) -> torch.Tensor:
    """Pieces of `CONTEXT` + 1 characters, evenly spread over a part."""
    text = part.flatten()
    starts = torch.linspace(0, len(text) - CONTEXT - 1, JUDGED).long()[:, None]
    return text[starts + torch.arange(CONTEXT + 1)]


def _loss(answers: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over all characters."""
    return functional.cross_entropy(answers.flatten(0, 1), right.flatten())


class _Transformer(nn.Module):
    """Embeddings, layers, and scores of the next character at each place."""

    def __init__(self, config: Config, characters: int) -> None:
        super().__init__()
        width = int(config["heads"]) * int(config["head_width"])
        self.characters = nn.Embedding(characters, width)
        self.places = nn.Parameter(torch.zeros(CONTEXT, width))
        self.places.requires_grad = config["positions"] == "learned"
        self.layers = nn.ModuleList(_Layer(config, width) for _ in range(int(config["layers"])))
        self.last = nn.LayerNorm(width)
        self.scores = nn.Linear(width, characters, bias=False)
        nn.init.normal_(self.characters.weight, std=0.02)
        if config["tied"]:
            self.scores.weight = self.characters.weight

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        """From characters, shape (pieces, places), to scores (pieces, places, characters)."""
        state: Any = self.characters(text) + self.places[: text.shape[1]]
        for layer in self.layers:
            state = layer(state)
        found: torch.Tensor = self.scores(self.last(state))
        return found


class _Layer(nn.Module):
    """Attention to what came before, then two linear layers."""

    def __init__(self, config: Config, width: int) -> None:
        super().__init__()
        self.heads, self.before = int(config["heads"]), config["normalised"] == "before"
        hidden = max(round(float(config["feed_forward"]) * width), 1)
        self.queries = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.wide = nn.Sequential(
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Linear(hidden, width),
            nn.Dropout(config["dropout"]),
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.dropout = nn.Dropout(config["dropout"])

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        """Shape (pieces, places, width), which stays."""
        for norm, step in zip(self.norms, (self._attend, self.wide), strict=True):
            state = state + step(norm(state)) if self.before else norm(state + step(state))
        return state

    def _attend(self, state: torch.Tensor) -> torch.Tensor:
        pieces, places, width = state.shape
        shape = pieces, places, self.heads, width // self.heads
        parts = [x.view(shape).transpose(1, 2) for x in self.queries(state).chunk(3, dim=2)]
        seen = functional.scaled_dot_product_attention(*parts, is_causal=True)  # type: ignore[misc]
        joined: torch.Tensor = self.joined(seen.transpose(1, 2).reshape(pieces, places, width))
        return self.dropout(joined)
