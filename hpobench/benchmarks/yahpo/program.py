"""A graph as a list of simple steps over one memory, which takes no decisions when it runs.

Steps: a row of integers each, in the order of `Instruction`. Memory: 64-bit numbers, of which those
that the graph holds as 32-bit ones are rounded to such. Weights of matrices lie apart, in 32 bits.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

# Compiled code that is kept has these numbers in it: with them, change `machine.py` too.
COPY, ADD, SUBTRACT, MULTIPLY, DIVIDE = range(5)
NEGATE, ROUND, RELU, LOG, EXP, SIGMOID = range(5, 11)
ROW, PRODUCT = 11, 12
"""What a step does; the last two are those that use weights."""

LINE = 16
"""Weights of a row are filled up to a multiple of this with zeros: lines of a processor's cache."""

MOST_CELLS = 1_000_000
"""Numbers in a memory; YAHPO Gym's models need some ten thousand."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Cells:
    """Numbers in the memory.

    Attributes:
        start: The place of the first one.
        shape: As the graph sees them.
        single: Whether they are 32-bit numbers.
    """

    start: int
    shape: tuple[int, ...]
    single: bool = True

    @property
    def size(self) -> int:
        """How many there are."""
        return int(np.prod(self.shape, dtype=np.int64))


class Instruction(NamedTuple):
    """What is done, with what, and where it goes.

    Attributes:
        op: One of the constants above.
        size: How many numbers come out.
        out: Where the first one goes.
        first: Where the first operand begins; the place of a category for `ROW`.
        second: Where the second operand begins, or the weights.
        stride: Distance between the first operand's numbers, 0 if all are one; the rows for
            `ROW`, the numbers that go in for `PRODUCT`.
        second_stride: The second operand's; where what is added begins for `PRODUCT`.
        single: 1 if what comes out is rounded to 32 bits.
    """

    op: int
    size: int
    out: int
    first: int
    second: int = 0
    stride: int = 1
    second_stride: int = 0
    single: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A model that is ready to be run.

    Attributes:
        steps: Shape (steps, 8), in the order of `Instruction`.
        memory: What it holds before it runs: constants, and zeros elsewhere.
        weights: All matrices' numbers, those of one behind those of another.
        numbers: Where the inputs that are numbers go.
        answer: Where the outputs are found.
        categories: By input that is a category, how many values it has.
    """

    steps: npt.NDArray[np.int64]
    memory: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float32]
    numbers: Cells
    answer: Cells
    categories: tuple[int, ...]


class Builder:
    """A program that grows step by step."""

    def __init__(self) -> None:
        """Begin with an empty program."""
        self._steps: list[Instruction] = []
        self._size = 0
        self._constants: dict[int, Array] = {}
        self._weights: list[Array] = []
        self._heavy = 0
        self._rows: dict[int, int] = {}

    def reserve(self, shape: tuple[int, ...], *, single: bool = True) -> Cells:
        """A place for numbers.

        Raises:
            ValueError: There would be too many.
        """
        cells = Cells(self._size, shape, single)
        self._size += cells.size
        if self._size > MOST_CELLS:
            raise ValueError(f"it needs more than {MOST_CELLS} numbers at once")
        return cells

    def hold(self, numbers: Array) -> Cells:
        """The place of constants of 32 or 64 bits."""
        cells = self.reserve(numbers.shape, single=numbers.dtype == np.float32)
        self._constants[cells.start] = numbers
        return cells

    def weigh(self, matrix: Array) -> int:
        """The place of a matrix among the weights, row by row."""
        start, (rows, columns) = self._heavy, matrix.shape
        filled = np.zeros((rows, -(-columns // LINE) * LINE), np.float32)
        filled[:, :columns] = matrix
        self._weights.append(filled.ravel())
        self._heavy += filled.size
        return start

    def add(self, step: Instruction) -> None:
        """What is done next."""
        self._steps.append(step)

    def limit(self, category: int, rows: int) -> None:
        """Say how many values a category has."""
        self._rows[category] = min(rows, self._rows.get(category, rows))

    def finish(self, numbers: Cells, answer: Cells, categories: int) -> Program:
        """The program.

        Args:
            numbers: Where inputs that are numbers go.
            answer: Where the outputs are found.
            categories: How many inputs are categories.

        Raises:
            ValueError: A category is not used.
        """
        if len(self._rows) != categories:
            raise ValueError("it does not use all of its categories")
        memory = np.zeros(self._size)
        for start, held in self._constants.items():
            memory[start : start + held.size] = held.ravel()
        return Program(
            steps=np.array(self._steps, np.int64).reshape(-1, len(Instruction._fields)),
            memory=memory,
            weights=_aligned(self._weights, self._heavy),
            numbers=numbers,
            answer=answer,
            categories=tuple(rows for _, rows in sorted(self._rows.items())),
        )


def _aligned(parts: list[npt.NDArray[np.float32]], size: int) -> npt.NDArray[np.float32]:
    """Some weights behind one another, from where a line of a processor's cache begins."""
    space = np.empty(size + LINE, np.float32)
    begin = -space.ctypes.data // space.itemsize % LINE
    weights = space[begin : begin + size]
    if parts:
        np.concatenate(parts, out=weights)
    return weights
