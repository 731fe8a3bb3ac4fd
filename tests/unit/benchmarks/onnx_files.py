"""Write small ONNX files, good and bad ones, without the package onnx."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

TYPES = {"float32": 1, "int32": 6, "int64": 7, "float16": 10, "float64": 11}
"""Of a tensor's numbers."""

Field = tuple[int, int | float | bytes | str]


def integer(number: int) -> bytes:
    """Seven bits a byte, the least first."""
    number %= 1 << 64
    coded = bytearray()
    while number >= 0x80:
        coded.append(number % 0x80 + 0x80)
        number >>= 7
    return bytes([*coded, number])


def message(parts: Iterable[Field]) -> bytes:
    """The message of some fields."""
    return b"".join(written(*part) for part in parts)


def written(number: int, value: float | bytes | str) -> bytes:
    if isinstance(value, int):
        return integer(number << 3) + integer(value)
    if isinstance(value, float):
        return integer(number << 3 | 5) + struct.pack("<f", value)
    raw = value.encode() if isinstance(value, str) else value
    return integer(number << 3 | 2) + integer(len(raw)) + raw


def tensor(name: str, numbers: npt.NDArray[Any]) -> bytes:
    shape: list[Field] = [(1, size) for size in numbers.shape]
    return message([*shape, (2, TYPES[numbers.dtype.name]), (8, name), (9, numbers.tobytes())])


def attribute(name: str, value: float | npt.NDArray[Any]) -> bytes:
    if isinstance(value, np.ndarray):
        return message([(1, name), (5, tensor("", value)), (20, 4)])
    kind = 1 if isinstance(value, float) else 2
    return message([(1, name), (2 if kind == 1 else 3, value), (20, kind)])


def row(name: str, kind: str, width: int) -> bytes:
    """An input or output: a row of numbers, of each of a batch."""
    sizes = message([(1, message([(2, "batch_size")])), (1, message([(1, width)]))])
    return message([(1, name), (2, message([(1, message([(1, TYPES[kind]), (2, sizes)]))]))])


