"""The process that executes runs, one after the other, and can be killed without harm."""

import faulthandler
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from hpobench.deferred import import_configspace
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.remote import executor
from hpobench.dispatch.watch import Watch
from hpobench.process import (
    PARENT,
    end_descendants,
    end_with_parent,
    has_stray_threads,
    keep_descendants,
    limit_processes,
    take_streams,
)
from hpobench.run import Trajectory

REASON = 2000
"""A reason for failure is cut to so many characters."""


def main() -> None:
    """Answer each job on standard input with a result on the original standard output."""
    end_with_parent(int(os.environ[PARENT]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    jobs, answers = take_streams()
    keep_descendants()
    limit_processes()
    import_configspace()
    import_module("hpobench.runner")  # after stdout is safe, before the first job comes

    watch = Watch.inherited()
    for message in jobs:
        job = Job.parse(message)
        with limited(job):
            result = perform(job, watch)
            watch.end()  # an error may have come between
        end_descendants()
        answers.write(result.message())
        answers.flush()
        if has_stray_threads():  # whatever they do, the next run shall not suffer it
            os._exit(0)


def perform(job: Job, watch: Watch) -> Result:
    """Execute a run, its trials elsewhere if the job says where; or evaluate a trial alone."""
    from hpobench.runner import answer, execute, explain

    if job.trial is None:
        with executor(job.trials) as elsewhere:
            return written(job, execute(job.run, elsewhere, watch))
    try:
        return Result.of_trial(job, *answer(job.run, job.trial))
    except (Exception, SystemExit) as error:  # noqa: BLE001 (it fails the run, as without workers)
        return Result.of_fault(job, explain(error))


def written(job: Job, trajectory: Trajectory) -> Result:
    """What came of a run; also where a faulty part put in what cannot be written."""
    try:
        return Result.of(trajectory, job.experiment)
    except Exception as error:  # noqa: BLE001 (it would end the process, and leave no reason)
        return job.failure(f"its trajectory cannot be written: {error!r}"[:REASON])


@contextmanager
def limited(job: Job) -> Iterator[None]:
    """Hold a run to its time, by a watchdog that needs no interpreter lock, and its memory."""
    memory = job.resources.memory
    before = resource.getrlimit(resource.RLIMIT_DATA)
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, before[1]))
    if job.timeout:
        faulthandler.dump_traceback_later(job.timeout, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)  # one that the run set would strike the next
        resource.setrlimit(resource.RLIMIT_DATA, before)


if __name__ == "__main__":
    main()
