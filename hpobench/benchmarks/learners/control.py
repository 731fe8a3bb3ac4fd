"""Four control problems of the textbooks, compiled: states, rewards, ends."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]

CART_POLE, MOUNTAIN_CAR, ACROBOT, PENDULUM = range(4)


@dataclass(frozen=True, slots=True)
class Control:
    """A problem: what can be done, and between which bounds its state lies.

    Attributes:
        code: Which of the constants above.
        actions: How many there are.
        limit: Steps after which an episode ends.
        low: Least value of each variable that the learner sees; smaller ones count as this.
        high: Largest value, likewise.
    """

    code: int
    actions: int
    limit: int
    low: tuple[float, ...]
    high: tuple[float, ...]


CONTROLS = {
    "acrobot": Control(ACROBOT, 3, 250, (-np.pi, -np.pi, -7.0, -14.0), (np.pi, np.pi, 7.0, 14.0)),
    "cart-pole": Control(CART_POLE, 2, 250, (-2.4, -2.5, -0.21, -2.5), (2.4, 2.5, 0.21, 2.5)),
    "mountain-car": Control(MOUNTAIN_CAR, 3, 250, (-1.2, -0.07), (0.6, 0.07)),
    "pendulum": Control(PENDULUM, 3, 150, (-np.pi, -8.0), (np.pi, 8.0)),
}
"""By the name tasks use.

Source: Barto, Sutton and Anderson (1983), Neuronlike Adaptive Elements That Can Solve Difficult
Learning Control Problems (cart-pole); Sutton and Barto (2018), Reinforcement Learning, 2nd edition,
sections 10.1 and 11 (mountain car, acrobot, with its book's constants and steps of 0.2 s);
the pendulum is that of Gymnasium (`Pendulum-v1`) with three torques. Starts are wider than there,
so that episodes differ.
"""


@njit(cache=True)
def start_state(code: int, rng: np.random.Generator) -> Floats:
    """A state to begin an episode in, drawn at random."""
    state = np.zeros(4)
    if code == CART_POLE:
        for i in range(4):
            state[i] = rng.uniform(-1.0, 1.0) * (0.5 if i % 2 == 0 else 0.3)
        state[2] *= 0.2
    elif code == MOUNTAIN_CAR:
        state[0] = rng.uniform(-0.9, -0.2)
        state[1] = rng.uniform(-0.01, 0.01)
    elif code == ACROBOT:
        for i in range(4):
            state[i] = rng.uniform(-0.3, 0.3)
    else:
        state[0] = rng.uniform(-np.pi, np.pi)
        state[1] = rng.uniform(-1.0, 1.0)
    return state


@njit(cache=True)
def step_state(code: int, state: Floats, action: int) -> tuple[float, bool]:
    """Move a state in place.

    Returns:
        The reward in [-1, 0] (cart-pole: in [0, 1]) and whether the episode has ended.
    """
    if code == CART_POLE:
        return _cart_pole(state, action)
    if code == MOUNTAIN_CAR:
        return _mountain_car(state, action)
    if code == ACROBOT:
        return _acrobot(state, action)
    return _pendulum(state, action)


@njit(cache=True)
def _cart_pole(state: Floats, action: int) -> tuple[float, bool]:
    """Keep a pole upright on a cart: a reward of 1 for each step."""
    force = 10.0 if action == 1 else -10.0
    cosine, sine = np.cos(state[2]), np.sin(state[2])
    push = (force + 0.05 * state[3] ** 2 * sine) / 1.1
    turning = (9.8 * sine - cosine * push) / (0.5 * (4.0 / 3.0 - 0.1 * cosine**2 / 1.1))
    moving = push - 0.05 * turning * cosine / 1.1
    state[0] += 0.02 * state[1]
    state[1] += 0.02 * moving
    state[2] += 0.02 * state[3]
    state[3] += 0.02 * turning
    return 1.0, abs(state[0]) > 2.4 or abs(state[2]) > 0.2095  # noqa: PLR2004


@njit(cache=True)
def _mountain_car(state: Floats, action: int) -> tuple[float, bool]:
    """Leave a valley by swinging: a reward of -1 for each step until the top."""
    state[1] += 0.001 * (action - 1) - 0.0025 * np.cos(3 * state[0])
    state[1] = min(max(state[1], -0.07), 0.07)
    state[0] += state[1]
    if state[0] < -1.2:  # noqa: PLR2004
        state[0], state[1] = -1.2, 0.0
    return -1.0, state[0] >= 0.5  # noqa: PLR2004


@njit(cache=True)
def _acrobot(state: Floats, action: int) -> tuple[float, bool]:
    """Swing the tip of two links above a line: a reward of -1 for each step until then."""
    for _ in range(4):
        one, two, fast, faster = state[0], state[1], state[2], state[3]
        inner = 2 * (0.5 * np.cos(two))
        d1 = 0.25 + (1 + 0.25 + inner) + 2.0
        d2 = 0.25 + 0.5 * np.cos(two) + 1.0
        phi2 = 0.5 * 9.8 * np.cos(one + two - np.pi / 2)
        phi1 = (
            -0.5 * faster**2 * np.sin(two)
            - faster * fast * np.sin(two)
            + 1.5 * 9.8 * np.cos(one - np.pi / 2)
            + phi2
        )
        torque = float(action - 1)
        second = (torque + d2 / d1 * phi1 - 0.5 * fast**2 * np.sin(two) - phi2) / (
            1.25 - d2**2 / d1
        )
        first = -(d2 * second + phi1) / d1
        state[2] = min(max(fast + 0.05 * first, -4 * np.pi), 4 * np.pi)
        state[3] = min(max(faster + 0.05 * second, -9 * np.pi), 9 * np.pi)
        state[0] = _wrapped(one + 0.05 * state[2])
        state[1] = _wrapped(two + 0.05 * state[3])
    return -1.0, -np.cos(state[0]) - np.cos(state[0] + state[1]) > 1.0


@njit(cache=True)
def _pendulum(state: Floats, action: int) -> tuple[float, bool]:
    """Swing a pendulum up and keep it there: a reward of 0 at rest on top, -1 at the worst."""
    torque = 2.0 * (action - 1)
    cost = state[0] ** 2 + 0.1 * state[1] ** 2 + 0.001 * torque**2
    state[1] += 0.05 * (15.0 * np.sin(state[0]) + 3.0 * torque)
    state[1] = min(max(state[1], -8.0), 8.0)
    state[0] = _wrapped(state[0] + 0.05 * state[1])
    return -cost / (np.pi**2 + 6.4 + 0.004), False


@njit(cache=True)
def _wrapped(angle: float) -> float:
    """An angle in [-pi, pi)."""
    turned: float = (angle + np.pi) % (2 * np.pi) - np.pi
    return turned
