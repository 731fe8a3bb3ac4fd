"""Execute jobs on Ray; the only module that knows it."""

import atexit
import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.reach import connected
from hpobench.dispatch.remote import exchange
from hpobench.dispatch.slot import Slot
from hpobench.environments import make
from hpobench.errors import UserError
from hpobench.task import Resources

RETRIES = 3
"""How often Ray starts a batch, or a trial, again whose worker or node died. A run's own crash
happens in a child process and never reaches Ray."""
BATCH_SECONDS = 1.0
"""Cheap runs are packed until a batch holds about so much work, so that Ray's own cost, some
milliseconds a batch, stays small beside it."""
BATCH = 64
"""And at most so many, so that results keep coming."""


def available() -> bool:
    """Whether Ray is installed."""
    return importlib.util.find_spec("ray") is not None


def cluster(
    jobs: Iterable[Job],
    *,
    slots: int,
    address: str | None = None,
) -> Iterator[Result]:
    """Execute jobs on a running cluster, or on an instance that is started for them.

    The number of batches in flight is bounded, so that the driver's memory does not grow with
    the number of jobs. The trials of a task that is `parallel` are evaluated side by side, and
    so many of such runs go on at a time as the cluster has room for all their workers.

    Args:
        jobs: Taken from lazily.
        slots: CPUs of a private instance; ignored for a cluster.
        address: Where a running cluster is, else None.

    Raises:
        UserError: The cluster cannot be reached, or can never hold one of the jobs.
    """
    with connected(slots, address) as ray:
        pending: dict[Any, tuple[list[Job], float]] = {}
        batches = _batches(jobs)
        batch = next(batches, None)
        try:
            while batch or pending:
                taken = sum(share for _, share in pending.values())
                if batch and (not pending or taken + _share(ray, batch) <= 1):
                    pending[_start(ray, batch)] = batch, _share(ray, batch)
                    batch = next(batches, None)
                    continue
                for done in ray.wait(list(pending), num_returns=1, timeout=1.0)[0]:
                    yield from _results(ray, done, pending.pop(done)[0])
        finally:
            for reference in pending:
                ray.cancel(reference, force=True)


def _start(ray: ModuleType, batch: list[Job]) -> Any:
    """Send a batch off; the reference to its results."""
    run = batch[0].run
    if not run.task.parallel:
        execute = ray.remote(max_retries=RETRIES)(_execute)
        return execute.options(**_options(ray, run.resources)).remote(batch)
    room = replace(run.variant.resources, cpus=0)  # it waits for its trials nearly all the time
    trial = _options(ray, run.task.resources)
    lead = ray.remote(max_retries=RETRIES)(_lead)
    return lead.options(**_options(ray, room)).remote(batch, trial)


def _share(ray: ModuleType, batch: list[Job]) -> float:
    """The part of what may be in flight that a batch takes, above 0.

    Of ordinary batches so many are in flight that each CPU has the next one at hand.
    """
    total: Mapping[str, float] = ray.cluster_resources()
    task = batch[0].run.task
    if not task.parallel:
        return 1 / max(2, round(2 * total.get("CPU", 1)))
    wanted = _wanted(task.resources)
    return max((task.workers * wanted[n] / total[n] for n in wanted if n in total), default=1.0)


