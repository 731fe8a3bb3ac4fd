"""A shortened network answers what ONNX Runtime answers to the network as it was published."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from hpobench.benchmarks.yahpo.node import GRAPH, INITIALIZER, NODE, Node, tensor
from hpobench.benchmarks.yahpo.scenarios import SCENARIOS
from hpobench.benchmarks.yahpo.shorten import shortened
from hpobench.benchmarks.yahpo.wire import fields, message
from hpobench.system.folders import data_dir

WIDTH = 6
POINTS = 200
FLOAT64, FLOAT32 = 11, 1
KINDS = ["plain", "log", "exp"]


def setting(name: str, number: int) -> bytes:
    """An attribute that is an integer (ONNX's type 2)."""
    return message([(1, name.encode()), (3, number), (20, 2)])


class Network:
    """As pytorch writes them: every column on its own, constants as nodes, vain conversions."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def then(self, op: str, *inputs: str, name: str = "", **settings: int) -> str:
        output = name or f"{op}{len(self.nodes)}"
        attributes = tuple(setting(*each) for each in settings.items())
        self.nodes.append(Node(op, inputs, (output,), attributes))
        return output

    def constant(self, number: Any) -> str:
        output = f"c{len(self.nodes)}"
        value = message([(1, b"value"), (5, tensor("", np.array(number))), (20, 4)])
        self.nodes.append(Node("Constant", (), (output,), (value,)))
        return output

    def column(self, source: str, place: int) -> str:
        return self.then("Gather", source, self.constant(place), axis=1)

    def joined(self, columns: list[str], name: str) -> str:
        single = [self.then("Unsqueeze", each, self.constant([1])) for each in columns]
        return self.then("Concat", *single, name=name, axis=1)

    def scaled(self, column: str, kind: str) -> str:
        """An input's way: as it is, by logarithm, or by an exponential in 64 bits."""
        if kind == "log":
            column = self.then("Log", self.then("Add", column, self.constant(np.float32(1e-12))))
        if kind == "exp":
            wide = self.then("Cast", column, to=FLOAT64)
            power = self.then("Exp", self.then("Neg", wide))
            column = self.then("Sub", power, self.constant(1e-12))
        column = self.then("Cast", column, to=FLOAT32)
        moved = self.then("Sub", column, self.constant(np.float32(0.3)))
        return self.then("Cast", self.then("Div", moved, self.constant(np.float32(7))), to=FLOAT32)

    def told(self, column: str, kind: str) -> str:
        """An output's way back."""
        wide = self.then("Mul", column, self.constant(np.float32(9.7)))
        moved = self.then("Add", wide, self.constant(np.float32(-3.1)))
        if kind == "log":
            return self.then("Exp", moved)
        if kind == "exp":
            power = self.then("Exp", self.then("Cast", moved, to=FLOAT64))
            return self.then("Cast", self.then("Neg", power), to=FLOAT32)
        return moved

    def written(self) -> bytes:
        weights = np.random.default_rng(1).normal(size=(WIDTH, WIDTH)).astype(np.float32)
        graph = [
            *((NODE, node.written()) for node in self.nodes),
            (2, b"network"),
            (INITIALIZER, tensor("weights", weights)),
            *((n, message([(1, name), (2, MATRIX)])) for n, name in ((11, b"x"), (12, b"y"))),
        ]
        return message([(1, 7), (8, message([(2, 13)])), (GRAPH, message(graph))])


ROW = message([(1, message([(1, 1)])), (1, message([(1, WIDTH)]))])
MATRIX = message([(1, message([(1, 1), (2, ROW)]))])
"""The type of the input and of the output: one row of 32-bit numbers."""


def network(kinds: list[str]) -> Network:
    """Scaled columns, a matrix product, and its columns scaled back."""
    made = Network()
    inputs = [made.scaled(made.column("x", i), kind) for i, kind in enumerate(kinds)]
    product = made.then("MatMul", made.joined(inputs, "joined"), "weights")
    bounded = made.then("Sigmoid", product)
    made.joined([made.told(made.column(bounded, i), k) for i, k in enumerate(kinds)], "y")
    return made


def rows() -> list[dict[str, Any]]:
    numbers = 10 ** np.random.default_rng(3).uniform(-5, 3, (POINTS, 1, WIDTH))
    return [{"x": row.astype(np.float32)} for row in numbers]


def answers(model: bytes, inputs: list[dict[str, Any]]) -> list[bytes]:
    runtime = pytest.importorskip("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return [session.run(None, each)[0].tobytes() for each in inputs]


def steps(model: bytes) -> int:
    (graph,) = (cast("bytes", value) for number, value in fields(model) if number == GRAPH)
    nodes = [Node.read(cast("bytes", value)) for n, value in fields(graph) if n == NODE]
    return sum(node.op != "Constant" for node in nodes)


@pytest.mark.parametrize(
    "kinds",
    [["plain", "log", "plain", "plain", "exp", "log"], *([k] * WIDTH for k in KINDS)],
    ids=["mixed", *KINDS],
)
def test_a_shortened_network_answers_the_same_to_the_last_bit(kinds: list[str]) -> None:
    model = network(kinds).written()
    short = shortened(model)
    told = answers(short, rows())
    assert told == answers(model, rows())
    assert len({*told}) > POINTS / 2
    assert steps(short) < 0.7 * steps(model)


@pytest.mark.parametrize("scenario", ["lcbench", "rbv2_xgboost", "rbv2_rpart", "iaml_glmnet"])
def test_a_shortened_network_of_yahpo_gyms_answers_the_same_to_the_last_bit(scenario: str) -> None:
    path = data_dir() / "yahpo" / scenario / "model.onnx"
    if not path.is_file():
        pytest.skip(f"{scenario} is not on this machine")
    facts, model, rng = SCENARIOS[scenario], path.read_bytes(), np.random.default_rng(4)
    inputs: list[dict[str, Any]] = [
        {
            "x_cont": (10 ** rng.uniform(-5, 3, (1, len(facts.numbers)))).astype(np.float32),
            "x_cat": rng.integers(0, 4, (1, len(facts.categories))).astype(np.int32),
        }
        for _ in range(POINTS)
    ]
    assert answers(shortened(model), inputs) == answers(model, inputs)
    assert steps(shortened(model)) < 0.7 * steps(model)


def first(made: Network, op: str) -> Node:
    """The first node of a kind."""
    return next(node for node in made.nodes if node.op == op)


def changed(made: Network, op: str, /, **fields: Any) -> None:
    """Change the first node of a kind."""
    place = made.nodes.index(first(made, op))
    made.nodes[place] = replace(made.nodes[place], **fields)


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.then("Abs", first(made, "Log").outputs[0]),
        lambda made: changed(made, "Gather", inputs=("weights", "c0")),
        lambda made: changed(made, "Gather", attributes=()),
        lambda made: changed(made, "Concat", attributes=()),
        lambda made: changed(made, "Log", op="Sqrt"),
        lambda made: changed(made, "Sub", inputs=("c0", "x")),
        lambda made: changed(made, "Constant", attributes=()),
    ],
    ids=["used twice", "two matrices", "rows", "joined rows", "unknown", "reversed", "no constant"],
)
def test_what_is_not_known_is_left_alone(change: Callable[[Network], None]) -> None:
    made = Network()
    made.joined([made.scaled(made.column("x", i), "log") for i in range(2)], "y")
    assert shortened(made.written()) != made.written()
    change(made)
    assert shortened(made.written()) == made.written()


@pytest.mark.parametrize("damage", [b"no model", b"\x0a", b"\x3a\x03\x0a\x01\xff"])
def test_what_is_no_model_is_said(damage: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut|damaged"):
        shortened(damage)
