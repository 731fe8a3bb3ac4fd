"""Choose task subsets as asked, and say what other ways of choosing would have given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hpobench.errors import UserError
from hpobench.subset.candidates import Candidates
from hpobench.subset.discrepancy.bounds import rounding_bound
from hpobench.subset.discrepancy.limits import GroupLimits
from hpobench.subset.discrepancy.relaxation import relaxed_bound
from hpobench.subset.discrepancy.selection import discrepancies
from hpobench.subset.discrepancy.star import MAX_CELLS, boxes
from hpobench.subset.discrepancy.target import Target
from hpobench.subset.knee import knee
from hpobench.subset.request import SelectionRequest
from hpobench.subset.rules import rule_counts
from hpobench.subset.single import ALTERNATIVES, choose_next, choose_one
from hpobench.subset.splits import SplitLimits, split_limits
from hpobench.subset.validation import Agreement, Judge, make_judge
from hpobench.subset.ways import Method

TRIES: Mapping[Method, int] = {Method.RANDOM: 100, Method.MEDOIDS: 10, Method.MMD: 10}
"""How often a way of choosing is tried that a choice is compared with."""

SIZES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 25, 30, 35, 40, 50)
"""What the curve over k looks at, as far as there are tasks enough."""

SHORTER = 10
"""A search for the curve is so many times shorter than one for the choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeMethod:
    """What another way of choosing gives, over several tries.

    Attributes:
        mean, low, high, best: Statistics of their discrepancies; 95 % lie between low and high.
        agreement: With the full set's ranking of held-out optimizers, if there are enough.
    """

    mean: float
    low: float
    high: float
    best: float
    agreement: Agreement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One chosen subset.

    Attributes:
        split: Its name, empty if there is but one.
        rows: Row numbers of the candidates.
        discrepancy: From the target.
        proven: Whether no other one that was allowed has a smaller one.
        agreement: With the full set's ranking of held-out optimizers, if there are enough.
    """

    split: str
    rows: tuple[int, ...]
    discrepancy: float
    proven: bool
    agreement: Agreement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeComparison:
    """Discrepancies at one size.

    Attributes:
        k: The size.
        quick: Discrepancy of what a short search finds.
        rivals: Discrepancies that other ways give.
        best: The smallest that anything found.
        bound: For all subsets.
    """

    k: int
    quick: float
    rivals: Mapping[Method, AlternativeMethod]
    best: float
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenSubset:
    """What was chosen of some candidates, beside what other ways give at the same size.

    Attributes:
        candidates: To choose from.
        k: Size of each subset.
        bound: No subset of that size has a smaller discrepancy.
        parts: The subsets.
        rivals: By the name of another way.
        curve: The discrepancies over k, empty if nobody asked for it.
        kept: What each rule counts in all subsets together.
    """

    candidates: Candidates
    k: int
    bound: float
    parts: tuple[Part, ...]
    rivals: Mapping[Method, AlternativeMethod]
    curve: tuple[SizeComparison, ...]
    kept: Mapping[str, int]


def choose_subsets(
    candidates: Candidates, request: SelectionRequest, *, with_curve: bool = False
) -> ChosenSubset:
    """Choose subsets as asked.

    Args:
        candidates: To choose from.
        request: What is asked for.
        with_curve: Whether to compute the curve over k even if k is given.

    Raises:
        UserError: There are no such subsets, or they cannot be evaluated exactly.
    """
    wanted = candidates.weights(request.weights)
    if wanted is not None and request.target is Target.UNIFORM:
        raise UserError("weights are of the full set's tasks, and the target is the cube")
    limits = split_limits(candidates, request)
    curve = _curve(candidates, request, limits) if with_curve or request.size is None else []
    k = request.size or knee([step.k for step in curve], [step.best for step in curve])
    limits.check(k, len(candidates.tasks))
    referee = make_judge(candidates.losses, seed=request.seed)
    parts = tuple(_parts(candidates, request, k, limits, referee))
    rivals = _rivals(candidates, request, k, limits, referee)
    found = [*(part.discrepancy for part in parts), *(rival.best for rival in rivals.values())]
    return ChosenSubset(
        candidates=candidates,
        k=k,
        bound=_tight(candidates, request, k, limits.share(0)),
        parts=parts,
        rivals=rivals,
        curve=tuple(
            replace(step, best=min(step.best, *found)) if step.k == k else step for step in curve
        ),
        kept=_kept(candidates, request, parts),
    )


def _kept(
    candidates: Candidates, request: SelectionRequest, parts: Iterable[Part]
) -> dict[str, int]:
    """What each rule counts in all subsets together."""
    if not request.rules:
        return {}
    facts = candidates.facts(request.facts)
    return rule_counts(request.rules, [facts[row] for part in parts for row in part.rows])


def _tight(candidates: Candidates, request: SelectionRequest, k: int, limits: GroupLimits) -> float:
    """What no subset of k within the limits can fall below, as far as seconds tell."""
    quick, points = _bound(candidates, request, k), candidates.points
    if request.target is Target.UNIFORM:
        return max(quick, relaxed_bound(points, k, limits=limits))
    if not request.rules:
        return quick
    weights = candidates.weights(request.weights)
    return max(quick, relaxed_bound(points, k, target=points, weights=weights, limits=limits))


def _bound(candidates: Candidates, request: SelectionRequest, k: int) -> float:
    """What no subset of k can fall below, at once."""
    target = candidates.points if request.target is Target.EMPIRICAL else None
    return rounding_bound(k, target, candidates.weights(request.weights))


def _parts(
    candidates: Candidates,
    request: SelectionRequest,
    k: int,
    limits: SplitLimits,
    referee: Judge | None,
) -> list[Part]:
    """The subsets, one after the other; each leaves out what those before it took."""
    parts: list[Part] = []
    for index, split in enumerate(request.splits):
        taken = [row for part in parts for row in part.rows]
        found = choose_next(
            candidates, replace(request, seed=request.seed + index), k, limits, taken
        )
        part = Part(
            split=split,
            rows=found.rows,
            discrepancy=found.discrepancy,
            proven=found.proven,
            agreement=referee.agreement([found.rows]) if referee else None,
        )
        parts.append(part)
    return parts


def _rivals(
    candidates: Candidates,
    request: SelectionRequest,
    k: int,
    limits: SplitLimits,
    referee: Judge | None,
    methods: Iterable[Method] = tuple(TRIES),
) -> dict[Method, AlternativeMethod]:
    """What the other ways give."""
    return {
        method: _rival(candidates, request, k, limits, method, referee)
        for method in TRIES
        if method in methods and method is not request.method
    }


def _rival(
    candidates: Candidates,
    request: SelectionRequest,
    k: int,
    limits: SplitLimits,
    method: Method,
    referee: Judge | None,
) -> AlternativeMethod:
    """What one other way gives over several tries."""
    weights, choose = candidates.weights(request.weights), ALTERNATIVES[method]
    subsets = [
        choose(candidates.points, k, weights=weights, seed=request.seed + number, **limits.first(k))
        for number in range(TRIES[method])
    ]
    values = discrepancies(candidates.points, subsets, target=request.target, weights=weights)
    low, high = np.quantile(values, [0.025, 0.975])
    return AlternativeMethod(
        mean=float(np.mean(values)),
        low=float(low),
        high=float(high),
        best=min(values),
        agreement=referee.agreement(subsets) if referee else None,
    )


def _curve(
    candidates: Candidates, request: SelectionRequest, limits: SplitLimits
) -> list[SizeComparison]:
    """The discrepancies over k, for each size that the splits leave room for."""
    most = (len(candidates.tasks) - len(limits.excluded)) // len(request.splits)
    sizes = [k for k in SIZES if max(2, len(limits.required)) <= k <= most and limits.possible(k)]
    sizes = [k for k in sizes if boxes(candidates.points, k) <= MAX_CELLS / SHORTER]
    if len(sizes) < 3:  # noqa: PLR2004 (a bend needs three points)
        raise UserError("there are too few tasks for a curve over k: give --size a number")
    steps = []
    for k in sizes:
        found = choose_one(candidates, request, k, limits.first(k), shorter=SHORTER)
        rivals = _rivals(candidates, request, k, limits, None, (Method.RANDOM, Method.MEDOIDS))
        best = min(found.discrepancy, *(rival.best for rival in rivals.values()))
        bound = _bound(candidates, request, k)
        steps.append(
            SizeComparison(k=k, quick=found.discrepancy, rivals=rivals, best=best, bound=bound)
        )
    return steps
