"""LLAMBO: a language model as the sampler and as the surrogate of Bayesian optimization."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import norm

from hpobench.adapters.native.llm import SHOWN, TRIES, LanguageModel
from hpobench.adapters.shared.prompts import config_line, describe_trials, parsed
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Config

SAMPLER = {"temperature": 0.8, "top_p": 0.95}
"""Settings of requests for candidates, of the reference implementation."""

SURROGATE = {"temperature": 0.7, "top_p": 0.95}
"""Settings of requests for predictions, of the same; so is the least deviation."""

LEAST = 1e-5

_PREDICTED = re.compile(r"##\s*(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*##")


class Llambo(LanguageModel):
    """Have candidates proposed that would reach a target, predict their values, and take the best.

    The target lies beyond the best value found, by a share `alpha` of the range of values. The
    model sees the trials in another order in each prompt. It predicts the value of a candidate
    several times, and the mean and deviation of these make its expected improvement. As many
    random configurations come first as are needed to have a range of values.

    Args:
        initial: Configurations that are random.
        candidates: How many are proposed for a trial.
        prompts: In how many orders the trials are shown, for candidates and for predictions.
        predictions: Number of predictions that the model makes for each candidate.
        alpha: How far beyond the best value found the target lies.
        options: `model`, its name, if it is not the one that the environment names.

    Source: Liu et al. (2024), Large Language Models to Enhance Bayesian Optimization, ICLR, with
    the discriminative surrogate; defaults of `exp_hpo_bench/run_hpo_bench.py` in
    github.com/tennisonliu/LLAMBO. Without its zero-shot warm start, for which see `WarmStarted`,
    and its recalibration.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        initial: int = 5,
        candidates: int = 10,
        prompts: int = 2,
        predictions: int = 10,
        alpha: float = 0.1,
        **options: Any,
    ) -> None:
        super().__init__(problem, seed, **options)
        self._rng = np.random.default_rng(seed)
        self._initial, self._candidates, self._prompts = initial, candidates, prompts
        self._predictions, self._alpha = predictions, alpha

    def proposed(self) -> Config:
        """The candidate with the greatest expected improvement."""
        if self._asked < self._initial or not self._values():
            return plain_config(self._space.sample_configuration())
        candidates = self._proposals()
        return max(candidates, key=self._improvement) if candidates else self._drawn()

    def _values(self) -> list[float]:
        return [outcome.value for _, outcome in self._told if outcome.ok]

    def _target(self) -> float:
        """What the candidates are to reach."""
        best, worst = min(self._values()), max(self._values())
        return best - self._alpha * ((worst - best) or 0.1 * abs(worst))

    def _proposals(self) -> list[Config]:
        """Different legal candidates that were not tried yet; none if no reply was of use."""
        tried = {config_line(config) for config, _ in self._told}
        tried |= {config_line(config) for config in self._pending.values()}
        question = (
            f"Recommend a configuration that can achieve the value {self._target():.6g}. "
            "Answer with one JSON object on one line, and nothing else."
        )
        for _ in range(TRIES):
            replies = self._replies(question, self._candidates, **SAMPLER)
            found = {
                config_line(config): config for reply in replies for config in self._legal(reply)
            }
            if fresh := [config for key, config in found.items() if key not in tried]:
                return fresh[: self._candidates]
        return []

    def _legal(self, reply: str) -> list[Config]:
        """The configuration in a reply, or none."""
        try:
            return [parsed(self._space, reply)]
        except ValueError as error:
            self._note(reply=reply, wrong=str(error))
            return []

    def _improvement(self, candidate: Config) -> float:
        """The expected improvement over the best value, by the model's predictions."""
        question = (
            f"Predict the value of {config_line(candidate)}. Answer with the number in the format "
            "## value ##, and nothing else."
        )
        replies = self._replies(question, self._predictions, **SURROGATE)
        known = [float(found[1]) for reply in replies if (found := _PREDICTED.search(reply))]
        return expected_improvement(known, min(self._values())) if known else 0.0

    def _replies(self, question: str, count: int, **settings: float) -> list[str]:
        """Replies to a question, each share of them with the trials in another random order."""
        ok = [each for each in self._told if each[1].ok][-SHOWN:]
        found: list[str] = []
        for _ in range(self._prompts):
            shown = describe_trials(ok[place] for place in self._rng.permutation(len(ok)))
            prompt = f"{self._situation}\nConfigurations and values:\n{shown}\n{question}"
            messages = [{"role": "user", "content": prompt}]
            share = self._chat.replies(messages, count=-(-count // self._prompts), **settings)
            self._note(prompt=prompt, reply="\n".join(share))
            found += share
        return found


def expected_improvement(predicted: Sequence[float], best: float) -> float:
    """By how much values like those predicted, if normally distributed, are below the best."""
    mean, deviation = float(np.mean(predicted)), max(float(np.std(predicted)), LEAST)
    z = (best - mean) / deviation
    return float((best - mean) * norm.cdf(z) + deviation * norm.pdf(z))
