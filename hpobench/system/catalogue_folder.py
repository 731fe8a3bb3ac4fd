"""What a catalogue folder holds: modules under a name of their own, files, a digest of both."""

import ast
import builtins
import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import packages_distributions, version
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

_PRIVATE = re.compile(rf"{re.escape(PREFIX)}([0-9a-f]+)(?:\.|\b)")
_TARGET = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):[A-Za-z_]\w*")
_ENDINGS = (".py", ".so", ".abi3.so", f".{sys.implementation.cache_tag}-x86_64-linux-gnu.so")


def qualify(module: str, folder: str) -> str:
    """The name a module is imported by: in the folder's own package if the folder holds it.

    Args:
        module: As the YAML has it.
        folder: The catalogue folder of the YAML, or empty: then only installed modules are meant.
    """
    if not folder or module.partition(".")[0] == "hpobench" or not _source(folder, module):
        return module
    return f"{_package(folder)}.{module}"


def without_package(text: str) -> str:
    """A message with modules called as the YAML calls them."""
    return _PRIVATE.sub("", text)


def anchored(value: Any, folder: str, params: Mapping[str, Any] | None = None) -> Any:
    """Parameters in which what names a module or a file of the folder means that one alone.

    Args:
        value: A parameter, or all of them.
        folder: The catalogue folder of the YAML, or empty: then nothing is changed.
        params: What fills `{holes}` in names of files.
    """
    if not folder:
        return value
    params = value if params is None else params
    match value:
        case dict():
            return {key: anchored(item, folder, params) for key, item in value.items()}
        case list():
            return [anchored(item, folder, params) for item in value]
        case str() if target := _TARGET.fullmatch(value):
            return qualify(target[1], folder) + value[len(target[1]) :]
        case str() if _file(value, folder, params):
            return str(Path(folder) / value)
        case _:
            return value


def definition_digest(folder: str, target: str, params: Mapping[str, Any]) -> str:
    """What tells one state of the code and tables that a definition names from another.

    Of the folder that is the content of each module it names, of those that these import from
    the folder, and of each file it names; of another package that it names, the version.

    Returns:
        32 hexadecimal digits, or empty where all is hpobench's own.
    """
    parts: dict[str, str] = {}
    for text in dict.fromkeys((target, *_texts(params))):
        if found := _TARGET.fullmatch(text):
            modules = _modules(folder, found[1])
            parts |= modules or _versions(found[1].partition(".")[0])
        elif path := _file(text, folder, params):
            parts[_relative(path, folder)] = content(path)
    return _digest_of(parts) if parts else ""


def module_digest(module: str) -> str:
    """The digest of a qualified module of a folder and of what it imports there, or empty."""
    package = _PRIVATE.match(module)
    if not package:
        return ""
    return _digest_of(_modules(_folder(package), module[package.end() :]))


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
        path = _source(folder, name)
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


def content(path: Path) -> str:
    """A digest of a file's bytes, read again only if the file was written since."""
    stat = path.stat()
    return _content(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=1024)
def _content(path: Path, *_: int) -> str:
    found = blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _digest_of(parts: Mapping[str, str]) -> str:
    """One digest of some, by name."""
    lines = "".join(f"{name}\0{parts[name]}\n" for name in sorted(parts))
    return blake2b(lines.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _texts(value: Any) -> Iterator[str]:
    """All texts in parameters."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)


def _file(name: str, folder: str, params: Mapping[str, Any]) -> Path | None:
    """The file of the folder that a text names once its `{holes}` are filled, if it is there."""
    for hole, value in params.items():
        name = name.replace(f"{{{hole}}}", str(value))
    if not Path(name).suffix or "\0" in name or len(name) > 1000:  # noqa: PLR2004
        return None  # a word that happens to be a file's name is a word
    path = Path(folder) / name
    try:
        return path if path.is_file() else None
    except OSError:
        return None


def _source(folder: str, module: str) -> Path | None:
    """The file of a module in the folder, or the folder of a package, if it is there."""
    stem = Path(folder).joinpath(*module.split("."))
    files = [stem / "__init__.py", *(stem.with_name(stem.name + end) for end in _ENDINGS)]
    return next((path for path in files if path.is_file()), None)


def _modules(folder: str, module: str) -> dict[str, str]:
    """By place in the folder the digests of a module and of all that it imports from there."""
    parts: dict[str, str] = {}
    left = [module]
    seen: set[str] = set()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        left += [name.rpartition(".")[0]] if "." in name else []
        path = _source(folder, name) if folder else None
        if path:
            parts[_relative(path, folder)] = content(path)
            left += _imports(path, name)
    return parts


def _relative(path: Path, folder: str) -> str:
    """A file's place in the folder; another's name is its path."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _imports(path: Path, module: str) -> Iterator[str]:
    """The names of modules that a module may import, wherever in it the statement stands."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # an extension module, or none that will run
        return
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node.module or "", node.level, package)
            yield base
            yield from (f"{base}.{alias.name}".lstrip(".") for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.lstrip(".")  # perhaps for `import_module`
            if all(map(str.isidentifier, name.split("."))):
                yield _absolute(name, len(node.value) - len(name), package)


def _absolute(module: str, level: int, package: str) -> str:
    """The name of a module that is given with so many dots before it, seen from a package."""
    above = package.split(".")[: len(package.split(".")) - max(level - 1, 0)] if level else []
    return ".".join(filter(None, [*above, module]))


@cache
def _versions(package: str) -> dict[str, str]:
    """The versions of the distributions that an installed package belongs to."""
    if package == "hpobench" or package in sys.stdlib_module_names:
        return {}
    return {name: version(name) for name in packages_distributions().get(package, ())}


def _package(folder: str) -> str:
    """The name of the package that stands for a folder."""
    return PREFIX + os.fsencode(folder).hex()


def _folder(package: re.Match[str]) -> str:
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
        package = _PRIVATE.match(fullname)
        if not package:
            return None
        if package.end() == len(fullname):
            spec = ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [_folder(package)]
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
        if package := _PRIVATE.match(module.__name__):
            module.__dict__["__builtins__"] = {
                **vars(builtins),
                "__import__": _importer(package[0].rstrip("."), _folder(package)),
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
    return _source(folder, module) is not None or place.is_dir()


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
