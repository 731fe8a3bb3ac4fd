"""What a task's parameters say by themselves, so that its YAML need not repeat it."""

import ast
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hpobench.catalogue.reader import Node
from hpobench.catalogue.section import Section
from hpobench.descriptions import features
from hpobench.task import Budget, TaskOrigin

FUNCTION = "hpobench.benchmarks.function:Function"
SPACES = ("space", "hyperparameters")
"""Parameters of benchmarks that hold descriptions of hyperparameters."""

ORIGINS = {
    "hpobench.benchmarks.recorded": TaskOrigin.TABLE,
    "hpobench.benchmarks.tables": TaskOrigin.TABLE,
    "hpobench.benchmarks.surrogate": TaskOrigin.SURROGATE,
    "hpobench.benchmarks.yahpo": TaskOrigin.SURROGATE,
    "hpobench.benchmarks.training": TaskOrigin.TRAINING,
}
"""Where the values of a benchmark come from, by its module; of all others from a function."""

_COST = re.compile(r"""["']cost["']|\bcost\s*=""")


def usual_budget(dimension: int) -> Budget:
    """What a run may spend unless the YAML says otherwise: `ceil(20 + 40 sqrt(d))` trials.

    Args:
        dimension: The number of hyperparameters, d.

    Source:
        The formula of CARP-S's tasks, https://github.com/automl/CARP-S. With a fidelity it leaves
        room for several rounds of brackets, from which on multi-fidelity optimizers differ.
    """
    return Budget(math.ceil(20 + 40 * math.sqrt(dimension)))


def described_size(entry: Section, params: Mapping[str, Any]) -> Node | None:
    """The number of described hyperparameters; None where there are none."""
    space = _space(params)
    return Node(len(space), entry.path, entry.node.line) if space else None


def described_types(entry: Section, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The features of the described space.

    Raises:
        FileError: None is described.
    """
    space = _space(params)
    if not space:
        raise entry.error("the field 'types' is missing")
    return features(space, params.get("forbidden"))


def usual_origin(entry: Section) -> TaskOrigin:
    """Where the values of an entry's benchmark come from unless its YAML says otherwise."""
    benchmark = entry.find("benchmark")
    module = str(benchmark.value).partition(":")[0] if benchmark else ""
    return ORIGINS.get(module, TaskOrigin.FUNCTION)


def usually_noisy(entry: Section, params: Mapping[str, Any], *, measured: bool) -> bool:
    """Whether evaluations of a task of an entry differ unless its YAML says otherwise.

    Those of a function may, of which nobody knows, those of trainings whose costs are measured, and
    those of a table of which one of several seeds is drawn.
    """
    benchmark, seeds = entry.find("benchmark"), params.get("seeds")
    drawn = isinstance(seeds, Mapping) and seeds.get("use", "draw") == "draw"
    return measured or drawn or (benchmark is not None and benchmark.value == FUNCTION)


def measures(entry: Section, params: Mapping[str, Any]) -> bool:
    """Whether a task's costs are measured: a function's are unless it speaks of cost.

    Looks at the source without running it: at the function, and at what it names of its module.
    What lies elsewhere than in the catalogue's folder is taken to be measured.
    """
    benchmark = entry.find("benchmark")
    if benchmark is None or benchmark.value != FUNCTION:
        return False
    module, _, name = str(params.get("function", "")).partition(":")
    stem = Path(entry.path).parents[1].joinpath(*module.split("."))
    for file in (stem / "__init__.py", stem.with_name(f"{stem.name}.py")):
        try:
            return not any(map(speaks_of_cost, _sources(file.read_bytes(), name)))
        except (OSError, ValueError):
            continue
    return True


def _sources(module: bytes, name: str) -> Iterator[str]:
    """The lines of a function and of what it names of its module; the module, if it is unclear."""
    try:
        tree = ast.parse(module)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])
    made = {made: node for node in tree.body for made in _names(node)}
    if not isinstance(made.get(name), ast.FunctionDef | ast.ClassDef):
        yield module.decode("latin-1")  # what is looked for is ASCII
        return
    lines, left, seen = module.decode("latin-1").splitlines(), [name], {name}
    while left:
        node = made[left.pop()]
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        yield "\n".join(lines[first - 1 : node.end_lineno])
        named = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        left += sorted((named & made.keys()) - seen)
        seen |= named


def _names(node: ast.stmt) -> list[str]:
    """The names that a definition or an assignment makes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def speaks_of_cost(source: str) -> bool:
    """Whether a function's source seems to state the cost of its trials."""
    return _COST.search(source) is not None


def _space(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The descriptions of hyperparameters among the parameters."""
    found = (params[name] for name in SPACES if isinstance(params.get(name), Mapping))
    return next(found, {})
