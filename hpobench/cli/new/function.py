"""`hpobench new task --function`: write a task's YAML from a function's source."""

import ast
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpobench.benchmarks.suggested_space import Described, suggested_space
from hpobench.catalogue.derived import usual_budget
from hpobench.errors import FileError, UnknownNameError, UserError, legible, one_line

_LARGER = re.compile(r"(^|[^a-z])(acc|accuracy|auc|score|reward|f1|r2|precision|recall|return)")
_GIVEN = {"fidelity", "seed", "trial"}
"""Parameters that are no hyperparameters: what a function is given besides."""


@dataclass(slots=True)
class Sketch:
    """What is read of a function.

    Attributes:
        target: `module:function`, as the task names it.
        hyperparameters: A description of each, with a remark for a person.
        objectives: Directions by name.
        remarks: What could not be read.
        fidelity: Whether it has a parameter of this name.
    """

    target: str
    hyperparameters: dict[str, Described]
    objectives: dict[str, str]
    remarks: list[str] = field(default_factory=list)
    fidelity: bool = False


def write_from_function(function: str, out: Path) -> tuple[Path, str]:
    """Write the YAML of a function's task.

    Args:
        function: `FILE.py:NAME`; the file lies in the catalogue folder.
        out: Catalogue folder.

    Returns:
        The file written, and its collection's name.

    Raises:
        UserError: There is no such file or function, or the YAML is there already.
    """
    text, _, name = function.rpartition(":")
    file = Path(text)
    if not text or not name:
        raise UserError(f"--function is FILE.py:NAME, not {function!r}")
    if not file.is_file():
        raise FileError(file, "is no file")
    sketch = read_function(file, name, out)
    if not sketch.hyperparameters:
        raise FileError(file, f"the function {name!r} has no parameter to be a hyperparameter")
    target = out / "tasks" / f"{name}.yaml"
    if target.exists():
        raise FileError(target, "exists already: remove it first")
    text = "\n".join(_lines(name, sketch)) + "\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target, name


def read_function(file: Path, name: str, out: Path) -> Sketch:
    """What the source says of a function; nothing of it is run.

    Raises:
        UserError: The file is no Python, lies elsewhere, or has no such function.
    """
    module, folder = file.resolve().with_suffix(""), out.resolve()
    if not module.is_relative_to(folder):
        raise FileError(file, f"has to lie in the catalogue folder {folder}: see --out")
    try:
        tree = ast.parse(file.read_bytes())  # it says its encoding by itself
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FileError(file, f"is not Python: {one_line(error) or 'too deep'}") from None
    target = f"{_module(file, module.relative_to(folder))}:{name}"
    found = _function(file, tree, name)
    arguments = [*found.args.args, *found.args.kwonlyargs]
    sketch = Sketch(target, {}, _objectives(found))
    sketch.fidelity = any(argument.arg == "fidelity" for argument in arguments)
    if any(argument.arg == "trial" for argument in arguments):
        sketch.hyperparameters, sketch.remarks = suggested_space(tree, found)
    else:
        sketch.hyperparameters = dict(_signature(found))
        sketch.remarks = [
            f"left to its default: {each.arg}, which is no number, text or flag"
            for each in arguments
            if each.arg not in sketch.hyperparameters and each.arg not in _GIVEN
        ]
    return sketch


def _module(file: Path, place: Path) -> str:
    """The module's name by its place in the catalogue folder, without its ending.

    Raises:
        FileError: No YAML can name it.
    """
    parts = place.parts[:-1] if place.name == "__init__" else place.parts
    if wrong := [part for part in parts if not part.isidentifier()]:
        raise FileError(file, f"{wrong[0]!r} is no name that Python could import: rename it")
    return ".".join(parts)


def _function(file: Path, tree: ast.Module, name: str) -> ast.FunctionDef:
    """The function of a name, as a run will call it: by names of parameters.

    Raises:
        FileError: There is none, or it cannot be called so, or gives no answer when it is.
    """
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    if name not in functions:
        for node in ast.walk(tree):
            if name in _names_made(node):
                raise FileError(
                    file,
                    f"{name!r} is no 'def' at the left margin of the file, and only that can be "
                    "read: write one that calls it, or the YAML by hand",
                    line=getattr(node, "lineno", None),
                )
        raise FileError(file, str(UnknownNameError("function", name, functions)))
    definition = functions[name]
    if definition.args.posonlyargs:
        first = definition.args.posonlyargs[0].arg
        wrong = f"takes {first!r} by its position alone, and is called by names: remove the '/'"
        raise FileError(file, f"the function {name!r} {wrong}", line=definition.lineno)
    for argument in [*definition.args.args, *definition.args.kwonlyargs]:
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        if _TRIAL.fullmatch(annotation.strip("'\"")) and argument.arg != "trial":
            wrong = f"takes an Optuna trial as {argument.arg!r}: call that parameter 'trial'"
            raise FileError(file, f"the function {name!r} {wrong}", line=definition.lineno)
    return definition


_TRIAL = re.compile(r"(optuna\.)?([a-z_]+\.)*(Base|Frozen)?Trial")


