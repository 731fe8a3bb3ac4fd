"""What a driver hands to a process that executes runs, and what comes back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hpobench.optimizer import Capabilities, Environment, Variant
from hpobench.run import Run, Status, Trajectory
from hpobench.store import encode
from hpobench.task import Budget, Overhead, Resources, Task, Unit
from hpobench.trial import Outcome, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run to be executed, or one trial of it to be evaluated.

    Attributes:
        run: What to execute.
        experiment: Id of the experiment it belongs to.
        timeout: Seconds after which it is ended and failed; 0 is never.
        patience: Seconds that one ask or tell of its optimizer may take; 0 is any.
        trials: The socket at which the run's trials are evaluated side by side, or empty:
            then its workers are simulated.
        trial: The trial, if only that is to be evaluated.
    """

    run: Run
    experiment: str = ""
    timeout: float = 0.0
    patience: float = 0.0
    trials: str = ""
    trial: Trial | None = None

    @property
    def resources(self) -> Resources:
        """What it occupies: the task's part falls to the trials, if these go elsewhere."""
        if self.trial:
            return self.run.task.resources
        return self.run.variant.resources if self.trials else self.run.resources

    def message(self) -> bytes:
        """The job as one line of JSON, for a process that may run another interpreter."""
        data = {
            name: getattr(self, name) for name in ("experiment", "timeout", "patience", "trials")
        }
        data |= {"run": _plain(self.run), "trial": None}
        if self.trial:
            data["trial"] = {"config": dict(self.trial.config), "fidelity": self.trial.fidelity}
        return json.dumps(data).encode() + b"\n"

    @classmethod
    def parse(cls, message: bytes) -> "Job":
        """The job of a message."""
        data = json.loads(message)
        trial = Trial(**data["trial"]) if data["trial"] else None
        return cls(**{**data, "run": _run(data["run"]), "trial": trial})

    def failure(self, reason: str, seconds: float = 0.0) -> "Result":
        """The result of a run, or a trial, whose process died before it could say anything."""
        if self.trial:
            return Result.of_trial(self, Outcome(failure=reason, cost=seconds), seconds)
        failed = Trajectory(run=self.run, status=Status.FAILED, reason=reason, seconds=seconds)
        return Result.of(failed, self.experiment)


HEAD = ("run_id", "status", "reason", "seconds", "lacking")
"""What a result says before its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A finished run, or trial of one.

    Attributes:
        run_id: Which run.
        status: How it ended.
        reason: Why it failed, or empty.
        seconds: Real seconds it took.
        lacking: Whether it could not start for want of something: it is not to be stored.
        line: A run's trajectory, as the store appends it; a trial's outcome as JSON.
    """

    run_id: str
    status: Status
    reason: str
    seconds: float
    line: bytes
    lacking: bool = False

    @classmethod
    def of(cls, trajectory: Trajectory, experiment: str) -> "Result":
        """The result that a trajectory makes."""
        return cls(
            run_id=trajectory.run.id,
            status=trajectory.status,
            reason=trajectory.reason,
            seconds=trajectory.seconds,
            line=encode(trajectory, experiment),
            lacking=trajectory.lacking,
        )

    @classmethod
    def of_trial(cls, job: Job, outcome: Outcome, seconds: float) -> "Result":
        """The result that a trial's outcome makes."""
        fields = asdict(outcome)
        fields["test"] = {name: float(value) for name, value in outcome.test.items()}
        return cls(
            run_id=job.run.id,
            status=Status.COMPLETED,
            reason="",
            seconds=seconds,
            line=json.dumps(fields).encode(),
        )

    @classmethod
    def of_fault(cls, job: Job, reason: str) -> "Result":
        """The result of a trial that the benchmark broke down over."""
        return cls(run_id=job.run.id, status=Status.FAILED, reason=reason, seconds=0.0, line=b"")

    def message(self) -> bytes:
        """A line of JSON that says how many bytes follow, and these: the trajectory's line."""
        head = {name: getattr(self, name) for name in HEAD}
        return json.dumps({**head, "bytes": len(self.line)}).encode() + b"\n" + self.line

    @classmethod
    def parse(cls, head: Mapping[str, Any], line: bytes) -> "Result":
        """The result of a message's parts."""
        fields = {name: head[name] for name in HEAD if name != "status"}
        return cls(**fields, status=Status(head["status"]), line=line)


def _plain(run: Run) -> dict[str, Any]:
    """A run as plain data."""
    data = asdict(run)
    data["variant"]["capabilities"]["types"] = sorted(run.variant.capabilities.types)
    return data


def _run(data: Mapping[str, Any]) -> Run:
    """The run that `_plain` wrote."""
    task, variant = dict(data["task"]), dict(data["variant"])
    for part in (task, variant):
        part["resources"] = Resources(**part["resources"])
    task["budget"] = Budget(task["budget"]["amount"], Unit(task["budget"]["unit"]))
    task["objectives"], task["types"] = tuple(task["objectives"]), tuple(task["types"])
    limits = variant["capabilities"]
    variant["capabilities"] = Capabilities(**{**limits, "types": frozenset(limits["types"])})
    if own := variant["environment"]:
        lists = {name: tuple(own[name]) for name in ("requirements", "no_deps")}
        variant["environment"] = Environment(**{**own, **lists})
    return Run(
        task=Task(**task),
        variant=Variant(**variant),
        seed=data["seed"],
        overhead=Overhead(data["overhead"]),
    )
