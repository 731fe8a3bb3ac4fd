"""What a driver hands to a process that executes runs, and what comes back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hpobench.environments.wire import pack_trial
from hpobench.run import Run, Status, Trajectory
from hpobench.store import encode
from hpobench.system.plain_data import from_plain, to_plain
from hpobench.task import Resources
from hpobench.trial import UNTOLD, Outcome, Trial


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
        number: Place of that trial in its run, from 0.
        seen: How many answers the run had when it asked for that trial.
        checkpoint: What the trial that it goes on from has left, if it does.
    """

    run: Run
    experiment: str = ""
    timeout: float = 0.0
    patience: float = 0.0
    trials: str = ""
    trial: Trial | None = None
    number: int = 0
    seen: int = 0
    checkpoint: bytes | None = None

    @property
    def resources(self) -> Resources:
        """What it occupies: the task's part falls to the trials, if these go elsewhere."""
        if self.trial:
            return self.run.task.resources
        return self.run.variant.resources if self.trials else self.run.resources

    def message(self) -> bytes:
        """The job as a line of JSON, for a process that may run another interpreter.

        Behind it are the bytes of a checkpoint, if there is one; the line says how many.
        """
        names = ("experiment", "timeout", "patience", "trials", "number")
        data: dict[str, Any] = {name: getattr(self, name) for name in names}
        data |= {"run": to_plain(self.run), "trial": None, "checkpoint": _size(self.checkpoint)}
        if self.trial:
            data["trial"] = pack_trial(self.trial)
        return json.dumps(data).encode() + b"\n" + (self.checkpoint or b"")

    @classmethod
    def parse(cls, line: bytes, read: Callable[[int], bytes] = lambda _: b"") -> "Job":
        """The job of a message.

        Args:
            line: The JSON of a job.
            read: Gives the next so many bytes behind it.
        """
        data = json.loads(line)
        trial = Trial(**data["trial"]) if data["trial"] else None
        size = data["checkpoint"]
        checkpoint = None if size is None else read(size)
        made = {"run": from_plain(Run, data["run"]), "trial": trial, "checkpoint": checkpoint}
        return cls(**{**data, **made})

    def failure(self, reason: str, seconds: float = 0.0) -> "Result":
        """The result of a run, or a trial, whose process died before it could say anything."""
        if self.trial:
            return Result.of_trial(self, Outcome(failure=reason, cost=seconds), seconds)
        failed = Trajectory(run=self.run, status=Status.FAILED, reason=reason, seconds=seconds)
        return Result.of(failed, self.experiment)


def _size(checkpoint: bytes | None) -> int | None:
    """How many bytes a checkpoint has, if there is one."""
    return None if checkpoint is None else len(checkpoint)


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
        line: A run's trajectory, as the store appends it; as JSON, a trial's outcome and how many
            bytes it has `left` for others to go on from.
        checkpoint: These, if it has left any.
    """

    run_id: str
    status: Status
    reason: str
    seconds: float
    line: bytes
    lacking: bool = False
    checkpoint: bytes | None = None

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
    def of_trial(
        cls, job: Job, outcome: Outcome, seconds: float, checkpoint: bytes | None = None
    ) -> "Result":
        """The result that a trial's outcome makes."""
        fields = to_plain(outcome)
        for part in (*UNTOLD, "constraints"):
            fields[part] = {name: float(value) for name, value in fields[part].items()}
        return cls(
            run_id=job.run.id,
            status=Status.COMPLETED,
            reason="",
            seconds=seconds,
            line=json.dumps({"outcome": fields, "left": _size(checkpoint)}).encode(),
            checkpoint=checkpoint,
        )

    @classmethod
    def of_fault(cls, job: Job, reason: str) -> "Result":
        """The result of a trial that the benchmark broke down over."""
        return cls(run_id=job.run.id, status=Status.FAILED, reason=reason, seconds=0.0, line=b"")

    @property
    def outcome(self) -> dict[str, Any]:
        """A trial's outcome as plain data; empty if the benchmark broke down over it."""
        found: dict[str, Any] = json.loads(self.line)["outcome"] if self.line else {}
        return found

    def message(self) -> bytes:
        """A line of JSON that says how many bytes follow, and these: the line and a checkpoint."""
        head: dict[str, Any] = {name: getattr(self, name) for name in HEAD}
        body = self.line + (self.checkpoint or b"")
        head |= {"bytes": len(body), "checkpoint": _size(self.checkpoint)}
        return json.dumps(head).encode() + b"\n" + body

    @classmethod
    def parse(cls, head: Mapping[str, Any], body: bytes) -> "Result":
        """The result of a message's parts."""
        fields = {name: head[name] for name in HEAD if name != "status"}
        size = head["checkpoint"]
        line = body if size is None else body[: len(body) - size]
        checkpoint = None if size is None else body[len(line) :]
        return cls(**fields, status=Status(head["status"]), line=line, checkpoint=checkpoint)
