"""Guess from a table's values and header what a person would write about it in YAML."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hpobench.benchmarks.recorded import columns as about
from hpobench.benchmarks.recorded.exports import Export, export_of, fits, fitting, inner
from hpobench.benchmarks.recorded.guess_objectives import guess_objectives
from hpobench.benchmarks.recorded.guess_rows import finished, with_missing
from hpobench.benchmarks.recorded.guess_space import guess_lookup, guess_space
from hpobench.benchmarks.recorded.source import FileTable

UNITS = frozenset(["ms", "us", "ns", "min", "mins", "minutes", "h", "hours", "days"])
TIMES = frozenset(["time", "duration", "runtime", "elapsed", "walltime", "seconds"])


@dataclass(frozen=True, slots=True)
class Guess:
    """What is made of a table; all of it is to be checked.

    Attributes:
        params: The parameters of a `Recorded` but for the file.
        left_out: By column that is not used, the reason.
        tool: What exported the table, or empty.
    """

    params: dict[str, Any]
    left_out: dict[str, str]
    tool: str = ""


@dataclass(slots=True)
class _Roles:
    """Which columns are what, while it is being found out."""

    export: Export
    left_out: dict[str, str] = field(default_factory=dict)
    objectives: dict[str, Any] = field(default_factory=dict)
    cost: str = ""
    fidelity: str = ""
    seed: str = ""
    hyperparameters: dict[str, str] = field(default_factory=dict)

    def leave(self, name: str, reason: str) -> None:
        """Say why a column is nothing, unless that is said."""
        self.left_out.setdefault(name, reason)


def guess(table: FileTable) -> Guess:
    """Find objectives, cost, fidelity, seeds and hyperparameters of a table."""
    export = export_of(table)
    where = finished(table, export)
    table, missing = with_missing(table.where(where), export)
    roles = _Roles(export)
    for name in where:
        roles.leave(name, f"only its rows with {where[name]!r} count")
    _assign(table, roles)
    return Guess(_params(table, roles, where, missing), roles.left_out, export.tool)


def _assign(table: FileTable, roles: _Roles) -> None:
    """Give each column its role or the reason why it has none, in the order of the evidence."""
    export = roles.export
    prefixed = [
        n for n in table.columns if export.hyperparameter and fits(export.hyperparameter, n)
    ]
    _leave_useless(table, roles, prefixed)
    free = [n for n in table.columns if n not in roles.left_out and n not in prefixed]
    roles.cost = _cost(table, [n for n in table.columns if n not in prefixed], export)
    if roles.cost:
        roles.left_out.pop(roles.cost, None)
    axes = _axes(table, roles, free)
    named = guess_objectives(table, export, [n for n in free if n not in axes], axes, roles.cost)
    roles.objectives = named.objectives
    for name, reason in named.left_out.items():
        roles.leave(name, reason)
    used = {*([roles.cost] if roles.cost else []), *named.columns}
    free = [n for n in free if n not in used and n not in roles.left_out]
    candidates = prefixed or _unprefixed(roles, free, axes)
    candidates = [n for n in candidates if n not in roles.left_out]
    _set_axes(table, roles, axes, candidates)
    for name in free:
        if prefixed and name not in {roles.fidelity, roles.seed}:
            roles.leave(name, _unused(export))
    taken = {*filter(None, (roles.fidelity, roles.seed)), *roles.left_out}
    chosen = [n for n in candidates if n not in taken]
    pattern = export.hyperparameter
    roles.hyperparameters = {inner(pattern, n) if pattern else n.strip(): n for n in chosen}


def _unused(export: Export) -> str:
    """Why a column beside those with the prefix of hyperparameters is none."""
    return f"{export.tool} writes it about the trial" if export.tool else "it has not their prefix"


def _leave_useless(table: FileTable, roles: _Roles, prefixed: Sequence[str]) -> None:
    """Leave out what can be nothing at all."""
    marked = any(name.endswith(("+", "-")) for name in table.columns)
    for name, values in table.columns.items():
        reason = about.useless(name, values)
        if name in prefixed and about.is_identity(name, values):
            reason = ""
        if marked and name.endswith("X"):
            reason = "an X behind a name says so, where + and - mark objectives"
        if reason:
            roles.leave(name, reason)


def _cost(table: FileTable, names: Sequence[str], export: Export) -> str:
    """The column of seconds, as the order of the export's names says."""
    for pattern in export.cost:
        for name in fitting(pattern, names):
            values = about.given(table.columns[name])
            known = (
                about.is_numeric(values) and min(values) >= 0 and not about.is_clock(name, values)
            )
            if known and not about.is_counter(values) and max(values) > 0:
                return name
    return ""


