"""Make a network of YAHPO Gym's faster, for it spends half of its time on single numbers.

Each input is scaled in steps of its own, one number at a time, and each output likewise. Those
steps that IEEE 754 rounds in one way only are taken for many columns at once. Logarithms and
exponentials stay as they are, since a library may compute them otherwise for several numbers than
for one. So the answers are the same to the last bit. What does not look like this is left alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count, takewhile
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.yahpo.columns import Column, Step, joined
from hpobench.benchmarks.yahpo.node import GRAPH, INITIALIZER, NODE, Node, tensor
from hpobench.benchmarks.yahpo.wire import fields, message

INEXACT = {"Exp", "Log"}

Ways = Sequence[Sequence[Step]]
"""By column, what is done with it."""


def shortened(model: bytes) -> bytes:
    """A model with fewer steps that answers the same.

    Args:
        model: The content of an ONNX file.

    Returns:
        The same where nothing is known that can be shortened.

    Raises:
        ValueError: It is no ONNX file.
    """
    try:
        return message((n, _graph(v) if n == GRAPH else v) for n, v in fields(model))
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"its graph is damaged: {error!r}") from None


def _graph(raw: Any) -> bytes:
    """The same graph with fewer steps."""
    parts: list[tuple[int, Any]] = list(fields(raw))
    nodes = [Node.read(value) for n, value in parts if n == NODE]
    joins, made = joined(nodes), _Made()
    gone = {node for columns in joins.values() for column in columns for node in column.nodes}
    left: list[Node] = []
    for node in nodes:
        if node not in gone:
            left += made.instead(node, joins[node]) if node in joins else [node]
    written = [(NODE, node.written()) for node in left]
    tensors = [(INITIALIZER, each) for each in made.tensors]
    return message([*written, *tensors, *(part for part in parts if part[0] != NODE)])


class _Made:
    """Nodes that take the place of columns' ways, and their constants."""

    def __init__(self) -> None:
        self._names = (f"shortened/{i}" for i in count())
        self._nodes: list[Node] = []
        self.tensors: list[bytes] = []

    def instead(self, join: Node, columns: list[Column]) -> list[Node]:
        """What does the same as some columns' ways and the node that joins them."""
        self._nodes, self._axis = [], join.attributes
        ways = [column.steps for column in columns]
        first = _alike(ways)
        rest = [way[first:] for way in ways]
        last = _alike([way[::-1] for way in rest])
        value = self._picked(columns[0].matrix, [column.place for column in columns])
        value = self._along(value, [way[:first] for way in ways])
        value = self._apart(value, [way[: len(way) - last] for way in rest])
        self._along(value, [way[len(way) - last :] for way in rest])
        return [*self._nodes[:-1], replace(self._nodes[-1], outputs=join.outputs)]

    def _along(self, value: str, ways: Ways) -> str:
        """Like ways of all columns of a matrix."""
        for steps in zip(*ways, strict=True):
            value = (self._singly if steps[0].op in INEXACT else self._together)(value, steps)
        return value

    def _apart(self, value: str, ways: Ways) -> str:
        """Different ways of the columns of a matrix; those with like ones go together."""
        groups: dict[Any, list[int]] = {}
        for place, way in enumerate(ways):
            groups.setdefault(tuple(step.kind for step in way), []).append(place)
        if len(groups) == 1:
            return self._along(value, ways)
        parts = [self._along(self._picked(value, g), [ways[i] for i in g]) for g in groups.values()]
        order = np.argsort(np.concatenate([*groups.values()]))
        return self._picked(self._step("Concat", parts, self._axis), order.tolist())

    def _together(self, value: str, steps: Sequence[Step]) -> str:
        """A step of all columns at once."""
        operands = [step.operand for step in steps if step.operand is not None]
        row = [self._tensor(np.concatenate(operands))] if operands else []
        return self._step(steps[0].op, [value, *row], steps[0].attributes)

    def _singly(self, value: str, steps: Sequence[Step]) -> str:
        """A step of each column on its own."""
        sizes = self._tensor(np.ones(len(steps), np.int64))
        names = tuple(next(self._names) for _ in steps)
        self._nodes.append(Node("Split", (value, sizes), names, self._axis))
        parts = [self._step(steps[0].op, [name], steps[0].attributes) for name in names]
        return self._step("Concat", parts, self._axis)

    def _picked(self, value: str, places: Sequence[int]) -> str:
        """Some columns of a matrix."""
        return self._step("Gather", [value, self._tensor(np.array(places, np.int64))], self._axis)

    def _step(self, op: str, inputs: Sequence[str], attributes: tuple[bytes, ...]) -> str:
        """The name of what a new node leaves."""
        name = next(self._names)
        self._nodes.append(Node(op, tuple(inputs), (name,), attributes))
        return name

    def _tensor(self, numbers: npt.NDArray[Any]) -> str:
        """The name of a new constant."""
        name = next(self._names)
        self.tensors.append(tensor(name, numbers))
        return name


def _alike(ways: Ways) -> int:
    """With how many steps of the same kind all ways begin."""
    together = zip(*ways, strict=False)
    return len([*takewhile(lambda steps: len({each.kind for each in steps}) == 1, together)])
