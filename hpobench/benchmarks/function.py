"""Any Python function as a benchmark: the space stands in the task's YAML."""

from collections.abc import Callable, Mapping, Sequence
from inspect import (
    Parameter,
    isasyncgenfunction,
    isclass,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
)
from time import perf_counter
from typing import Any

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.answers import Answers
from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.benchmarks.suggestions import Suggestions
from hpobench.descriptions import Description
from hpobench.errors import (
    ParameterError,
    UnknownNameError,
    UserError,
    describe_error,
    nearest,
)
from hpobench.system.catalogue_folder import without_package
from hpobench.system.loading import imported
from hpobench.system.process import is_interrupt
from hpobench.task import Fidelity, Objective
from hpobench.trial import Config, Outcome, Trial

DIRECTIONS = ("minimize", "maximize")
EXTRAS = ("fidelity", "seed", "trial", "checkpoint")
"""What a function is given besides its configuration if it has parameters of these names."""
FIDELITY_FIELDS = ("name", "low", "high", "integer", "continuable")


class Function(Benchmark):
    """A function of the user's: called with a configuration's active hyperparameters by name.

    It returns a number; several objectives are a mapping by name or a sequence in the order of
    the YAML. A mapping may also hold `cost`, the seconds it stands for, `test`, the test values, in
    the same way as the others, and `constraints`, what was measured of those that the task has, by
    name; without `cost` the measured time counts. Numbers may be those of numpy, torch and the
    like. If it raises any exception, `SystemExit` and
    `KeyboardInterrupt` among them, or returns something else, the trial failed. If it has a
    parameter `fidelity` or `seed` it is given these, and `trial` is an object that answers
    `suggest_float` and the like as Optuna's does, from which it takes the configuration. Inactive
    hyperparameters are not passed: give their parameters defaults.

    With a parameter `checkpoint` its trials can go on from others: it is given the bytes that the
    mapping which answered the parent held as `checkpoint`, or None to begin from nothing.
    """

    constraints = None  # which there are it says when it is called

    def __init__(
        self,
        *,
        function: str,
        space: Mapping[str, Description],
        objectives: Mapping[str, str] | None = None,
        forbidden: Sequence[Mapping[str, Any]] = (),
        fidelity: Mapping[str, Any] | None = None,
        **fixed: Any,
    ) -> None:
        """Find the function and build its space.

        Args:
            function: `module:function`; the module may lie in the catalogue's folder.
            space: As `described_space` reads it.
            objectives: By name, `minimize` or `maximize`; one `loss` to minimise by default.
            forbidden: As `described_space` reads it.
            fidelity: `{name: epochs, low: 1, high: 50, integer: true, continuable: false}`.
            fixed: Any other parameter, a grid's axes among them: passed on by name.

        Raises:
            UserError: A description is wrong, there is no such function, or it does not take
                what it would be called with.
        """
        self.space = described_space(space, forbidden)
        self._describe(objectives, fidelity)
        self._take(function, space, fixed)

    def _take(
        self, function: str, hyperparameters: Mapping[str, Any], fixed: Mapping[str, Any]
    ) -> None:
        """Find the function and what it is to be called with.

        Args:
            function: `module:function`.
            hyperparameters: By name; what has an `if` may be inactive.
            fixed: The other parameters.
        """
        self._call = _load(function)
        if kind := next((word for is_, word in _UNANSWERING if is_(self._call)), ""):
            shown = without_package(function)
            raise UserError(f"the function {shown!r} is {kind}: what is called has to return")
        self._fixed = fixed
        self._extras, self._takes = _parameters(self._call, hyperparameters, fixed)
        self.continues = "checkpoint" in self._extras
        others = {**fixed, **dict.fromkeys(self._extras)}
        _check_call(function, self._call, hyperparameters, others)

    def _describe(
        self, objectives: Mapping[str, str] | None, fidelity: Mapping[str, Any] | None
    ) -> None:
        """Take the objectives and the fidelity as they are described."""
        self.objectives = _objectives(objectives)
        self.fidelity = _fidelity(fidelity)
        self._answers = Answers({o.name: -1.0 if o.maximize else 1.0 for o in self.objectives})

    @staticmethod
    def check(params: Mapping[str, Any]) -> None:
        """Refuse parameters that can be seen to be wrong without the function.

        Raises:
            ParameterError: Space, objectives or fidelity are described wrongly.
        """
        described_space(params.get("space", {}), params.get("forbidden", ()))
        _objectives(params.get("objectives"))
        _fidelity(params.get("fidelity"))

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Call the function with a configuration."""
        return self.advance(trial, seed, None)[0]

    def advance(self, trial: Trial, seed: int, checkpoint: bytes | None) -> tuple[Outcome, Any]:
        """Call the function with a configuration and what answering the parent left."""
        config: Config = {n: v for n, v in trial.config.items() if n in self._takes}
        level = self.fidelity.level(trial.fidelity) if self.fidelity else None
        extras: dict[str, Any] = {"seed": seed, "fidelity": level, "checkpoint": checkpoint}
        extras["trial"] = Suggestions(trial.config, seed)
        given = {name: extras[name] for name in self._extras}
        began = perf_counter()
        try:
            answer = self._call(**self._fixed, **config, **given)
            left = None
            if self.continues and isinstance(answer, Mapping):
                answer = dict(answer)
                left = answer.pop("checkpoint", None)
            return self._answers.outcome(answer, perf_counter() - began), left
        except BaseException as error:
            if is_interrupt(error):
                raise
            reason = without_package(describe_error(error))
            return Outcome(failure=reason, cost=perf_counter() - began), None


def _objectives(directions: Any) -> tuple[Objective, ...]:
    """The objectives by name and direction."""
    if directions is not None and (not isinstance(directions, Mapping) or not directions):
        raise ParameterError(
            f"objectives are a mapping such as {{loss: minimize}}, not {directions!r}", "objectives"
        )
    chosen = directions or {"loss": DIRECTIONS[0]}
    for name, direction in chosen.items():
        if direction not in DIRECTIONS:
            wrong = f"no direction {direction!r}{nearest(str(direction), DIRECTIONS)}"
            raise ParameterError(f"objective {name!r}: {wrong}", "objectives", name)
        if name in {"cost", "test", "constraints"}:
            raise ParameterError(
                f"objective {name!r}: the name stands for something else in what a function "
                "returns",
                "objectives",
                name,
            )
    return tuple(Objective(name=n, maximize=d == DIRECTIONS[1]) for n, d in chosen.items())


def _fidelity(fields: Any) -> Fidelity | None:
    """The fidelity, if one is described."""
    if fields is None:
        return None
    if not isinstance(fields, Mapping):
        example = "{name: epochs, low: 1, high: 50, integer: true}"
        raise ParameterError(
            f"fidelity: expected fields such as {example}, not {fields!r}", "fidelity"
        )
    for name in fields:
        if name not in FIDELITY_FIELDS:
            near = nearest(str(name), FIDELITY_FIELDS)
            raise ParameterError(f"fidelity: no field {name!r}{near}", "fidelity", name)
    for name in FIDELITY_FIELDS[:3]:
        if name not in fields:
            raise ParameterError(f"fidelity: the field {name!r} is missing", "fidelity")
    return Fidelity(**fields)


def _parameters(
    call: Callable[..., Any], space: Mapping[str, Any], fixed: Mapping[str, Any]
) -> tuple[set[str], set[str]]:
    """Which extras and which hyperparameters a function is given.

    A hyperparameter or a fixed parameter of an extra's name is what the function gets. With a
    `trial` it is given only the hyperparameters that it names.
    """
    try:
        names = signature(call).parameters
    except (TypeError, ValueError):  # written in C: it takes what it takes
        return set(), set(space)
    extras = (set(names) & set(EXTRAS)) - set(space) - set(fixed)
    return extras, set(space) & set(names) if "trial" in extras else set(space)


def _check_call(
    target: str, call: Callable[..., Any], space: Mapping[str, Description], others: Any
) -> None:
    """Refuse a function that does not take what it will be called with.

    Raises:
        UserError: With the parameter that is missing on either side.
    """
    try:
        parameters = signature(call).parameters
    except (TypeError, ValueError):
        return
    if twice := sorted(set(space) & set(others)):
        raise ParameterError(f"{twice[0]!r} is a hyperparameter and a fixed parameter", twice[0])
    open_ended = any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values())
    named = [n for n, p in parameters.items() if p.kind in _NAMED]
    hyperparameters = () if "trial" in others else space
    for name in [*hyperparameters, *others]:
        if name not in named and not open_ended:
            raise ParameterError(
                f"the function {target!r} has no parameter {name!r}{nearest(name, named)}", name
            )
    always = {name for name, each in space.items() if "if" not in each}
    for name, parameter in parameters.items():
        needed = parameter.default is Parameter.empty and parameter.kind not in _VARIABLE
        if needed and name not in always and name not in others:
            raise UserError(f"the function {target!r} {_why_needed(name, space)}")


_UNANSWERING = (
    (iscoroutinefunction, "asynchronous"),
    (isasyncgenfunction, "asynchronous"),
    (isgeneratorfunction, "a generator (it has a 'yield')"),
    (isclass, "a class"),
)
_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
_VARIABLE = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def _why_needed(name: str, space: Mapping[str, Any]) -> str:
    """What is to be done about a parameter that nothing is passed for."""
    if name in space:
        return f"needs a default for {name!r}, which is not passed where it is inactive"
    return (
        f"needs {name!r}, which is neither in its space nor among its params: give it a default, "
        "or a value in 'params'"
    )


def _load(target: str) -> Callable[..., Any]:
    """Find `module:function`.

    Raises:
        UserError: There is no such module or function, or it cannot be imported.
    """
    module, _, name = target.partition(":")
    found = imported(module, f"function {without_package(target)!r}")
    if not callable(getattr(found, name, None)):
        functions = [n for n, value in vars(found).items() if callable(value)]
        raise UserError(f"function {target!r}: {UnknownNameError('function', name, functions)}")
    loaded: Callable[..., Any] = getattr(found, name)
    return loaded
