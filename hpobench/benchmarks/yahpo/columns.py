"""Find where a graph takes a matrix apart, treats each column on its own, and joins them again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from hpobench.benchmarks.yahpo.node import Node, constant

SINGLE = {"Add", "Sub", "Mul", "Div", "Neg", "Round", "Cast", "Exp", "Log"}
"""What may be done with a column."""

FLOAT32 = 1
COLUMNS = {"axis": 1}
"""The setting of a node that picks or joins columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What is done with a column.

    Attributes:
        op: ONNX's name of it.
        attributes: Its settings, as they lie in a file.
        operand: Its second operand, a number, if it has one.
    """

    op: str
    attributes: tuple[bytes, ...]
    operand: npt.NDArray[Any] | None

    @property
    def kind(self) -> tuple[Any, ...]:
        """What it has in common with others that can be taken together with it."""
        return self.op, self.attributes, None if self.operand is None else self.operand.dtype.str


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The way of a column from a matrix to where it is joined with others.

    Attributes:
        matrix: The name of what it is taken from.
        place: Which column of it.
        steps: What is done with it.
        nodes: All nodes on the way, those included that change nothing.
    """

    matrix: str
    place: int
    steps: tuple[Step, ...]
    nodes: tuple[Node, ...]


def joined(nodes: Sequence[Node]) -> dict[Node, list[Column]]:
    """By node that joins columns of one matrix, their ways, if all that happens there is known."""
    graph = _Graph(nodes)
    found = {node: graph.columns(node) for node in nodes if node.op == "Concat"}
    return {node: columns for node, columns in found.items() if columns}


class _Graph:
    """What can be asked about the nodes of a graph."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._makers = {name: node for node in nodes for name in node.outputs}
        self._uses = Counter(name for node in nodes for name in node.inputs)
        made = {n.outputs[0]: constant(n) for n in nodes if n.op == "Constant"}
        self._constants = {name: each for name, each in made.items() if each is not None}

    def columns(self, join: Node) -> list[Column]:
        """The columns that a node joins; none if one of them is not known."""
        columns = [self._column(name) for name in join.inputs]
        known = [column for column in columns if column]
        alike = len({column.matrix for column in known}) == 1 and join.settings == COLUMNS
        return known if alike and len(known) == len(columns) else []

    def _column(self, name: str) -> Column | None:
        """The way of a column, if all of it is known and of use to no one else."""
        way = self._way(name)
        if not way or way[0].op != "Gather" or way[-1].op != "Unsqueeze":
            return None
        pick, inner = way[0], way[1:-1]
        if pick.settings != COLUMNS or any(node.op not in SINGLE for node in inner):
            return None
        place = self._constants[pick.inputs[1]]
        steps = [Step(n.op, n.attributes, self._operand(n)) for n in _effective(inner)]
        return Column(pick.inputs[0], int(place), tuple(steps), tuple(way))

    def _way(self, name: str) -> list[Node]:
        """The nodes with one input that lead to a name, from where a column is picked."""
        way: list[Node] = []
        while (node := self._makers.get(name)) and self._uses[name] == 1 and self._single(node):
            way.insert(0, node)
            name = node.inputs[0]
            if node.op == "Gather":
                break
        return way

    def _single(self, node: Node) -> bool:
        """Whether a node has one input, and one number besides at most."""
        others = [self._constants.get(name) for name in node.inputs[1:]]
        return len(others) <= 1 and all(each is not None and each.size == 1 for each in others)

    def _operand(self, node: Node) -> npt.NDArray[Any] | None:
        """The number besides."""
        return self._constants[node.inputs[1]].ravel() if node.inputs[1:] else None


def _effective(steps: Sequence[Node]) -> list[Node]:
    """Without conversions of 32-bit numbers to what they are."""
    left, kind = [], FLOAT32
    for step in steps:
        to = step.settings.get("to", kind)
        if step.op != "Cast" or to != kind:
            left.append(step)
        kind = to
    return left
