"""Our own reading of ONNX files answers what ONNX Runtime answers, and refuses the rest."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.benchmarks.yahpo.benchmark import Network, opened
from hpobench.benchmarks.yahpo.graph import read_graph
from hpobench.benchmarks.yahpo.operators import translate
from hpobench.benchmarks.yahpo.program import Program
from hpobench.benchmarks.yahpo.scenarios import SCENARIOS
from hpobench.errors import FileError
from hpobench.system.folders import data_dir
from tests.examples import examples
from tests.unit.benchmarks.onnx_files import File, message, network, row, rows, tensor

KINDS = ("plain", "log", "exp", "round")
POINTS = 1_000
NEAR = 2e-6
"""Relative; on a processor with AVX-512 nothing at all differs."""

EXACT = "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")


def program(file: File) -> Program:
    return translate(read_graph(file.written()))


def oracle(model: bytes) -> Callable[[Sequence[float], Sequence[int]], list[float]]:
    """What ONNX Runtime answers to a row at a time."""
    runtime = pytest.importorskip("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def answer(numbers: Sequence[float], categories: Sequence[int]) -> list[float]:
        given = {
            "x_cont": np.array([numbers], np.float32),
            "x_cat": np.array([categories], np.int32),
        }
        found: list[float] = session.run(None, given)[0][0].tolist()
        return found

    return answer


def assert_same(told: list[float], expected: list[float]) -> None:
    if EXACT:
        np.testing.assert_array_equal(told, expected)
    else:
        np.testing.assert_allclose(told, expected, rtol=NEAR, atol=1e-30)


@examples(40)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=6),
    width=st.sampled_from([1, 5, 16, 33, 128, 300]),
    inner=st.sampled_from([1, 7, 64, 259, 530]),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_a_network_of_any_width_answers_what_onnx_runtime_answers(
    kinds: list[str], width: int, inner: int, seed: int, data: st.DataObject
) -> None:
    file = network(kinds, {"row": width, "block": inner}, seed)
    ours, theirs = Network(program(file)), oracle(file.written())
    number = st.one_of(st.just(0.0), st.floats(2.0**-23, 2.0**12, width=32))
    for _ in range(4):
        numbers = [data.draw(number) for _ in kinds]
        codes = [data.draw(st.integers(0, rows(i) - 1)) for i in range(2)]
        assert_same(ours(numbers, codes), theirs(numbers, codes))


@pytest.mark.parametrize(
    ("op", "low", "high"), [("Exp", -110, 95), ("Sigmoid", -30, 30), ("Log", 1e-30, 1e9)]
)
def test_a_function_of_32_bit_numbers_is_that_of_onnx_runtime_over_its_whole_range(
    op: str, low: float, high: float
) -> None:
    file = File(numbers=1, categories=1, outputs=2)
    table = file.weight(np.zeros((1, 1), np.float32))
    unused = file.then("Gather", table, file.column("x_cat", 0))
    bent = file.then("Unsqueeze", file.then(op, file.column("x_cont", 0)), file.constant([1]))
    file.then("Concat", unused, bent, name="output", axis=1)
    ours, theirs = Network(program(file)), oracle(file.written())
    for number in np.linspace(low, high, 3_001):
        assert_same(ours([number], [0]), theirs([number], [0]))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_model_answers_what_onnx_runtime_answers_at_a_thousand_points(scenario: str) -> None:
    path = data_dir() / "yahpo" / scenario / "model.onnx"
    if not path.is_file():
        pytest.skip(f"{scenario} is not on this machine")
    facts, rng = SCENARIOS[scenario], np.random.default_rng(4)
    model = opened(str(path))
    ours, theirs = Network(model), oracle(path.read_bytes())
    for _ in range(POINTS):
        numbers = 10 ** rng.uniform(-5, 3, len(facts.numbers))
        numbers[rng.random(len(numbers)) < 0.2] = 0.0  # as what is inactive
        codes = [int(rng.integers(known)) for known in model.categories]
        assert_same(ours(numbers.tolist(), codes), theirs(numbers.tolist(), codes))


def test_an_answer_depends_on_no_question_before_it() -> None:
    held = program(network(KINDS, {"row": 32, "block": 40}, 1))
    one, other = Network(held), Network(held)
    first = one([1.0, 2.0, 3.0, 4.0], [0, 1])
    assert other([9.0, 0.0, 0.5, 4.0], [2, 3]) != first
    assert one([9.0, 0.0, 0.5, 4.0], [2, 3]) == other([9.0, 0.0, 0.5, 4.0], [2, 3])
    assert one([1.0, 2.0, 3.0, 4.0], [0, 1]) == first


def test_a_code_without_a_row_is_answered_by_no_number() -> None:
    ours = Network(program(network(KINDS, {"row": 4, "block": 4}, 1)))
    for code in (-1, rows(0), 1 << 40):
        assert np.isnan(ours([1.0, 1.0, 1.0, 1.0], [code, 0])).all()


GOOD = network(("plain", "log"), {"row": 3, "block": 2}, 0)


def test_a_file_that_is_cut_anywhere_is_refused() -> None:
    whole = GOOD.written()
    translate(read_graph(whole))
    for end in range(len(whole)):
        with pytest.raises(ValueError, match=r"\w"):
            translate(read_graph(whole[:end]))


@examples(400)
@given(place=st.integers(0, len(GOOD.written()) - 1), byte=st.integers(0, 255))
def test_a_file_with_another_byte_is_refused_or_answers(place: int, byte: int) -> None:
    damaged = bytearray(GOOD.written())
    damaged[place] = byte
    try:
        found = translate(read_graph(bytes(damaged)))
    except ValueError:
        return
    ours = Network(found)
    answer = ours([0.5] * found.numbers.size, [0] * len(found.categories))
    assert len(answer) == found.answer.size


def many(file: File) -> None:
    """A row joined with itself again and again."""
    name = "x_cont"
    for _ in range(64):
        name = file.then("Concat", name, name, axis=1)


def weights(*shape: int, kind: Any = np.float32) -> Any:
    return np.ones(shape, kind)


def resized(shape: Sequence[int]) -> bytes:
    """A constant whose shape is not that of its numbers."""
    return message([*((1, size) for size in shape), (2, 1), (8, "odd"), (9, bytes(16))])


BAD: dict[str, tuple[Callable[[File], Any], str]] = {
    "operator": (lambda f: f.then("Tanh", "x_cont"), "the operator is none of Constant"),
    "setting": (lambda f: f.then("Relu", "x_cont", alpha=1.0), "inputs or settings"),
    "inputs": (lambda f: f.then("Relu", "x_cont", "x_cont"), "inputs or settings"),
    "absent": (lambda f: f.then("Relu", "nothing"), "'nothing' is not made before it"),
    "twice": (lambda f: f.then("Relu", "x_cont", name="x_cat"), "made twice"),
    "codes": (lambda f: f.then("Relu", "x_cat"), "fractional numbers"),
    "rows": (lambda f: f.then("Gather", "x_cont", f.constant(0), axis=0), "a column of a row"),
    "beyond": (lambda f: f.column("x_cont", 9), "out of range"),
    "unknown place": (lambda f: f.then("Gather", "x_cont", "x_cont", axis=1), "beforehand"),
    "types": (lambda f: f.then("Add", "x_cont", f.constant(1.0)), "different types"),
    "table": (
        lambda f: f.then("Add", "x_cont", f.constant(weights(2, 2))),
        "do not fit|could not be broadcast|shape mismatch",
    ),
    "to half": (lambda f: f.then("Cast", "x_cont", to=10), "the type 10"),
    "sigmoid": (
        lambda f: f.then("Sigmoid", f.then("Cast", "x_cont", to=11)),
        "not of 32 bits",
    ),
    "matrix": (lambda f: f.product("x_cont", weights(3, 9), weights(3)), "do not fit"),
    "bias": (lambda f: f.product("x_cont", weights(3, 2), weights(4)), "do not fit"),
    "alpha": (
        lambda f: f.then("Gemm", "x_cont", f.weight(weights(2, 2)), "w0", alpha=0.5),
        "other settings",
    ),
    "wide weights": (
        lambda f: f.product("x_cont", weights(3, 2, kind=np.float64), weights(3)),
        "no constants of 32 bits",
    ),
    "half": (lambda f: f.weight(weights(3, kind=np.float16)), "type or shape"),
    "infinite": (lambda f: f.weight(weights(3) * np.inf), "not finite"),
    "shape": (lambda f: f.weights.append(resized([3])), "reshape"),
    "huge": (lambda f: f.weights.append(resized([1 << 62, 1 << 62])), r"\w"),
    "negative": (lambda f: f.weights.append(resized([-1])), "type or shape"),
    "much": (many, "numbers at once"),
    "no size": (lambda f: f.then("Div", f.constant([1]), f.constant([0])), "no sizes"),
    "empty part": (
        lambda f: f.then("Slice", "x_cont", *(f.constant([n]) for n in (1, 1, 1))),
        "nothing",
    ),
    "quantised": (lambda f: f.extra.append((14, b"")), "a field 14"),
    "input": (lambda f: f.extra.append((11, row("x", "float32", 3))), "its inputs are not"),
    "outputs": (lambda f: f.extra.append((12, row("y", "float32", 3))), "has 2 of"),
    "field": (lambda f: f.nodes.append(b"\x20\x01"), "is an integer where bytes"),
    "no text": (lambda f: f.nodes.append(b"\x22\x01\xff"), "decode"),
    "endless": (lambda f: f.nodes.append(b"\x80" * 5_000), "cut, or no message"),
    "domain": (
        lambda f: f.nodes.append(message([(2, "y"), (4, "Relu"), (7, "com.microsoft")])),
        "of 'com.microsoft'",
    ),
    "outside": (
        lambda f: f.weights.append(tensor("far", weights(1)) + message([(14, 1)])),
        "a field 14",
    ),
    "version": (lambda f: setattr(f, "opset", ((2, 9),)), "version 13"),
    "other version": (lambda f: setattr(f, "opset", ((1, "ai.onnx.ml"), (2, 13))), "version 13"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_not_known_is_refused_by_its_name(kind: str) -> None:
    change, said = BAD[kind]
    file = network(("plain", "log"), {"row": 3, "block": 2}, 0)
    change(file)
    with pytest.raises(ValueError, match=said):
        program(file)


def test_an_output_that_is_no_row_of_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="its output 'output' is no row"):
        program(File())


def test_a_category_that_no_step_looks_at_is_refused() -> None:
    file = File(categories=1)
    file.then("Relu", "x_cont", name="output")
    with pytest.raises(ValueError, match="all of its categories"):
        program(file)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(GOOD.written()[:-9])
    with pytest.raises(FileError, match=r"model\.onnx: is no model that can be read here: it"):
        opened(str(path))
