"""Resolve the `module:Class` that YAML names, in whichever process needs it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from types import ModuleType
from typing import Any

from hpobench.errors import AbsentError, UserError, describe_error
from hpobench.system.addresses import address_of
from hpobench.system.catalogue_folder import qualify, without_package
from hpobench.system.process import is_interrupt


def load(target: str, folder: str = "") -> Any:
    """Resolve `module:Class`.

    Args:
        target: As the YAML has it.
        folder: The catalogue folder of the YAML, which is searched first; empty is none.

    Raises:
        AbsentError: The module does not exist, or needs a library that is missing.
        UserError: The module has no such class, or cannot be imported.
    """
    module, _, name = target.partition(":")
    found = imported(qualify(address_of(module), folder), target)
    try:
        return getattr(found, name)
    except AttributeError:
        raise UserError(f"the module {module!r} has no {name!r}") from None


def imported(module: str, target: str) -> ModuleType:
    """Import a module, whatever somebody's code does while it is imported.

    Args:
        module: Its qualified name.
        target: What it is imported for, as the YAML has it.

    Raises:
        AbsentError: The module, another that it needs, or a file that it reads does not exist.
        UserError: It raises anything else, `SystemExit` too.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = without_package(error.name or "")
        raise AbsentError(f"{target} needs the module {missing!r}, which is missing") from error
    except BaseException as error:
        if isinstance(error, UserError) or is_interrupt(error):
            raise
        kind = AbsentError if isinstance(error, FileNotFoundError) else UserError
        reason = without_package(describe_error(error))
        raise kind(f"{target} cannot be imported: {reason}") from error


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Let imports of modules fail, for a library that can do without them."""
    there = {module: sys.modules[module] for module in modules if module in sys.modules}
    sys.modules.update(dict.fromkeys(modules))  # type: ignore[arg-type]  # None is "not there"
    try:
        yield
    finally:
        for module in modules:
            del sys.modules[module]
        sys.modules.update(there)


def import_from_session(name: str, folder: str) -> ModuleType:
    """Import a module of the user's as the session did; libraries come first.

    An installed package that has the name of the user's, such as `tests`, and lacks the module
    gives way.

    Args:
        name: The module's whole name.
        folder: Where its first part lies.

    Raises:
        ImportError: It is not there, or fails.
    """
    if folder not in sys.path:
        sys.path.append(folder)
    top = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        spec = PathFinder.find_spec(top, [folder])
        if spec is None or spec.loader is None or not f"{name}.".startswith(f"{error.name}."):
            raise
    for other in [other for other in sys.modules if f"{other}.".startswith(f"{top}.")]:
        del sys.modules[other]
    sys.modules[top] = package = module_from_spec(spec)
    spec.loader.exec_module(package)
    return import_module(name)
