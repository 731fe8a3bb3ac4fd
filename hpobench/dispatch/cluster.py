"""Execute jobs on Ray; the only module that knows it."""

import atexit
import importlib.util
import itertools
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.slot import Slot
from hpobench.errors import UserError
from hpobench.task import Resources

RETRIES = 3
"""How often Ray starts a batch again whose worker or node died. A run's own crash happens in
a child process and never reaches Ray."""
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_LOGGER_LEVEL": "error",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # else SIGTERM prints a C++ stack
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_worker_niceness": "0",  # Ray's 15 starves runs beside anything else
}
PRIVATE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # makes a private instance bind loopback only
    "RAY_AUTH_MODE": "disabled",  # a token file in HOME is not ours to write
}
OBJECT_STORE = 200 << 20
"""Bytes: results are small and leave at once."""
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
    paths: Sequence[Path],
    address: str | None = None,
) -> Iterator[Result]:
    """Execute jobs on a running cluster, or on an instance that is started for them.

    The number of batches in flight is bounded, so that the driver's memory does not grow with
    the number of jobs.

    Args:
        jobs: Taken from lazily.
        slots: CPUs of a private instance; ignored for a cluster.
        paths: Folders whose modules the runs may import; must exist on all nodes.
        address: Of a running cluster, else None.

    Raises:
        UserError: The cluster cannot be reached, or can never hold one of the jobs.
    """
    with connected(slots, address) as ray:
        window = max(2, round(2 * ray.cluster_resources().get("CPU", 1)))
        execute = ray.remote(max_retries=RETRIES)(_execute)
        pending: dict[Any, list[Job]] = {}
        batches = _batches(jobs)
        try:
            while True:
                for batch in itertools.islice(batches, window - len(pending)):
                    options = _options(batch[0].run.resources, ray.cluster_resources())
                    pending[execute.options(**options).remote(batch, list(paths))] = batch
                if not pending:
                    return
                for done in ray.wait(list(pending), num_returns=1, timeout=1.0)[0]:
                    yield from _results(ray, done, pending.pop(done))
        finally:
            for reference in pending:
                ray.cancel(reference, force=True)


@contextmanager
def connected(slots: int, address: str | None) -> Iterator[ModuleType]:
    """Ray, connected to the address or started privately, and left as it was found."""
    for name, value in {**QUIET, **({} if address else PRIVATE)}.items():
        os.environ.setdefault(name, value)
    import ray

    terminate = signal.getsignal(signal.SIGTERM)
    private = {
        "num_cpus": slots,
        "include_dashboard": False,
        "object_store_memory": OBJECT_STORE,
    }
    try:
        ray.init(
            address=address or "local",
            logging_level="ERROR",
            log_to_driver=False,
            **({} if address else private),
        )
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise UserError(f"no Ray at {address or 'this machine'}: {error}") from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, terminate)  # Ray put its own handler there
    try:
        yield ray
    finally:
        ray.shutdown()


def _batches(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Neighbours of equal needs, packed until they hold work worth sending."""
    batch: list[Job] = []
    for job in jobs:
        alike = not batch or job.run.resources == batch[0].run.resources
        full = len(batch) >= BATCH or sum(j.run.expected_seconds for j in batch) >= BATCH_SECONDS
        if batch and (full or not alike):
            yield batch
            batch = []
        batch.append(job)
    if batch:
        yield batch


def _options(needs: Resources, total: Mapping[str, float]) -> dict[str, Any]:
    """What to ask of Ray for a batch.

    Raises:
        UserError: The whole cluster has less; Ray would wait for it in silence.
    """
    wanted = {"CPU": needs.cpus, "GPU": needs.gpus, "memory": needs.memory, **needs.custom}
    for name, amount in wanted.items():
        if amount > total.get(name, 0):
            raise UserError(f"a run needs {name} {amount:g}, Ray has {total.get(name, 0):g}")
    return {
        "num_cpus": needs.cpus,
        "num_gpus": needs.gpus or None,
        "memory": needs.memory or None,
        "resources": dict(needs.custom) or None,
        "scheduling_strategy": "SPREAD",
    }


def _results(ray: ModuleType, reference: Any, batch: Sequence[Job]) -> Iterator[Result]:
    """A finished batch's results; if its worker died too often, failures that say so."""
    try:
        yield from ray.get(reference)
    except ray.exceptions.RayError as error:
        reason = f"infrastructure: {type(error).__name__}: {error}".partition("\n")[0]
        yield from (job.failure(reason) for job in batch)


_SLOT: Slot | None = None


def _execute(batch: list[Job], paths: list[Path]) -> list[Result]:
    """Runs in a Ray worker: each job in the child process that the worker keeps."""
    global _SLOT  # noqa: PLW0603 (one child for the life of a worker process)
    if _SLOT is None:
        _SLOT = Slot(paths)
        atexit.register(_SLOT.close)
    return [_SLOT.run(job) for job in batch]
