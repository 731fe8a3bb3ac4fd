"""Tables of HPO-B's own archive are told as they stand in it, from archives made by hand."""

import json
import tracemalloc
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.tabular.hpo_b import published
from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.execution.construction import build
from hpobench.space import violation
from hpobench.trial import Trial

CATALOGUE = Catalogue()

PUBLISHED = """
{"4796": ["3549", "3918", "9903", "23"],
"5527": ["146064", "146065", "9914", "145804", "31", "10101"],
"5636": ["146064", "145804", "9914", "146065", "10101", "31"],
"5859": ["9983", "31", "37", "3902", "9977", "125923"],
"5860": ["14965", "9976", "3493"],
"5891": ["9889", "3899", "6566", "9980", "3891", "3492"],
"5906": ["9971", "3918"],
"5965": ["145836", "9914", "3903", "10101", "9889", "49", "9946"],
"5970": ["37", "3492", "9952", "49", "34536", "14951"],
"5971": ["10093", "3954", "43", "34536", "9970", "6566"],
"6766": ["3903", "146064", "145953", "145804", "31", "10101"],
"6767": ["146065", "145804", "146064", "9914", "9967", "31"],
"6794": ["145804", "3", "146065", "10101", "9914", "31"],
"7607": ["14965", "145976", "3896", "3913", "3903", "9946", "9967"],
"7609": ["145854", "3903", "9967", "145853", "34537", "125923", "145878"],
"5889": ["9971", "3918"]}
"""
"""The publisher's hpob-data/meta-test-tasks-per-space.json, at commit 68ec0518."""

SMALL: dict[str, Any] = {
    "5860": {
        "14965": {"X": [[0.0, 1.0]], "y": [[0.125]]},
        "3493": {"X": [[0.25, 0.5], [1.0, 0.0]], "y": [[0.75], [0.5]]},
    },
    "5527": {
        "10101": {
            "X": [
                [0.5, 0.25, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0],
                [0.75, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
                [0.125, 0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 1.0],
            ],
            "y": [[0.875], [0.625], [0.375]],
        }
    },
}

SVM: list[tuple[dict[str, Any], float]] = [
    (
        {"cost": 0.5, "gamma.set": True, "gamma": 0.25, "degree.set": False, "kernel": "_INVALID"},
        0.875,
    ),
    ({"cost": 0.75, "gamma.set": False, "degree.set": False, "kernel": "_linear"}, 0.625),
    (
        {
            "cost": 0.125,
            "gamma.set": False,
            "degree.set": True,
            "degree": 0.5,
            "kernel": "_polynomial",
        },
        0.375,
    ),
]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path / "data"))


def packed(folder: Path, text: str, member: str = "hpob-data/meta-test-dataset.json") -> Path:
    """An archive like the publisher's, where a fetched one lies."""
    path = folder / "data" / "hpo_b" / "hpob-data.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("hpob-data/meta-train-dataset.json", "{}")
        archive.writestr(member, text)
    return path


def told(table: Benchmark, config: dict[str, Any]) -> float:
    """The accuracy of a configuration of the space."""
    assert not violation(table.space, config)
    return -table.evaluate(Trial(config=config), seed=1).value


def test_the_tasks_are_those_of_the_published_test_split() -> None:
    spaces = json.loads(PUBLISHED)
    listed = {f"{space}/{dataset}" for space, found in spaces.items() for dataset in found}
    tasks = [task for task in CATALOGUE.tasks.values() if task.collection == "hpo-b-archive"]
    asked = [str(t.params["array"]).partition(":")[0] for t in tasks]
    filled = [
        a.replace("{dataset}", str(t.params["dataset"])) for a, t in zip(asked, tasks, strict=True)
    ]
    assert len(filled) == len(listed) == 86
    assert set(filled) == listed


def test_the_archive_is_known_by_the_checksum_that_its_author_publishes() -> None:
    (archive,) = CATALOGUE.datasets["hpo_b"].files.values()
    assert archive.sha256 == "ab1c439e50ffea3d8a3f1e0ad7ee7f03cd3c12df05576de84ad7c3b58fbf3358"
    assert archive.size == 261_011_374


