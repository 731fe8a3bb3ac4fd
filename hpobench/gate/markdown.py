"""The answer as Markdown, short enough for a comment on a pull request: the verdict first."""

import re
from collections.abc import Iterable, Iterator, Sequence

from hpobench.gate.comparison import Answer
from hpobench.gate.identity import Identity
from hpobench.gate.judge import Judged, Judgement
from hpobench.gate.method import method
from hpobench.gate.overhead import OverheadTime
from hpobench.gate.verdict import Verdict
from hpobench.gate.words import advice, change, difference_in_words
from hpobench.scoring.note import Note
from hpobench.system.text import count

ROWS = 100
"""A table's rows; GitHub refuses comments of more than 65,536 characters."""

DETAILS = 5
"""Lines of a note."""

HEAD = """\
| optimizer | task | verdict | baseline | candidate | difference | A12 |
|---|---|---|--:|--:|--:|--:|"""

PACE = {
    Verdict.WORSE: "slower",
    Verdict.BETTER: "faster",
    Verdict.EQUIVALENT: "as fast",
    Verdict.NOT_WORSE: "not slower",
    Verdict.UNDECIDED: "no clear change",
}

_MARKUP = re.compile(r"[\\`|<>&*\[\]~$]|(?<!\w)[_@#!]|_(?!\w)")


def plain_markdown(text: str) -> str:
    """Text that Markdown shows as it is, in one line: no markup, no HTML, no mention."""
    line = " ".join(text.split())
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", line)


def answer_as_markdown(answer: Answer) -> str:
    """All that a reviewer needs: verdicts, what to know first, and the tasks that changed."""
    changed = [
        (judged.optimizer, task, judgement)
        for judged in answer.optimizers
        for task, judgement in judged.tasks.items()
        if judgement.verdict in {Verdict.WORSE, Verdict.BETTER}
    ]
    parts = [
        f"### hpobench: {_headline(answer)}",
        *_notes([note for note in answer.notes if note.serious]),
        "\n".join(_bullet(judged) for judged in answer.optimizers),
        "\n".join(_slower(overhead) for overhead in answer.overheads),
        _next(answer),
        f"Tasks that changed:\n\n{_table(changed)}" if changed else "",
        _folded("All tasks", _table(_everything(answer.optimizers))),
        _folded(
            "How this was decided",
            "\n".join(f"- {plain_markdown(line)}" for line in method(answer)),
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def identity_as_markdown(identity: Identity) -> str:
    """Whether all is the same, and where it first is not."""
    before, after = map(plain_markdown, map(str, identity.sides))
    runs, differing = len(identity.runs), identity.divergences
    missing = [found for found in differing if found.missing]
    others = [found for found in differing if not found.missing]
    head = f"identical: {count(runs, 'run')}, the same trajectories to the bit"
    if differing:
        head = f"not identical: of {count(runs, 'run')} {len(others)} differ"
        head += f" and {len(missing)} are missing" if missing else ""
    lines = [f"- {plain_markdown(str(found))}" for found in (*others, *missing)[:DETAILS]]
    if len(differing) > DETAILS:
        lines.append(f"- ... and {len(differing) - DETAILS} more")
    notes = [Note(text=f"Not all could be read: {text}") for text in identity.remarks]
    if identity.extra:
        text = f"{count(identity.extra, 'run')} of the candidate have no baseline."
        notes.append(Note(text=text))
    parts = [
        f"### hpobench: {head}",
        *_notes(notes),
        "\n".join(lines),
        f"Baseline {before}, candidate {after}; real clocks do not count.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _headline(answer: Answer) -> str:
    """One line that says it all."""
    judged = answer.optimizers
    verdicts = [str(each.overall.verdict) for each in judged]
    if len(judged) == 1:
        text = f"{plain_markdown(judged[0].optimizer)} is {verdicts[0]}"
    else:
        counts = [f"{verdicts.count(name)} {name}" for name in sorted(set(verdicts))]
        text = f"{count(len(judged), 'optimizer')}: {', '.join(counts)}"
    worse = sum(1 for _, task in answer.regressions if task)
    total = sum(len(each.tasks) for each in judged)
    return f"{text}; worse by itself on {worse} of {count(total, 'task')}" if worse else text


def _bullet(judged: Judged) -> str:
    """An optimizer's verdict with its numbers."""
    whole = judged.overall
    reason = f" ({whole.reason})" if whole.reason else ""
    text = f"- **{plain_markdown(judged.optimizer)}: {whole.verdict}**{reason}. "
    text += f"{change(whole).capitalize()}; A12 {whole.effect:.2f}; "
    text += f"{count(len(judged.tasks), 'task')}, {count(judged.seeds, 'seed')}."
    if whole.verdict is Verdict.UNDECIDED:
        text += f" With what there is nobody can tell: {advice(whole)}."
    return text


def _slower(overhead: OverheadTime) -> str:
    before, after = overhead.milliseconds
    low, high = overhead.interval
    return (
        f"- {plain_markdown(overhead.optimizer)}, its own time: "
        f"{PACE[overhead.verdict]}. {before:.2f} to {after:.2f} ms a trial, "
        f"{overhead.ratio:.2f} times ({low:.2f} to {high:.2f})."
    )


def _next(answer: Answer) -> str:
    """What the sequential mode wants next."""
    looks = answer.question.looks
    if looks is None:
        return ""
    seeds = max(judged.seeds for judged in answer.optimizers)
    done = looks.reached(seeds)
    text = f"Look {len(done)} of {len(looks.sizes)} (at {', '.join(map(str, looks.sizes))} seeds)."
    if answer.settled or len(done) == len(looks.sizes):
        return f"{text} {'Decided' if answer.settled else 'Not decided, and no look is left'}."
    return f"{text} Not decided yet: go on to {looks.sizes[len(done)]} seeds."


def _notes(notes: Iterable[Note]) -> Iterator[str]:
    for note in notes:
        lines = [f"> **Note:** {plain_markdown(note.text)}"]
        lines += [f"> - {plain_markdown(detail)}" for detail in note.details[:DETAILS]]
        if len(note.details) > DETAILS:
            lines.append(f"> - ... and {len(note.details) - DETAILS} more")
        yield "\n".join(lines)


def _everything(optimizers: Iterable[Judged]) -> list[tuple[str, str, Judgement]]:
    return [(each.optimizer, task, j) for each in optimizers for task, j in each.tasks.items()]


def _table(rows: Sequence[tuple[str, str, Judgement]]) -> str:
    lines = [_row(*row) for row in rows[:ROWS]]
    if len(rows) > ROWS:
        lines.append(f"\n... and {len(rows) - ROWS} more, which the JSON has.")
    return "\n".join([HEAD, *lines])


def _row(optimizer: str, task: str, judgement: Judgement) -> str:
    before, after = judgement.scores
    verdict = f"{judgement.verdict}{f' ({judgement.reason})' if judgement.reason else ''}"
    cells = (
        plain_markdown(optimizer),
        plain_markdown(task),
        f"**{verdict}**" if judgement.verdict is Verdict.WORSE else verdict,
        f"{before:.3f}",
        f"{after:.3f}",
        difference_in_words(judgement),
        f"{judgement.effect:.2f}",
    )
    return f"| {' | '.join(cells)} |"


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"
