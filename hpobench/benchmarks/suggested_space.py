"""The hyperparameters that an objective written for Optuna asks its trial for."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_STEPS = 1000
"""A range in steps is written as an ordinal up to so many values."""

Active = Mapping[str, tuple[Any, ...]]
"""By parent the values with which a line of the source is reached."""


@dataclass(slots=True)
class Described:
    """A hyperparameter as a task describes it.

    Attributes:
        fields: As `described_space` takes them.
        remark: What a person is to check, or empty.
    """

    fields: dict[str, Any]
    remark: str = ""


def suggested_space(
    module: ast.Module, function: ast.FunctionDef
) -> tuple[dict[str, Described], list[str]]:
    """The hyperparameters in their order, with conditions where branches compare a choice.

    Args:
        module: In which constants are looked up.
        function: Asks an argument `trial`.

    Returns:
        The descriptions by name, and in words what could not be read.
    """
    reader = _Reader(module)
    reader.block(function.body, {})
    return reader.found, reader.remarks


class _Reader:
    """Goes through the statements of a function, knowing what its branches depend on."""

    def __init__(self, module: ast.Module) -> None:
        self.found: dict[str, Described] = {}
        self.remarks: list[str] = []
        self._variables: dict[str, str] = {}
        self._constants = {
            target.id: node.value
            for node in module.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def block(self, statements: Iterable[ast.stmt], active: Active) -> None:
        """Statements that are reached with these values."""
        for statement in statements:
            if isinstance(statement, ast.If):
                self._branch(statement, active)
                continue
            self._calls(statement, active)
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
                self._remember(statement)
            for name in ("body", "orelse", "finalbody"):
                self.block(getattr(statement, name, []), active)
            for name in ("handlers", "cases"):
                for part in getattr(statement, name, []):
                    self.block(part.body, active)

    def _branch(self, statement: ast.If, active: Active) -> None:
        """Both sides of a comparison with a value that was suggested."""
        self._expression(statement.test, active)
        parent, values = self._compared(statement.test)
        known = self.found[parent].fields.get("values") if parent else None
        if not parent or not known:
            self.block(statement.body, active)
            self.block(statement.orelse, active)
            return
        reached = active.get(parent, tuple(known))
        self.block(statement.body, {**active, parent: tuple(v for v in reached if v in values)})
        others = tuple(v for v in reached if v not in values)
        self.block(statement.orelse, {**active, parent: others})

    def _compared(self, test: ast.expr) -> tuple[str, list[Any]]:
        """The hyperparameter and the values that a test compares; empty if it is another test."""
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return "", []
        left, operator, right = test.left, test.ops[0], test.comparators[0]
        if isinstance(operator, ast.Eq | ast.NotEq) and not self._named(left):
            left, right = right, left  # "svm" == kind
        name, value = self._named(left), self._constant(right)
        if isinstance(operator, ast.Eq | ast.NotEq):
            value = [value]
        if not name or not isinstance(value, list | tuple | set):
            return "", []
        chosen = [_choice(each) for each in value]
        if isinstance(operator, ast.Eq | ast.In):
            return name, chosen
        if isinstance(operator, ast.NotEq | ast.NotIn):
            known = self.found[name].fields.get("values", [])
            return name, [each for each in known if each not in chosen]
        return "", []

    def _named(self, node: ast.expr) -> str:
        """The hyperparameter whose value an expression is; empty if it is none."""
        if isinstance(node, ast.NamedExpr):
            node = node.value
        if isinstance(node, ast.Name):
            return self._variables.get(node.id, "")
        name = self._constant(node.args[0]) if isinstance(node, ast.Call) and node.args else None
        return name if isinstance(name, str) and name in self.found else ""

    def _remember(self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        """Which variable holds which hyperparameter; none, once it is assigned anything else."""
        simple, value = not isinstance(statement, ast.AugAssign), statement.value
        named = self._named(value) if simple and value else ""
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    self._variables[node.id] = named if node is target else ""

    def _calls(self, statement: ast.stmt, active: Active) -> None:
        """The suggestions in a statement, but for the statements in it."""
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr | ast.withitem):
                self._expression(child, active)

    def _expression(self, expression: ast.AST, active: Active) -> None:
        """The suggestions in an expression."""
        for node in ast.walk(expression):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                kind = node.func.attr
                if kind.startswith("suggest_"):
                    self._suggestion(kind, node, active)

    def _suggestion(self, kind: str, call: ast.Call, active: Active) -> None:
        """One call of a `suggest_`."""
        order = (
            ("name", "choices") if kind == "suggest_categorical" else ("name", "low", "high", "q")
        )
        given = dict(zip(order, call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords if each.arg}
        values = {field: self._constant(node) for field, node in given.items()}
        name = values.get("name")
        if not isinstance(name, str):
            self.remarks.append(
                f"check: line {call.lineno} asks for a name that is no constant; add its "
                "hyperparameters to 'space' by hand"
            )
            return
        made = _described(kind, values)
        made.remark += f"line {call.lineno} has no constants" if made.remark else ""
        conditions = {p: list(v) if len(v) > 1 else v[0] for p, v in active.items() if v}
        if name not in self.found:
            self.found[name] = made
            if conditions:
                made.fields["if"] = conditions
        else:
            _widen(self.found[name].fields, conditions)

    def _constant(self, node: ast.expr) -> Any:
        """The value of a constant expression; None where it is none."""
        if isinstance(node, ast.Name):
            node = self._constants.get(node.id, node)
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            return _power(node)


def _power(node: ast.expr) -> float | None:
    """The value of `10 ** -3` and the like."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        try:
            base, exponent = ast.literal_eval(node.left), ast.literal_eval(node.right)
            return float(float(base) ** float(exponent))
        except (ValueError, TypeError, SyntaxError, ArithmeticError):
            return None
    return None


