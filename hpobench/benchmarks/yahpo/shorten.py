"""Make a network of YAHPO Gym's faster, for it spends half of its time on single numbers.

Each input is scaled in steps of its own, one number at a time, and each output likewise. Those
steps that IEEE 754 rounds in one way only are taken for all columns at once. Logarithms and the
like stay as they are, for a library may compute them otherwise for several numbers than for one.
So the answers are the same to the last bit. What does not look like this is left alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.yahpo.node import GRAPH, INITIALIZER, NODE, Node, constant, tensor
from hpobench.benchmarks.yahpo.wire import fields, message

EXACT = {"Add", "Sub", "Mul", "Div"}
SINGLE = EXACT | {"Cast", "Exp", "Log", "Neg", "Round"}
"""What may happen to a column on its own."""

FLOAT32 = 1
COLUMNS = {"axis": 1}
"""The setting of a node that picks or joins columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """The way of a column from a matrix to where it is joined with others.

    Attributes:
        pick: The node that takes it out of the matrix.
        steps: What is done with it.
        nodes: All nodes on the way, those that do nothing included.
    """

    pick: Node
    steps: tuple[Node, ...]
    nodes: tuple[Node, ...]


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
    graph = _Graph([Node.read(value) for n, value in parts if n == NODE])
    nodes = [(NODE, node.written()) for node in graph.shorter()]
    tensors = [(INITIALIZER, each) for each in graph.tensors]
    return message([*nodes, *tensors, *(part for part in parts if part[0] != NODE)])


class _Graph:
    """Nodes with their constants, and the constants of what takes the place of some."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._makers = {name: node for node in nodes for name in node.outputs}
        self._uses = Counter(name for node in nodes for name in node.inputs)
        made = {n.outputs[0]: constant(n) for n in nodes if n.op == "Constant"}
        self._constants = {name: value for name, value in made.items() if value is not None}
        self._names = (f"shortened/{i}" for i in count())
        self.tensors: list[bytes] = []

    def shorter(self) -> list[Node]:
        """The nodes that are left, in an order in which they can be taken."""
        joins = {node: self._columns(node) for node in self._nodes if node.op == "Concat"}
        gone = {node for columns in joins.values() for column in columns for node in column.nodes}
        left: list[Node] = []
        for node in self._nodes:
            if joins.get(node):
                left += self._instead(node, joins[node])
            elif node not in gone:
                left.append(node)
        return left

    def _columns(self, join: Node) -> list[Column]:
        """What a node joins, if these are known ways from one matrix."""
        columns = [self._column(name) for name in join.inputs]
        known = [column for column in columns if column]
        alike = len({column.pick.inputs[0] for column in known}) == 1
        return known if alike and len(known) == len(columns) and join.settings == COLUMNS else []

    def _column(self, name: str) -> Column | None:
        """The way of a column back to its matrix, if all of it is known and no one else's."""
        way: list[Node] = []
        while (node := self._makers.get(name)) and self._uses[name] == 1 and self._simple(node):
            way.insert(0, node)
            name = node.inputs[0]
            if node.op == "Gather":
                break
        if [node.op for node in (way[:1] + way[-1:])] != ["Gather", "Unsqueeze"]:
            return None
        steps = way[1:-1]
        known = way[0].settings == COLUMNS and all(step.op in SINGLE for step in steps)
        return Column(way[0], tuple(_effective(steps)), tuple(way)) if known else None

    def _simple(self, node: Node) -> bool:
        """Whether a node does something with one input and one constant number at most."""
        others = [self._constants.get(name) for name in node.inputs[1:]]
        return len(others) <= 1 and all(each is not None and each.size == 1 for each in others)

    def _instead(self, join: Node, columns: list[Column]) -> list[Node]:
        """What does the same as some columns' ways and their join."""
        ways = [column.steps for column in columns]
        first = self._alike(ways)
        rest = [way[first:] for way in ways]
        last = self._alike([way[::-1] for way in rest])
        pick = columns[0].pick
        places = self._row([column.pick for column in columns])
        nodes = [replace(pick, inputs=(pick.inputs[0], places), outputs=(next(self._names),))]
        nodes += self._together(nodes[-1], [way[:first] for way in ways])
        nodes += self._apart(nodes[-1], [way[: len(way) - last] for way in rest], join)
        nodes += self._together(nodes[-1], [way[len(way) - last :] for way in rest])
        nodes[-1] = replace(nodes[-1], outputs=join.outputs)
        return nodes

    def _alike(self, ways: Sequence[Sequence[Node]]) -> int:
        """How many first steps are the same for all columns and rounded in one way only."""
        found = 0
        for step in zip(*ways, strict=False):
            kinds = {(n.op, self._constants[n.inputs[1]].dtype.str) for n in step if n.op in EXACT}
            if len(kinds) > 1 or any(n.op not in EXACT for n in step):
                break
            found += 1
        return found

    def _together(self, before: Node, ways: Sequence[Sequence[Node]]) -> list[Node]:
        """The same steps for all columns of what a node leaves."""
        nodes = [before]
        for step in zip(*ways, strict=True):
            inputs = (nodes[-1].outputs[0], self._row(step))
            nodes.append(Node(step[0].op, inputs, (next(self._names),)))
        return nodes[1:]

    def _apart(self, before: Node, ways: list[Sequence[Node]], join: Node) -> list[Node]:
        """Each column's own steps, for what a node leaves, and what joins them again."""
        if not any(ways):
            return []
        runs = groupby(enumerate(ways), lambda each: each[0] if each[1] else None)
        groups = [[way for _, way in run] for _, run in runs]
        names = [next(self._names) for _ in groups]
        sizes = self._tensor(np.array([len(group) for group in groups]))
        nodes = [Node("Split", (before.outputs[0], sizes), tuple(names), join.attributes)]
        for place, (way, *_) in enumerate(groups):
            for step in way:
                nodes.append(replace(step, inputs=(names[place], *step.inputs[1:])))
                names[place] = step.outputs[0]
        return [*nodes, replace(join, inputs=tuple(names), outputs=(next(self._names),))]

    def _row(self, nodes: Sequence[Node]) -> str:
        """The constants of some nodes as one."""
        return self._tensor(np.concatenate([self._constants[n.inputs[1]].ravel() for n in nodes]))

    def _tensor(self, numbers: npt.NDArray[Any]) -> str:
        """The name of a new constant."""
        name = next(self._names)
        self.tensors.append(tensor(name, numbers))
        return name


def _effective(steps: Sequence[Node]) -> list[Node]:
    """Without conversions of 32-bit numbers to what they are."""
    left, kind = [], FLOAT32
    for step in steps:
        to = step.settings.get("to", kind)
        if step.op != "Cast" or to != kind:
            left.append(step)
        kind = to
    return left
