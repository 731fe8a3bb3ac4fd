"""What optimizers are told of a task before its first trial, where its settings say so."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from hpobench.catalogue.priors import Qualities
from hpobench.catalogue.siblings import siblings
from hpobench.run import canonical
from hpobench.settings import Prior
from hpobench.system.plain_data import to_plain
from hpobench.task import Task

_CONDITIONS = ("budget", "workers")
"""Parts of a definition that say how long a task is tried, and not what it answers."""


def unknown(task: Task, others: Iterable[Task], priors: Qualities) -> str:
    """Why something cannot be told that its settings ask for, said behind its name; or empty.

    Args:
        task: With its settings.
        others: Tasks among which its siblings are.
        priors: Those of the task by quality.
    """
    settings = task.settings
    published = task.history is not None and task.history.published
    if settings.history and not published and not siblings(task, others):
        if task.history is None:
            return "has no history: its YAML names no tasks on other data"
        return f"has no history: {task.history.group} has no task on other data like it"
    if settings.prior is not Prior.NONE and settings.prior not in priors:
        return "has no prior: 'hpobench priors' makes those of tasks with one objective"
    return ""


def informed(task: Task, others: Iterable[Task], priors: Qualities) -> Task:
    """The task with all that its settings let optimizers be told, see `unknown`."""
    settings = task.settings
    sources = siblings(task, others) if settings.history else ()
    prior = priors[settings.prior] if settings.prior is not Prior.NONE else {}
    parts = [[_answers(source) for source in sources], to_plain(prior)]
    digest = hashlib.blake2b(canonical(parts), digest_size=16).hexdigest()
    return replace(task, sources=sources, prior=prior, known=digest)


def _answers(source: Task) -> dict[str, object]:
    """All that decides what the trials of a source are."""
    return {name: part for name, part in source.definition().items() if name not in _CONDITIONS}
