"""Modules of a catalogue folder, imported under names of their own that no library can have."""

import ast
import builtins
import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

PREFIX = f"{__name__}._"
"""The package of each folder is called so, and then the folder's path in hexadecimal digits.

Any process that can import this module can so import those of folders: the workers that a user's
function starts, too, which are given functions and classes by name.
"""
__path__: list[str] = []
"""That there are modules below this one; `_Finder` finds them."""
PRIVATE = re.compile(rf"{re.escape(PREFIX)}([0-9a-f]+)(?:\.|\b)")
"""The name of a folder's package, at the beginning of a module's name or anywhere in a text."""
_ENDINGS = (".py", ".so", ".abi3.so", f".{sys.implementation.cache_tag}-x86_64-linux-gnu.so")


def qualify(module: str, folder: str) -> str:
    """The name a module is imported by: in the folder's own package if the folder holds it.

    Args:
        module: As the YAML has it.
        folder: The catalogue folder of the YAML, or empty: then only installed modules are meant.
    """
    if not folder or module.partition(".")[0] == "hpobench" or not source_of(folder, module):
        return module
    return f"{_package(folder)}.{module}"


def without_package(text: str) -> str:
    """A message with modules called as the YAML calls them."""
    return PRIVATE.sub("", text)


def absent_module(folder: str, module: str) -> str:
    """The first module that is nowhere of those by whose import a module begins; or empty.

    Only looks, and only as far as nothing but imports and definitions can have been executed:
    what comes later may depend on anything.

    Args:
        folder: The catalogue folder of the YAML that names the module.
        module: As the YAML has it; of an installed one only the package is looked for.
    """
    left, seen = [module], set()
    while left:
        name = left.pop(0)
        path = source_of(folder, name)
        if path and name not in seen:
            left += _first_imports(path)
        elif not path and not (_source_of_any(folder, name.partition(".")[0]) or _known(name)):
            return name.partition(".")[0]
        seen.add(name)
    return ""


def _known(module: str) -> bool:
    """Whether a module's package can be imported without a folder."""
    return _is_installed(module.partition(".")[0])


def _first_imports(path: Path) -> Iterator[str]:
    """The modules that a file imports by name before it does anything else."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module] if node.module and not node.level else []
        elif not _is_definition(node):
            return


def _is_definition(node: ast.stmt) -> bool:
    """Whether a statement only gives something a name, or says something to a reader."""
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.FunctionDef | ast.ClassDef)


def source_of(folder: str, module: str) -> Path | None:
    """The file of a module in the folder, or the folder of a package, if it is there."""
    stem = Path(folder).joinpath(*module.split("."))
    files = [stem / "__init__.py", *(stem.with_name(stem.name + end) for end in _ENDINGS)]
    return next((path for path in files if path.is_file()), None)


def _package(folder: str) -> str:
    """The name of the package that stands for a folder."""
    return PREFIX + os.fsencode(folder).hex()


def folder_of(package: re.Match[str]) -> str:
    """The folder that a package stands for."""
    return os.fsdecode(bytes.fromhex(package[1]))


class _Finder(MetaPathFinder):
    """Finds the modules of folders, and nothing else."""

    def find_spec(
        self,
        fullname: str,
        path: Any = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The module's spec, with a loader that lets it import its neighbours."""
        package = PRIVATE.match(fullname)
        if not package:
            return None
        if package.end() == len(fullname):
            spec = ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [folder_of(package)]
            return spec
        found = PathFinder.find_spec(fullname, path, target)
        if found and isinstance(found.loader, SourceFileLoader):
            found.loader = _Loader(fullname, found.loader.path)
        return found


class _Loader(SourceFileLoader):
    """Loads a module of a folder, which imports by name what the folder alone holds."""

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """Refuse, so that no bytecode is kept: it is told from older one by whole seconds."""
        raise OSError(path)

    def exec_module(self, module: ModuleType) -> None:
        """Execute it with an `import` of its own; no other module's is touched."""
        if package := PRIVATE.match(module.__name__):
            module.__dict__["__builtins__"] = {
                **vars(builtins),
                "__import__": _importer(package[0].rstrip("."), folder_of(package)),
            }
        super().exec_module(module)


def _importer(package: str, folder: str) -> Any:
    """An `__import__` by which libraries come first, then the folder, and no other place."""

    def is_own(name: str, importer: str) -> bool:
        """Whether the folder holds it, and no library does or the importer is of its package."""
        if not name or not _source_of_any(folder, name):
            return False
        top = name.partition(".")[0]
        inside = f"{importer}.".startswith(f"{package}.{top}.") and (Path(folder) / top).is_dir()
        return inside or not _is_installed(name)

    def import_by_name(name: str, anchor: str | None = None) -> ModuleType:
        return import_module(f"{package}.{name}" if is_own(name, "") else name, anchor)

    by_name = _Importlib(import_by_name)

    def import_(
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 (the names are Python's)
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Iterable[str] | None = (),
        level: int = 0,
    ) -> Any:
        if level or not is_own(name, (globals or {}).get("__name__", "")):
            found = builtins.__import__(name, globals, locals, tuple(fromlist or ()), level)
            return by_name if found is importlib else found
        inner = f"{package}.{name}"
        if fromlist:
            return builtins.__import__(inner, globals, locals, tuple(fromlist), 0)
        import_module(inner)
        return sys.modules[f"{package}.{name.partition('.')[0]}"]

    return import_


class _Importlib(ModuleType):
    """The library's `importlib`, with the `import_module` of a folder's modules."""

    def __init__(self, import_by_name: Callable[..., ModuleType]) -> None:
        super().__init__("importlib", importlib.__doc__)
        self.import_module = import_by_name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib, name)


def _source_of_any(folder: str, module: str) -> bool:
    """Whether the folder holds a module or a package, with or without an `__init__`."""
    place = Path(folder).joinpath(*module.split("."))
    return source_of(folder, module) is not None or place.is_dir()


def _is_installed(module: str) -> bool:
    """Whether a module can be imported without the folder.

    Of a package whose name an installed one has too, such as `tests`, what the latter lacks cannot.
    """
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
    except ValueError:  # a module that was put together by hand has no spec
        return module in sys.modules


sys.meta_path.insert(0, _Finder())
