"""What tells one state of a session's class or function from another: its source."""

import ast
import linecache
import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping
from dis import get_instructions
from functools import partial
from hashlib import blake2b
from importlib.util import find_spec
from inspect import getsource, unwrap
from pathlib import Path
from sysconfig import get_paths
from textwrap import dedent
from types import (
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from hpobench.system.folder_contents import definition_digest

PRIMITIVES = (type(None), bool, int, float, complex, str, bytes)


def source_digest(definition: Any) -> str:
    """A digest of a class's or function's source and of all of the user's that it refers to.

    That is the source of the functions and classes of the session which it names, the values of
    variables, defaults and attributes, and the content of the user's modules that it imports; of
    installed packages nothing. A comment counts; where no source is kept, as of what `python -c`
    executes, the compiled code stands for it.

    Args:
        definition: A class or function that no module holds.

    Returns:
        32 hexadecimal digits, the same in each session that executed the same source.
    """
    walk = _Walk()
    walk.visit(definition)
    return blake2b("\0".join(walk.found).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def user_modules(definition: Any) -> dict[str, str]:
    """The files of the user's own modules that a class or function refers to, by name."""
    walk = _Walk()
    walk.visit(definition)
    return walk.modules


def module_of(definition: Any) -> ModuleType | None:
    """The module that holds a class or function, if another process can find it there."""
    module = sys.modules.get(getattr(definition, "__module__", None) or "")
    if module is None or module.__name__ == "__main__" or not getattr(module, "__file__", None):
        return None
    held = getattr(module, getattr(definition, "__qualname__", ""), None)
    return module if held is definition else None


def user_file(name: str) -> str:
    """The file of a module of the user's, or empty if it is installed or Python's own."""
    if name.partition(".")[0] in {*sys.stdlib_module_names, "hpobench", "__main__"}:
        return ""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None) if module else _found(name)
    if not file:
        return ""
    places = {get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    path = Path(file).resolve()
    installed = {"site-packages", "dist-packages"}.intersection(path.parts)
    if installed or any(path.is_relative_to(Path(place).resolve()) for place in places):
        return ""
    return str(Path(file).absolute())


def _found(name: str) -> str | None:
    """The file of a module that has not been imported yet."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    return spec.origin if spec and spec.has_location else None


def root_of(name: str, file: str) -> str:
    """The folder that a module's whole name is looked up in."""
    path = Path(file)
    return str(path.parents[name.count(".") + (path.stem == "__init__")])


class _Walk:
    """Goes through all that a definition refers to, each thing once.

    Attributes:
        found: Texts that stand for what was met, in the order of meeting.
        modules: The files of the user's modules among it, by name.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self.modules: dict[str, str] = {}
        self._seen: dict[int, Any] = {}

    def visit(self, thing: Any) -> None:
        """Note a thing and what it refers to."""
        if isinstance(thing, PRIMITIVES):
            self.found.append(repr(thing))
        elif id(thing) in self._seen:
            self.found.append(f"again {list(self._seen).index(id(thing))}")
        else:
            self._seen[id(thing)] = thing
            self._visit_new(thing)

    def _visit_new(self, thing: Any) -> None:
        if isinstance(thing, ModuleType):
            self._visit_module(thing.__name__)
        elif isinstance(thing, type | FunctionType) and (module := module_of(thing)):
            self.found.append(f"{thing.__module__}:{thing.__qualname__}")
            self._visit_module(module.__name__)
        elif isinstance(thing, FunctionType):
            self._visit_function(thing)
        elif isinstance(thing, type):
            self._visit_class(thing)
        else:
            self._visit_value(thing)

    def _visit_module(self, name: str) -> None:
        self.found.append(name)
        if name not in self.modules and (file := user_file(name)):
            self.modules[name] = file
            self.found.append(definition_digest(root_of(name, file), f"{name}:_", {}))

    def _visit_function(self, function: FunctionType) -> None:
        self.found.append(_source_of_function(function))
        self.visit(function.__defaults__)
        self.visit(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            self.visit(_content(cell))
        for name in dict.fromkeys(_names(function.__code__, "LOAD_GLOBAL", "LOAD_NAME")):
            if name in function.__globals__:
                self.found.append(name)
                self.visit(function.__globals__[name])
        for name in dict.fromkeys(_names(function.__code__, "IMPORT_NAME")):
            self._visit_module(name)
        if hasattr(function, "__wrapped__"):
            self.visit(unwrap(function))

    def _visit_class(self, cls: type) -> None:
        self.found.append(_source_of_class(cls))
        for base in cls.__bases__:
            self.visit(base)
        for name, member in vars(cls).items():
            for function in _functions(member):
                self.visit(function)
            if _is_data(name, member):
                self.found.append(name)
                self.visit(member)

    def _visit_value(self, value: Any) -> None:
        self.found.append(type(value).__qualname__)
        parts = _parts(value)
        if parts is None:
            self._visit_object(value)
        for part in parts or ():
            self.visit(part)

    def _visit_object(self, value: Any) -> None:
        """Some object: as it pickles where its class is another's, else by what it is made of."""
        try:
            if module_of(type(value)) or type(value).__module__ == "builtins":
                self.found.append(blake2b(pickle.dumps(value, protocol=5)).hexdigest())
                return
        except Exception:  # noqa: BLE001, S110 (it may hold what cannot be found by name)
            pass
        try:
            _, *made_of = value.__reduce_ex__(4)
        except Exception as error:  # noqa: BLE001 (whatever it is; the transport will tell)
            made_of = [type(error).__name__]
        self.visit(type(value))
        for part in made_of:
            self.visit(list(part) if isinstance(part, Iterator) else part)


def _is_data(name: str, member: Any) -> bool:
    """Whether a member of a class is a value, and not the language's business."""
    if (name.startswith("__") and name.endswith("__")) or name == "_abc_impl":
        return False
    descriptor = isinstance(member, MemberDescriptorType | GetSetDescriptorType)
    return not descriptor and not any(_functions(member))


def _parts(value: Any) -> Iterable[Any] | None:
    """What a container holds, in a fixed order; None of what is no container."""
    match value:
        case Mapping():
            return [part for pair in value.items() for part in pair]
        case list() | tuple():
            return value
        case set() | frozenset():
            return sorted(value, key=repr)
        case partial():
            return [value.func, value.args, value.keywords]
        case MethodType():
            return [value.__func__, value.__self__]
        case _:
            return None


def _functions(member: Any) -> Iterator[FunctionType]:
    """The functions that a member of a class consists of."""
    parts = [getattr(member, name, None) for name in ("__func__", "fget", "fset", "fdel", "func")]
    yield from (part for part in [member, *parts] if isinstance(part, FunctionType))


def _content(cell: Any) -> Any:
    """What a variable of an enclosing function holds; None as long as it holds nothing."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _names(code: CodeType, *steps: str) -> Iterator[str]:
    """The names that some steps of code are about, those of the functions in it included."""
    for step in get_instructions(code):
        if step.opname in steps and step.argval:
            yield step.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant, *steps)


def _source_of_function(function: FunctionType) -> str:
    """Its lines, or its compiled code where they are not kept."""
    try:
        return dedent(getsource(function))
    except (OSError, TypeError):
        return _compiled(function.__code__)


def _source_of_class(cls: type) -> str:
    """Its lines, found by those of its methods; those alone where they are not kept.

    A class does not know its file before Python 3.13 if its module has none, as a notebook's.
    """
    for function in (each for member in vars(cls).values() for each in _functions(member)):
        code = function.__code__
        lines = linecache.getlines(code.co_filename, function.__globals__)
        if node := _enclosing("".join(lines), cls.__name__, code.co_firstlineno):
            return dedent("".join(lines[node.lineno - 1 : node.end_lineno]))
    return cls.__qualname__


def _enclosing(text: str, name: str, line: int) -> ast.ClassDef | None:
    """The innermost class of a name that a line lies in."""
    try:
        nodes = ast.walk(ast.parse(text))
    except (SyntaxError, ValueError):  # a notebook's `%magic`, which its lines still hold
        return None
    around = (
        node
        for node in nodes
        if isinstance(node, ast.ClassDef)
        and node.name == name
        and node.lineno <= line <= (node.end_lineno or 0)
    )
    return max(around, key=lambda node: node.lineno, default=None)


def _compiled(code: CodeType) -> str:
    """Compiled code as text, without where it stood."""
    constants = [
        _compiled(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts
    ]
    return repr((code.co_code, code.co_names, code.co_varnames, constants))
