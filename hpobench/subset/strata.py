"""A choice for each kind of tasks apart, where what is named need not be of every kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hpobench.errors import UnknownNameError, UserError
from hpobench.store.selection import matches
from hpobench.subset.candidates import Candidates, candidate_tasks
from hpobench.subset.choice import ChosenSubset, choose_subsets
from hpobench.subset.request import SelectionRequest
from hpobench.subset.rules import CompositionRule, check_rules
from hpobench.subset.scores import TaskScores, merged
from hpobench.subset.ways import Measure


def strata(
    parts: Sequence[TaskScores], globs: Sequence[str], measure: Measure, *, by_kind: bool
) -> dict[str, Candidates]:
    """The candidates of each kind, or all of them under an empty name.

    Args:
        parts: One for each kind.
        globs: Which optimizers are the references, of those that have runs on a kind.
        measure: What a coordinate is.
        by_kind: Whether kinds are kept apart.

    Raises:
        UserError: Kinds are not known, or a glob means no optimizer of any of them.
    """
    scores = {part.kinds[0]: part for part in parts} if by_kind else {"": merged(parts)}
    if by_kind and "" in scores:
        raise UserError("--stratify kind needs a column 'kind'")
    _check("optimizer", globs, [name for part in scores.values() for name in part.optimizers])
    return {
        kind: candidate_tasks(part, _references(kind, globs, part), measure)
        for kind, part in scores.items()
    }


def choose_each(
    pools: Mapping[str, Candidates], request: SelectionRequest, *, with_curve: bool = False
) -> dict[str, ChosenSubset]:
    """Choose of each kind what is wished for.

    Args:
        pools: The candidates by kind.
        request: What is asked for; of each kind what of it concerns that kind.
        with_curve: Whether to compute the curve over k even if k is given.

    Raises:
        UserError: Sizes are not of these kinds, a glob means no candidate, or as in `choose`.
    """
    if request.sizes and request.sizes.keys() != pools.keys():
        known = ", ".join(filter(None, pools)) or "none, without --stratify kind"
        raise UserError(f"--size names {', '.join(request.sizes)}; the kinds here are: {known}")
    tasks = [task for pool in pools.values() for task in pool.tasks]
    _check("candidate task", [*request.required, *request.excluded], tasks)
    check_rules(request.rules, pools.keys(), request.facts.values())
    return {
        kind: _choose(kind, pool, _own(request, kind, pool), with_curve=with_curve)
        for kind, pool in pools.items()
    }


def _choose(
    kind: str, pool: Candidates, request: SelectionRequest, *, with_curve: bool
) -> ChosenSubset:
    """The choice of one kind, which is named where there is none."""
    try:
        return choose_subsets(pool, request, with_curve=with_curve)
    except UserError as error:
        raise UserError(f"{kind}: {error}" if kind else str(error)) from None


def _references(kind: str, globs: Sequence[str], part: TaskScores) -> tuple[str, ...]:
    """The globs that mean optimizers of a kind."""
    found = _meant(globs, part.optimizers)
    if globs and not found:
        raise UserError(f"none of the named optimizers has runs on {kind} tasks")
    return found


def _own(request: SelectionRequest, kind: str, pool: Candidates) -> SelectionRequest:
    """What of a request concerns a kind."""
    return replace(
        request,
        size=request.sizes.get(kind, request.size),
        required=_meant(request.required, pool.tasks),
        excluded=_meant(request.excluded, pool.tasks),
        rules=_concerning(request, kind, pool),
    )


def _concerning(
    request: SelectionRequest, kind: str, pool: Candidates
) -> tuple[CompositionRule, ...]:
    """The rules that concern a kind."""
    facts = pool.facts(request.facts) if request.rules else []
    return tuple(rule for rule in request.rules if rule.concerns(kind, facts))


def _check(noun: str, globs: Iterable[str], names: Sequence[str]) -> None:
    """Refuse a glob that means nothing anywhere."""
    for glob in globs:
        if not _meant([glob], names):
            raise UnknownNameError(noun, glob, names)


def _meant(globs: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The globs that mean any of the names."""
    return tuple(glob for glob in globs if any(matches(name, [glob]) for name in names))
