"""Rules of a choice: what they count, how they are said, and that all subsets keep them."""

import json
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import assume, given
from hypothesis import strategies as st

from hpobench.catalogue import Catalogue
from hpobench.cli.subset import command
from hpobench.errors import UserError
from hpobench.subset.candidates import Candidates, candidate_tasks
from hpobench.subset.choice import choose_subsets
from hpobench.subset.facts import TaskFacts, read_facts
from hpobench.subset.request import SelectionRequest
from hpobench.subset.rules import Bound, CompositionRule, parse_rule
from hpobench.subset.scores import TaskScores
from hpobench.subset.ways import Measure, Method
from hpobench.task import Kind
from tests.examples import examples

N, K = 8, 3
CATALOGUE = Catalogue()


def pool(points: Any) -> Candidates:
    """Tasks as points of two reference optimizers."""
    values = np.array(points, dtype=float)
    scores = TaskScores(
        tasks=tuple(f"x/t{row}" for row in range(len(values))),
        kinds=("blackbox",) * len(values),
        optimizers=("a", "b"),
        values=values,
        losses=values[:, :, None],
    )
    return candidate_tasks(scores, [], Measure.PERFORMANCE)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Candidates, SelectionRequest]:
    """A small pool and two rules of it, for one subset or two."""
    cells = draw(st.lists(st.integers(0, 4), min_size=2 * N, max_size=2 * N))
    real = draw(st.lists(st.booleans(), min_size=N, max_size=N))
    family = draw(st.lists(st.sampled_from("pqr"), min_size=N, max_size=N))
    candidates = pool(np.array(cells).reshape(N, 2) / 4)
    facts = {
        task: TaskFacts(real=real[row], family=family[row], categories=False)
        for row, task in enumerate(candidates.tasks)
    }
    least, most = draw(st.integers(0, 5)), draw(st.integers(1, 3))
    rules = parse_rule(Bound.LEAST, f"{least}:real"), parse_rule(Bound.MOST, f"{most}:family")
    splits = draw(st.sampled_from([("",), ("dev", "test")]))
    method = draw(st.sampled_from([Method.SWAP, Method.MMD, Method.RANDOM]))
    evaluations = draw(st.sampled_from([5, 1000]))  # by swaps, and by trying all of them
    return candidates, SelectionRequest(
        size=K, splits=splits, rules=rules, facts=facts, method=method, evaluations=evaluations,
        restarts=1,
    )  # fmt: skip