def _axes(table: FileTable, roles: _Roles, free: Sequence[str]) -> dict[str, str]:
    """Columns that are fidelities or seeds by their names, and by what they hold could be."""
    kinds = {"fidelity": roles.export.fidelity, "seed": roles.export.seed}
    axes: dict[str, str] = {}
    for kind, pattern in kinds.items():
        for name in fitting(pattern, free):
            if name != roles.cost and (kind == "seed" or about.is_numeric(table.columns[name])):
                axes.setdefault(name, kind)
    return axes


def _unprefixed(roles: _Roles, free: Sequence[str], axes: dict[str, str]) -> list[str]:
    """The hyperparameters where no prefix tells them: what is left and the tool did not add."""
    for name in free:
        if name not in axes and fits(roles.export.unused, name):
            roles.leave(name, _unused(roles.export))
        elif set(about.words(name)) & TIMES and set(about.words(name)) & UNITS:
            roles.leave(name, "it is a time, but not in seconds")
        elif roles.cost and fitting(roles.export.cost[0], [name]):
            roles.leave(name, f"it is another time than {roles.cost}")
    return [n for n in free if n not in roles.left_out]


def _set_axes(
    table: FileTable, roles: _Roles, axes: dict[str, str], candidates: Sequence[str]
) -> None:
    """Take those axes along which configurations repeat; else they are hyperparameters."""
    others = [n for n in candidates if n not in axes]
    if not others:
        return
    ladders, seeds = ([n for n, k in axes.items() if k == kind] for kind in ("fidelity", "seed"))
    for name in ladders:
        if not roles.fidelity and about.varies_within(table, name, [*others, *seeds]):
            roles.fidelity = name
        elif fits(roles.export.unused, name):
            roles.leave(name, _unused(roles.export))
    places = [*others, *(n for n in ladders if n in candidates or n == roles.fidelity)]
    _set_seed(table, roles, seeds, [n for n in places if n not in roles.left_out])


def _set_seed(table: FileTable, roles: _Roles, seeds: Sequence[str], places: Sequence[str]) -> None:
    """The first column that tells trainings of a configuration apart."""
    for name in seeds:
        if not about.repeats(table, places):
            roles.leave(name, "no configuration has two of it")
        elif roles.seed or about.repeats(table, [*places, name]):
            roles.leave(name, "it does not tell the repeated trainings apart")
        else:
            roles.seed = name


def _params(
    table: FileTable, roles: _Roles, where: dict[str, Any], missing: list[str]
) -> dict[str, Any]:
    """The parameters, in the order in which they are written."""
    described = guess_space(table, roles.hyperparameters)
    chosen = list(roles.hyperparameters.values())
    params: dict[str, Any] = {"where": where} if where else {}
    params |= {"missing": missing} if missing else {}
    params |= {"lookup": guess_lookup(table, chosen, described)}
    params |= {"hyperparameters": described, "objectives": roles.objectives}
    places = [*chosen, *([roles.seed] if roles.seed else [])]
    if roles.fidelity:
        params["fidelity"] = _fidelity(table, roles.fidelity, places)
    if roles.cost:
        params["cost"] = _cost_fields(table, roles, places)
    if roles.seed or about.repeats(table, [*chosen, *([roles.fidelity] if roles.fidelity else [])]):
        params["seeds"] = {**({"column": roles.seed} if roles.seed else {}), "use": "draw"}
    return params


def _fidelity(table: FileTable, column: str, places: Sequence[str]) -> dict[str, Any]:
    """Where the range begins, and whether most trainings reach its end."""
    levels = table.columns[column]
    found: dict[str, Any] = {"column": column}
    if min(about.given(levels)) <= 0:
        return {**found, "low": min(level for level in about.given(levels) if level > 0)}
    last: dict[Any, float] = {}
    for place, level in zip(about.keys(table, places), levels, strict=True):
        last[place] = max(last.get(place, -math.inf), -math.inf if level is None else level)
    ends = Counter(last.values())
    reached = ends[max(ends)] / len(last)
    return found | ({} if 2 * reached > 1 else {"levels": "own"})


def _cost_fields(table: FileTable, roles: _Roles, places: Sequence[str]) -> dict[str, Any]:
    """The seconds are those of a step where they do not grow with the fidelity."""
    found: dict[str, Any] = {"column": roles.cost}
    if not roles.fidelity or roles.export.tool:
        return found
    trainings: dict[Any, list[tuple[float, float]]] = {}
    columns = [table.columns[name] for name in (roles.fidelity, roles.cost)]
    for place, level, cost in zip(about.keys(table, places), *columns, strict=True):
        if level is not None and cost is not None:
            trainings.setdefault(place, []).append((level, cost))
    steps = [
        later[1] > earlier[1]
        for each in trainings.values()
        for earlier, later in zip(sorted(each), sorted(each)[1:], strict=False)
    ]
    return found | ({"sum": True} if steps and 5 * sum(steps) < 3 * len(steps) else {})
