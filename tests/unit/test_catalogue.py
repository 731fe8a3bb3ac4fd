"""What the YAML may say, and how its mistakes are reported."""

from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue, lacking, load
from hpobench.catalogue.reader import read_yaml
from hpobench.catalogue.sets import experiment, parse_seeds
from hpobench.errors import UserError
from hpobench.task import Budget, Kind, Unit
from tests import PATIENCE

TASKS = """\
benchmark: package.module:Thing
types: [float]
tasks:
  - id: "f{function:02d}-d{dimension}"
    grid: {function: 1..3, dimension: [2, 5]}
    params: {noise: 1e-5, mode: no}
    dimension: "{dimension}"
    objectives: [loss]
    budget: {trials: 50}
    description: Function {function}
  - id: fast
    dimension: 4
    objectives: [loss, time]
    fidelity: epochs
    budget: {seconds: 3600}
    types: [integer, categorical]
"""

OPTIMIZERS = """\
adapter: package.module:Thing
capabilities: {types: [float], objectives: 2}
variants:
  family:
    options: {a: 1}
  other:
    capabilities: {fidelity: true}
"""


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        target = path / name.replace("__", "/").replace("_yaml", ".yaml")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return path


def catalogue(path: Path, *, tasks: str = TASKS, optimizers: str = OPTIMIZERS) -> Catalogue:
    return Catalogue([folder(path, tasks__mine_yaml=tasks, optimizers__family_yaml=optimizers)])


def test_one_entry_expands_over_its_grid(tmp_path: Path) -> None:
    found = catalogue(tmp_path)
    names = [name for name in found.tasks if name.startswith("mine/")]
    assert names == [
        *(f"mine/f0{f}-d{d}" for f in (1, 2, 3) for d in (2, 5)),
        "mine/fast",
    ]
    task = found.task("mine/f02-d5")
    assert task.params == {"function": 2, "dimension": 5, "noise": 1e-5, "mode": "no"}
    assert (task.dimension, task.types, task.kind) == (5, ("float",), Kind.BLACKBOX)
    assert task.description == "Function 2"


def test_an_entry_states_only_what_differs_from_the_file(tmp_path: Path) -> None:
    task = catalogue(tmp_path).task("mine/fast")
    assert task.benchmark == "package.module:Thing"
    assert task.types == ("categorical", "integer")
    assert task.kind is Kind.MULTI_FIDELITY_MULTI_OBJECTIVE
    assert task.budget == Budget(3600, Unit.SECONDS)


def test_the_namesake_of_a_family_has_its_name_alone(tmp_path: Path) -> None:
    found = catalogue(tmp_path)
    assert found.variant("family").options == {"a": 1}
    other = found.variant("family/other").capabilities
    assert (other.fidelity, other.objectives, other.types) == (True, 2, frozenset({"float"}))


def test_a_task_under_another_budget_has_another_name(tmp_path: Path) -> None:
    found = catalogue(tmp_path)
    changed = found.task("mine/f01-d2").under(budget=Budget(20), workers=4)
    assert changed.id == "mine/f01-d2@trials=20,workers=4"
    assert found.task(changed.id) == changed
    assert changed.base_id == "mine/f01-d2"
    assert changed.under(budget=Budget(30)).id == "mine/f01-d2@trials=30,workers=4"
    assert found.task("mine/f01-d2").under(budget=Budget(50)).id == "mine/f01-d2"
    assert changed.definition() != found.task("mine/f01-d2").definition()


