"""The steps and constants of an ONNX file; whatever is not known here is refused.

Source:
    https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, for the numbers of fields and types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.yahpo.wire import Message

OPSET = 13
"""The version of ONNX's operators: that of all of YAHPO Gym's models."""

DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    6: np.dtype("<i4"),
    7: np.dtype("<i8"),
    11: np.dtype("<f8"),
}
"""Types of a tensor's numbers, by ONNX's code."""

FLOAT, INT, TENSOR = 1, 2, 4
"""Types of an attribute."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class GraphNode:
    """A step of a graph.

    Attributes:
        op: What is done.
        inputs: The names of what it is done with.
        output: The name of what comes of it.
        settings: Its attributes by name.
    """

    op: str
    inputs: tuple[str, ...]
    output: str
    settings: Mapping[str, int | float | Array]


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """What a graph is given: a row of numbers.

    Attributes:
        dtype: Type of the numbers.
        width: How many there are.
    """

    dtype: np.dtype[Any]
    width: int


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """What a file says.

    Attributes:
        nodes: The steps in their order.
        constants: Numbers by name, such as weights.
        inputs: By name.
        output: The name of what is asked for.
    """

    nodes: tuple[GraphNode, ...]
    constants: Mapping[str, Array]
    inputs: Mapping[str, Input]
    output: str


def read_graph(content: bytes) -> Graph:
    """Read an ONNX file.

    Raises:
        ValueError: It is damaged, or something in it is not known here.
    """
    model = Message(memoryview(content), "the model", {*range(1, 9), 14})
    opset = Message(_only(model.contents(8), "version of operators"), "a version", {1, 2})
    if opset.texts(1) not in ([], [""]) or opset.integers(2) != [OPSET]:
        raise ValueError(f"its operators are not those of ONNX's version {OPSET}")
    graph = Message(_only(model.contents(7), "graph"), "the graph", {1, 2, 5, 10, 11, 12, 13})
    tensors = [_tensor(each) for each in graph.contents(5)]
    inputs = [_input(each) for each in graph.contents(11)]
    output, _ = _input(_only(graph.contents(12), "output"))
    return Graph(
        nodes=tuple(_node(each) for each in graph.contents(1)),
        constants=dict(tensors),
        inputs=dict(inputs),
        output=output,
    )


def _only(values: list[Any], what: str) -> Any:
    """The one that there is."""
    if len(values) != 1:
        raise ValueError(f"it has {len(values)} of what there is one of: {what}")
    return values[0]


def _node(content: memoryview) -> GraphNode:
    """A step; it has a single output."""
    node = Message(content, "a step", range(1, 8))
    if node.texts(7) not in ([], [""]):
        raise ValueError(f"an operator of {node.texts(7)[0]!r} is not known here")
    return GraphNode(
        op=_only(node.texts(4), "operator of a step"),
        inputs=tuple(node.texts(1)),
        output=_only(node.texts(2), "output of a step"),
        settings=dict(_setting(each) for each in node.contents(5)),
    )


def _setting(content: memoryview) -> tuple[str, int | float | Array]:
    """An attribute's name and value."""
    attribute = Message(content, "an attribute", {1, 2, 3, 5, 13, 20})
    name = _only(attribute.texts(1), "name of an attribute")
    kind = attribute.integers(20)
    if kind == [INT]:
        return name, int(_only(attribute.integers(3), f"value of {name!r}"))
    if kind == [FLOAT]:
        held = _only(attribute.contents(2), f"value of {name!r}")
        return name, float(np.frombuffer(held, "<f4").item())
    if kind == [TENSOR]:
        return name, _tensor(_only(attribute.contents(5), f"value of {name!r}"))[1]
    raise ValueError(f"the attribute {name!r} is of a type that is not known here")


def _tensor(content: memoryview) -> tuple[str, Array]:
    """A constant's name, which may be empty, and its numbers."""
    tensor = Message(content, "a constant", {1, 2, 8, 9, 12})
    dtype = DTYPES.get(_only(tensor.integers(2), "type of a constant"))
    shape = tensor.integers(1)
    if dtype is None or any(size < 0 for size in shape):
        raise ValueError(f"a constant has a type or shape that is not known here: {shape}")
    flat = np.frombuffer(_only(tensor.contents(9), "value of a constant, as bytes"), dtype)
    if not np.isfinite(flat).all():
        raise ValueError("a constant has numbers that are not finite")
    return "".join(tensor.texts(8)), flat.reshape(shape)


def _input(content: memoryview) -> tuple[str, Input]:
    """The name and kind of what goes in or comes out: a row for each of a batch."""
    given = Message(content, "an input", {1, 2, 3})
    name = _only(given.texts(1), "name of an input")
    kind = Message(_only(given.contents(2), f"type of {name!r}"), "a type", {1, 6})
    tensor = Message(_only(kind.contents(1), f"type of {name!r}"), "a tensor's type", {1, 2})
    shape = Message(_only(tensor.contents(2), f"shape of {name!r}"), "a shape", {1})
    sizes = [Message(each, "a size", {1, 2, 3}).integers(1) for each in shape.contents(1)]
    dtype = DTYPES.get(_only(tensor.integers(1), f"type of {name!r}"))
    match sizes:
        case [[] | [1], [width]] if dtype is not None and width > 0:
            return name, Input(dtype, width)
    raise ValueError(f"{name!r} has a type or shape that is not known here")