def _described(kind: str, values: Mapping[str, Any]) -> Described:
    """A suggestion as a description; bounds that are no constants are to be written."""
    if kind == "suggest_categorical":
        choices = values.get("choices")
        if isinstance(choices, list | tuple) and choices:
            listed = list(dict.fromkeys(map(_choice, choices)))
            return Described({"type": "categorical", "values": listed})
        return Described({"type": "categorical", "values": ["NAME"]}, "its values: ")
    low, high = values.get("low"), values.get("high")
    whole = kind == "suggest_int"
    kind_name = "integer" if whole else "float"
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return Described({"type": kind_name, "low": 0, "high": 1}, "its bounds: ")
    if low == high:
        return Described({"type": "constant", "values": [low]})
    step = values.get("step") or values.get("q")
    if step and not (whole and step == 1) and (high - low) / step <= MOST_STEPS:
        count = int((high - low) / step + 1e-9) + 1
        steps = [low + number * step for number in range(count)]
        return Described(
            {"type": "ordinal", "values": [s if whole else float(f"{s:.12g}") for s in steps]}
        )
    log = {"log": True} if values.get("log") or kind == "suggest_loguniform" else {}
    return Described({"type": kind_name, "low": low, "high": high, **log})


def _choice(value: Any) -> Any:
    """A choice as a task can hold it: what is no text, number or flag is written as a text."""
    return value if isinstance(value, bool | int | float | str) else str(value)


def _widen(fields: dict[str, Any], conditions: Mapping[str, Any]) -> None:
    """Let a hyperparameter that is asked for in two places be active in either."""
    earlier = fields.pop("if", {})
    if earlier.keys() == conditions.keys() and len(earlier) == 1:
        ((parent, values),) = earlier.items()
        lists = [v if isinstance(v, list) else [v] for v in (values, conditions[parent])]
        fields["if"] = {parent: list(dict.fromkeys([*lists[0], *lists[1]]))}
