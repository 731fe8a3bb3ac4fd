"""Steps of temporal-difference control over tiles, compiled: they know numbers alone."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from hpobench.benchmarks.learners.control import start_state, step_state

Floats = npt.NDArray[np.float64]
REMEMBERED = 48
"""Steps that an eligibility trace reaches back at most."""


@njit(cache=True)
def place_tiles(state: Floats, coding: Any, tiles: int, found: Any) -> None:
    """Write into `found` which tile of each tiling a state lies in."""
    low, high, offsets = coding
    for tiling in range(len(offsets)):
        index = 0
        for i in range(len(low)):
            share = (min(max(state[i], low[i]), high[i]) - low[i]) / (high[i] - low[i])
            index = index * (tiles + 1) + int(share * (tiles - 1e-9) + offsets[tiling, i])
        found[tiling] = index


@njit(cache=True)
def action_values(values: Floats, found: Any, result: Floats) -> None:
    """Write into `result` the value of each action in the state of these tiles."""
    for action in range(len(result)):
        total = 0.0
        for tiling in range(len(found)):
            total += values[action, tiling, found[tiling]]
        result[action] = total


@njit(cache=True)
def policy(valued: Floats, settings: Floats, done: float, shares: Floats) -> None:
    """Write into `shares` how likely each action is; `done` is the share of steps taken."""
    if settings[5]:
        height = valued.max()
        shares[:] = np.exp((valued - height) / settings[6])
        shares /= shares.sum()
        return
    epsilon = settings[6] * (1.0 - settings[7] * done)
    shares[:] = epsilon / len(valued)
    shares[valued.argmax()] += 1.0 - epsilon


@njit(cache=True)
def draw_action(shares: Floats, rng: np.random.Generator) -> int:
    """An action by its probability."""
    left = rng.random()
    for action in range(len(shares) - 1):
        left -= shares[action]
        if left < 0:
            return action
    return len(shares) - 1


@njit(cache=True)
def learn(  # noqa: C901, PLR0913, PLR0915, PLR0917 (one loop, compiled as one)
    code: int,
    limit: int,
    coding: Any,
    values: Floats,
    state: Floats,
    memory: Any,
    settings: Floats,
    steps: Any,
    rng: np.random.Generator,
) -> None:
    """Take steps and learn from each; a new call goes on where the last one stopped.

    Args:
        code: Number of the environment.
        limit: Steps of an episode.
        coding: Least and largest value of each variable, and the tilings' offsets.
        values: Shape (actions, tilings, tiles); changed in place.
        state: Four numbers of the environment; changed in place.
        memory: Tiles and actions of the last steps, tiles of this one, and of the episode its
            length, whether it runs, and the next action; changed in place.
        settings: Algorithm, step size and its decay, discount, trace, exploration (three
            numbers) and tiles of each variable.
        steps: The first, behind the last, and how many the full training has.
        rng: Draws starts and actions; changed in place.
    """
    actions, tilings = values.shape[0], values.shape[1]
    tiles, algorithm, fade = int(settings[8]), int(settings[0]), settings[3] * settings[4]
    past, chosen, here, episode = memory
    length, running, action = episode[0], episode[1] != 0, episode[2]
    there, valued, shares = np.zeros(tilings, np.int64), np.zeros(actions), np.zeros(actions)
    for step in range(steps[0], steps[1]):
        done = step / steps[2]
        if not running:
            state[:] = start_state(code, rng)
            length, running = 0, True
            place_tiles(state, coding, tiles, here)
            action_values(values, here, valued)
            policy(valued, settings, done, shares)
            action = draw_action(shares, rng)
        slot = length % REMEMBERED
        past[slot] = here
        chosen[slot] = action
        value = 0.0
        for tiling in range(tilings):
            value += values[action, tiling, here[tiling]]
        reward, ended = step_state(code, state, action)
        length += 1
        target = reward
        if not ended:
            place_tiles(state, coding, tiles, there)
            action_values(values, there, valued)
            policy(valued, settings, done, shares)
            action = draw_action(shares, rng)
            if algorithm == 0:
                target += settings[3] * valued[action]
            elif algorithm == 1:
                target += settings[3] * (shares * valued).sum()
            else:
                target += settings[3] * valued.max()
            here[:] = there
        change = settings[1] * (1.0 - settings[2] * done) * (target - value)
        for back in range(min(length, REMEMBERED)):
            place = (length - 1 - back) % REMEMBERED
            for tiling in range(tilings):
                values[chosen[place], tiling, past[place, tiling]] += change
            change *= fade
            if abs(change) < 1e-12:  # noqa: PLR2004
                break
        running = not ended and length < limit
    episode[0], episode[1], episode[2] = length, int(running), action


@njit(cache=True)
def play(
    code: int,
    limit: int,
    coding: Any,
    values: Floats,
    tiles: int,
    episodes: int,
    rng: np.random.Generator,
) -> Floats:
    """What each greedy episode misses of the best return, as a share of the worst."""
    here, valued = np.zeros(values.shape[1], np.int64), np.zeros(values.shape[0])
    lost = np.zeros(episodes)
    state = np.zeros(4)
    for episode in range(episodes):
        state[:] = start_state(code, rng)
        total = 0.0
        for _ in range(limit):
            place_tiles(state, coding, tiles, here)
            action_values(values, here, valued)
            reward, ended = step_state(code, state, valued.argmax())  # type: ignore[arg-type]
            total += reward
            if ended:
                break
        lost[episode] = 1.0 - total / limit if code == 0 else -total / limit
    return lost
