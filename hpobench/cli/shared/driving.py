"""Bring a plan's missing runs into a results folder, and say on the terminal how it goes."""

import shlex
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from hpobench.cli.environments import environments_to_make as missing_environments
from hpobench.cli.shared.options import F, OneOf
from hpobench.cli.shared.streams import redraw_if_watched
from hpobench.dispatch.backends import Backend, Execute, backend_executor, choose_backend
from hpobench.dispatch.driver import Driver
from hpobench.dispatch.plan import Plan, Work
from hpobench.dispatch.planning import SHOWN, at_work, not_stored
from hpobench.dispatch.progress import Progress, follow, format_duration
from hpobench.dispatch.slot import Slot
from hpobench.system.kernel import cores
from hpobench.system.text import count


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a plan's parts are called, and what can be done with its results.

    Attributes:
        variant: What is executed on each task, in the singular.
        run: One execution of it, in the singular.
        next_command: Begins the command for the results folder; empty if there is none.
    """

    variant: str = "optimizer"
    run: str = "run"
    next_command: str = "Analyse with: hpobench analyze"


COMPARISON = Wording()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionOptions:
    """What a command that executes runs is told of how to.

    Attributes:
        jobs: Runs at a time; None for as many as there are cores.
        backend: Where runs are executed.
        address: Where a Ray cluster is, or None.
        run_timeout: Seconds after which a run fails; 0 is no limit.
        retry_failed: Whether what is stored as failed is run again.
    """

    jobs: int | None
    backend: Backend
    address: str | None
    run_timeout: float
    retry_failed: bool


def execution_options(wording: Wording = COMPARISON) -> Callable[[F], F]:
    """Let a subcommand take what `ExecutionOptions` holds, in the words for what it executes."""
    run = wording.run
    options = (
        click.option(
            "--jobs",
            "-j",
            type=click.IntRange(min=1),
            metavar="N",
            help=f"{run.capitalize()}s executed at a time.  [default: all cores]",
        ),
        click.option(
            "--backend",
            type=OneOf(Backend),
            default=Backend.AUTO.value,
            help=f"Where {run}s are executed; results are the same everywhere.",
        ),
        click.option(
            "--address",
            envvar="RAY_ADDRESS",
            metavar="HOST:PORT",
            help="Ray cluster to use, or 'auto' for the one of this machine.",
        ),
        click.option(
            "--run-timeout",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="SECONDS",
            help=f"A {run} that takes longer is recorded as failed; 0 is no limit.",
        ),
        click.option(
            "--retry-failed",
            is_flag=True,
            help=f"Execute each {run} again that is stored as failed.",
        ),
    )

    def decorate(function: F) -> F:
        for option in reversed(options):  # the first is to stand first
            function = option(function)
        return function

    return decorate


def drive(
    driver: Driver, first: Slot, options: ExecutionOptions, wording: Wording = COMPARISON
) -> int:
    """Execute what is missing, show how far it is, and sum up."""
    statuses, again = driver.store.statuses(), driver.retry_failed
    missing = Work.left(driver.plan, statuses, retry_failed=again)
    click.echo(headline(driver.plan, missing, wording))
    if older := driver.older():
        click.echo(
            f"Note: {count(older, 'stored ' + wording.run)} of these names left as "
            f"{'it is' if older == 1 else 'they are'}: made by other code, of an older definition."
        )
    execute = backend(first, options, missing) if missing.runs else None
    began = time.monotonic()
    progress = Progress(missing.runs, missing.seconds, redraw_if_watched())
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: keep what is done
    interrupted = False
    try:
        if execute:
            follow(driver, execute, progress)
    except KeyboardInterrupt:
        interrupted = True
    progress.close()
    summarize(driver, progress, time.monotonic() - began, wording)
    if interrupted:
        click.echo("Interrupted: the same command goes on from here.")
        return 130
    return 1 if progress.failed or missing.failed else 0


def backend(first: Slot, options: ExecutionOptions, work: Work) -> Execute:
    """Choose a backend, and say which and why."""
    slots = options.jobs or cores()
    choice = choose_backend(options.backend, work, slots=slots, address=options.address)
    at_a_time = 1 if choice.backend is Backend.SERIAL else slots
    click.echo(f"Backend {choice.backend}, {at_a_time} at a time: {choice.reason}.")
    return backend_executor(choice.backend, first=first, slots=slots, address=options.address)


def headline(plan: Plan, missing: Work, wording: Wording = COMPARISON) -> str:
    """What there is to do, and what is stored as failed."""
    stored = len(plan) - missing.runs
    failed = f"\n{missing.failed:,} stored as failed: --retry-failed" if missing.failed else ""
    part = f", part {plan.part.number} of {plan.part.parts}" if plan.part.parts > 1 else ""
    return (
        f"{count(len(plan.variants), wording.variant)} x {count(len(plan.tasks), 'task')} x "
        f"{count(len(plan.seeds), 'seed')}{part}: {count(len(plan), wording.run)}, "
        f"{stored} already stored, {missing.runs} to do.{failed}"
    )


def summarize(driver: Driver, progress: Progress, seconds: float, wording: Wording) -> None:
    """One screen: what was done, what failed and why, what was skipped, how to go on."""
    done = progress.done - progress.failed
    took = format_duration(seconds)
    click.echo(f"{count(done, wording.run)} completed, {progress.failed} failed in {took}.")
    if elsewhere := driver.elsewhere:
        click.echo(f"{count(elsewhere, wording.run)} left to another process that is at work.")
    _echo_reasons("failed", progress.reasons)
    _echo_skips(driver.plan)
    for text in (*driver.store.damage, *driver.store.notes):
        click.echo(f"Note: {text}")
    if wording.next_command:
        click.echo(f"{wording.next_command} {shlex.quote(str(driver.store.path))}")


def dry_run(plan: Plan, results: Path, *, retry_failed: bool = False) -> int:
    """Say what would be run, without touching the results folder, which need not exist."""
    missing = not_stored(plan, results, retry_failed=retry_failed)
    click.echo(headline(plan, missing))
    click.echo(f"About {format_duration(missing.seconds)} of work on one core. Nothing was run.")
    for (task, optimizer), seeds in missing.pairs.items():
        click.echo(f"  {optimizer}  on  {task}  ({count(seeds, 'seed')})")
    for line in missing_environments(at_work(plan, missing)):
        click.echo(line)
    _echo_skips(plan)
    return 0


def _echo_skips(plan: Plan) -> None:
    """Why which optimizer was not run on how many tasks, and how many tasks were not run."""
    _echo_reasons("skipped", Counter(f"{skip.optimizer} {skip.reason}" for skip in plan.skipped))
    first: dict[str, str] = {}
    for name, text in plan.unready.items():
        first.setdefault(text.removeprefix(f"{name} "), name)
    _echo_reasons(
        "skipped",
        Counter(
            f"{first[reason]} {reason}"
            for name, text in plan.unready.items()
            if (reason := text.removeprefix(f"{name} "))
        ),
        noun="task",
    )


def _echo_reasons(what: str, reasons: Counter[str], noun: str = "") -> None:
    """The most frequent reasons, with their counts, of `noun` where that has to be said."""
    for reason, number in reasons.most_common(SHOWN):
        head = count(number, noun) if noun else f"{number:,}"
        click.echo(f"  {head} {what}: {reason[:300]}")
    if len(reasons) > SHOWN:
        click.echo(f"  ... and {count(len(reasons) - SHOWN, 'other reason')}")
