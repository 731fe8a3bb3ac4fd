"""What only Unix kernels have, locks, limits and forks: the one module that asks whether they do.

Without them (Windows) there are no runs; lists, results and analyses need none of them.
"""

import errno
import os
from importlib.util import find_spec
from tempfile import TemporaryFile

from hpobench.errors import AbsentError

UNIX = hasattr(os, "fork") and all(map(find_spec, ("fcntl", "resource")))
"""Whether files can be locked and renamed while they are open, folders opened, processes forked
and held to limits."""
NO_INHERIT = getattr(os, "O_CLOEXEC", 0)
"""Opens a file that programs which are started do not get."""
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Opens no symbolic link."""
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""Opens without waiting for the other end of what may be a pipe."""
BYTES = getattr(os, "O_BINARY", 0)
"""Opens a file whose ends of lines are read and written as they are."""
UNLIMITED = -1
"""A limit that is none."""

Limit = tuple[int, int]
"""What holds now, and how far it may be raised."""


def require_unix() -> None:
    """See that runs can be executed, and environments made, on this platform.

    Raises:
        AbsentError: They cannot.
    """
    if not UNIX:
        raise AbsentError(
            "runs and environments need locks, limits and forks of a Unix kernel, which this "
            "platform has not (on Windows use WSL); list, show, analyze, compare and results work "
            "without"
        )


def lock(descriptor: int, *, shared: bool = False, wait: bool = True) -> None:
    """Lock an open file or folder as a whole, until all who have it have closed it, or died.

    Args:
        descriptor: The file.
        shared: Whether others may hold it too that share it.
        wait: Whether to wait for one that holds it.

    Raises:
        BlockingIOError: It is held, and not waited for.
        OSError: There are no locks here.
    """
    _require_locks()
    import fcntl

    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    fcntl.flock(descriptor, kind | (0 if wait else fcntl.LOCK_NB))


def lock_bytes(descriptor: int, *, start: int = 0, length: int = 0, wait: bool = True) -> None:
    """Lock bytes of a file, which need not be there, until this process closes it, or dies.

    Args:
        descriptor: The file.
        start: The first of them.
        length: How many; 0 is all that come after.
        wait: Whether to wait for a process that holds one of them.

    Raises:
        BlockingIOError: One is held, and not waited for.
        PermissionError: The same, on some kernels.
        OSError: There are no locks here.
    """
    _require_locks()
    import fcntl

    fcntl.lockf(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), length, start)


def unlock_bytes(descriptor: int, *, start: int, length: int) -> None:
    """Let go of bytes of a file that this process holds."""
    _require_locks()
    import fcntl

    fcntl.lockf(descriptor, fcntl.LOCK_UN, length, start)


def _require_locks() -> None:
    """Fail as a file system does that has no locks."""
    if not UNIX:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def get_limit(name: str) -> Limit:
    """How much of something this process may use, by a name such as `RLIMIT_DATA`."""
    import resource

    return resource.getrlimit(getattr(resource, name))


def set_limit(name: str, limit: Limit) -> None:
    """Hold this process and those it starts to how much of something they may use.

    Raises:
        ValueError: It was to be raised further than allowed.
        OSError: The same, on some kernels.
    """
    import resource

    resource.setrlimit(getattr(resource, name), limit)


def limit_names() -> list[str]:
    """The names of all limits that this kernel has, in order."""
    import resource

    return sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))


def anonymous_file() -> int:
    """Make an empty file that no folder names, in memory where the kernel can; its descriptor."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("hpobench", 0)
    with TemporaryFile() as file:
        return os.dup(file.fileno())


def cores() -> int:
    """How many processes can work at a time: what this process may use of the machine's cores."""
    return len(allowed_cores()) or os.cpu_count() or 1


def allowed_cores() -> set[int]:
    """The numbers of the cores that this process may use; none where the kernel tells nobody."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def memory_bytes() -> int:
    """The memory of this machine; 0 where the kernel does not tell."""
    if not UNIX:
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
