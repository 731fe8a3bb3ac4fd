"""Resolve the `module:Class` that YAML names, in whichever process needs it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
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
