"""The verdicts as test cases, for JUnit XML, which every CI service can show."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.etree import ElementTree as ET

from hpobench.gate.comparison import Answer
from hpobench.gate.identity import Identity
from hpobench.gate.judge import Judgement
from hpobench.gate.verdict import Verdict
from hpobench.gate.words import sentence

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""

OVERALL = "all tasks"


class CaseOutcome(StrEnum):
    """How a test case ended, as JUnit names it."""

    PASSED = "passed"
    FAILED = "failure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test case.

    Attributes:
        suite: The optimizer.
        name: The task, or `OVERALL`.
        outcome: See there; what is undecided is skipped.
        message: One line.
        seconds: That its runs took in the candidate.
    """

    suite: str
    name: str
    outcome: CaseOutcome
    message: str
    seconds: float = 0.0


def answer_cases(answer: Answer, *, strict: bool) -> Iterator[Case]:
    """A case for each optimizer and task, and one for each optimizer over all tasks.

    Args:
        answer: The verdicts.
        strict: Whether it is a failure that nothing is decided over all tasks.
    """
    runs = answer.pairs.runs
    seconds = runs.groupby(["optimizer", "task"])["seconds_new"].sum().to_dict()
    for judged in answer.optimizers:
        outcome = _outcome(judged.overall, strict=strict)
        yield Case(
            suite=judged.optimizer, name=OVERALL, outcome=outcome, message=sentence(judged.overall)
        )
        for task, judgement in judged.tasks.items():
            yield Case(
                suite=judged.optimizer,
                name=task,
                outcome=_outcome(judgement, strict=False),
                message=sentence(judgement),
                seconds=float(seconds[judged.optimizer, task]),
            )


def identity_cases(identity: Identity) -> Iterator[Case]:
    """A case for each optimizer and task: passed if all its runs are the same."""
    groups: dict[tuple[str, str], list[str]] = {}
    for (optimizer, task, _), found in sorted(identity.runs.items()):
        groups.setdefault((optimizer, task), []).extend([str(found)] if found else [])
    for (optimizer, task), differing in groups.items():
        outcome = CaseOutcome.FAILED if differing else CaseOutcome.PASSED
        message = differing[0] if differing else "the same trajectories to the bit"
        yield Case(suite=optimizer, name=task, outcome=outcome, message=message)


def junit(cases: Iterable[Case]) -> bytes:
    """JUnit XML: a suite for each optimizer, a test case for each task.

    Source:
        The schema of Jenkins' xunit plugin, junit-10.xsd, which GitLab and others read.
    """
    root = ET.Element("testsuites", name="hpobench compare")
    suites: dict[str, list[Case]] = {}
    for case in cases:
        suites.setdefault(case.suite, []).append(case)
    for name, found in suites.items():
        _suite(root, name, found)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(root: ET.Element, name: str, cases: Sequence[Case]) -> None:
    suite = ET.SubElement(
        root,
        "testsuite",
        name=strip_illegal_xml(name),
        tests=str(len(cases)),
        failures=_number(cases, CaseOutcome.FAILED),
        errors="0",
        skipped=_number(cases, CaseOutcome.SKIPPED),
        time=f"{sum(case.seconds for case in cases):.3f}",
    )
    for case in cases:
        element = ET.SubElement(
            suite,
            "testcase",
            classname=strip_illegal_xml(case.suite),
            name=strip_illegal_xml(case.name),
            time=f"{case.seconds:.3f}",
        )
        if case.outcome is CaseOutcome.PASSED:
            ET.SubElement(element, "system-out").text = strip_illegal_xml(case.message)
        else:
            ET.SubElement(element, str(case.outcome), message=strip_illegal_xml(case.message))


def strip_illegal_xml(text: str) -> str:
    """Text without what XML cannot hold."""
    return ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def _number(cases: Sequence[Case], outcome: CaseOutcome) -> str:
    return str(sum(case.outcome is outcome for case in cases))


def _outcome(judgement: Judgement, *, strict: bool) -> CaseOutcome:
    if judgement.verdict is Verdict.WORSE:
        return CaseOutcome.FAILED
    if judgement.verdict is not Verdict.UNDECIDED:
        return CaseOutcome.PASSED
    return CaseOutcome.FAILED if strict else CaseOutcome.SKIPPED
