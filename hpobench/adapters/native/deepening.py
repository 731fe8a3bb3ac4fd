"""Iterative-deepening Hyperband: a higher maximal fidelity without starting over."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hpobench.adapters.shared.fidelities import required
from hpobench.adapters.shared.ladder import ladder
from hpobench.errors import UserError
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial


class Strategy(StrEnum):
    """What becomes of promotions that were made before the maximal fidelity was raised."""

    EFFICIENT = "efficient"
    """They stand, and only the places that are left go to others."""
    PRESERVING = "preserving"
    """All that was evaluated on a rung competes for its promotions again."""
    DISCARDING = "discarding"
    """Only what would be on the rung by today's results competes."""


@dataclass(slots=True, eq=False)
class BracketMember:
    """A configuration in a bracket, and its value on each rung where it was evaluated."""

    config: Config
    values: dict[int, float] = field(default_factory=dict)


Rung = tuple[int, Sequence[BracketMember]]
"""Where, by its position on the ladder, and what is to be evaluated there."""


class Deepening(Optimizer):
    """Hyperband under a lower maximal fidelity first, then under one that is `eta` times higher.

    A raise keeps all brackets: each goes on with the configurations it has, draws as many as a
    larger one has more, and gets one more rung; a new bracket begins at the new highest fidelity.
    No configuration is evaluated twice at a fidelity. After the last raise come Hyperband's own
    iterations. What failed is not promoted.

    Args:
        eta: One in so many of a rung's members is promoted, to an `eta` times higher fidelity.
        raises: How many times the maximal fidelity is raised until it is the task's own.
        strategy: What becomes of earlier promotions.

    Source: Brandt et al. (2023), Iterative Deepening Hyperband, arXiv:2302.00511, and its
    implementation, github.com/mwever/incremental-successive-halving, whose "conservative" variant
    is `preserving` here and with "strict" `discarding`.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        eta: int = 3,
        raises: int = 1,
        strategy: str = "efficient",
    ) -> None:
        if strategy not in list(Strategy):
            raise UserError(f"strategy is one of {', '.join(Strategy)}, not {strategy!r}")
        self._space, self._eta, self._strategy = problem.space, eta, Strategy(strategy)
        self._space.seed(seed)
        self._fidelities = ladder(required(problem), eta)
        self._rungs = self._search(raises)
        self._queue: deque[tuple[BracketMember, int]] = deque()
        self._pending = 0

    def ask(self) -> Trial | Signal:
        """The next of a rung, or wait for those that are pending before it is decided."""
        while not self._queue:
            if self._pending:
                return Signal.WAIT
            rung, members = next(self._rungs)
            self._queue.extend((member, rung) for member in members)
        member, rung = self._queue.popleft()
        self._pending += 1
        return Trial(config=member.config, fidelity=self._fidelities[rung], handle=(member, rung))

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note the value on the rung."""
        member, rung = trial.handle
        member.values[rung] = outcome.value if outcome.ok else math.inf
        self._pending -= 1

    def _search(self, raises: int) -> Iterator[Rung]:
        """All rungs of all brackets, in their order, without end."""
        last = len(self._fidelities) - 1
        brackets: list[list[BracketMember]] = []
        for top in range(max(last - raises, 0), last + 1):
            brackets += [[] for _ in range(top + 1 - len(brackets))]
            yield from self._iteration(brackets, top)
        while True:
            yield from self._iteration([[] for _ in range(last + 1)], last)

    def _iteration(self, brackets: list[list[BracketMember]], top: int) -> Iterator[Rung]:
        """Hyperband, with the bracket that begins on the lowest rung first."""
        for first, members in enumerate(brackets):
            new = bracket_size(top, top - first, self._eta) - len(members)
            drawn = (plain_config(self._space.sample_configuration()) for _ in range(new))
            members.extend(map(BracketMember, drawn))
            yield from halving(members, first, top, self._eta, self._strategy)


def bracket_size(top: int, halvings: int, eta: int) -> int:
    """How many configurations a bracket of Hyperband begins with.

    Source: Li et al. (2018), Hyperband, JMLR 18, Algorithm 1, where `top` is s_max and `halvings`
    is s.
    """
    begun: int = -(-(top + 1) * eta**halvings // (halvings + 1))
    return begun


def halving(
    members: Sequence[BracketMember], first: int, top: int, eta: int, strategy: Strategy
) -> Iterator[Rung]:
    """The rungs of successive halving, with what was not evaluated there before.

    Args:
        members: All of a bracket, each with what is known of it.
        first: Rung on which all are evaluated.
        top: The highest.
        eta: One in so many is promoted.
        strategy: What becomes of earlier promotions.
    """
    contenders = list(members)
    for rung in range(first, top + 1):
        places = len(contenders) // eta
        standing = contenders if strategy is Strategy.EFFICIENT else []
        kept = [m for m in standing if rung + 1 in m.values]
        rivals = [m for m in contenders if m not in kept]
        yield rung, [m for m in rivals if rung not in m.values]
        if strategy is Strategy.PRESERVING:
            rivals = [m for m in members if rung in m.values]
        succeeded = [(m.values[rung], n, m) for n, m in enumerate(rivals) if _succeeded(m, rung)]
        contenders = kept + [m for _, _, m in sorted(succeeded)][: max(places - len(kept), 0)]


def _succeeded(member: BracketMember, rung: int) -> bool:
    return member.values[rung] < math.inf