@pytest.mark.parametrize("indent", [None, 1])
def test_a_task_tells_the_accuracies_of_its_table(tmp_path: Path, indent: int | None) -> None:
    packed(tmp_path, json.dumps(SMALL, indent=indent))
    svm = build(CATALOGUE.task("hpo-b-archive/svm-5527-10101"))
    assert [told(svm, config) for config, _ in SVM] == [accuracy for _, accuracy in SVM]
    glmnet = build(CATALOGUE.task("hpo-b-archive/glmnet-5860-3493"))
    assert told(glmnet, {"alpha": 0.25, "lambda": 0.5}) == 0.75
    assert told(glmnet, {"alpha": 0.9, "lambda": 0.1}) == 0.5  # the nearest one


def test_a_table_is_read_without_the_others_in_memory(tmp_path: Path) -> None:
    rows = 500
    table = {"X": [[i / rows] * 2 for i in range(rows)], "y": [[i / rows] for i in range(rows)]}
    other = json.dumps({"X": [[0.123456789012345, 1.0]] * 3000, "y": [[0.5]] * 3000})
    others = "".join(f'"{i}": {other}, ' for i in range(100))
    text = f'{{"1": {{{others}"last": {json.dumps(table)}}}}}'
    path = packed(tmp_path, text)
    tracemalloc.start()
    columns = published(path, "1/last:a,b")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert columns == {name: [i / rows for i in range(rows)] for name in ("a", "b", "accuracy")}
    assert peak < len(text) / 2


BAD: dict[str, tuple[Any, str]] = {
    "no such data set": (
        {"5860": {"3494": SMALL["5860"]["3493"]}},
        "no table '5860/3493': did you mean '5860/3494'?",
    ),
    "a list": ([1, 2], "holds no tables by search space and data set"),
    "too few columns": (
        {"5860": {"3493": {"X": [[0.5]], "y": [[1.0]]}}},
        "with as many rows of 2 numbers in X as rows of one number in y",
    ),
    "a row without a value": ({"5860": {"3493": {"X": [[0.5, 1.0]], "y": []}}}, "as many rows"),
    "no y": ({"5860": {"3493": {"X": [[0.5, 1.0]]}}}, "'5860/3493' is not"),
    "values that are not in rows": ({"5860": {"3493": {"X": [[0.5, 1]], "y": [1]}}}, "is not"),
    "no rows": ({"5860": {"3493": {"X": [], "y": []}}}, "is not"),
    "too large": ({"5860": {"3493": {"X": [[10**400, 1]], "y": [[1]]}}}, "is not"),
    "texts": ({"5860": {"3493": {"X": [["a", 1]], "y": [[1]]}}}, "is not"),
}


@pytest.mark.parametrize("fault", BAD)
def test_another_structure_is_refused_in_one_line(fault: str, tmp_path: Path) -> None:
    content, complaint = BAD[fault]
    path = packed(tmp_path, json.dumps(content))
    with pytest.raises(UserError) as raised:
        build(CATALOGUE.task("hpo-b-archive/glmnet-5860-3493"))
    message = str(raised.value)
    assert str(path) in message
    assert complaint in message
    assert "\n" not in message


def test_an_archive_without_the_split_and_what_is_no_archive_are_refused(tmp_path: Path) -> None:
    task = CATALOGUE.task("hpo-b-archive/glmnet-5860-3493")
    path = packed(tmp_path, "{}", member="hpob-data/other.json")
    with pytest.raises(UserError, match=r"holds no meta-test-dataset\.json"):
        build(task)
    path.write_bytes(b"<html>moved</html>")
    with pytest.raises(UserError, match="is no zip archive that can be read: File is not a zip"):
        build(task)
    damaged = packed(tmp_path, json.dumps(SMALL)).read_bytes()
    place = damaged.index(b"meta-test-dataset.json") + 40
    path.write_bytes(damaged[:place] + bytes(40) + damaged[place + 40 :])
    with pytest.raises(UserError, match="is no zip archive that can be read"):
        build(task)
