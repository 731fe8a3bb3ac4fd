"""Run a program: the only code of YAHPO Gym's models that takes time, compiled and kept.

Numbers are added in the order of ONNX Runtime's matrix product, and its approximations of the
exponential and the logistic function are taken, so that the answers are the same to the last bit
on a processor that multiplies and adds in one step (x86 since 2013, all of ARM's with 64 bits).

Source:
    ONNX Runtime 1.31, MLAS: `sgemm.cpp`, `compute.cpp` and `logistic.cpp` (MIT licence), of which
    the order and the coefficients are.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from hpobench.benchmarks.yahpo import program

COPY, ADD, SUBTRACT = program.COPY, program.ADD, program.SUBTRACT
MULTIPLY, DIVIDE, NEGATE = program.MULTIPLY, program.DIVIDE, program.NEGATE
ROUND, RELU, LOG = program.ROUND, program.RELU, program.LOG
EXP, SIGMOID, ROW = program.EXP, program.SIGMOID, program.ROW

BLOCK = 256
"""So many products are added up before the sum is added to what there is."""

AT_ONCE = 4
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
A9, A7, A5 = Single(4.37031012579801e-11), Single(1.15627324459942e-07), Single(6.08574864600143e-05)
A3, A1 = Single(8.51377133304701e-03), Single(2.48287947061529e-01)
B10, B8, B6 = Single(6.10247389755681e-13), Single(5.76102136993427e-09), Single(6.29106785017040e-06)
B4, B2, B0 = Single(1.70198817374094e-03), Single(1.16817656904453e-01), Single(9.93151921023180e-01)

Numbers = npt.NDArray[np.float64]

exactly: Any = njit(cache=True, nogil=True, error_model="numpy")
fused: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
"""Where a product is added to something, that is rounded once."""


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


@fused
def accumulate(sums: Any, memory: Numbers, weights: Any, start: int, matrix: int, end: int) -> None:
    """Add to some sums the numbers from `start` to `end`, each times a row of a matrix."""
    count = len(sums)
    while start + AT_ONCE <= end:
        a, b = Single(memory[start]), Single(memory[start + 1])
        c, d = Single(memory[start + 2]), Single(memory[start + 3])
        row, matrix = weights[matrix : matrix + count], matrix + count
        row2, matrix = weights[matrix : matrix + count], matrix + count
        row3, matrix = weights[matrix : matrix + count], matrix + count
        row4, matrix = weights[matrix : matrix + count], matrix + count
        for j in range(count):
            sums[j] = d * row4[j] + (c * row3[j] + (b * row2[j] + (a * row[j] + sums[j])))
        start += AT_ONCE
    while start < end:
        a = Single(memory[start])
        row, matrix = weights[matrix : matrix + count], matrix + count
        for j in range(count):
            sums[j] = a * row[j] + sums[j]
        start += 1


@exactly
def multiply(step: Any, memory: Numbers, weights: Any) -> None:
    """A row times a matrix, and a row is added."""
    _, count, out, start, matrix, length, added, _ = step
    sums, target = np.empty(count, Single), memory[out : out + count]
    target[:] = memory[added : added + count]
    for done in range(0, length, BLOCK):
        sums[:] = 0
        end = min(done + BLOCK, length)
        accumulate(sums, memory, weights, start + done, matrix + done * count, start + end)
        for j in range(count):
            target[j] = Single(target[j] + sums[j])


@exactly
def operand(memory: Numbers, start: int, count: int, stride: int) -> Numbers:
    """Numbers of the memory, or one of them as often as there are others."""
    return memory[start : start + count] if stride else np.full(count, memory[start])


@exactly
def combine(step: Any, memory: Numbers) -> None:
    """What takes two operands."""
    op, count, out, first, second, stride, other, _ = step
    target = memory[out : out + count]
    left, right = operand(memory, first, count, stride), operand(memory, second, count, other)
    if op == ADD:
        for j in range(count):
            target[j] = left[j] + right[j]
    elif op == SUBTRACT:
        for j in range(count):
            target[j] = left[j] - right[j]
    elif op == MULTIPLY:
        for j in range(count):
            target[j] = left[j] * right[j]
    else:
        for j in range(count):
            target[j] = left[j] / right[j]


@exactly
def convert(step: Any, memory: Numbers) -> None:
    """What takes one operand, but for the functions beneath."""
    op, count, out, first, _, _, _, _ = step
    target, source = memory[out : out + count], memory[first : first + count]
    if op == RELU:
        for j in range(count):
            target[j] = max(source[j], 0.0)
    elif op == NEGATE:
        for j in range(count):
            target[j] = -source[j]
    elif op == ROUND:
        for j in range(count):
            target[j] = np.rint(source[j])
    else:
        target[:] = source


@exactly
def bend(step: Any, memory: Numbers) -> None:
    """Functions whose value depends on how many bits there are."""
    op, count, out, first, _, _, _, single = step
    for j in range(count):
        number = memory[first + j]
        if op == SIGMOID:
            memory[out + j] = logistic(Single(number))
        elif op == LOG:
            memory[out + j] = math.log(Single(number)) if single else math.log(number)
        else:
            memory[out + j] = exponential(Single(number)) if single else math.exp(number)


@exactly
def look_up(step: Any, memory: Numbers, weights: Any, codes: Any) -> None:
    """The row of a matrix that belongs to a code; 0 if there is no such row."""
    _, count, out, category, matrix, rows, _, _ = step
    code = codes[category]
    known = 0 <= code < rows
    for j in range(count):
        memory[out + j] = weights[matrix + code * count + j] if known else 0.0


@exactly
def run(steps: Any, memory: Numbers, weights: Any, codes: Any) -> None:
    """Take all steps."""
    for i in range(len(steps)):
        op, count, out, single = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 7]
        step = (op, count, out, steps[i, 3], steps[i, 4], steps[i, 5], steps[i, 6], single)
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
            target = memory[out : out + count]
            for j in range(count):
                target[j] = Single(target[j])
