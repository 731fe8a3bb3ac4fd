"""What a run may leave behind in its process: put right where that is possible, else noticed."""

import faulthandler
import gc
import locale
import os
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from hpobench.system.kernel import allowed_cores, get_limit, limit_names

LIMITS = tuple(
    name
    for name in limit_names()
    if name != "RLIMIT_NPROC"  # that one grows with the others'
)
SIGNALS = tuple(sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}))
TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
PATCHABLE = (
    "builtins",
    "json",
    "math",
    "numpy",
    "numpy.linalg",
    "numpy.random",
    "os",
    "posix",
    "random",
    "shutil",
    "signal",
    "socket",
    "subprocess",
    "tempfile",
    "threading",
    "time",
)
"""Modules whose functions every run relies on: one that is replaced by another is noticed."""
LISTS = ("path", "meta_path", "path_hooks")
"""Lists of `sys` by which modules are found."""
NAMES = ("stdin", "stdout", "stderr", "excepthook", "displayhook", "unraisablehook")
"""Attributes of `sys` that are put back as they were."""


class ProcessState:
    """The state of this process before its first run, which each run is to find.

    What libraries change while they are imported is put back: the environment, the warnings, the
    order in which modules are searched, how numpy treats floating-point errors, and so on. What
    only a run changes that means to (its limits, niceness, locale, the functions of the standard
    library) is compared, since it cannot be put back by everybody, or not surely: a process in
    which that differs has to be replaced.
    """

    def __init__(self) -> None:
        """Note how it is now."""
        self._environment = dict(os.environ)
        self._folder = os.getcwd()  # noqa: PTH109
        self._temporary = tempfile.tempdir
        self._lists = {name: list(getattr(sys, name)) for name in LISTS}
        self._modules = dict(sys.modules)
        self._names = {name: getattr(sys, name) for name in NAMES}
        self._recursion, self._switch = sys.getrecursionlimit(), sys.getswitchinterval()
        self._collects = gc.isenabled(), gc.get_threshold()
        self._filters, self._show = list(warnings.filters), warnings.showwarning
        self._handlers = {number: signal.getsignal(number) for number in SIGNALS}
        self._floats = _float_handling()
        self._functions = _functions(self._modules)
        self._fixed = _fixed()

    @property
    def intact(self) -> bool:
        """Whether what cannot be put back is as it was, so that the process may serve on."""
        functions = _functions(self._modules)
        same = all(functions.get(name) == value for name, value in self._functions.items())
        return same and _fixed() == self._fixed

    def restore(self) -> None:
        """Put back what can be put back."""
        self._stop_timers()
        self._restore_interpreter()
        self._restore_modules()
        self._restore_surroundings()
        _set_float_handling(self._floats)

    def _stop_timers(self) -> None:
        """No timer or signal handler that a run has set strikes the next."""
        faulthandler.cancel_dump_traceback_later()
        for timer in TIMERS:
            signal.setitimer(timer, 0)
        for number, handler in self._handlers.items():
            if signal.getsignal(number) is not handler and handler is not None:
                signal.signal(number, handler)

    def _restore_interpreter(self) -> None:
        """Restore Python's own settings."""
        sys.setrecursionlimit(self._recursion)
        sys.setswitchinterval(self._switch)
        sys.settrace(None)
        sys.setprofile(None)
        threading.settrace(None)
        threading.setprofile(None)
        for name, value in self._names.items():
            setattr(sys, name, value)
        collects, threshold = self._collects
        (gc.enable if collects else gc.disable)()
        gc.set_threshold(*threshold)
        warnings.filters[:] = self._filters  # type: ignore[index]  # it is a list
        warnings.showwarning = self._show

    def _restore_modules(self) -> None:
        """Modules that were there are there; those of a run's own folders are searched last."""
        for name, before in self._lists.items():
            kept = [each for each in getattr(sys, name) if not _among(each, before)]
            now = [*before, *kept]
            if getattr(sys, name) != now:
                setattr(sys, name, now)
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module

    def _restore_surroundings(self) -> None:
        """The environment and the folders."""
        if os.environ != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)
        tempfile.tempdir = self._temporary
        with suppress(OSError):  # it was removed, as it may be between two runs
            os.chdir(self._folder)


def _among(each: object, others: Iterable[object]) -> bool:
    """Whether an entry is one of others, which need not be comparable."""
    return any(each is other or (isinstance(each, str) and each == other) for other in others)


def _fixed() -> tuple[Any, ...]:
    """What no run shall change, since it cannot be put back by everybody."""
    mask = os.umask(0o077)
    os.umask(mask)
    temporary = os.environ.get("TMPDIR", "")
    return (
        mask,
        [get_limit(limit) for limit in LIMITS],
        os.getpriority(os.PRIO_PROCESS, 0),
        allowed_cores(),
        (os.getuid(), os.geteuid(), os.getgid(), os.getegid()),
        (os.getpgid(0), os.getsid(0)),
        signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        locale.setlocale(locale.LC_ALL),
        os.path.isdir(temporary) if temporary else True,  # noqa: PTH112
        [_file_behind(stream) for stream in (0, 1, 2)],
        _keeps_small_numbers(),
        _torch_settings(),
    )


def _file_behind(stream: int) -> tuple[int, int] | None:
    """Which file a descriptor stands for; what is opened after it was closed takes its place."""
    try:
        found = os.fstat(stream)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _functions(modules: dict[str, Any]) -> dict[str, int]:
    """Which functions and classes central modules hold, by their names."""
    return {
        f"{module}.{name}": id(value)
        for module in PATCHABLE
        if module in modules
        for name, value in vars(modules[module]).items()
        if callable(value)
    }


def _keeps_small_numbers() -> bool:
    """Whether numbers below the normal ones are kept: some compiled libraries turn that off."""
    smallest = sys.float_info.min
    return smallest / 2 > 0


def _float_handling() -> tuple[Any, ...]:
    """How numpy treats floating-point errors and prints, if it is there."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return ()
    return numpy.geterr(), numpy.geterrcall(), numpy.getbufsize(), numpy.get_printoptions()


def _set_float_handling(handling: tuple[Any, ...]) -> None:
    """Have numpy do as it did."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not handling:
        return
    errors, call, size, printed = handling
    numpy.seterr(**errors)
    numpy.seterrcall(call)
    numpy.setbufsize(size)
    numpy.set_printoptions(**printed)


def _torch_settings() -> tuple[Any, ...]:
    """The settings of torch that results depend on, in words; as it begins where it is absent."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_default_dtype"):
        return ("torch.float32", True, False)
    return (
        str(torch.get_default_dtype()),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
    )
