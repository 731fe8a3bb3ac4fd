"""What each of ONNX's operators that YAHPO Gym's models use becomes in a program.

A batch is one row, so that shapes are known beforehand: what is computed from shapes alone is
worked out here, and what only gives numbers another shape takes no step.

Source:
    https://github.com/onnx/onnx/blob/main/docs/Operators.md, version 13 of the operators.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from hpobench.benchmarks.yahpo import program
from hpobench.benchmarks.yahpo.graph import Array, Graph, GraphNode
from hpobench.benchmarks.yahpo.program import Builder, Cells, Instruction, Program

NUMBERS, CATEGORIES = "x_cont", "x_cat"
"""How all models name their inputs."""

INPUTS = {NUMBERS: np.float32, CATEGORIES: np.int32}

SINGLE, DOUBLE = 1, 11
"""Types of numbers, of 32 and of 64 bits."""

COLUMNS = {1, -1}
"""The axis of a row along which its numbers lie."""

PRODUCT = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 1}
"""The settings of the only kind of matrix product."""

Fold = Callable[[Array, Array], Array]
"""What is done with sizes, which are known beforehand."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Inputs that are categories.

    Attributes:
        start: The place of the first one.
        shape: As the graph sees them.
    """

    start: int
    shape: tuple[int, ...]


Value = Cells | Codes | Array
"""What a name in a graph stands for; numbers that are known beforehand are an array."""


def translate(graph: Graph) -> Program:
    """A graph as a program.

    Raises:
        ValueError: It has an operator, a setting or a shape that is not known here.
    """
    if {name: each.dtype for name, each in graph.inputs.items()} != INPUTS:
        raise ValueError(f"its inputs are not {NUMBERS} (32-bit numbers) and {CATEGORIES} (codes)")
    builder, width = Builder(), graph.inputs[CATEGORIES].width
    numbers = builder.reserve((1, graph.inputs[NUMBERS].width))
    builder.add(Instruction(program.COPY, numbers.size, numbers.start, numbers.start))  # to 32 bits
    known: dict[str, Value] = {**graph.constants}
    known |= {NUMBERS: numbers, CATEGORIES: Codes(0, (1, width))}
    for node in graph.nodes:
        try:
            known |= {node.output: _translated(builder, node, known)}
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            raise ValueError(f"its step {node.op} to {node.output!r}: {error}") from None
    answer = known.get(graph.output)
    if not isinstance(answer, Cells) or not answer.single or answer.shape[:-1] != (1,):
        raise ValueError(f"its output {graph.output!r} is no row of 32-bit numbers")
    return builder.finish(numbers, answer, width)


def _translated(builder: Builder, node: GraphNode, known: Mapping[str, Value]) -> Value:
    """What comes of a step of a graph."""
    operator = OPERATORS.get(node.op)
    if operator is None:
        raise ValueError(f"the operator is none of {', '.join(OPERATORS)}")
    if unknown := [name for name in node.inputs if name not in known]:
        raise ValueError(f"{unknown[0]!r} is not made before it")
    if node.output in known:
        raise ValueError("its output is made twice")
    inputs = [known[name] for name in node.inputs]
    try:
        signature(operator).bind(builder, *inputs, **node.settings)
    except TypeError as error:
        raise ValueError(f"it has inputs or settings that are not known here ({error})") from None
    return operator(builder, *inputs, **node.settings)


def _constant(_builder: Builder, *, value: Value) -> Value:
    """Numbers that a step holds."""
    return value


def _shape(_builder: Builder, source: Value) -> Value:
    """The sizes of what there is."""
    return np.array(source.shape, np.int64)


def _gather(builder: Builder, source: Value, index: Value, *, axis: Any = 0) -> Value:
    """One column, or the row of a matrix that a category's code names."""
    if isinstance(index, Codes):
        return _row(builder, source, index, axis)
    place = _whole(index)
    if isinstance(source, np.ndarray):
        return np.take(_whole(source), place, axis)
    if source.shape[:-1] != (1,) or axis not in COLUMNS or place.ndim:
        raise ValueError("it picks something else than a column of a row")
    column = range(source.start, source.start + source.shape[1])[int(place)]
    return replace(source, start=column, shape=(1,))


def _row(builder: Builder, matrix: Value, code: Codes, axis: Any) -> Cells:
    """The row of a matrix of weights that a category's code names."""
    weights = _single(matrix)
    if weights.ndim != len("ab") or axis or code.shape != (1,):
        raise ValueError("it picks something else than a row by one code")
    rows, columns = weights.shape
    builder.limit(code.start, rows)
    picked = builder.reserve((1, columns))
    place = builder.weigh(weights)
    builder.add(Instruction(program.ROW, columns, picked.start, code.start, place, rows))
    return picked


def _cast(builder: Builder, source: Value, *, to: Any) -> Cells:
    """The same numbers in 32 or 64 bits."""
    cells = _cells(builder, source)
    if to == DOUBLE or (to == SINGLE and cells.single):
        return replace(cells, single=to == SINGLE)
    if to != SINGLE:
        raise ValueError(f"it makes numbers of the type {to}, which is not known here")
    return _each(program.COPY, builder, replace(cells, single=True))


def _unsqueeze(_builder: Builder, source: Value, axes: Value) -> Value:
    """The same numbers with one more axis."""
    if isinstance(source, np.ndarray):
        return np.expand_dims(source, tuple(_whole(axes).tolist()))
    stand_in = np.broadcast_to(0, source.shape)
    return replace(source, shape=np.expand_dims(stand_in, tuple(_whole(axes).tolist())).shape)


