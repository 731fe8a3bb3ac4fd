"""The space that a function says of itself: by its annotations, or by what it asks a trial for."""

import ast
from collections.abc import Callable
from inspect import get_annotations, getsource
from textwrap import dedent
from typing import Any

from hpobench.api.definitions import name_of
from hpobench.benchmarks.suggested_space import suggested_space
from hpobench.errors import UserError

TRIAL = "trial"
"""The parameter of a function that is written for Optuna."""


def space_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The space of a function that is given none.

    It is in the annotations of its parameters (`x: (-5.0, 5.0)`), or, if it has a parameter
    `trial`, in the calls such as `trial.suggest_float("x", -5, 5)` of its source.

    Raises:
        UserError: It says of no space, or what it suggests cannot be read without running it.
    """
    name = name_of(function)
    code = getattr(function, "__code__", None)
    if code and TRIAL in code.co_varnames[: code.co_argcount]:
        return _suggested(function, name)
    notes = get_annotations(function, eval_str=True) if code else {}
    space = {n: v for n, v in notes.items() if n != "return" and not isinstance(v, type)}
    if not space:
        raise UserError(
            f'which space has {name}? Say as_task({name}, {{"x": (-5.0, 5.0)}}), or annotate its '
            "parameters so"
        )
    return space


def _suggested(function: Any, name: str) -> dict[str, Any]:
    """What a function written for Optuna asks for, as far as its source says it for certain."""
    try:
        tree = ast.parse(dedent(getsource(function)))
    except (OSError, TypeError, SyntaxError) as error:
        raise UserError(f"which space has {name}? Its source cannot be read: {error}") from None
    node = next((each for each in tree.body if isinstance(each, ast.FunctionDef)), None)
    if node is None:
        raise UserError(f"which space has {name}? Give it one, or define it by 'def'")
    constants = ast.parse("\n".join(_constants(function)))
    found, remarks = suggested_space(constants, node)
    remarks += [each.remark for each in found.values() if each.remark]
    if remarks or not found:
        reasons = "; ".join(remarks) or "it asks for nothing"
        raise UserError(f"the space of {name} cannot be read off its trial.suggest_: {reasons}")
    return {key: each.fields for key, each in found.items()}


def _constants(function: Any) -> list[str]:
    """The plain values that it uses of its session, as statements."""
    used = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    plain = (bool, int, float, str, list, tuple)
    return [f"{name} = {value!r}" for name, value in used.items() if isinstance(value, plain)]
