"""Any Python function as a benchmark: the space stands in the task's YAML."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from inspect import signature
from time import perf_counter
from typing import Any

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.described import Description, described_space
from hpobench.errors import AbsentError, UnknownNameError, UserError
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial
from hpobench.workers import is_finite

DIRECTIONS = ("minimize", "maximize")
OPTIONAL = ("fidelity", "seed")
"""What a function is given besides its configuration if it has parameters of these names."""


class Function(Benchmark):
    """A function of the user's: called with a configuration's active hyperparameters by name.

    It returns a number; several objectives are a mapping by name or a sequence in the order of
    the YAML. A mapping may also hold `cost`, the seconds it stands for, and `test`, a mapping of
    test values by objective; without `cost` the measured time counts. If it raises an exception
    or returns something else, the trial failed. If it has a parameter `fidelity` or `seed` it is
    given these. Inactive hyperparameters are not passed: give their parameters defaults.
    """

    def __init__(
        self,
        *,
        function: str,
        space: Mapping[str, Description],
        objectives: Mapping[str, str] | None = None,
        forbidden: Sequence[Mapping[str, Any]] = (),
        fidelity: Mapping[str, Any] | None = None,
    ) -> None:
        """Find the function and build its space.

        Args:
            function: `module:function`; the module may lie in the catalogue's folder.
            space: As `described_space` reads it.
            objectives: By name, `minimize` or `maximize`; one `loss` to minimise by default.
            forbidden: As `described_space` reads it.
            fidelity: `{name: epochs, low: 1, high: 50, integer: true, continuable: false}`.
        """
        self._call = _load(function)
        self._extras = set(signature(self._call).parameters) & set(OPTIONAL)
        self.space = described_space(space, forbidden)
        self.objectives = tuple(_objective(*o) for o in (objectives or {"loss": ""}).items())
        self._signs = {o.name: -1.0 if o.maximize else 1.0 for o in self.objectives}
        self.fidelity = Fidelity(**fidelity) if fidelity else None

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Call the function."""
        extras: dict[str, Any] = {"seed": seed, "fidelity": self._level(trial)}
        given = {name: extras[name] for name in self._extras}
        started = perf_counter()
        try:
            answer = self._call(**trial.config, **given)
        except Exception as error:  # noqa: BLE001 (whatever the user's function does)
            return Outcome(
                failure=f"{type(error).__name__}: {error}", cost=perf_counter() - started
            )
        return self._outcome(answer, perf_counter() - started)

    def _level(self, trial: Trial) -> float | None:
        """The fidelity to evaluate at, if there is one."""
        if self.fidelity is None:
            return None
        return self.fidelity.high if trial.fidelity is None else trial.fidelity

    def _outcome(self, answer: Any, seconds: float) -> Outcome:
        """An answer as an outcome; a failure that says so if it is no answer."""
        found = self._named(answer)
        test = found.pop("test", {})
        cost = found.pop("cost", seconds)
        if set(found) != set(self._signs) or not all(map(is_finite, [*found.values(), cost])):
            return Outcome(failure=f"the function returned {answer!r}"[:200], cost=seconds)
        return Outcome(
            values={name: sign * float(found[name]) for name, sign in self._signs.items()},
            test={n: s * float(test[n]) for n, s in self._signs.items() if is_finite(test.get(n))},
            cost=float(cost),
        )

    def _named(self, answer: Any) -> dict[str, Any]:
        """An answer as a mapping by objective."""
        if isinstance(answer, Mapping):
            return dict(answer)
        values = answer if isinstance(answer, Sequence) else [answer]
        return (
            dict(zip(self._signs, values, strict=False)) if len(values) == len(self._signs) else {}
        )


def _load(target: str) -> Callable[..., Any]:
    """Find `module:function`.

    Raises:
        UserError: There is no such module or function.
    """
    module, _, name = target.partition(":")
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        raise AbsentError(f"function {target!r}: there is no module {error.name!r}") from error
    if not callable(getattr(found, name, None)):
        functions = [n for n, value in vars(found).items() if callable(value)]
        raise UserError(f"function {target!r}: {UnknownNameError('function', name, functions)}")
    loaded: Callable[..., Any] = getattr(found, name)
    return loaded


def _objective(name: str, direction: str) -> Objective:
    """An objective and its direction."""
    if direction and direction not in DIRECTIONS:
        raise UserError(
            f"objective {name!r}: {UnknownNameError('direction', direction, DIRECTIONS)}"
        )
    return Objective(name=name, maximize=direction == "maximize")
