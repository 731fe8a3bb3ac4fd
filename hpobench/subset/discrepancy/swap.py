"""Search by swaps that remembers the worst boxes it met, and so rarely looks at a bad swap.

The value of a box changes by at most 1/k in a swap, and how is known without looking at any other
box. A box that was worst once is a witness: it refutes, exactly, every swap that leaves it too
bad. What is left after all witnesses were heard is evaluated in full, and each failure is a new
witness; so a local optimum is proven after a few evaluations instead of k (n - k).

Where groups of points have limits, each swap keeps to them: it starts from an allowed subset.
"""

from collections.abc import Callable

import numpy as np

from hpobench.subset.discrepancy.boxes import Boxes, worst_boxes
from hpobench.subset.discrepancy.compiled import compiled, compiled_part
from hpobench.subset.discrepancy.ranked import Integers, Space
from hpobench.subset.discrepancy.state import Bytes, SearchState, Turn, WitnessRing

EPSILON = 1e-12
"""Differences below this are rounding."""

GOLDEN = 0.6180339887498949
"""Steps of this, modulo 1, come near to every number equally soon."""


def search(
    space: Space,
    state: SearchState,
    pool: WitnessRing,
    patience: int,
    rng: np.random.Generator,
    draw: Callable[[], Integers] | None = None,
) -> tuple[float, Integers]:
    """The best subset within the budget: descents, small kicks, and restarts.

    Args:
        space: The candidates and the target.
        state: The first subset; is changed.
        pool: Empty at first; is changed.
        patience: Kicks in vain before a restart.
        rng: Where all chance comes from.
        draw: Gives a subset to start afresh from, those that must stay first; by default all
            others are swapped.
    """
    best, champion = np.inf, state.chosen.copy()
    while state.left[0] > 0:
        if draw:
            _become(state, pool, draw())
        _shuffle(state, pool, len(state.chosen), rng)
        _climb(space, state, pool, patience, rng)
        if state.value[0] < best - EPSILON:
            best, champion = state.value[0], state.chosen.copy()
    return best, champion


def _climb(
    space: Space, state: SearchState, pool: WitnessRing, patience: int, rng: np.random.Generator
) -> None:
    """Descend, then kick and descend again, keeping what is not worse."""
    _measure(space, state, pool)
    _descend(space, state, pool)
    vain = 0
    while vain < patience and state.left[0] > 0:
        before, value = state.chosen.copy(), state.value[0]
        _shuffle(state, pool, int(rng.integers(1, 4)), rng)
        _measure(space, state, pool)
        _descend(space, state, pool)
        vain = 0 if state.value[0] < value - EPSILON else vain + 1
        if state.value[0] > value + EPSILON:
            _become(state, pool, before)
            state.value[0] = value


def _measure(space: Space, state: SearchState, pool: WitnessRing) -> None:
    """Evaluate the current subset."""
    state.value[0] = _evaluate(space, state, pool, state.chosen)


def _evaluate(space: Space, state: SearchState, pool: WitnessRing, chosen: Integers) -> float:
    """The discrepancy of a subset, whose worst boxes become witnesses."""
    boxes = worst_boxes(space, chosen, np.ones(len(chosen)))
    state.left[0] -= 1
    _remember(space, state, pool, boxes)
    return float(boxes.excess.max())


def _descend(space: Space, state: SearchState, pool: WitnessRing) -> None:
    """Swap while that lowers the discrepancy, each position in turn; ends in a local optimum."""
    turn = _first_turn(state)
    while state.left[0] > 0 and (new := _propose(state, pool, turn)) >= 0:
        position = int(turn.position[0])
        chosen = state.chosen.copy()
        chosen[position] = new
        value = _evaluate(space, state, pool, chosen)
        if value < state.value[0] - EPSILON:
            state.value[0] = value
            _swap(state, pool, position, new)
            _pass(state, turn)
            turn.vain[0] = 0
        else:
            turn.open_to[new] = 0


def _first_turn(state: SearchState) -> Turn:
    """At a position by chance."""
    fixed = int(state.fixed[0])
    position = fixed + int(state.chance[0] * (len(state.chosen) - fixed))
    return Turn(np.array([position]), np.zeros(1, np.int64), np.array([-1]), state.free.copy())


def _become(state: SearchState, pool: WitnessRing, chosen: Integers) -> None:
    """Make another subset the current one."""
    for position in np.flatnonzero(state.chosen != chosen).tolist():
        _swap(state, pool, position, chosen[position])
    state.free[chosen] = 0


def _shuffle(state: SearchState, pool: WitnessRing, swaps: int, rng: np.random.Generator) -> None:
    """Replace some points by others at random."""
    state.chance[0] = rng.random()
    movable = len(state.chosen) - state.fixed[0]
    for _ in range(swaps):
        if not (state.free.any() and movable):
            return
        position = int(state.fixed[0] + rng.integers(0, movable))
        open_to = state.free.copy()
        _keep_limits(state, int(state.chosen[position]), open_to)
        free = np.flatnonzero(open_to)
        if len(free):
            _swap(state, pool, position, free[rng.integers(0, len(free))])


