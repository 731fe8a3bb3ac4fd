"""The steps and constants of an ONNX graph, as far as they are needed to shorten one.

Source:
    https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, for the numbers of fields and types.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.yahpo.wire import Field, fields, message

GRAPH = 7
"""The field of a model."""

NODE, INITIALIZER = 1, 5
"""Fields of a graph."""

SHAPE, TYPE, NAME, RAW = 1, 2, 8, 9
"""Fields of a tensor; the last one holds its numbers."""

TYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 7: np.dtype("<i8"), 11: np.dtype("<f8")}
"""Of a tensor's numbers."""


@dataclass(frozen=True, slots=True)
class Node:
    """A step of a graph.

    Attributes:
        op: What is done.
        inputs: The names of what it is done with.
        outputs: The names of what comes of it.
        attributes: Settings, each as it lies in a file.
    """

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, raw: bytes) -> "Node":
        """From a file's bytes."""
        found: dict[int, list[Any]] = {1: [], 2: [], 4: [], 5: []}
        for number, value in fields(raw):
            found.setdefault(number, []).append(value)
        inputs, outputs, (op,) = ([v.decode() for v in found[n]] for n in (1, 2, 4))
        return cls(op, tuple(inputs), tuple(outputs), tuple(found[5]))

    def written(self) -> bytes:
        """As it lies in a file."""
        names: list[Field] = [(1, name.encode()) for name in self.inputs]
        names += [(2, name.encode()) for name in self.outputs]
        return message([*names, (4, self.op.encode()), *((5, raw) for raw in self.attributes)])

    @property
    def settings(self) -> dict[str, Any]:
        """By name, the integers and constants (as bytes) among the attributes."""
        parts: list[dict[int, Any]] = [dict(fields(raw)) for raw in self.attributes]
        return {part[1].decode(): part.get(3, part.get(5)) for part in parts}


def constant(node: Node) -> npt.NDArray[Any] | None:
    """A constant's numbers; None if they are of another type, or written in another way."""
    parts = list(fields(node.settings.get("value") or b""))
    held: dict[int, Any] = dict(parts)
    dtype = TYPES.get(held.get(TYPE, 0))
    if dtype is None or RAW not in held:
        return None
    shape: list[Any] = [size for number, size in parts if number == SHAPE]
    flat: npt.NDArray[Any] = np.frombuffer(held[RAW], dtype)
    return flat.reshape(shape)


def tensor(name: str, numbers: npt.NDArray[Any]) -> bytes:
    """A constant as it lies in a file."""
    (kind,) = (kind for kind, dtype in TYPES.items() if dtype == numbers.dtype)
    shape: list[Field] = [(SHAPE, size) for size in numbers.shape]
    return message([*shape, (TYPE, kind), (NAME, name.encode()), (RAW, numbers.tobytes())])
