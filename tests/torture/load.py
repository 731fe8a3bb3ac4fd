"""Read YAML files, each in a process of its own: `FILE ...`, one line of JSON for each.

A line says what came of it, the seconds of processor time, and the bytes of memory beyond those
that the process had before.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hpobench.catalogue import families, sets, variants
from hpobench.errors import UserError

READERS: dict[str, Callable[[Path], list[Any]]] = {
    "tasks": lambda path: list(families.read_tasks(path)),
    "optimizers": lambda path: list(variants.read_variants(path)),
    "task-sets": sets.task_sets,
    "experiments": lambda path: [sets.experiment(path)],
}
"""By the name of the file's folder, who reads it."""
SECONDS = 5
"""Of processor time, after which a reader is killed."""


def used() -> tuple[float, int]:
    """Seconds and bytes."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def load(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    seconds, memory = used()
    try:
        outcome = f"accepted {len(READERS[path.parent.name](path))}"
    except UserError as error:
        outcome = f"refused {error}"
    after = used()
    found = [outcome, after[0] - seconds, after[1] - memory]
    os.write(1, (json.dumps(found) + "\n").encode())


def main() -> None:
    for argument in sys.argv[1:]:
        if pid := os.fork():
            _, status = os.waitpid(pid, 0)
            if status:
                print(json.dumps([f"died {status}", 0.0, 0]), flush=True)
        else:
            try:
                load(Path(argument))
            except BaseException as error:  # noqa: BLE001 (a crash is what is looked for)
                os.write(1, (json.dumps([f"crashed {error!r}", 0.0, 0]) + "\n").encode())
            finally:
                os._exit(0)


if __name__ == "__main__":
    main()
