"""The process that executes runs, one after the other, and can be killed without harm."""

import faulthandler
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module

from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.remote import remote_executor
from hpobench.dispatch.watch import CallWatch
from hpobench.run import MOST_REASON, Trajectory
from hpobench.store.rows import decode
from hpobench.system.deferred import import_configspace
from hpobench.system.kernel import UNLIMITED, get_limit, set_limit
from hpobench.system.process import (
    PARENT,
    end_descendants,
    guard,
    has_stray_threads,
    is_interrupt,
    keep_descendants,
    limit_processes,
    take_streams,
)
from hpobench.system.process_state import ProcessState


def main() -> None:
    """Answer each job on standard input with a result on the original standard output."""
    guard(int(os.environ[PARENT]))
    jobs, answers = take_streams()
    keep_descendants()
    limit_processes()
    import_configspace()
    import_module("hpobench.execution.runner")  # after stdout is safe, before the first job comes
    state = ProcessState()

    watch = CallWatch.inherited()
    for message in jobs:
        job = Job.parse(message, jobs.read)
        with limited(job):
            result = perform(job, state, watch)
        with suppress(OSError):  # the run took us the means; the guard ends what is left
            end_descendants()
        watch.end()  # an error may have come between, and a fork of the run's shares the memory
        fit = state.intact and not has_stray_threads()
        for stream in (jobs, answers):
            os.set_blocking(stream.fileno(), True)
        try:
            answers.write(result.message())
            answers.flush()
        except BrokenPipeError:  # the run has garbled what came before, and was given up
            fit = False
        if not fit:  # whatever the run has left, the next one shall not suffer it
            os._exit(0)


def perform(job: Job, state: ProcessState, watch: CallWatch) -> Result:
    """Execute a run, its trials elsewhere if the job says where; or evaluate a trial alone.

    Args:
        job: What to do.
        state: How the process is, which is put back as soon as the run has ended.
        watch: Is told of each call of the optimizer.
    """
    from hpobench.execution.evaluation import answer
    from hpobench.execution.runner import execute, explain

    if job.trial is None:
        with remote_executor(job.trials) as elsewhere:
            trajectory = execute(job.run, elsewhere, watch)
        state.restore()
        return written(job, trajectory)
    try:
        found = answer(job.run, job.trial, job.checkpoint)
        state.restore()
        return Result.of_trial(job, *found)
    except BaseException as error:
        if is_interrupt(error):
            raise
        state.restore()  # it fails the run, as without workers
        return Result.of_fault(job, explain(error))


def written(job: Job, trajectory: Trajectory) -> Result:
    """What came of a run; also where a faulty part put in what cannot be written, or not read."""
    try:
        result = Result.of(trajectory, job.experiment)
        decode(result.line)  # else the run would count as completed, and be missing
    except Exception as error:  # noqa: BLE001 (it would end the process, and leave no reason)
        return job.failure(f"its trajectory cannot be written: {error!r}"[:MOST_REASON])
    return result


@contextmanager
def limited(job: Job) -> Iterator[None]:
    """Hold a run to its time, by a watchdog that needs no interpreter lock, and its memory."""
    memory = job.resources.memory
    before = get_limit("RLIMIT_DATA")
    if memory:
        most = memory if before[1] == UNLIMITED else min(memory, before[1])
        set_limit("RLIMIT_DATA", (most, before[1]))
    if job.timeout:
        faulthandler.dump_traceback_later(job.timeout, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        with suppress(ValueError, OSError):  # the run lowered its hard limit
            set_limit("RLIMIT_DATA", before)


if __name__ == "__main__":
    main()
