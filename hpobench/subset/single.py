"""Choose one subset by the method that is asked for, so that others after it are left as well."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hpobench.subset import alternatives
from hpobench.subset.candidates import Candidates
from hpobench.subset.discrepancy.selection import SubsetSolution, discrepancies, select
from hpobench.subset.request import LEAST, SelectionRequest
from hpobench.subset.splits import SplitLimits
from hpobench.subset.ways import Method

ALTERNATIVES: Mapping[Method, alternatives.Alternative] = {
    Method.RANDOM: alternatives.random,
    Method.MEDOIDS: alternatives.medoids,
    Method.MMD: alternatives.kernel_mean,
}


def choose_next(
    candidates: Candidates,
    request: SelectionRequest,
    k: int,
    limits: SplitLimits,
    taken: Sequence[int],
) -> SubsetSolution:
    """The subset behind those that were taken, after which the rest can keep the rules too."""
    index = len(taken) // k
    required = () if index else limits.required
    closed = [*taken, *limits.excluded]
    within = limits.next_limits(k, taken, index)
    found = choose_one(
        candidates, request, k, {"required": required, "excluded": closed, "limits": within}
    )
    if limits.can_go_on(k, [*taken, *found.rows]):
        return found
    reserved = limits.reserve(k, taken)
    within = limits.limits_beside([*taken, *reserved], index)
    closed += reserved.tolist()
    found = choose_one(
        candidates, request, k, {"required": required, "excluded": closed, "limits": within}
    )
    return replace(found, proven=False)  # what was reserved might have been better


def choose_one(
    candidates: Candidates,
    request: SelectionRequest,
    k: int,
    allowed: Mapping[str, Any],
    shorter: int = 1,
) -> SubsetSolution:
    """One subset, by the method that is asked for.

    Args:
        candidates: To choose from.
        request: What is asked for.
        k: How many rows.
        allowed: The arguments `required`, `excluded` and `limits` of `select`.
        shorter: How many times shorter the search is than it would be.
    """
    weights = candidates.weights(request.weights)
    if request.method is Method.SWAP:
        return select(
            candidates.points,
            k,
            target=request.target,
            weights=weights,
            evaluations=max(LEAST, request.budget(candidates.points, k) // shorter),
            restarts=request.restarts if shorter == 1 else 1,
            seed=request.seed,
            **allowed,
        )
    method = ALTERNATIVES[request.method]
    rows = method(candidates.points, k, weights=weights, seed=request.seed, **allowed)
    (value,) = discrepancies(candidates.points, [rows], target=request.target, weights=weights)
    return SubsetSolution(rows=rows, discrepancy=value, proven=False)
