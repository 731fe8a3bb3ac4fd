"""Malicious YAML: refused with its place, or harmless, in little time and little memory."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Often

SEED = 1234
MEBIBYTE = 1 << 20
MEMORY = 200 * MEBIBYTE

ENTRY = """\
benchmark: package.module:Thing
types: [float]
objectives: [loss]
budget: {trials: 50}
dimension: 2
tasks:
"""
TASKS = ENTRY + '  - id: "f{x}"\n    grid: {x: 1..3}\n    params: {a: 1}\n    description: d {x}\n'
OPTIMIZERS = """\
adapter: package.module:Thing
capabilities: {types: [float], objectives: 2}
variants:
  x: {options: {a: 1}}
  other: {capabilities: {fidelity: true}}
"""
TASK_SET = "description: d\nprovenance: p\ntasks: {a: [bbob/*], b: [mfh/f1]}\n"
EXPERIMENT = "optimizers: [random]\ntasks: [bbob/*]\nseeds: 0:3\nbudget: trials=9\nworkers: 2\n"
FILES = {
    "tasks": TASKS,
    "optimizers": OPTIMIZERS,
    "task-sets": TASK_SET,
    "experiments": EXPERIMENT,
}

LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
BOMBS = [
    LAUGHS,
    LAUGHS.replace("[", "{a: ").replace("]", "}").replace(", ", ", b: "),
    "a: &a [*a]\n",
    "&a a: *a\n",
    "a: &x {b: *x}\n",
    "<<: {a: 1}\n",
    "a: &a {b: 1}\nc: {<<: *a}\n",
    "[" * 500_000,
    "{" * 500_000,
    "{a: " * 200_000,
    "- " * 400_000,
    "? " * 400_000,
    "!!seq " * 9999,
    "".join(f"{' ' * i}a:\n" for i in range(1300)),
    "[" * 13 + "]" * 13,
    "'" * 1_000_000,
    '"' + "\\x41" * 250_000 + '"',
    "a: |\n" + " x\n" * 300_000,
    "a: >\n" + " x\n" * 300_000,
    "[" + "a," * 500_000 + "]",
    "[" + "[]," * 300_000 + "]",
    "[" + "a: b," * 200_000 + "]",
    "\n".join(f"k{i}: 1" for i in range(90_000)),
    "".join(f"k{i}: {i}\n" for i in range(1_000_000)),
    "{" + ",".join(f"k{i}" for i in range(150_000)) + "}",
    "---\n" * 250_000,
    "#\n" * 500_000,
    "\n" * MEBIBYTE,
    " " * MEBIBYTE,
    "\t" * 1000,
    "a:\n" * 300_000,
    "x" * (50 * MEBIBYTE),
    "a: " + "9" * 1_000_000,
    "a: 1e" + "9" * 900_000,
    "a: 1" + ".1" * 400_000,
    "a: 0x" + "f" * 9999,
    "a: " + "1:" * 100_000 + "1",
    "a: 2001-01-01T00:00:00Z\n",
    "a: 2001-99-99\n",
    "a: 190:20:30\n",
    "!!python/object/apply:os.system ['touch pwned']\n",
    "a: !!python/name:os.system\n",
    "a: !!python/object/new:type {}\n",
    "a: !!binary aGk=\n",
    "a: !!timestamp 2001-01-01\n",
    "a: !!set {x}\n",
    "a: !!omap [x: 1]\n",
    "a: !!float nan\n",
    "a: !x y\n",
    "a: !<tag:x> y\n",
    "%YAML 9.9\n---\na: 1\n",
    "%TAG ! tag:x,2000:\n---\na: !b c\n",
    "a: 1\na: 2\n",
    "1: a\n'1': b\n",
    "a: 1\n---\nb: 2\n",
    "a: 1\n...\nb\n",
    "{a: 1}: b\n",
    "[a]: b\n",
    "? [a]\n: b\n",
    "a: [1, 2\n",
    "a: 'x\n",
    'a: "\\ud800"\n',
    'a: "\\x00"\n',
    'a: "\\e[2J"\n',
    "a: \x00\n",
    "a: \x1b[2J\n",
    "a: \x85b\n",
    "\ufeffa: 1\n",
    "a: @b\n",
    "a: `b`\n",
    "",
    "null\n",
    "~\n",
    "3\n",
    "text\n",
    "[]\n",
    "{}\n",
    "- 1\n",
    "a: &" + "x" * 900_000 + " 1\n",
    "!" + "x" * 900_000 + " 1\n",
    "&a " * 300_000,
    "x" * 900_000 + ": 1\n",
]
"""For any reader."""
FIELDS = [
    *(
        f"  - id: {value}\n"
        for value in (
            '"{0.__class__}"',
            '"{x.__class__.__mro__}"',
            '"{x:0999999999d}"',
            '"{x!r:>999999999}"',
            '"{x[0]}"',
            '"{{x}}"',
            '"{x"',
            '"x}"',
            '"{}"',
            '"{x:09d}"',
            "3",
            "[a]",
            "{a: b}",
            "null",
            "true",
            ".nan",
            '"a b"',
            '"a\\nb"',
            '"\\u202e"',
            '"' + "x" * 400 + '"',
            '"a@b"',
        )
    ),
    *(
        f"  - id: a\n    grid: {{{grid}}}\n"
        for grid in (
            "x: 1..99999999",
            "x: 1..999999999999",
            "x: 5..1",
            "x: []",
            "x: {}",
            "x: 3",
            "x: 1..2..3",
            "x: -999999999..999999999",
            "x: 1..9999, y: 1..9999",
            ", ".join(f"x{i}: 1..9999" for i in range(60_000 // 14)),
            ", ".join(f"x{i}: [1]" for i in range(6000)),
            ", ".join(f"x{i}: [1, 2]" for i in range(64)),
        )
    ),
    *(
        f"  - id: a\n    dimension: {value}\n"
        for value in (
            "0",
            "-1",
            "1e308",
            ".inf",
            "9" * 400,
            "9" * 290,
            '"²"',
            '"{a}"',
            '"٣"',
            "true",
            "[1]",
            "1.5",
        )
    ),
    *(
        f"  - id: a\n    workers: {value}\n"
        for value in ("0", "99999999999", "9" * 299, ".inf", "x")
    ),
    *(
        f"  - id: a\n    evaluate_ms: {value}\n"
        for value in ("-1", ".nan", "9" * 299, "1e999", "x")
    ),
    *(
        f"  - id: a\n    budget: {value}\n"
        for value in (
            "{trials: 0}",
            "{trials: -1}",
            "{trials: .nan}",
            "{trials: .inf}",
            "{trials: 1e999}",
            "{trials: [1]}",
            "{trials: 1, seconds: 1}",
            "{}",
            "3",
            "{apples: 3}",
            "{trials: null}",
        )
    ),
    *(
        f"  - id: a\n    resources: {value}\n"
        for value in (
            "{cpus: -1}",
            "{cpus: .nan}",
            "{memory: 1e999}",
            "{gpus: x}",
            "{custom: [a]}",
            "{x: 1}",
            "{custom: {a: -1}}",
        )
    ),
    "  - id: a\n    params: {" + ", ".join(f"p{i}: 1" for i in range(9000)) + "}\n",
    "".join(f"  - id: a{i}-{{x}}\n    grid: {{x: 1..9999}}\n" for i in range(2000)),
    '  - id: "' + "{x}" * 300_000 + '"\n    grid: {x: [1]}\n',
    '  - id: a\n    description: "' + "{x}" * 300 + '"\n    params: {x: "' + "y" * 900_000 + '"}\n',
    '  - id: "a{x}"\n    grid: {x: 1..9999}\n    description: "{x}' + "y" * 900_000 + '"\n',
    f"  - id: {{{'x' * 300_000}}}\n    params: {{{'x' * 299_999}y: 1}}\n",
    f'  - id: "{{{"x" * 400_000}}}"\n    params: {{{"x" * 399_999}y: 1}}\n',
    "  - id: a\n    objectives: []\n",
    "  - id: a\n    objectives: [a, a]\n",
    "  - [a]\n",
    "  - 3\n",
    "  - id: a\n    types: [x]\n",
    "  - id: a\n    benchmark: os.system\n",
    "  - id: a\n    benchmark: 'os:system(\"x\")'\n",
    "  - id: a\n    fidelity: [x]\n",
]
"""For the reader of tasks, behind what is shared; none of them is a task."""
SEEDS = [
    "3:1",
    "0:99999999999",
    "-1",
    "0:",
    "a",
    "1.5",
    "[1, x]",
    "'" + "9" * 9000 + "'",
    "٣",
    "0x10",
    "'" + "0:1000000," * 90_000 + "1'",
    "{}",
    "[[1]]",
    "'" + "1," * 400_000 + "'",
    "null:1",
    "2147483648",
]
TOKENS = [
    b"&a ",
    b"*a ",
    b"!!x ",
    b"<<: ",
    b"\xff",
    b"\0",
    b"\n---\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b"- ",
    b": ",
    b"'",
    b'"',
    b"\t",
    b"\n",
    b"? ",
    b"| ",
    b"%",
    b"@",
    b"9" * 5000,
    b".inf",
    b"\xed\xa0\x80",
    b"\x1b",
]


def texts() -> Iterator[tuple[str, bytes, bool]]:
    """The reader, the file, and whether it may be accepted."""
    for i, text in enumerate(BOMBS):
        yield list(FILES)[i % len(FILES)], text.encode(), False
    for text in FIELDS:
        yield "tasks", (ENTRY + text).encode(), False
    for seeds in SEEDS:
        yield "experiments", f"tasks: [x]\nseeds: {seeds}\n".encode(), False
    for kind, text in FILES.items():
        yield kind, text.encode("utf-16"), False
        yield kind, text.encode("utf-32"), False
        yield kind, text.encode("latin-1") + b"# \xe9\n", False
        yield kind, text.encode(), True


def mutants(number: int) -> Iterator[tuple[str, bytes, bool]]:
    """Good files into which something was put, or of which something was taken."""
    rng = random.Random(SEED)
    for _ in range(number):
        kind = rng.choice(list(FILES))
        data = FILES[kind].encode()
        for _ in range(rng.randint(1, 3)):
            at, end = sorted(rng.choices(range(len(data)), k=2))
            data = rng.choice([data[:at] + rng.choice(TOKENS) + data[at:], data[:at] + data[end:]])
        yield kind, data, True


def written(folder: Path, files: list[tuple[str, bytes, bool]]) -> list[Path]:
    paths = []
    for i, (kind, data, _) in enumerate(files):
        path = folder / str(i) / kind / "x.yaml"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        paths.append(path)
    return paths


def loaded(paths: list[Path]) -> list[tuple[str, float, int]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.load", *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.mark.timeout(3600)
def test_malicious_files_are_refused_with_their_place_at_little_cost(
    tmp_path: Path, often: Often
) -> None:
    good = list(texts())
    files = [*good, *mutants(max(300 - len(good), 0) + 60)]
    files = files[:: often(8, 1)]
    paths = written(tmp_path, files)
    found = loaded(paths)
    assert len(found) == len(files)
    for path, (_, data, acceptable), (outcome, _, memory) in zip(paths, files, found, strict=True):
        verdict, _, said = outcome.partition(" ")
        assert verdict == "refused" or (acceptable and verdict == "accepted"), (outcome, data[:300])
        assert verdict == "accepted" or said.startswith(str(path)), outcome
        assert said.isprintable(), outcome
        assert len(said) < 1000, outcome
        assert memory < MEMORY, (memory, data[:300])
    slowest = max(seconds for _, seconds, _ in found)
    largest = max(memory for _, _, memory in found)
    print(f"{len(files)} files: {slowest:.2f} s and {largest >> 20} MiB at most")


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    folder.mkdir()
    os.mkfifo(folder / "pipe.yaml")
    (folder / "folder.yaml").mkdir()
    for name, target in {
        "zero": "/dev/zero",
        "full": "/dev/full",
        "tty": "/dev/tty",
        "random": "/dev/urandom",
        "loop": "loop.yaml",
        "none": "nowhere",
    }.items():
        (folder / f"{name}.yaml").symlink_to(target)
    paths = sorted(folder.iterdir())
    for path, (outcome, _, memory) in zip(paths, loaded(paths), strict=True):
        assert outcome.startswith(f"refused {path}: "), outcome
        assert memory < MEMORY