def test_patterns_select_and_keep_the_order_without_repeats(tmp_path: Path) -> None:
    found = catalogue(tmp_path)
    tasks = found.select_tasks(["mine/f0?-d2", "mine/fast", "mine/*"])
    assert [task.id for task in tasks][:4] == [
        "mine/f01-d2",
        "mine/f02-d2",
        "mine/f03-d2",
        "mine/fast",
    ]
    assert len(tasks) == 7


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    found = catalogue(tmp_path)
    with pytest.raises(UserError, match=r"no task 'mine/f1-d2': did you mean 'mine/f01-d2'"):
        found.task("mine/f1-d2")
    with pytest.raises(UserError, match=r"no task 'mine/F2': did you mean 'mine/f02-d2'"):
        found.task("mine/F2")
    with pytest.raises(UserError, match="no task 'MINE': did you mean 'mine/fast'"):
        found.task("MINE")
    with pytest.raises(UserError, match="no optimizer 'family/othr': did you mean 'family/other'"):
        found.select_variants(["family/othr"])
    with pytest.raises(UserError, match="no task matches 'yours/"):
        found.select_tasks(["yours/*"])


FAULTS = {
    "a key twice": (TASKS + "  - id: a\n    id: b\n", "mine.yaml:18: 'id' stands twice"),
    "an unknown field": (
        TASKS.replace("budget: {trials", "bugdet: {trials"),
        "mine.yaml:9: unknown field 'bugdet': did you mean 'budget'",
    ),
    "a typing mistake": (
        TASKS + "    evaluate_m: 3\n",
        "mine.yaml:17: unknown field 'evaluate_m': did you mean 'evaluate_ms'",
    ),
    "a wrong type": (
        TASKS.replace("dimension: 4", "dimension: four"),
        "mine.yaml:12: expected a whole number, not 'four'",
    ),
    "no such parameter": (
        TASKS.replace("{function:02d}", "{funktion}"),
        "no parameter 'funktion'.*did you mean 'function'",
    ),
    "an attribute in a template": (
        TASKS.replace("{function:02d}", "{function.__class__}"),
        "a hole is {name} or {name:02d}",
    ),
    "endless padding": (
        TASKS.replace("{function:02d}", "{function:0999999999d}"),
        "a hole is {name} or {name:02d}",
    ),
    "an unknown budget": (TASKS.replace("{trials: 50}", "{trails: 50}"), "a budget is one of"),
    "a negative budget": (TASKS.replace("{trials: 50}", "{trials: -5}"), "a number above 0"),
    "an unknown type": (
        TASKS.replace("[float]", "[floats]"),
        "mine.yaml:2: unknown type 'floats': did you mean 'float'",
    ),
    "a huge grid": (TASKS.replace("1..3", "1..99999999"), "mine.yaml:5: the range"),
    "a huge product": (
        TASKS.replace("function: 1..3", "function: 1..9999, b: 1..9999"),
        "mine.yaml:5: the grid has",
    ),
    "no target": (TASKS.replace("package.module:Thing", "package.module"), "expected module:Class"),
    "two tasks of one name": (
        TASKS.replace("id: fast", "id: f01-d2"),
        "two definitions of the task 'mine/f01-d2'",
    ),
    "a name with a blank": (TASKS.replace("id: fast", "id: very fast"), "is no name"),
    "an alias": (TASKS + "a: &x [1]\nb: *x\n", "mine.yaml:18: aliases"),
    "a tag": (TASKS + "a: !!python/object:os.system x\n", "mine.yaml:17: tags"),
    "deep nesting": ("a: " + "[" * 500 + "]" * 500, "nested deeper"),
    "broken syntax": (TASKS + "a: [1, 2\n", "mine.yaml:1[78]: is not YAML"),
    "two documents": (TASKS + "---\na: 1\n", "holds 2 YAML documents"),
    "nothing": ("", "holds 0 YAML documents"),
    "a list": ("- 1\n", "mine.yaml:1: expected a mapping of fields, not a list"),
    "no text": (TASKS.replace("id: fast", 'id: "\\0"'), "mine.yaml:11: holds a control character"),
    "a bomb": ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "mine.yaml:2: aliases"),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_file_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        list(catalogue(tmp_path, tasks=text).tasks)


