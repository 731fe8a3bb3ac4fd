"""A language model that is told the space and all trials, and asked for the next."""

from typing import Any

from hpobench.adapters.shared.chat import Chat
from hpobench.adapters.shared.prompts import config_line, describe_trials, parsed, situation
from hpobench.optimizer import Optimizer
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial

TRIES = 3
"""Replies that may be of no use before a configuration is drawn at random."""

SHOWN = 100
"""As many trials, the newest, are shown to the model."""


class LanguageModel(Optimizer):
    """Ask for each configuration in one message with the space and all trials so far.

    A reply that is no legal configuration is answered with what is wrong with it; after `TRIES`
    of them the configuration is drawn at random. All that is said is kept in `notes`.

    Args:
        model: Name of the model, if not the one that the environment names.
        settings: Sent with each request, such as `temperature`.

    Attributes:
        notes: For each reply the number of the trial, the prompt, the reply and what was wrong
            with it, or empty; and the trials for which none was of use.

    Source: Zhang et al. (2023), Using Large Language Models for Hyperparameter Optimization,
    arXiv:2312.04528, its prompt with a compressed history.
    """

    def __init__(self, problem: Problem, seed: int, *, model: str = "", **settings: Any) -> None:
        self.notes: list[dict[str, Any]] = []
        self._space, self._settings = problem.space, settings
        self._space.seed(seed)
        self._situation = situation(problem)
        self._chat = Chat(model, seed=seed)
        self._asked = 0
        self._pending: dict[int, Config] = {}
        self._told: list[tuple[Config, Outcome]] = []

    def ask(self) -> Trial:
        """What the model says."""
        config = self.proposed()
        self._asked += 1
        self._pending[self._asked] = config
        return Trial(config=config, handle=self._asked)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Remember it for the next prompt."""
        self._told.append((self._pending.pop(trial.handle), outcome))

    def proposed(self) -> Config:
        """The next configuration that the model proposes."""
        messages = [{"role": "user", "content": self._prompt()}]
        for _ in range(TRIES):
            (reply,) = self._chat.replies(messages, **self._settings)
            try:
                config, wrong = parsed(self._space, reply), ""
            except ValueError as error:
                config, wrong = {}, str(error)
            self._note(prompt=messages[-1]["content"], reply=reply, wrong=wrong)
            if not wrong:
                return config
            messages += [
                {"role": "assistant", "content": reply},
                {"role": "user", "content": f"This cannot be used: {wrong}. One JSON object."},
            ]
        return self._drawn()

    def _prompt(self) -> str:
        """All that is known, and the question."""
        pending = [f"{config_line(config)} is being evaluated" for config in self._pending.values()]
        history = describe_trials(self._told[-SHOWN:]) or "none yet"
        question = (
            "Explore other regions where the value no longer improves. Answer with the next "
            "configuration to try, as one JSON object on one line, and nothing else."
        )
        shown = f"Trials so far, and the value of each, the lower the better:\n{history}"
        return "\n".join([self._situation, shown, *pending, question])

    def _drawn(self) -> Config:
        """A random configuration, because the model gave none."""
        self._note(wrong="drawn at random, since no reply was of use")
        return plain_config(self._space.sample_configuration())

    def _note(self, **said: str) -> None:
        self.notes.append({"trial": self._asked, "model": self._chat.model, **said})