def _batches(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Neighbours of equal needs, packed until they hold work worth sending."""
    batch: list[Job] = []
    for job in jobs:
        if batch and (_full(batch) or not _may_share_batch(job, batch[0])):
            yield batch
            batch = []
        batch.append(job)
    if batch:
        yield batch


def _full(batch: Sequence[Job]) -> bool:
    """Whether a batch holds enough."""
    return len(batch) >= BATCH or sum(j.run.expected_seconds for j in batch) >= BATCH_SECONDS


def _may_share_batch(job: Job, other: Job) -> bool:
    """Whether two jobs may share a batch: a run whose trials go elsewhere never does."""
    alone = job.run.task.parallel or other.run.task.parallel
    return not alone and job.resources == other.resources


def _wanted(needs: Resources) -> dict[str, float]:
    """What is asked for, by Ray's names; what is not needed is left out."""
    wanted = {"CPU": needs.cpus, "GPU": needs.gpus, "memory": needs.memory, **needs.custom}
    return {name: amount for name, amount in wanted.items() if amount}


def _options(ray: ModuleType, needs: Resources) -> dict[str, Any]:
    """What to ask of Ray for a batch, or a trial.

    Raises:
        UserError: No node has so much; Ray would wait for it in silence.
    """
    _refuse_misfit(_wanted(needs), [n["Resources"] for n in ray.nodes() if n["Alive"]])
    return {
        "num_cpus": needs.cpus,
        "num_gpus": needs.gpus or None,
        "memory": needs.memory or None,
        "resources": dict(needs.custom) or None,
        "scheduling_strategy": "SPREAD",
    }


def _refuse_misfit(wanted: Mapping[str, float], nodes: Sequence[Mapping[str, float]]) -> None:
    """Raise an error that names what no node, or no node together with the rest, has."""
    for name, amount in wanted.items():
        most = max((node.get(name, 0) for node in nodes), default=0)
        if amount > most:
            raise UserError(f"a run needs {name} {amount:g}, Ray has {most:g} on a node")
    if not any(all(node.get(n, 0) >= wanted[n] for n in wanted) for node in nodes):
        needs = ", ".join(f"{name} {amount:g}" for name, amount in wanted.items())
        raise UserError(f"a run needs {needs}, and no node of Ray has all of it")


def _results(ray: ModuleType, reference: Any, batch: Sequence[Job]) -> Iterator[Result]:
    """A finished batch's results; if its worker died too often, failures that say so."""
    try:
        yield from ray.get(reference)
    except ray.exceptions.RayError as error:
        reason = f"infrastructure: {type(error).__name__}: {error}".partition("\n")[0]
        yield from (job.failure(reason) for job in batch)


def _execute(batch: list[Job]) -> list[Result]:
    """Runs in a Ray worker: each job in the child process that the worker keeps."""
    slot = _slot()
    for job in batch:
        _make(job)
    return [slot.run(job) for job in batch]


def _make(job: Job) -> None:
    """Make the optimizer's environment on this node, not at the expense of the run's time."""
    if job.run.variant.environment:
        make(job.run.variant.environment)


def _evaluate(job: Job) -> Result:
    """Evaluates a trial in a Ray worker, in the same way."""
    return _slot().run(job)


def _advance(job: Job, checkpoint: bytes | None) -> tuple[Result, bytes | None]:
    """Evaluates a trial that goes on from another, and what it leaves stays in Ray's store."""
    result = _slot().run(replace(job, checkpoint=checkpoint))
    return replace(result, checkpoint=None), result.checkpoint


def _lead(batch: list[Job], options: Mapping[str, Any]) -> list[Result]:
    """Runs in a Ray worker: jobs whose trials are Ray tasks of their own."""
    import ray

    evaluate = ray.remote(max_retries=RETRIES)(_evaluate).options(**options)
    advance = ray.remote(max_retries=RETRIES, num_returns=2)(_advance).options(**options)
    left: dict[int, Any] = {}
    """By trial a reference to its checkpoint. The trial is evaluated again, and its parents with
    it, if the node is lost that held one which is still wanted."""

    def submit(trial: Job) -> tuple["Future[Result]", Callable[[], object]]:
        if trial.run.task.continues and trial.trial:
            parent = trial.trial.parent
            before = None if parent is None else left[parent]
            reference, left[trial.number] = advance.remote(trial, before)
        else:
            reference = evaluate.remote(trial)
        return reference.future(), partial(ray.cancel, reference, force=True)

    def release(numbers: Sequence[int]) -> None:
        for number in numbers:
            left.pop(number, None)

    def lead(job: Job) -> Result:
        _make(job)
        left.clear()
        with exchange(job, submit, release) as connected_job:
            return _slot().run(connected_job)

    return [lead(job) for job in batch]


_SLOTS: dict[str | None, Slot] = {}


def _slot() -> Slot:
    """The slot that this Ray worker keeps; a new one if Ray has assigned it other GPUs."""
    key = os.environ.get("CUDA_VISIBLE_DEVICES")
    if key not in _SLOTS:
        for slot in _SLOTS.values():
            slot.close()
        _SLOTS.clear()
        _SLOTS[key] = Slot()
        atexit.register(_SLOTS[key].close)
    return _SLOTS[key]
