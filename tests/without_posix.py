"""Run `hpobench` as on a platform without a Unix kernel: `python without_posix.py ARGUMENTS`.

A stand-in for Windows. What is named here is absent there, folders cannot be opened, and files that
are open can be neither renamed nor removed.
"""

import os
import runpy
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios")
ABSENT: dict[ModuleType, str] = {
    os: "O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK fork forkpty"
    " getpgid getpriority getsid killpg lockf memfd_create openpty"
    " posix_fallocate posix_spawn register_at_fork sched_getaffinity set_blocking setsid sysconf"
    " wait",
    select: "epoll poll",
    signal: "ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL SIGCHLD SIGHUP SIGKILL SIGQUIT SIGSTOP"
    " pthread_sigmask setitimer",
    socket: "AF_UNIX",
}


def without_folders(open_file: Callable[..., int]) -> Callable[..., int]:
    """`os.open` that opens no folder."""

    def opened(path: Any, *arguments: Any, **options: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied", str(path))
        return open_file(path, *arguments, **options)

    return opened


def without_open_files(change: Callable[..., Any]) -> Callable[..., Any]:
    """`os.replace` or its like for files that are closed."""

    def changed(path: Any, *arguments: Any, **options: Any) -> Any:
        named = Path(path).absolute()
        for link in Path("/proc/self/fd").iterdir():
            if link.is_symlink() and link.readlink() == named:
                raise PermissionError(13, "used by another process", str(named))
        return change(path, *arguments, **options)

    return changed


def main() -> None:
    """Take away what is not there, then run the program."""
    sys.modules.update(dict.fromkeys(MODULES))  # type: ignore[arg-type]  # None is "not to be had"
    for module, names in ABSENT.items():
        for name in names.split():
            delattr(module, name)
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    tempfile.TemporaryFile = tempfile.NamedTemporaryFile  # type: ignore[assignment]
    os.open = without_folders(os.open)
    for name in ("remove", "rename", "replace", "unlink"):
        setattr(os, name, without_open_files(getattr(os, name)))
    runpy.run_module("hpobench", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