def test_bytes_that_are_no_text_and_huge_files_are_refused(tmp_path: Path) -> None:
    for data, message in ((b"a: \xff\xfe", "not UTF-8"), (b"a" * (2 << 20), "larger than 1 MiB")):
        path = tmp_path / "x.yaml"
        path.write_bytes(data)
        with pytest.raises(UserError, match=message):
            read_yaml(path)


@pytest.mark.timeout(PATIENCE)  # where an attack would take hours
def test_hostile_files_cost_no_time(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    for text in ("[" * 500_000, "{a: " * 200_000, "- " * 400_000, "? " * 400_000, "'" * 900_001):
        path.write_text(text)
        with pytest.raises(UserError):
            read_yaml(path)


def test_numbers_and_words_follow_yaml_1_2(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("[1e-5, 1., .5, -3, no, yes, on, true, null, ~, '1', 0o7, 1_000, .inf, 12:30]")
    assert read_yaml(path).plain() == [
        1e-5, 1.0, 0.5, -3, "no", "yes", "on", True, None, None, "1", "0o7", "1_000",
        float("inf"), "12:30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "seeds"), [("0:3", (0, 1, 2)), ("7", (7,)), ("0,3,5:7,3", (0, 3, 5, 6))]
)
def test_seeds_are_ranges_and_numbers(spec: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(spec) == seeds


@pytest.mark.parametrize(
    "spec", ["", "a", "3:1", "1:1", "-1", "0:", ":5", "1.5", "0:99999999", "٣"]
)
def test_wrong_seeds_are_refused(spec: str) -> None:
    with pytest.raises(UserError, match="seeds"):
        parse_seeds(spec)


@pytest.mark.parametrize("spec", ["0", "-1", "nan", "inf", "abc", "trails=5", "trials=", ""])
def test_wrong_budgets_are_refused(spec: str) -> None:
    with pytest.raises(UserError, match="budget"):
        Budget.parse(spec)


def test_a_task_set_has_parts(tmp_path: Path) -> None:
    text = "description: d\nprovenance: p\ntasks:\n  a: [mine/fast]\n  b: [mine/f0*]\n"
    folder(tmp_path, **{"configs__task-sets__few_yaml": text})
    found = catalogue(tmp_path)
    assert len(found.select_tasks([], ["few"])) == 7
    assert [t.id for t in found.select_tasks([], ["few/a"])] == ["mine/fast"]
    with pytest.raises(UserError, match="no task set 'fwe': did you mean 'few'"):
        found.select_tasks([], ["fwe"])


DEV_AND_TEST = """\
description: d
provenance: {data: 0a1b, blackbox: {k: 1, tau: 0.75}}
tasks:
  blackbox:
    dev: [mine/fast]
    test: [mine/f01-d2]
  mf:
    dev: [mine/f02-d2]
    test: [mine/f02-d5]
"""


def test_parts_may_have_parts_and_those_of_one_name_are_a_set_too(tmp_path: Path) -> None:
    folder(tmp_path, **{"configs__task-sets__few_yaml": DEV_AND_TEST})
    found = catalogue(tmp_path).task_sets
    names = {name: found[name].patterns for name in found if name.startswith("few")}
    assert names == {
        "few": ("mine/fast", "mine/f01-d2", "mine/f02-d2", "mine/f02-d5"),
        "few/blackbox": ("mine/fast", "mine/f01-d2"),
        "few/blackbox/dev": ("mine/fast",),
        "few/blackbox/test": ("mine/f01-d2",),
        "few/mf": ("mine/f02-d2", "mine/f02-d5"),
        "few/mf/dev": ("mine/f02-d2",),
        "few/mf/test": ("mine/f02-d5",),
        "few/dev": ("mine/fast", "mine/f02-d2"),
        "few/test": ("mine/f01-d2", "mine/f02-d5"),
    }
    assert found["few/dev"].provenance == {"data": "0a1b", "blackbox": {"k": 1, "tau": 0.75}}


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("mine/f02-d2", "few.yaml:4: the task 'mine/f02-d2' is in parts named dev and test"),
        ("mine/f02-d2@trials=9", "the task 'mine/f02-d2' is in parts named dev and test"),
        ("mine/f*", "name each task, not 'mine/f\\*'"),
    ],
)
def test_a_set_whose_dev_and_test_may_share_a_task_is_refused(
    tmp_path: Path, task: str, message: str
) -> None:
    text = DEV_AND_TEST.replace("mine/f01-d2", task)
    folder(tmp_path, **{"configs__task-sets__few_yaml": text})
    with pytest.raises(UserError, match=message):
        _ = catalogue(tmp_path).task_sets


def test_an_experiment_is_what_the_command_line_says(tmp_path: Path) -> None:
    text = (
        "optimizers: [random]\ntask_sets: [core]\nseeds: 0:3\nbudget: evaluations=9\nworkers: 2\n"
    )
    (tmp_path / "x.yaml").write_text(text)
    found = experiment(tmp_path / "x.yaml")
    assert found.seeds == (0, 1, 2)
    assert found.budget == Budget(9, Unit.EVALUATIONS)
    assert (found.optimizers, found.task_sets, found.workers) == (("random",), ("core",), 2)
    (tmp_path / "y.yaml").write_text("seeds: 3:1\n")
    with pytest.raises(UserError, match=r"y.yaml:1: .*seeds"):
        experiment(tmp_path / "y.yaml")


def test_a_class_is_found_by_its_name_and_a_missing_one_is_explained() -> None:
    assert load("hpobench.catalogue:Catalogue") is Catalogue
    with pytest.raises(UserError, match="needs the module 'no_such_module'"):
        load("no_such_module:Thing")
    with pytest.raises(UserError, match="has no 'Thing'"):
        load("hpobench.task:Thing")


@pytest.mark.parametrize(
    ("library", "needs", "missing"),
    [
        ("numpy", "[click]", ""),
        ("no-such-library", "[click]", "no-such-library"),
        ("numpy", "[click, no-such-extra]", "no-such-extra"),
    ],
)
def test_a_library_or_what_options_need_is_missed_by_name_and_with_the_cure(
    tmp_path: Path, library: str, needs: str, missing: str
) -> None:
    folder = tmp_path / "optimizers"
    folder.mkdir()
    words = f"library: {library}\nneeds: {needs}\nextra: more\n"
    text = OPTIMIZERS.replace("package.module:Thing", "json:JSONDecoder")
    (folder / "family.yaml").write_text(words + text)
    found = lacking(Catalogue([tmp_path]).variant("family/other"))
    expected = (
        f"needs the package {missing!r}, which is not installed: pip install 'hpobench[more]'"
    )
    assert found == (f"family/other {expected}" if missing else "")


@pytest.mark.parametrize("trials", [None, "null"])
def test_a_budget_that_is_not_said_follows_from_the_number_of_hyperparameters(
    tmp_path: Path, trials: str | None
) -> None:
    text = TASKS.replace("    budget: {trials: 50}\n", f"    budget: {trials}\n" if trials else "")
    tasks = catalogue(tmp_path, tasks=text).tasks.values()
    # ceil(20 + 40 sqrt(d)), worked out by hand
    assert {task.dimension: str(task.budget) for task in tasks if task.collection == "mine"} == {
        2: "trials=77",
        5: "trials=110",
        4: "seconds=3600",
    }


def test_one_collection_is_read_without_the_others(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "faulty.yaml").write_text("tasks: 7\n")
    known, whole = Catalogue([tmp_path]), Catalogue().tasks
    for name in ("bbob", "pymoo"):
        assert known.collection(name) == {i: t for i, t in whole.items() if t.collection == name}
    assert known.collection("*") == {}
    with pytest.raises(UserError, match=r"faulty.yaml"):
        known.collection("faulty")
