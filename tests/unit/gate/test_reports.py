"""What people and CI services read: escaped, well-formed, and complete."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from hpobench.gate import Side
from hpobench.gate.cases import Case, CaseOutcome, junit
from hpobench.gate.identity import Divergence, Identity
from hpobench.gate.markdown import identity_as_markdown, plain_markdown
from hpobench.gate.pairs import spans

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b|c",
    "`code`",
    "**bold** _it_ ~~no~~",
    "[link](http://x)",
    "![img](http://x)",
    "@maintainer look",
    "# head",
    "&lt;b&gt;",
    "\\| \\`",
    "one\n\ntwo\r\nthree",
    "</details>",
    "$x$",
    "<!-- hidden",
    "#1 and x#2",
]
ALLOWED = {  # of the schema of Jenkins' xunit plugin, junit-10.xsd
    "testsuites": ({"name", "time", "tests", "failures", "errors", "disabled"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id"},
        {"testcase", "properties", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "classname", "time", "assertions", "status"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"message", "type"}, set()),
    "skipped": ({"message", "type"}, set()),
    "system-out": (set(), set()),
}


@pytest.mark.parametrize("text", HOSTILE)
def test_names_cannot_be_markup_or_mention_anybody(text: str) -> None:
    shown = plain_markdown(text)
    assert not set("<>|`*[]~$\\\n\r") & set(shown)
    assert not shown.startswith(("@", "#"))
    assert " @" not in shown


def test_ordinary_names_are_left_as_they_are() -> None:
    for name in ("bbob/f01-d2-i1@trials=20,workers=4", "optuna/tpe", "breast_cancer", "a → b"):
        assert plain_markdown(name) == name


def validate(element: ET.Element) -> None:
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes
    assert {child.tag for child in element} <= children
    for child in element:
        validate(child)


def test_junit_follows_the_schema_and_counts_its_cases() -> None:
    outcomes = [CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.SKIPPED]
    cases = [
        Case(suite=suite, name=text, outcome=outcomes[i % 3], message=text, seconds=0.5)
        for suite in ("o1", "o2\x00\x1b\ud800")
        for i, text in enumerate([*HOSTILE, "\x00\x0b\ufffe\ud800"])
    ]
    root = ET.fromstring(junit(cases))
    validate(root)
    assert [suite.get("tests") for suite in root] == ["16", "16"]
    for suite in root:
        assert len(suite.findall("testcase")) == 16
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures", ""))
        assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped", ""))
    names = [case.get("name") for case in root[0]]
    assert names[:4] == HOSTILE[:4]


def test_a_few_of_many_divergences_are_shown() -> None:
    runs = {
        ("o", "t", seed): Divergence(
            key=("o", "t", seed), trial=1, field="values", before="0.1", after="0.2"
        )
        for seed in range(20)
    }
    sides = (Side(path=Path("a")), Side(path=Path("b"), optimizer="<o>"))
    text = identity_as_markdown(Identity(sides=sides, runs=runs, extra=3, remarks=[]))
    assert text.startswith("### hpobench: not identical: of 20 runs 20 differ\n")
    assert "- o on t, seed 0, trial 1: values was 0.1, is 0.2\n" in text
    assert "... and 15 more" in text
    assert "3 runs of the candidate have no baseline" in text
    assert "<o>" not in text


@pytest.mark.parametrize(
    ("seeds", "text"), [([0, 1, 2], "0:3"), ([4], "4"), ([0, 1, 7, 9, 10], "0:2,7,9:11"), ([], "")]
)
def test_seeds_are_written_as_the_command_line_reads_them(seeds: list[int], text: str) -> None:
    assert spans(seeds) == text


def test_a_side_is_a_folder_and_perhaps_an_optimizer(tmp_path: Path) -> None:
    assert Side.parse("results") == Side(path=Path("results"))
    assert Side.parse("a/b@optuna/tpe") == Side(path=Path("a/b"), optimizer="optuna/tpe")
    (tmp_path / "odd@name").mkdir()
    assert Side.parse(f"{tmp_path}/odd@name") == Side(path=tmp_path / "odd@name")
    odd = Side(path=tmp_path / "odd@name", optimizer="dehb")
    assert Side.parse(f"{tmp_path}/odd@name@dehb") == odd
    assert str(odd) == f"{tmp_path}/odd@name@dehb"
