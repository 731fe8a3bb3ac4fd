"""A process that fills a store and is struck meanwhile: `FOLDER FAULT:CALL ...`.

For each fault it fills FOLDER/FAULT-CALL in a process of its own, notes there in `acked` which
runs were acknowledged, in `error` what it said, and ends with 0. The fault `none:0` says in
`calls` how many calls there were.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from hpobench.errors import UserError
from hpobench.store import Store, encode
from hpobench.store import store as store_module
from tests.torture.disk import acknowledgements, strike
from tests.unit.test_store import run, trajectory

RUNS = 12
DRIVERS = 4


def fill(folder: Path, acknowledge: Callable[[str], object]) -> None:
    """Four drivers, one after the other, bring three runs each, and compact."""
    store_module.COMPACT_BYTES, store_module.MANY_SHARDS = 0, 2
    for driver in range(DRIVERS):
        store = Store.create(folder)
        note(store, driver, ended=None)
        missing = [seed for seed in range(RUNS) if run(seed).id not in store.statuses()]
        journal = store.journal(f"{time.time_ns()}")
        for seed in missing[: RUNS // DRIVERS] if driver < DRIVERS - 1 else missing:
            journal.append(encode(trajectory(seed), f"{driver}"))
            acknowledge(run(seed).id)
        journal.close()
        note(store, driver, ended=time.time())
        store.compact()


def note(store: Store, driver: int, *, ended: float | None) -> None:
    fields = {"id": f"{driver}", "started": 1.0 + driver, "ended": ended, "skipped": []}
    plan = {"optimizers": ["o"], "tasks": ["c/t"], "seeds": list(range(RUNS))}
    store.note_experiment({**fields, **plan})


def struck(base: Path, fault: str, at: int) -> None:
    """The life of one victim."""
    folder = base / f"{fault}-{at}"
    folder.mkdir(exist_ok=True)
    acknowledge = acknowledgements(folder / "acked")
    calls = strike(fault, at)
    try:
        fill(folder / "r", acknowledge)
    except OSError as error:
        (folder / "error").write_text(f"{error.filename}: {error.strerror}")
    except UserError as error:
        (folder / "error").write_text(str(error))
    except Exception:  # noqa: BLE001 (a crash is what is looked for)
        (folder / "crash").write_text(traceback.format_exc())
    (folder / "calls").write_text(f"{calls()}")


def main() -> None:
    base, *faults = sys.argv[1:]
    fill(Path(base) / "warm-up", lambda _: None)  # imports what is imported late, once for all
    for each in faults:
        fault, _, at = each.partition(":")
        if pid := os.fork():
            os.waitpid(pid, 0)
        else:
            try:
                struck(Path(base), fault, int(at))
            finally:
                os._exit(0)


if __name__ == "__main__":
    main()
