"""The answer for a machine, as plain data; what is not a number is null."""

from dataclasses import asdict
from math import isfinite
from typing import Any

from hpobench.gate.comparison import Answer
from hpobench.gate.identity import Identity
from hpobench.gate.judge import Judged, Judgement
from hpobench.gate.words import LEVEL


def answer_as_data(answer: Answer) -> dict[str, Any]:
    """The answer as JSON-ready data."""
    question = answer.question
    data: dict[str, Any] = _finite(
        {
            "mode": "sequential" if question.looks else "fixed",
            "baseline": str(question.sides[0]),
            "candidate": str(question.sides[1]),
            "verdict": str(answer.verdict),
            "regressions": [{"optimizer": o, "task": t or None} for o, t in answer.regressions],
            "settled": answer.settled,
            "rule": {**asdict(question.rule), "slower": question.slower, "at": str(question.at)},
            "looks": list(question.looks.sizes) if question.looks else None,
            "pairs": len(answer.pairs.runs),
            "notes": [asdict(note) for note in answer.notes],
            "versions": {name: list(both) for name, both in answer.versions.items()},
            "optimizers": [_judged(judged) for judged in answer.optimizers],
            "overhead": [
                {**asdict(overhead), "verdict": str(overhead.verdict)}
                for overhead in answer.overheads
            ],
        }
    )
    return data


def identity_as_data(identity: Identity) -> dict[str, Any]:
    """The check for identical results as JSON-ready data."""
    return {
        "mode": "identical",
        "baseline": str(identity.sides[0]),
        "candidate": str(identity.sides[1]),
        "identical": not identity.divergences,
        "runs": len(identity.runs),
        "extra": identity.extra,
        "remarks": list(identity.remarks),
        "divergences": [
            {**asdict(found), "key": list(found.key)} for found in identity.divergences
        ],
    }


def _judged(judged: Judged) -> dict[str, Any]:
    return {
        "optimizer": judged.optimizer,
        "seeds": judged.seeds,
        "overall": _judgement(judged.overall),
        "tasks": {task: _judgement(judgement) for task, judgement in judged.tasks.items()},
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    evidence = judgement.evidence
    interval = evidence.interval(LEVEL) if evidence else None
    return {
        **asdict(judgement),
        "verdict": str(judgement.verdict),
        "evidence": {**asdict(evidence), "interval": interval} if evidence else None,
        "tests": {**asdict(judgement.tests), "equivalent": judgement.tests.equivalent},
    }


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinities."""
    match value:
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case float():
            return float(value) if isfinite(value) else None
        case _:
            return value
