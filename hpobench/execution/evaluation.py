"""How a run's benchmark answers its trials: on simulated workers, or one alone."""

from time import perf_counter
from typing import Any, NamedTuple

from hpobench.benchmark import Benchmark
from hpobench.errors import (
    RunError,
)
from hpobench.execution.checkpoints import Checkpoints
from hpobench.execution.construction import build
from hpobench.execution.workers import Advance, Continued, Evaluate, Simulated, Workers
from hpobench.outcomes import judge_outcome
from hpobench.run import MOST_REASON, Run, canonical
from hpobench.system.folders import scratch
from hpobench.task import Task
from hpobench.trial import Outcome, Trial


def evaluator(run: Run, benchmark: Benchmark) -> Evaluate:
    """Answer trials by the benchmark, with the noise of the run."""

    def evaluate(trial: Trial) -> Outcome:
        copied = Trial(config=dict(trial.config), fidelity=trial.fidelity)  # it may change its own
        return benchmark.evaluate(copied, run.evaluation_seed(trial.draw))

    return evaluate


def advancer(run: Run, benchmark: Benchmark) -> Advance:
    """Answer trials from where others ended; the highest fidelity leaves nothing to go on from."""
    high = benchmark.fidelity.full_from if benchmark.fidelity else 0.0

    def advance(trial: Trial, checkpoint: bytes | None) -> tuple[Outcome, bytes | None]:
        answer: Any = benchmark.advance(trial, run.evaluation_seed(trial.draw), checkpoint)
        if not (isinstance(answer, tuple) and len(answer) == len(("outcome", "checkpoint"))):
            raise RunError(
                f"the benchmark advanced to {answer!r}"[:MOST_REASON] + ", not to two things"
            )
        outcome, left = answer
        full = trial.fidelity is None or trial.fidelity >= high
        if full or not isinstance(outcome, Outcome) or not outcome.ok:
            return outcome, None
        if not isinstance(left, bytes):
            raise RunError(f"the benchmark's checkpoint is {left!r}"[:MOST_REASON] + ", not bytes")
        return outcome, left

    return advance


def simulated(run: Run, benchmark: Benchmark) -> Workers:
    """Workers on a virtual clock, whose trials go on from others' checkpoints if they can."""
    task = run.task
    counted = task.objectives, task.signals, task.constraints
    if task.continues:
        return Continued(advancer(run, benchmark), Checkpoints(), *counted)
    return Simulated(evaluator(run, benchmark), *counted)


class TrialAnswer(NamedTuple):
    """What became of one trial that was evaluated alone.

    Attributes:
        outcome: Reduced to the task's objectives and signals, and checked.
        seconds: Real ones that it took.
        checkpoint: What it leaves for others to go on from, or None.
    """

    outcome: Outcome
    seconds: float
    checkpoint: bytes | None


def answer(run: Run, trial: Trial, checkpoint: bytes | None = None) -> TrialAnswer:
    """Evaluate one trial of a run alone; the benchmark is kept for the next.

    Args:
        run: The run.
        trial: What is asked.
        checkpoint: What its parent has left, if it has one.

    Raises:
        Exception: Whatever the benchmark raises.
    """
    with scratch():
        task, benchmark, left = run.task, _kept(run.task), None
        began = perf_counter()
        if task.continues:
            outcome, left = advancer(run, benchmark)(trial, checkpoint)
        else:
            outcome = benchmark.evaluate(trial, run.evaluation_seed(trial.draw))
        outcome = judge_outcome(outcome, task.objectives, task.signals, task.constraints)
        return TrialAnswer(outcome, perf_counter() - began, left if outcome.ok else None)


_KEPT: dict[bytes, Benchmark] = {}


def _kept(task: Task) -> Benchmark:
    """The benchmark of the task, built now if it is not the one that was used last."""
    key = canonical(task.definition())
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = build(task)
        _KEPT[key].warm_up()
    return _KEPT[key]
