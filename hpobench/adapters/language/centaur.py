"""Centaur: CMA-ES, some of whose candidates a language model names that sees its state."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hpobench.adapters.libraries.pycma import Pycma
from hpobench.adapters.shared.chat import Chat
from hpobench.adapters.shared.generations import Values
from hpobench.adapters.shared.prompts import config_line, parsed, situation
from hpobench.task import Problem
from hpobench.trial import Config

BEST, LAST = 5, 20
"""So many of the best configurations, and of the last ones, are shown to the model."""


class Centaur(Pycma):
    """CMA-ES in which a share of each generation is named by a language model.

    The model is told the space, the mean and the deviations of CMA-ES, the best configurations and
    the last ones, and names a configuration, which takes a candidate's place; CMA-ES learns from
    it as from its own. A reply of no use leaves CMA-ES's candidate. All that is said is in `notes`.

    Args:
        share: How many of a generation the model names, in [0, 1]; at least one, unless it is 0.
        model: Name of the model, if not the one that the environment names.
        options: As for `Pycma`.

    Source: Ferreira et al. (2026), Can LLMs Beat Classical Hyperparameter Optimization
    Algorithms? A Study on autoresearch, arXiv:2603.24647, whose hybrid shares the state of CMA-ES
    with the model, which names 30 % of the trials. Of the covariance the diagonal is told.
    """

    def __init__(
        self, problem: Problem, seed: int, *, share: float = 0.3, model: str = "", **options: Any
    ) -> None:
        super().__init__(problem, seed, **options)
        self.notes: list[dict[str, Any]] = []
        self._space, self._share = problem.space, share
        self._situation = situation(problem)
        self._chat = Chat(model, seed=seed)
        self._seen: list[tuple[float, Config]] = []

    def breed(self) -> Sequence[Any]:
        """A generation of CMA-ES, in which the model's candidates take the last places."""
        candidates = list(super().breed())
        count = max(1, round(self._share * len(candidates))) if self._share else 0
        for place in range(len(candidates) - count, len(candidates)):
            if config := self._named():
                candidates[place] = self._point(config, len(candidates[place]))
        return candidates

    def learn(self, candidates: Sequence[Any], values: list[Values]) -> None:
        """Learn as CMA-ES does, and remember all for the next question."""
        super().learn(candidates, values)
        for candidate, (value,) in zip(candidates, values, strict=True):
            self._seen.append((float(value), self.config(candidate)))

    def _named(self) -> Config | None:
        """The configuration that the model names; None if its reply is of no use."""
        prompt = self._prompt()
        (reply,) = self._chat.replies([{"role": "user", "content": prompt}])
        try:
            config, wrong = parsed(self._space, reply), ""
        except ValueError as error:
            config, wrong = {}, str(error)
        self.notes.append(
            {"model": self._chat.model, "prompt": prompt, "reply": reply, "wrong": wrong}
        )
        return config or None

    def _prompt(self) -> str:
        """What is known, and what CMA-ES makes of it."""
        mean = np.clip(self._es.mean, 0, 1).tolist()
        spread = (self._es.sigma * np.sqrt(np.diag(self._es.C))).tolist()
        deviations = dict(zip(self._vectors.names, (round(x, 4) for x in spread), strict=False))
        best = sorted(self._seen, key=lambda each: each[0])[:BEST]
        state = (
            f"CMA-ES searches around {config_line(self._vectors.config(mean))}, with standard "
            f"deviations, as shares of each range, of {deviations}."
        )
        question = (
            "Name the configuration to try next, which may lie where CMA-ES does not look. "
            "Answer with one JSON object on one line, and nothing else."
        )
        return "\n".join(
            [
                self._situation,
                state,
                "The best configurations, and the value of each, the lower the better:",
                *map(_line, best),
                "The last configurations:",
                *map(_line, self._seen[-LAST:]),
                question,
            ]
        )

    def _point(self, config: Config, dimension: int) -> Any:
        """The place of a configuration in the cube, which has a coordinate more than one."""
        return np.array([*self._vectors.vector(config), 0.5][:dimension])


def _line(seen: tuple[float, Config]) -> str:
    """A configuration and its value."""
    value, config = seen
    return f"{config_line(config)} -> {value:.6g}"
