"""Resolve the `module:Class` that YAML names, in whichever process needs it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from hpobench.errors import AbsentError, UserError
from hpobench.system.addresses import address_of
from hpobench.system.catalogue_folder import qualify, without_package


def load(target: str, folder: str = "") -> Any:
    """Resolve `module:Class`.

    Args:
        target: As the YAML has it.
        folder: The catalogue folder of the YAML, which is searched first; empty is none.

    Raises:
        AbsentError: The module does not exist, or needs a library that is missing.
        UserError: The module has no such class.
    """
    module, _, name = target.partition(":")
    try:
        return getattr(import_module(qualify(address_of(module), folder)), name)
    except ModuleNotFoundError as error:
        missing = without_package(error.name or "")
        raise AbsentError(f"{target} needs the module {missing!r}, which is missing") from error
    except AttributeError:
        raise UserError(f"the module {module!r} has no {name!r}") from None


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