@compiled
def _keep_limits(state: SearchState, old: int, open_to: Bytes) -> None:
    """Strike out the swaps for `old` after which a group has too few or too many points."""
    for group in range(len(state.tally)):
        kept = state.tally[group] - state.member[group, old]
        must, must_not = kept < state.low[group], kept >= state.high[group]
        if must or must_not:
            for point in range(len(open_to)):
                open_to[point] &= np.uint8((state.member[group, point] == 1) == must)


@compiled
def _propose(state: SearchState, pool: WitnessRing, turn: Turn) -> int:
    """A point that no witness refutes at the position in turn; -1 if there is none at any."""
    while turn.vain[0] < len(state.chosen) - state.fixed[0]:
        new = _candidate(state, pool, turn)
        if new >= 0:
            return new
        _pass(state, turn)
    return -1


@compiled
def _pass(state: SearchState, turn: Turn) -> None:
    """It is the next position's turn."""
    after = turn.position[0] + 1
    turn.position[0] = after if after < len(state.chosen) else state.fixed[0]
    turn.vain[0] += 1
    turn.heard[0] = -1


@compiled_part
def _candidate(state: SearchState, pool: WitnessRing, turn: Turn) -> int:
    """A point that no witness refutes at the position in turn, or -1."""
    old = state.chosen[turn.position[0]]
    if turn.heard[0] < 0:
        if _refuted(state, pool, old):
            return -1
        turn.heard[0] = max(0, pool.filled[0] - len(pool.sign))
        for point in range(len(turn.open_to)):
            turn.open_to[point] = state.free[point]
        _keep_limits(state, old, turn.open_to)
    while turn.heard[0] < pool.filled[0]:
        if not _hear(state, pool, turn.heard[0] % len(pool.sign), old, turn.open_to):
            return -1
        turn.heard[0] += 1
    return _draw(state, turn.open_to)


@compiled_part
def _draw(state: SearchState, open_to: Bytes) -> int:
    """One of the candidates, or -1 if none is left; numpy's generators take long to compile."""
    state.chance[0] = (state.chance[0] + GOLDEN) % 1.0
    left = 0
    for point in range(len(open_to)):
        left += open_to[point]
    before = int(state.chance[0] * left)
    drawn = -1
    for point in range(len(open_to)):
        if open_to[point] and before >= 0:
            drawn = point
            before -= 1
    return drawn


@compiled_part
def _allowed(state: SearchState, pool: WitnessRing, witness: int, old: int) -> tuple[bool, bool]:
    """Whether a point outside of the witness, or inside, may replace `old`."""
    k = len(state.chosen)
    kept = pool.held[witness] - pool.inside[witness, old]
    bound = state.value[0] - EPSILON
    outside = pool.sign[witness] * (pool.mass[witness] - kept / k) < bound
    inside = pool.sign[witness] * (pool.mass[witness] - (kept + 1) / k) < bound
    return outside, inside


@compiled_part
def _refuted(state: SearchState, pool: WitnessRing, old: int) -> bool:
    """Whether some witness stays too bad whatever replaces `old`; cheap, and often so."""
    for witness in range(min(pool.filled[0], len(pool.sign))):
        outside, inside = _allowed(state, pool, witness, old)
        if not (outside or inside):
            return True
    return False


@compiled_part
def _hear(state: SearchState, pool: WitnessRing, witness: int, old: int, open_to: Bytes) -> bool:
    """Strike out the swaps for `old` that leave a witness too bad; False if none can do."""
    outside, inside = _allowed(state, pool, witness, old)
    if inside != outside:
        wanted = np.uint8(inside)
        for point in range(len(open_to)):
            open_to[point] &= np.uint8(pool.inside[witness, point] == wanted)
    return bool(inside or outside)


@compiled
def _remember(space: Space, state: SearchState, pool: WitnessRing, boxes: Boxes) -> None:
    """Add both boxes to the witnesses, in place of the oldest ones."""
    for row in range(2):
        place = pool.filled[0] % len(pool.sign)
        pool.filled[0] += 1
        pool.sign[place] = 1.0 - 2.0 * row
        pool.mass[place] = boxes.mass[row]
        pool.inside[place] = 1
        for axis in range(len(space.sizes)):
            corner = boxes.corner[row, axis]
            for point in range(len(space.ranks)):
                pool.inside[place, point] &= np.uint8(space.ranks[point, axis] < corner)
        pool.held[place] = 0
        for point in state.chosen:
            pool.held[place] += pool.inside[place, point]


@compiled
def _swap(state: SearchState, pool: WitnessRing, position: int, new: int) -> None:
    """Replace one point of the current subset."""
    old = state.chosen[position]
    state.chosen[position] = new
    state.free[old], state.free[new] = 1, 0
    for group in range(len(state.tally)):
        state.tally[group] += np.int64(state.member[group, new]) - state.member[group, old]
    for witness in range(min(pool.filled[0], len(pool.sign))):
        pool.held[witness] += np.int64(pool.inside[witness, new]) - pool.inside[witness, old]
