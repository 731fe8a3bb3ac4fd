"""Bring a plan's missing runs into a results folder, and say on the terminal how it goes."""

import shlex
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click

from hpobench.cli.environments import missing as missing_environments
from hpobench.cli.shared.streams import redraw_if_watched
from hpobench.dispatch.backends import Backend, Execute, choose, cores, executor
from hpobench.dispatch.driver import Driver
from hpobench.dispatch.plan import Plan, Work
from hpobench.dispatch.planning import SHOWN, at_work, not_stored
from hpobench.dispatch.progress import Progress, follow, span
from hpobench.dispatch.slot import Slot


def drive(driver: Driver, first: Slot, options: dict[str, Any]) -> int:
    """Execute what is missing, show how far it is, and sum up."""
    statuses, again = driver.store.statuses(), driver.retry_failed
    missing = Work.left(driver.plan, statuses, retry_failed=again)
    click.echo(headline(driver.plan, missing))
    if older := driver.older():
        click.echo(
            f"Note: {_count(older, 'stored run')} of these names were made by other code: of an "
            "older definition, and left as they are."
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
    summarize(driver, progress, time.monotonic() - began)
    if interrupted:
        click.echo("Interrupted: the same command goes on from here.")
        return 130
    return 1 if progress.failed or missing.failed else 0


def backend(first: Slot, options: dict[str, Any], work: Work) -> Execute:
    """Choose a backend, and say which and why."""
    slots = options["jobs"] or cores()
    choice = choose(
        Backend(options["backend"]),
        seconds=work.seconds,
        gpus=work.gpus,
        parallel=work.parallel,
        slots=slots,
        address=options["address"],
    )
    at_a_time = 1 if choice.backend is Backend.SERIAL else slots
    click.echo(f"Backend {choice.backend}, {at_a_time} at a time: {choice.reason}.")
    return executor(choice.backend, first=first, slots=slots, address=options["address"])


def headline(plan: Plan, missing: Work) -> str:
    """What there is to do, and what is stored as failed."""
    stored = len(plan) - missing.runs
    failed = f"\n{missing.failed:,} stored as failed: --retry-failed" if missing.failed else ""
    return (
        f"{_count(len(plan.variants), 'optimizer')} x {_count(len(plan.tasks), 'task')} x "
        f"{_count(len(plan.seeds), 'seed')}: {_count(len(plan), 'run')}, "
        f"{stored} already stored, {missing.runs} to do.{failed}"
    )


def summarize(driver: Driver, progress: Progress, seconds: float) -> None:
    """One screen: what was done, what failed and why, what was skipped, how to go on."""
    done = progress.done - progress.failed
    click.echo(f"{_count(done, 'run')} completed, {progress.failed} failed in {span(seconds)}.")
    if driver.elsewhere:
        click.echo(f"{_count(driver.elsewhere, 'run')} left to another process at work on them.")
    _echo_reasons("failed", progress.reasons)
    _echo_skips(driver.plan)
    for text in (*driver.store.damage, *driver.store.notes):
        click.echo(f"Note: {text}")
    click.echo(f"Analyse with: hpobench analyze {shlex.quote(str(driver.store.path))}")


def dry_run(plan: Plan, results: Path, *, retry_failed: bool = False) -> int:
    """Say what would be run, without touching the results folder, which need not exist."""
    missing = not_stored(plan, results, retry_failed=retry_failed)
    click.echo(headline(plan, missing))
    click.echo(f"About {span(missing.seconds)} of work on one core. Nothing was run.")
    for (task, optimizer), count in missing.pairs.items():
        click.echo(f"  {optimizer}  on  {task}  ({_count(count, 'seed')})")
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
        "tasks skipped",
        Counter(
            f"{first[reason]} {reason}"
            for name, text in plan.unready.items()
            if (reason := text.removeprefix(f"{name} "))
        ),
    )


def _echo_reasons(what: str, reasons: Counter[str]) -> None:
    """The most frequent reasons, with their counts."""
    for reason, count in reasons.most_common(SHOWN):
        click.echo(f"  {count} {what}: {reason[:300]}")
    if len(reasons) > SHOWN:
        click.echo(f"  ... and {_count(len(reasons) - SHOWN, 'other reason')}")


def _count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
