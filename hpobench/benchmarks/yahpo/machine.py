"""Run a program: the only code of YAHPO Gym's models that takes time, compiled and kept.

Numbers are added in the order of ONNX Runtime's matrix product, and its approximations of the
exponential and the logistic function are taken, so that the answers are the same to the last bit
on a processor that multiplies and adds in one step (x86 since 2013, all of ARM's with 64 bits).

Source:
    ONNX Runtime 1.31, MLAS: `sgemm.cpp`, `compute.cpp` and `logistic.cpp` (MIT licence), of which
    the order and the coefficients are.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from hpobench.benchmarks.yahpo import program

COPY, ADD, SUBTRACT = program.COPY, program.ADD, program.SUBTRACT
MULTIPLY, DIVIDE, NEGATE = program.MULTIPLY, program.DIVIDE, program.NEGATE
ROUND, RELU, LOG = program.ROUND, program.RELU, program.LOG
EXP, SIGMOID, ROW = program.EXP, program.SIGMOID, program.ROW
LINE = program.LINE

BLOCK = 256
"""So many products are added up before the sum is added to what there is."""

AT_ONCE = 8
"""Rows of weights that are added to the sums in one go, one after another."""

Single = np.float32
HALF, ONE = Single(0.5), Single(1)

LEAST, MOST = Single(-103.9720840454), Single(88.7762626647950)
SHIFT = Single(12582912)
"""Added to a number and taken away, it leaves the nearest integer."""
DOUBLINGS, LOG2_HIGH, LOG2_LOW = Single(1.44269504), Single(-6.93145752e-1), Single(-1.42860677e-6)
E1, E2, E3, E4, E5 = (
    Single(float.fromhex(number))
    for number in ("0x1.694p-10", "0x1.125edcp-7", "0x1.555b5ap-5", "0x1.55545p-3", "0x1.fffff6p-2")
)

FLAT = Single(18)
"""From here on the logistic function is 0 or 1."""
A9, A7, A5 = (Single(x) for x in (4.37031012579801e-11, 1.15627324459942e-7, 6.08574864600143e-5))
A3, A1 = Single(8.51377133304701e-3), Single(2.48287947061529e-1)
B10, B8, B6 = (Single(x) for x in (6.10247389755681e-13, 5.76102136993427e-9, 6.29106785017040e-6))
B4, B2, B0 = (Single(x) for x in (1.70198817374094e-3, 1.16817656904453e-1, 9.93151921023180e-1))

Numbers = npt.NDArray[np.float64]

Row = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Function = TypeVar("Function", bound=Callable[..., Any])


def exactly(function: Function) -> Function:
    """Compile a function to machine code that rounds after each operation, and keep that."""
    return cast("Function", njit(cache=True, nogil=True, error_model="numpy")(function))


def fused(function: Function) -> Function:
    """The same, but where a product is added to something only their sum is rounded."""
    options: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy"}
    return cast("Function", njit(cache=True, nogil=True, **options)(function))


@fused
def exponential(number: np.float32) -> np.float32:
    """The exponential of a 32-bit number."""
    bounded = min(max(number, LEAST), MOST)
    power = (bounded * DOUBLINGS + SHIFT) - SHIFT
    rest = power * LOG2_LOW + (power * LOG2_HIGH + bounded)
    series = rest * (rest * (rest * (rest * (rest * E1 + E2) + E3) + E4) + E5) + ONE
    return Single(math.ldexp(np.float64(rest * series + ONE), int(power)))


@fused
def logistic(number: np.float32) -> np.float32:
    """The logistic function of a 32-bit number."""
    x = min(max(number, -FLAT), FLAT)
    square = x * x
    above = x * (square * (square * (square * (square * A9 + A7) + A5) + A3) + A1)
    below = square * (square * (square * (square * (square * B10 + B8) + B6) + B4) + B2) + B0
    return min(max(above / below + HALF, Single(0)), ONE)


@exactly
def used(numbers: Numbers, first: int, end: int, places: Integers) -> int:
    """Find out which of some numbers are not 0, and how many: the others add nothing."""
    found = 0
    for place in range(first, end):
        places[found] = place
        found += numbers[place] != 0
    return found


@fused
def pick(numbers: Numbers, weights: Row, place: int, size: int) -> tuple[np.float32, Row]:
    """A number and the row of a matrix that it is multiplied with."""
    return Single(numbers[place]), weights[place * size : (place + 1) * size]


@fused
def accumulate(sums: Row, numbers: Numbers, weights: Row, places: Integers) -> None:
    """Add to some sums a few numbers, each times its row of a matrix, one after another."""
    size, i = len(sums), 0
    while i + AT_ONCE <= len(places):
        a, a_row = pick(numbers, weights, places[i], size)
        b, b_row = pick(numbers, weights, places[i + 1], size)
        c, c_row = pick(numbers, weights, places[i + 2], size)
        d, d_row = pick(numbers, weights, places[i + 3], size)
        e, e_row = pick(numbers, weights, places[i + 4], size)
        f, f_row = pick(numbers, weights, places[i + 5], size)
        g, g_row = pick(numbers, weights, places[i + 6], size)
        h, h_row = pick(numbers, weights, places[i + 7], size)
        for j in range(size):
            half = d * d_row[j] + (c * c_row[j] + (b * b_row[j] + (a * a_row[j] + sums[j])))
            sums[j] = h * h_row[j] + (g * g_row[j] + (f * f_row[j] + (e * e_row[j] + half)))
        i += AT_ONCE
    for place in places[i:]:
        a, a_row = pick(numbers, weights, place, size)
        for j in range(size):
            sums[j] = a * a_row[j] + sums[j]


@exactly
def multiply(step: tuple[int, ...], memory: Numbers, weights: Row) -> None:
    """A row times a matrix, and a row is added."""
    _, size, out, start, matrix, length, added, _ = step
    wide = (size + LINE - 1) // LINE * LINE
    sums, target = np.empty(wide, Single), memory[out : out + size]
    numbers, rows = memory[start : start + length], weights[matrix : matrix + length * wide]
    places = np.empty(BLOCK, np.int64)
    target[:] = memory[added : added + size]
    for done in range(0, length, BLOCK):
        sums[:] = 0
        count = used(numbers, done, min(done + BLOCK, length), places)
        accumulate(sums, numbers, rows, places[:count])
        for j in range(size):
            target[j] = Single(target[j] + sums[j])


@exactly
def operand(memory: Numbers, start: int, size: int, stride: int) -> Numbers:
    """Numbers of the memory, or one of them as often as there are others."""
    return memory[start : start + size] if stride or size == 1 else np.full(size, memory[start])


@exactly
def paired(op: int, left: float, right: float) -> float:
    """What is made of two numbers."""
    if op == ADD:
        return left + right
    if op == SUBTRACT:
        return left - right
    if op == MULTIPLY:
        return left * right
    return left / right


@exactly
def combine(step: tuple[int, ...], memory: Numbers) -> None:
    """What takes two operands."""
    op, size, out, first, second, stride, other, _ = step
    target = memory[out : out + size]
    left, right = operand(memory, first, size, stride), operand(memory, second, size, other)
    for j in range(size):
        target[j] = paired(op, left[j], right[j])


@exactly
def changed(op: int, number: float) -> float:
    """What is made of a number."""
    if op == RELU:
        return max(number, 0.0)
    if op == NEGATE:
        return -number
    if op == ROUND:
        return float(np.rint(number))
    return number


@exactly
def convert(step: tuple[int, ...], memory: Numbers) -> None:
    """What takes one operand, but for the functions beneath."""
    op, size, out, first, _, _, _, _ = step
    target, source = memory[out : out + size], memory[first : first + size]
    for j in range(size):
        target[j] = changed(op, source[j])


@exactly
def bend(step: tuple[int, ...], memory: Numbers) -> None:
    """Functions whose value depends on how many bits there are."""
    op, size, out, first, _, _, _, single = step
    for j in range(size):
        number = memory[first + j]
        if op == SIGMOID:
            memory[out + j] = logistic(Single(number))
        elif op == LOG:
            memory[out + j] = math.log(Single(number)) if single else math.log(number)
        else:
            memory[out + j] = exponential(Single(number)) if single else math.exp(number)


@exactly
def look_up(step: tuple[int, ...], memory: Numbers, weights: Row, codes: Integers) -> None:
    """The row of a matrix that belongs to a code; no numbers if there is no such row."""
    _, size, out, category, matrix, rows, _, _ = step
    code, wide = codes[category], (size + LINE - 1) // LINE * LINE
    known = 0 <= code < rows
    for j in range(size):
        memory[out + j] = weights[matrix + code * wide + j] if known else np.nan


@exactly
def narrow(numbers: Numbers) -> None:
    """Round to 32 bits."""
    for j in range(len(numbers)):
        numbers[j] = Single(numbers[j])


@exactly
def run_program(steps: Integers, memory: Numbers, weights: Row, codes: Integers) -> None:
    """Take all steps of the program."""
    for i in range(len(steps)):
        op, size, out, single = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 7]
        step = (op, size, out, steps[i, 3], steps[i, 4], steps[i, 5], steps[i, 6], single)
        if op == ROW:
            look_up(step, memory, weights, codes)
        elif op <= DIVIDE and op != COPY:
            combine(step, memory)
        elif op <= RELU:
            convert(step, memory)
        elif op <= SIGMOID:
            bend(step, memory)
        else:
            multiply(step, memory, weights)
        if single:
            narrow(memory[out : out + size])
