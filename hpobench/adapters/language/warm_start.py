"""LLAMBO's zero-shot warm start: a language model names the first configurations."""

from collections.abc import Iterator
from typing import Any

from hpobench.adapters.native.llambo import Llambo
from hpobench.adapters.native.llm import TRIES
from hpobench.adapters.shared.prompts import config_line
from hpobench.task import Problem
from hpobench.trial import Config

SETTINGS = {"temperature": 0.8, "top_p": 0.95}
"""Settings of the request, of the reference implementation."""


class WarmStarted(Llambo):
    """LLAMBO, whose first configurations are not random but named by the model.

    It is told the space and what is known of the task, sees no trial, and is asked for as many
    different configurations as the initial design has, in one message. What of its reply is
    illegal or repeated is left out; after `TRIES` replies the rest is drawn at random.

    Args:
        options: As for `Llambo`; `initial` is how many are named.

    Source: Liu et al. (2024), Large Language Models to Enhance Bayesian Optimization, ICLR, whose
    zero-shot warm start this is, with what the problem says of itself for its context.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        super().__init__(problem, seed, **options)
        self._named: Iterator[Config] | None = None

    def proposed(self) -> Config:
        """The next of those named at the start, and then as LLAMBO does."""
        if self._asked < self._initial:
            if self._named is None:
                self._named = iter(self._first())
            if (config := next(self._named, None)) is not None:
                return config
        return super().proposed()

    def _first(self) -> list[Config]:
        """Different legal configurations that the model would begin with."""
        question = (
            f"Recommend {self._initial} different configurations to evaluate first, without any "
            "trial so far. Answer with one JSON object on a line for each, and nothing else."
        )
        found: dict[str, Config] = {}
        for _ in range(TRIES):
            for reply in self._replies(question, 1, **SETTINGS):
                for line in reply.splitlines():
                    for config in self._legal(line) if "{" in line else []:
                        found.setdefault(config_line(config), config)
            if len(found) >= self._initial:
                break
        return list(found.values())[: self._initial]
