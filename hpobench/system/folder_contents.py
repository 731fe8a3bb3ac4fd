"""Which modules and files of a catalogue folder a definition names, and a digest of them."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from hpobench.system.catalogue_folder import PRIVATE, folder_of, qualify, source_of

_TARGET = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):[A-Za-z_]\w*")


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
    parts = _contents(named_files(folder, target, params))
    for module in _named_modules(target, params):
        if not _modules(folder, module):
            parts |= _versions(module.partition(".")[0])
    return _digest_of(parts) if parts else ""


def named_files(folder: str, target: str, params: Mapping[str, Any]) -> dict[str, Path]:
    """By place in the folder the files of it that a definition names, see `definition_digest`."""
    files: dict[str, Path] = {}
    for module in _named_modules(target, params):
        files |= _modules(folder, module)
    for text in _texts(params):
        if not _TARGET.fullmatch(text) and (path := _file(text, folder, params)):
            files[_relative(path, folder)] = path
    return files


def _named_modules(target: str, params: Mapping[str, Any]) -> list[str]:
    """The modules of all `module:name` in a definition."""
    texts = dict.fromkeys((target, *_texts(params)))
    return [found[1] for text in texts if (found := _TARGET.fullmatch(text))]


def _contents(files: Mapping[str, Path]) -> dict[str, str]:
    """By place the digests of files."""
    return {place: content(path) for place, path in files.items()}


def module_digest(module: str) -> str:
    """The digest of a qualified module of a folder and of what it imports there, or empty."""
    package = PRIVATE.match(module)
    if not package:
        return ""
    return _digest_of(_contents(_modules(folder_of(package), module[package.end() :])))


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


def _modules(folder: str, module: str) -> dict[str, Path]:
    """By place in the folder the files of a module and of all that it imports from there."""
    files: dict[str, Path] = {}
    left = [module]
    seen: set[str] = set()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        left += [name.rpartition(".")[0]] if "." in name else []
        path = source_of(folder, name) if folder else None
        if path:
            files[_relative(path, folder)] = path
            left += _imports(path, name)
    return files


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
