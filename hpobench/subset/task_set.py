"""The YAML of a chosen task set, with all that is needed to choose it again."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from hpobench import __version__
from hpobench.subset.choice import ChosenSubset, Part
from hpobench.subset.request import SelectionRequest
from hpobench.subset.rules import Bound
from hpobench.subset.validation import Agreement
from hpobench.subset.ways import Measure, Method

DIGITS = 6
"""Digits that are written down; beyond them machines may differ."""


def task_set_yaml(
    choices: Mapping[str, ChosenSubset],
    request: SelectionRequest,
    measure: Measure,
    *,
    description: str = "",
) -> str:
    """The file, the same for the same choice.

    Args:
        choices: By kind, or one under an empty name.
        request: What was asked for.
        measure: What the coordinates are.
        description: One line for people; says what it stands for by default.
    """
    parts = {kind: tasks_in_set(choice) for kind, choice in choices.items()}
    content = {
        "description": description or _description(choices),
        "provenance": provenance(choices, request, measure),
        "tasks": parts.get("", parts),
    }
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Says everything where it stands: aliases are refused by our reader."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def provenance(
    choices: Mapping[str, ChosenSubset], request: SelectionRequest, measure: Measure
) -> dict[str, Any]:
    """How it was chosen: the data by its digest, all parameters, and how good it is."""
    about: dict[str, Any] = {
        "selected_by": f"hpobench subset {__version__}",
        "coordinates": str(measure),
        "target": str(request.target),
        "method": str(request.method),
        "size": {kind: k or "auto" for kind, k in request.sizes.items()} or request.size or "auto",
        "seed": request.seed,
    }
    if request.method is Method.SWAP:
        about |= {"restarts": request.restarts, "evaluations": request.evaluations or "auto"}
    about |= {
        name: list(globs)
        for name, globs in (("required", request.required), ("excluded", request.excluded))
        if globs
    }
    about |= {
        bound.replace("-", "_"): rules
        for bound in Bound
        if (rules := [str(rule) for rule in request.rules if rule.bound is bound])
    }
    if request.weighting:
        about["weights"] = request.weighting
    kinds = {kind: _choice(choice) for kind, choice in choices.items()}
    return about | kinds.get("", kinds)


def _choice(choice: ChosenSubset) -> dict[str, Any]:
    """What was chosen from, and what came of it."""
    candidates = choice.candidates
    return {
        "data": candidates.scores.digest,
        "candidates": len(candidates.tasks),
        "references": list(candidates.references),
        "held_out": list(candidates.held_out),
        "k": choice.k,
        "bound": _round(choice.bound),
        **({"rules": dict(choice.kept)} if choice.kept else {}),
        "subsets": {part.split or "only": _part(part) for part in choice.parts},
        "others": {
            str(method): {"discrepancy": _round(rival.mean), **_agreement(rival.agreement)}
            for method, rival in choice.rivals.items()
        },
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "discrepancy": _round(part.discrepancy),
        "proven": part.proven,
        **_agreement(part.agreement),
    }


def _agreement(found: Agreement | None) -> dict[str, Any]:
    """Kendall's tau and its interval, if there is one."""
    if found is None:
        return {}
    return {"tau": _round(found.tau), "interval": [_round(found.low), _round(found.high)]}


def tasks_in_set(choice: ChosenSubset) -> Sequence[str] | dict[str, list[str]]:
    """The tasks of the only subset, or of each split."""
    names = choice.candidates.tasks
    found = {part.split: [names[row] for row in part.rows] for part in choice.parts}
    return found.get("", found)


def _description(choices: Mapping[str, ChosenSubset]) -> str:
    of_kinds = [
        f"{c.k} of {len(c.candidates.tasks)} {kind}".rstrip() for kind, c in choices.items()
    ]
    splits = [part.split for part in next(iter(choices.values())).parts if part.split]
    each = f", for each of {' and '.join(splits)}" if splits else ""
    return f"Tasks that stand for many: {', '.join(of_kinds)}{each}"


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