def _names_made(node: ast.AST) -> list[str]:
    """The names that a statement makes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return [target.id for target in targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    return []


def _signature(function: ast.FunctionDef) -> Iterator[tuple[str, Described]]:
    """A hyperparameter for each parameter, by its annotation and default."""
    spec = function.args
    padded = [None] * (len(spec.args) - len(spec.defaults)) + list(spec.defaults)
    for argument, default in zip(
        [*spec.args, *spec.kwonlyargs], [*padded, *spec.kw_defaults], strict=True
    ):
        value = _literal(default)
        plain = default is None or value is None or isinstance(value, bool | int | float | str)
        if argument.arg not in _GIVEN and plain:
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            yield argument.arg, _guess(annotation.strip("'\""), value)


def _guess(annotation: str, default: Any) -> Described:
    """A description by what is known of a parameter; its default is among the values."""
    if choices := re.fullmatch(r"(?:\w+\.)?Literal\[(.*)\]", annotation):
        return _listed(choices[1])
    kind = type(default).__name__ if default is not None else annotation
    if kind == "int" and annotation == "float":  # 1 for 1.0
        kind, default = "float", float(default) if default is not None else None
    match kind:
        case "bool":
            return Described({"type": "categorical", "values": [False, True]})
        case "str":
            values = [default] if isinstance(default, str) else ["NAME"]
            return Described({"type": "categorical", "values": values}, "name the others")
        case "int":
            low, high = _whole_bounds(default or 0)
            return Described(
                {"type": "integer", "low": low, "high": high}, "its bounds are guessed"
            )
    known = default if isinstance(default, float) and math.isfinite(default) else 0.0
    log = known > 0 and math.isfinite(known * 10)
    bounds = (known / 10, known * 10) if log else (min(known * 2, 0.0), 1.0)
    described = {
        "type": "float",
        "low": bounds[0],
        "high": bounds[1],
        **({"log": True} if log else {}),
    }
    return Described(described, "its bounds are guessed")


def _listed(choices: str) -> Described:
    """The values of a `Literal`, as far as a task can hold them."""
    try:
        values = list(ast.literal_eval(f"[{choices}]"))
    except (ValueError, TypeError, SyntaxError):  # members of an enumeration
        values = []
    if values and all(isinstance(value, bool | int | float | str) for value in values):
        return Described({"type": "categorical", "values": values})
    remark = f"Literal[{choices}] has values that are no texts, numbers or flags"
    return Described({"type": "categorical", "values": ["NAME"]}, remark)


def _whole_bounds(default: int) -> tuple[int, int]:
    """Bounds around a whole number."""
    if default > 0:
        return max(default // 10, 1), default * 10
    return (default * 2, -default * 2) if default else (0, 10)


def _literal(node: ast.expr | None) -> Any:
    """A constant, or None where it is none."""
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError):
        return None


def _objectives(function: ast.FunctionDef) -> dict[str, str]:
    """The names in what is returned, with the direction that they sound like."""
    for node in _own(function):
        if isinstance(node, ast.Return) and (names := _returned(node.value)):
            return {n: "maximize" if _LARGER.search(n.lower()) else "minimize" for n in names}
    return {"loss": "minimize"}


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """All that a function executes itself, and not by functions or classes in it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield node
            yield from _own(node)


def _returned(value: ast.expr | None) -> list[str]:
    """The names of several values that are returned: keys, or the variables of a tuple."""
    if isinstance(value, ast.Dict):
        keys = [_literal(key) for key in value.keys]
        return [key for key in keys if isinstance(key, str) and key not in {"cost", "test"}]
    if not isinstance(value, ast.Tuple) or len(value.elts) == 1:
        return []
    names = [each.id if isinstance(each, ast.Name) else "" for each in value.elts]
    plain = all(names) and len({*names} - {"cost", "test"}) == len(names)
    return names if plain else [f"value{number}" for number in range(len(names))]


def _lines(name: str, sketch: Sketch) -> Iterator[str]:
    """The YAML, line by line."""
    yield f"# Read from the function {sketch.target}; every line marked '# check' may be wrong."
    yield from (f"# {legible(remark)}" for remark in sketch.remarks)
    yield "benchmark: hpobench.benchmarks.function:Function"
    yield f'description: "{name}, a function of mine"  # check: one line for people'
    yield 'source: "mine"  # check'
    yield "licence: unknown  # check"
    yield "tasks:"
    yield f"  - id: {name}"
    yield f"    objectives: {json.dumps(list(sketch.objectives))}"
    if sketch.fidelity:
        yield "    fidelity: fidelity  # check"
    trials = usual_budget(len(sketch.hyperparameters)).amount
    yield f"    budget: {{trials: {trials}}}  # as without this line, ceil(20 + 40 sqrt(dimension))"
    yield "    params:"
    yield f"      function: {json.dumps(sketch.target)}"
    yield "      space:"
    for each, described in sketch.hyperparameters.items():
        remark = f"  # check: {described.remark}" if described.remark else ""
        yield f"        {_key(each)}: {_flow(described.fields)}{remark}"
    yield f"      objectives: {_flow(sketch.objectives)}  # check: the directions"
    if sketch.fidelity:
        yield "      fidelity: {name: fidelity, low: 1, high: 100}  # check: low, high, integer"


def _flow(fields: Mapping[str, Any]) -> str:
    """A mapping in one line, its keys without quotes where they are words."""
    return "{" + ", ".join(f"{_key(n)}: {_value(n, v)}" for n, v in fields.items()) + "}"


def _key(name: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_]\w*", name) and name not in {"true", "false", "null"}
    return name if plain else json.dumps(name)


def _value(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return _flow(value)
    words = {"minimize", "maximize", "float", "integer", "ordinal", "categorical", "constant"}
    plain = isinstance(value, str) and value in words and name != "values"
    return str(value) if plain else json.dumps(value, ensure_ascii=False)