@dataclass
class File:
    """A network as pytorch writes YAHPO Gym's: columns on their own, constants as steps."""

    numbers: int = 4
    categories: int = 2
    outputs: int = 3
    opset: Sequence[Field] = ((2, 13),)
    nodes: list[bytes] = field(default_factory=list)
    weights: list[bytes] = field(default_factory=list)
    extra: list[Field] = field(default_factory=list)

    def then(self, op: str, *inputs: str, name: str = "", **settings: Any) -> str:
        """A step and the name of its output."""
        output = name or f"{op}{len(self.nodes)}"
        attributes: list[Field] = [(5, attribute(*each)) for each in settings.items()]
        given: list[Field] = [(1, each) for each in inputs]
        self.nodes.append(message([*given, (2, output), (4, op), *attributes]))
        return output

    def constant(self, number: Any) -> str:
        return self.then("Constant", value=np.array(number))

    def weight(self, numbers: npt.NDArray[Any]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(tensor(name, numbers))
        return name

    def column(self, source: str, place: int) -> str:
        return self.then("Gather", source, self.constant(place), axis=1)

    def joined(self, columns: Sequence[str], name: str = "") -> str:
        single = [self.then("Unsqueeze", each, self.constant([1])) for each in columns]
        return self.then("Concat", *single, name=name, axis=1)

    def product(self, source: str, weights: npt.NDArray[Any], bias: npt.NDArray[Any]) -> str:
        held = self.weight(weights), self.weight(bias)
        return self.then("Gemm", source, *held, alpha=1.0, beta=1.0, transB=1)

    def written(self) -> bytes:
        graph: list[Field] = [
            *((1, node) for node in self.nodes),
            (2, "network"),
            *((5, each) for each in self.weights),
            (11, row("x_cat", "int32", self.categories)),
            (11, row("x_cont", "float32", self.numbers)),
            (12, row("output", "float32", self.outputs)),
            *self.extra,
        ]
        return message([(1, 7), (7, message(graph)), (8, message(self.opset))])


def scaled(file: File, column: str, kind: str) -> str:
    """An input's way: as it is, by logarithm, by an exponential in 64 bits, or rounded."""
    if kind == "log":
        column = file.then("Log", file.then("Add", column, file.constant(np.float32(1e-12))))
    if kind == "exp":
        wide = file.then("Cast", column, to=11)
        power = file.then("Exp", file.then("Neg", wide))
        column = file.then("Sub", power, file.constant(1e-12))
    if kind == "round":
        column = file.then("Round", column)
    column = file.then("Cast", column, to=1)
    moved = file.then("Sub", column, file.constant(np.float32(0.3)))
    return file.then("Cast", file.then("Div", moved, file.constant(np.float32(7))), to=1)


def told(file: File, column: str, kind: str) -> str:
    """An output's way back."""
    wide = file.then("Mul", column, file.constant(np.float32(9.7)))
    moved = file.then("Add", wide, file.constant(np.float32(-3.1)))
    if kind == "exp":
        return file.then("Exp", moved)
    if kind == "log":
        wide = file.then("Add", file.then("Cast", moved, to=11), file.constant(4.0))
        return file.then("Cast", file.then("Neg", file.then("Log", wide)), to=1)
    return file.then("Round", moved) if kind == "round" else moved


def halves(file: File, source: str) -> str:
    """The first half of a row times what is positive of the second, by sizes found on the way."""
    last = file.constant([-1])
    size = file.then("Gather", file.then("Shape", source), last, axis=0)
    two = file.constant([2])
    half = file.then("Div", file.then("Add", size, file.constant([1])), two)
    middle, end = file.then("Mul", half, file.constant([1])), file.then("Mul", half, two)
    left = file.then("Slice", source, file.constant([0]), middle, last)
    return file.then("Mul", left, file.then("Relu", file.then("Slice", source, middle, end, last)))


def network(
    kinds: Sequence[str], widths: Mapping[str, int], seed: int, *, categories: int = 2
) -> File:
    """A residual network of one block, of YAHPO Gym's make.

    Args:
        kinds: By number that goes in, and by number that comes out, how it is scaled.
        widths: `row`, and `block` within the block.
        seed: Of the weights.
        categories: Inputs that are categories.
    """
    rng, count = np.random.default_rng(seed), len(kinds)
    file = File(numbers=count, outputs=count, categories=categories)

    def some(*shape: int) -> npt.NDArray[np.float32]:
        return rng.normal(scale=shape[-1] ** -0.5, size=shape).astype(np.float32)

    embedded = [
        file.then("Gather", file.weight(some(rows(i), 3)), file.column("x_cat", i))
        for i in range(categories)
    ]
    numbers = [scaled(file, file.column("x_cont", i), kind) for i, kind in enumerate(kinds)]
    together = file.then(
        "Concat", file.then("Concat", *embedded, axis=1), file.joined(numbers), axis=1
    )
    wide, inner = widths["row"], widths["block"]
    first = file.product(together, some(wide, 3 * categories + count), some(wide))
    table = [file.weight(each) for each in (some(wide), some(wide), some(wide), some(wide) ** 2)]
    normal = file.then("BatchNormalization", first, *table, epsilon=1e-5, momentum=0.9)
    block = file.product(normal, some(2 * inner, wide), some(2 * inner))
    back = file.product(halves(file, block), some(wide, inner), some(wide))
    last = file.then("Relu", file.then("Add", first, back))
    bounded = file.then("Sigmoid", file.product(last, some(count, wide), some(count)))
    file.joined([told(file, file.column(bounded, i), k) for i, k in enumerate(kinds)], "output")
    return file


def rows(category: int) -> int:
    """How many values a category of such a network has."""
    return 3 + category
