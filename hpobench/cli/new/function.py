"""`hpobench new task --function`: write a task's YAML from a function's source."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpobench.cli.new.suggestions import Described, suggested_space
from hpobench.errors import FileError, UnknownNameError, UserError

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
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise FileError(file, f"is not Python: {error}") from None
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    if name not in functions:
        raise FileError(file, str(UnknownNameError("function", name, functions)))
    found = functions[name]
    arguments = [*found.args.posonlyargs, *found.args.args, *found.args.kwonlyargs]
    target = f"{'.'.join(module.relative_to(folder).parts)}:{name}"
    sketch = Sketch(target, {}, _objectives(found))
    sketch.fidelity = any(argument.arg == "fidelity" for argument in arguments)
    if any(argument.arg == "trial" for argument in arguments):
        sketch.hyperparameters, sketch.remarks = suggested_space(tree, found)
    else:
        sketch.hyperparameters = dict(_signature(found))
    return sketch


def _signature(function: ast.FunctionDef) -> Iterator[tuple[str, Described]]:
    """A hyperparameter for each parameter, by its annotation and default."""
    spec = function.args
    places = [*spec.posonlyargs, *spec.args]
    padded = [None] * (len(places) - len(spec.defaults)) + list(spec.defaults)
    for argument, default in zip(
        [*places, *spec.kwonlyargs], [*padded, *spec.kw_defaults], strict=True
    ):
        if argument.arg not in _GIVEN:
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            yield argument.arg, _guess(annotation, _literal(default))


def _guess(annotation: str, default: Any) -> Described:
    """A description by what is known of a parameter."""
    if choices := re.fullmatch(r"(?:typing\.)?Literal\[(.*)\]", annotation):
        values = list(ast.literal_eval(f"[{choices[1]}]"))
        return Described({"type": "categorical", "values": values})
    kind = type(default).__name__ if default is not None else annotation
    match kind:
        case "bool":
            return Described({"type": "categorical", "values": [False, True]})
        case "str":
            values = [default] if isinstance(default, str) else ["NAME"]
            return Described({"type": "categorical", "values": values}, "name the others")
        case "int":
            low, high = (max(default // 10, 1), default * 10) if (default or 0) > 0 else (0, 10)
            return Described(
                {"type": "integer", "low": low, "high": high}, "its bounds are guessed"
            )
    log = isinstance(default, float) and default > 0
    bounds = (default / 10, default * 10) if log else (0.0, 1.0)
    described = {
        "type": "float",
        "low": bounds[0],
        "high": bounds[1],
        **({"log": True} if log else {}),
    }
    return Described(described, "its bounds are guessed")


def _literal(node: ast.expr | None) -> Any:
    """A constant, or None where it is none."""
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError):
        return None


def _objectives(function: ast.FunctionDef) -> dict[str, str]:
    """The names in what is returned, with the direction that they sound like."""
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            keys = [_literal(key) for key in node.value.keys]
            names = [key for key in keys if isinstance(key, str) and key not in {"cost", "test"}]
            if names:
                return {n: "maximize" if _LARGER.search(n.lower()) else "minimize" for n in names}
    return {"loss": "minimize"}


def _lines(name: str, sketch: Sketch) -> Iterator[str]:
    """The YAML, line by line."""
    yield f"# Read from the function {sketch.target}; every line marked '# check' may be wrong."
    yield from (f"# {remark}" for remark in sketch.remarks)
    yield "benchmark: hpobench.benchmarks.function:Function"
    yield f'description: "{name}, a function of mine"  # check: one line for people'
    yield 'source: "mine"  # check'
    yield "licence: unknown  # check"
    yield "tasks:"
    yield f"  - id: {name}"
    yield f"    objectives: {json.dumps(list(sketch.objectives))}"
    if sketch.fidelity:
        yield "    fidelity: fidelity  # check"
    trials = -(-(20 + 40 * len(sketch.hyperparameters) ** 0.5) // 1)
    yield f"    budget: {{trials: {trials:.0f}}}  # 20 + 40 * sqrt(hyperparameters)"
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