def _concat(builder: Builder, *sources: Value, axis: Any) -> Cells:
    """Rows, one behind another."""
    parts = [_cells(builder, source) for source in sources]
    alike = all(part.shape[:-1] == (1,) and part.single == parts[0].single for part in parts)
    if axis not in COLUMNS or not alike or not parts:
        raise ValueError("it joins something else than rows of numbers of one type")
    row = builder.reserve((1, sum(part.size for part in parts)), single=parts[0].single)
    place = row.start
    for part in parts:
        builder.add(
            Instruction(program.COPY, part.size, place, part.start, single=int(part.single))
        )
        place += part.size
    return row


def _slice(builder: Builder, source: Value, starts: Value, ends: Value, axes: Value) -> Cells:
    """A part of a row."""
    row = _cells(builder, source)
    if row.shape[:-1] != (1,) or _whole(axes).tolist() not in ([1], [-1]):
        raise ValueError("it takes a part of something else than a row")
    places = range(row.start, row.start + row.size)[_whole(starts).item() : _whole(ends).item()]
    if not places:
        raise ValueError("it takes nothing")
    return replace(row, start=places.start, shape=(1, len(places)))


def _product(
    builder: Builder, source: Value, weights: Value, bias: Value, **settings: Any
) -> Cells:
    """A row times a matrix, whose rows are the columns of what comes out, and a row is added."""
    row, matrix, added = _cells(builder, source), _single(weights), _single(bias)
    if {**PRODUCT, **settings} != PRODUCT:
        raise ValueError(f"it has other settings than {PRODUCT}")
    if row.shape != (1, *matrix.shape[1:]) or added.shape != matrix.shape[:1] or not row.single:
        raise ValueError(f"{row.shape}, {matrix.shape} and {added.shape} do not fit")
    count, length = matrix.shape
    sums = builder.reserve((1, count))
    place, begin = builder.weigh(matrix.T), builder.hold(added).start
    builder.add(Instruction(program.PRODUCT, count, sums.start, row.start, place, length, begin))
    return sums


def _normalise(  # noqa: PLR0913 (ONNX gives it that many)
    builder: Builder,
    source: Value,
    scale: Value,
    shift: Value,
    mean: Value,
    variance: Value,
    *,
    epsilon: Any = 1e-5,
    momentum: Any = 0.9,  # noqa: ARG001 (of no use but in a training)
) -> Cells:
    """Shift and scale each column, in the order in which ONNX Runtime rounds."""
    with np.errstate(all="ignore"):
        spread = np.sqrt(_single(variance) + np.float32(epsilon))
        factor = _single(scale) * (np.float32(1) / spread)
        offset = _single(shift) - _single(mean) * factor
    scaled = _pair(program.MULTIPLY, np.multiply, builder, source, factor)
    return _cells(builder, _pair(program.ADD, np.add, builder, scaled, offset))


def _each(op: int, builder: Builder, source: Value) -> Cells:
    """Something done with each number."""
    cells = _cells(builder, source)
    if op == program.SIGMOID and not cells.single:
        raise ValueError("its numbers are not of 32 bits")
    out = builder.reserve(cells.shape, single=cells.single)
    builder.add(Instruction(op, cells.size, out.start, cells.start, single=int(cells.single)))
    return out


def _pair(op: int, fold: Fold, builder: Builder, first: Value, second: Value) -> Value:
    """Something done with two rows number by number, or with a row and a number."""
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return fold(_whole(first), _whole(second))
    one, other = _cells(builder, first), _cells(builder, second)
    shape = np.broadcast_shapes(one.shape, other.shape)
    out = builder.reserve(shape, single=one.single)
    if one.single != other.single or not {one.size, other.size} <= {1, out.size}:
        raise ValueError(f"{one.shape} and {other.shape} do not fit, or are of different types")
    strides = (int(one.size > 1), int(other.size > 1))
    builder.add(
        Instruction(op, out.size, out.start, one.start, other.start, *strides, int(out.single))
    )
    return out


def _divided(first: Array, second: Array) -> Array:
    """Sizes divided as ONNX does it, without a remainder."""
    if (second <= 0).any() or (first < 0).any():
        raise ValueError("it divides numbers that are no sizes")
    return first // second


def _cells(builder: Builder, value: Value) -> Cells:
    """Numbers in the memory; constants are put there."""
    if isinstance(value, Cells):
        return value
    if isinstance(value, Codes) or value.dtype.kind != "f":
        raise ValueError("it is done with something else than fractional numbers")
    return builder.hold(value)


def _whole(value: Value) -> Array:
    """Integers that are known beforehand."""
    if not isinstance(value, np.ndarray) or value.dtype != np.int64:
        raise ValueError("it takes integers that are not known beforehand")
    return value


def _single(value: Value) -> Array:
    """Weights of 32 bits."""
    if not isinstance(value, np.ndarray) or value.dtype != np.float32:
        raise ValueError("its weights are no constants of 32 bits")
    return value


OPERATORS: dict[str, Callable[..., Value]] = {
    "Constant": _constant,
    "Shape": _shape,
    "Gather": _gather,
    "Cast": _cast,
    "Unsqueeze": _unsqueeze,
    "Concat": _concat,
    "Slice": _slice,
    "Gemm": _product,
    "BatchNormalization": _normalise,
    "Add": partial(_pair, program.ADD, np.add),
    "Sub": partial(_pair, program.SUBTRACT, np.subtract),
    "Mul": partial(_pair, program.MULTIPLY, np.multiply),
    "Div": partial(_pair, program.DIVIDE, _divided),
    "Neg": partial(_each, program.NEGATE),
    "Round": partial(_each, program.ROUND),
    "Relu": partial(_each, program.RELU),
    "Log": partial(_each, program.LOG),
    "Exp": partial(_each, program.EXP),
    "Sigmoid": partial(_each, program.SIGMOID),
}
"""By the name that ONNX has for them."""
