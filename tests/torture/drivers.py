"""Several drivers that start on one folder in the same moment: `FOLDER MARKS DRIVERS SEEDS`.

Each execution of a run leaves one file in MARKS. Ends with 0 if all drivers did.
"""

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from hpobench.dispatch.driver import Driver
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.plan import Plan
from hpobench.execution.runner import execute
from hpobench.optimizer import Capabilities, Variant
from hpobench.store import Store
from hpobench.store import store as store_module
from hpobench.task import Budget, Task
from tests.integration.commands import FAULTS


def plan(marks: Path, seeds: int) -> Plan:
    task = Task(
        id="c/once",
        collection="c",
        benchmark="faults:Misbehaving",
        params={"fault": "count", "folder": str(marks)},
        objectives=("loss",),
        budget=Budget(1),
        dimension=1,
        types=("float",),
    )
    capabilities = Capabilities(types=frozenset({"float"}))
    variant = Variant(id="f", family="f", adapter="faults:Faulty", capabilities=capabilities)
    return Plan(tasks=[task], variants=[variant], seeds=range(seeds))


def here(jobs: Iterable[Job]) -> Iterator[Result]:
    """Execute in this process: what is tested is who executes, not how."""
    return (Result.of(execute(job.run), job.experiment) for job in jobs)


def drive(folder: Path, marks: Path, seeds: int) -> None:
    store_module.COMPACT_BYTES, store_module.MANY_SHARDS = 1, 2
    driver = Driver(plan=plan(marks, seeds), store=Store.create(folder))
    for _ in driver.results(here):
        threading.Event().wait(np.random.default_rng().exponential(0.003))


def main() -> None:
    folder, marks, drivers, seeds = sys.argv[1:]
    sys.path.insert(0, str(FAULTS))
    ready, go = os.pipe()
    pids = []
    for _ in range(int(drivers)):
        pids.append(os.fork())
        if not pids[-1]:
            os.close(go)
            os.read(ready, 1)  # ends for all at once
            drive(Path(folder), Path(marks), int(seeds))
            os._exit(0)
    os.close(go)
    codes = [os.waitpid(pid, 0)[1] for pid in pids]
    sys.exit(any(codes))


if __name__ == "__main__":
    main()
