"""Choose where runs are executed, and say why."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import assert_never

from hpobench.dispatch import cluster
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.local import run_locally
from hpobench.dispatch.plan import Work
from hpobench.dispatch.slot import Slot
from hpobench.errors import UserError

LONG = 600.0
"""Seconds of work from which Ray's start of about ten seconds is worth its dashboard-free
supervision of nodes and workers."""

Execute = Callable[[Iterable[Job]], Iterator[Result]]


class Backend(StrEnum):
    """Where runs are executed."""

    AUTO = "auto"
    LOCAL = "local"
    RAY = "ray"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBackend:
    """A backend, and the reason for it."""

    backend: Backend
    reason: str


def choose_backend(
    wanted: Backend, work: Work, *, slots: int, address: str | None
) -> ChosenBackend:
    """Pick the backend for what there is to do.

    Args:
        wanted: What the user asked for.
        work: What there is to do.
        slots: Runs at a time.
        address: Where a running cluster is, or None.

    Raises:
        UserError: An address goes with a backend that has no use for it.
    """
    if wanted is not Backend.AUTO:
        if address and wanted is not Backend.RAY:
            raise UserError(f"--address is for Ray, not for the backend {wanted}")
        return ChosenBackend(backend=wanted, reason="as asked for")
    if address:
        return ChosenBackend(backend=Backend.RAY, reason=f"a cluster is given at {address}")
    if work.gpus:
        return ChosenBackend(backend=Backend.RAY, reason="runs ask for GPUs")
    if work.parallel and cluster.available():
        return ChosenBackend(backend=Backend.RAY, reason="real trials are to run side by side")
    share = work.seconds / slots
    if share > LONG and cluster.available():
        return ChosenBackend(backend=Backend.RAY, reason=f"about {share / 60:.0f} minutes of work")
    return ChosenBackend(
        backend=Backend.LOCAL, reason="the work is small, Ray would take longer to start"
    )


def backend_executor(backend: Backend, *, first: Slot, slots: int, address: str | None) -> Execute:
    """The function that executes jobs there; `first` is the slot to begin with, if it is here."""
    match backend:
        case Backend.SERIAL:
            return partial(run_locally, first=first)
        case Backend.LOCAL:
            return partial(run_locally, first=first, slots=slots)
        case Backend.RAY:
            first.close()
            return partial(cluster.cluster, slots=slots, address=address)
        case Backend.AUTO:
            raise ValueError("auto is a choice still to be made")
        case _:
            assert_never(backend)