def keeps(wish: SelectionRequest, subsets: list[tuple[int, ...]]) -> bool:
    """Whether subsets keep to the rules together, and each to its share, counted by hand."""
    facts = list(wish.facts.values())
    (least, most), splits = wish.rules, len(subsets)
    of = [[facts[row] for row in rows] for rows in subsets]
    real = [sum(each.real for each in found) for found in of]
    families = [Counter(each.family for each in found) for found in of]
    together = sum(families, Counter[str]())
    return (
        sum(real) >= least.number
        and all(n >= least.number // splits for n in real)
        and max(together.values()) <= most.number
        and all(max(each.values()) <= -(-most.number // splits) for each in families)
    )


@pytest.mark.slow
@examples(60)
@given(wishes())
def test_all_subsets_together_keep_the_rules_if_any_can(
    asked: tuple[Candidates, SelectionRequest],
) -> None:
    candidates, wish = asked
    each = list(combinations(range(N), K))
    many = len(wish.splits)
    possible = [[one] for one in each] if many == 1 else [
        [one, other] for one in each for other in each if not {*one} & {*other}
    ]  # fmt: skip
    if not any(keeps(wish, subsets) for subsets in possible):
        with pytest.raises(
            UserError, match=r"--at-(least|most) .* cannot be kept by .* too (few|m)"
        ):
            choose_subsets(candidates, wish)
        return
    found = choose_subsets(candidates, wish)
    assert keeps(wish, [part.rows for part in found.parts])
    assert len({row for part in found.parts for row in part.rows}) == K * many
    for part in found.parts:
        assert found.bound <= part.discrepancy + 1e-9
    assert found.kept[f"at-least {wish.rules[0]}"] >= wish.rules[0].number


@pytest.mark.slow
@examples(30)
@given(wishes())
def test_one_small_subset_is_the_best_of_those_that_keep_the_rules(
    asked: tuple[Candidates, SelectionRequest],
) -> None:
    candidates, wish = asked
    wish = replace(wish, splits=("",), method=Method.SWAP, evaluations=1000)
    assume(any(keeps(wish, [rows]) for rows in combinations(range(N), K)))
    found = choose_subsets(candidates, wish)
    without = choose_subsets(candidates, replace(wish, rules=()))
    assert found.parts[0].proven
    assert found.parts[0].discrepancy >= without.parts[0].discrepancy - 1e-12
    if keeps(wish, [without.parts[0].rows]):
        assert found.parts[0].discrepancy == pytest.approx(without.parts[0].discrepancy)


def test_the_first_subset_leaves_enough_for_the_second() -> None:
    # the points of the diagonal's ends are the best first choice, and the only real ones
    points = [[0.0, 0.0], [1.0, 1.0], *([x / 10, x / 10] for x in range(3, 9))]
    candidates = pool(points)
    facts = {
        task: TaskFacts(
            real=row in (0, 1, 2), family="truss" if row == 7 else task, categories=False
        )
        for row, task in enumerate(candidates.tasks)
    }
    rules = parse_rule(Bound.LEAST, "3:real"), parse_rule(Bound.MOST, "1:family=truss")
    wish = SelectionRequest(size=4, splits=("dev", "test"), rules=rules, facts=facts)
    found = choose_subsets(candidates, wish)
    assert found.kept == {"at-least 3:real": 3, "at-most 1:family=truss": 1}
    assert all(sum(row < 3 for row in part.rows) >= 1 for part in found.parts)


@pytest.mark.parametrize(
    "text", ["14:real", "3:family", "1:family=truss", "multi-fidelity=8:continuable", "0:log"]
)
def test_a_rule_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_rule(Bound.MOST, text)) == text


@pytest.mark.parametrize(
    ("bound", "text", "message"),
    [
        (Bound.LEAST, "14:reel", "did you mean '14:real'"),
        (Bound.LEAST, "real", r"\[KIND=\]N:PROPERTY, not 'real': did you mean '5:real'"),
        (Bound.MOST, "-3:family", r"did you mean '3:family'"),
        (Bound.MOST, "8:continuous", r"did you mean '8:continuable'"),
        (Bound.LEAST, "3:family", "name the family, as in 3:family=NAME"),
        (Bound.MOST, "3:real=truss", "only a family has a name"),
        (Bound.MOST, "", "N:PROPERTY"),
    ],
)
def test_what_is_no_rule_is_answered_with_the_nearest(
    bound: Bound, text: str, message: str
) -> None:
    with pytest.raises(UserError, match=f"^--{bound}.*{message}"):
        parse_rule(bound, text)


def test_facts_are_those_of_catalogue_space_and_fidelity() -> None:
    names = [
        "bbob/f01-d2-i1",
        "curves/boosting-banana-mf",
        "mfh/hartmann3-bad",
        "fcnet/naval_propulsion",
    ]
    found = read_facts(CATALOGUE, names, of_benchmarks=True)
    assert [(f.real, f.log, f.categories, f.continuable) for f in found.values()] == [
        (False, False, False, False),
        (True, True, True, True),
        (False, False, False, False),
        (True, False, True, False),
    ]
    assert [each.has_fidelity for each in found.values()] == [False, True, True, False]
    with pytest.raises(UserError, match=r"rules count by what the catalogue says.*'x/t01'"):
        read_facts(CATALOGUE, ["x/t01"], of_benchmarks=False)


def test_what_can_be_continued_is_asked_of_tasks_with_a_fidelity_alone() -> None:
    rule = CompositionRule(bound=Bound.LEAST, number=8, fact="continuable")
    facts = [TaskFacts(real=True, family="x", categories=False)]
    assert not rule.concerns("blackbox", facts)
    assert rule.concerns("multi-fidelity", [replace(facts[0], has_fidelity=True)])
    assert not replace(rule, kind="blackbox").concerns("multi-fidelity", facts)


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Functions and recorded trainings of two kinds, at random points."""
    rng = np.random.default_rng(0)
    globs = ["bbob/f*-d2-i1", "fcnet/*n", "curves/*", "mfh/*", "counting-ones/*"]
    tasks = [
        task
        for task in CATALOGUE.select_tasks(globs)
        if task.kind in (Kind.BLACKBOX, Kind.MULTI_FIDELITY)
    ]
    rows = [f"{task.id},{task.kind}," + ",".join(map(str, rng.random(3))) for task in tasks]
    path = tmp_path_factory.mktemp("rules") / "features.csv"
    path.write_text("\n".join(["task,kind,a,b,c", *rows]) + "\n")
    return path


def choose(features: Path, *arguments: object) -> Any:
    options = ["--features", features, "-o", "a", "-o", "b", "--stratify", "kind", "--size", 5]
    options += ["--splits", "dev,test", "--evaluations", 50, "--restarts", 1, *arguments]
    done = CliRunner().invoke(command, [str(each) for each in options])
    if done.exception:
        raise done.exception
    return done.output


def test_the_command_keeps_its_rules_and_writes_them_down(features: Path, tmp_path: Path) -> None:
    path = tmp_path / "configs" / "task-sets" / "mine.yaml"
    choose(
        features, "--at-least", "6:real", "--at-least", "5:log", "--at-most", "3:family",
        "--at-least", "4:continuable", "--output", path,
    )  # fmt: skip
    found = Catalogue([tmp_path]).task_sets
    about: Any = found["mine"].provenance
    assert about["at_least"] == ["6:real", "5:log", "4:continuable"]
    assert about["at_most"] == ["3:family"]
    assert "at-least 4:continuable" not in about["blackbox"]["rules"]
    assert about["multi-fidelity"]["rules"]["at-least 4:continuable"] >= 4
    for kind in ("blackbox", "multi-fidelity"):
        tasks = CATALOGUE.select_tasks(found[f"mine/{kind}"].patterns)
        real = sum(task.collection in ("curves", "fcnet") for task in tasks)
        assert len(tasks) == 10
        assert real == about[kind]["rules"]["at-least 6:real"] >= 6
        assert max(Counter(task.family for task in tasks).values()) <= 3


@pytest.mark.slow
def test_rules_that_nothing_keeps_are_refused_in_one_line_with_what_is_lacking(
    features: Path,
) -> None:
    kinds = json.loads(choose(features, "--json"))["provenance"]
    many = kinds["multi-fidelity"]["candidates"]
    short = "multi-fidelity=8:family=mfh"
    with pytest.raises(UserError) as refused:
        choose(features, "--at-least", short, "--at-most", "3:family")
    assert str(refused.value) == (
        f"multi-fidelity: --at-most 3:family cannot be kept by 10 of {many} candidates beside "
        f"--at-least {short}: 5 too many"
    )
    with pytest.raises(UserError, match=r"--at-least blackbox=12:real .*: 2 too few$"):
        choose(features, "--at-least", "blackbox=12:real")
    with pytest.raises(
        UserError, match=r"'trus': did you mean|no candidate is of the family 'trus'"
    ):
        choose(features, "--at-most", "1:family=trus")
    with pytest.raises(UserError, match="the kinds here are: blackbox, multi-fidelity"):
        choose(features, "--at-least", "multi-objective=1:real")


def test_todays_core_has_the_composition_that_was_measured() -> None:
    """Before a core is chosen by rules: whoever chooses one puts its figures here."""
    found = {}
    for kind in Kind:
        tasks = CATALOGUE.select_tasks(CATALOGUE.task_sets[f"core/{kind}"].patterns)
        facts = list(
            read_facts(CATALOGUE, [task.id for task in tasks], of_benchmarks=True).values()
        )
        families = Counter(each.family for each in facts)
        found[str(kind)] = (
            sum(each.real for each in facts),
            max(families.values()),
            families["truss"],
            sum(bool(each.log) for each in facts),
            sum(each.categories for each in facts),
            sum(bool(each.continuable) for each in facts),
        )
    # real, most of one family, trusses, with a logarithm, with categories, continuable; of 20
    assert found == {
        "blackbox": (5, 10, 0, 0, 3, 0),
        "multi-fidelity": (3, 6, 0, 3, 6, 2),
        "multi-objective": (9, 5, 0, 0, 8, 0),
        "multi-fidelity-multi-objective": (5, 8, 7, 5, 4, 3),
    }
