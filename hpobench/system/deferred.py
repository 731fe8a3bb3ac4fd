"""Put off an import that takes longer than a short run, and is seldom needed in the end.

ConfigSpace names functions of `scipy.stats` for hyperparameters with normal and beta priors and
for drawing integers on a logarithmic scale; it keeps the distributions that these return. Importing
it takes most of the start of a process.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType
from typing import Any


@contextmanager
def deferred(*modules: str) -> Iterator[None]:
    """Names imported from these modules inside are looked up in the real ones when used.

    What a call of one returns is made when one of its attributes is asked for, so it must be an
    object that is used by its attributes, as distributions are, and not a number.

    A module that is there already is left alone, and none of the stand-ins stays behind:
    what imports these modules later gets the real ones.
    """
    absent = {name: _StandIn(name) for name in modules if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def import_configspace() -> None:
    """Import ConfigSpace without the parts of scipy that a run seldom needs."""
    with deferred("scipy.stats", "scipy.stats._distn_infrastructure"):
        import_module("ConfigSpace")


def load_when_used(*names: str) -> None:
    """Have modules of packages be there, and load each as soon as anything in it is asked for.

    scipy.special names all that numpy has, even what translates Fortran and what tests use; to load
    these takes a fiftieth of the analysis of a few runs, which uses neither.

    Args:
        names: Names of modules; those that are loaded, or not installed, are left alone.
    """
    for name in names:
        package, _, own_name = name.rpartition(".")
        spec = None if name in sys.modules else find_spec(name)
        if spec is None or spec.loader is None:
            continue
        spec.loader = LazyLoader(spec.loader)
        module = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        setattr(sys.modules[package], own_name, module)


class _StandIn(ModuleType):
    """A module whose members are all still to come."""

    def __getattr__(self, name: str) -> "_Later":
        if name.startswith("__"):
            raise AttributeError(name)
        return _Later(self.__name__, name)


class _Later:
    """A member of a module, or what a call of one returns, that is made when it is asked."""

    def __init__(self, module: str, name: str, *calls: tuple[tuple[Any, ...], Any]) -> None:
        self._recipe = module, name, calls
        self._made: Any = None

    def _real(self) -> Any:
        if self._made is None:
            module, name, calls = self._recipe
            made = getattr(import_module(module), name)
            for args, kwargs in calls:
                made = made(*args, **kwargs)
            self._made = made
        return self._made

    def __call__(self, *args: Any, **kwargs: Any) -> "_Later":
        module, name, calls = self._recipe
        return _Later(module, name, *calls, (args, kwargs))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # so that it can be copied
        return getattr(self._real(), name)

    def __instancecheck__(self, instance: Any) -> bool:
        made = instance._real() if type(instance) is _Later else instance  # noqa: SLF001
        return isinstance(made, self._real())
