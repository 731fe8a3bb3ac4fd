"""Any Python function as a benchmark over a space that was made with ConfigSpace."""

from collections.abc import Mapping
from typing import Any

from ConfigSpace import ConfigurationSpace

from hpobench.benchmarks.function import Function
from hpobench.simplex import with_simplexes


class ConfigSpaceFunction(Function):
    """A function of the user's, whose space may hold all that ConfigSpace knows.

    It is called as `Function` calls its own: priors, weights, alternatives of conditions and
    legal defaults are those of the space.
    """

    def __init__(
        self,
        *,
        function: str,
        configspace: Mapping[str, Any],
        objectives: Mapping[str, str] | None = None,
        fidelity: Mapping[str, Any] | None = None,
        **fixed: Any,
    ) -> None:
        """Find the function and read its space.

        Args:
            function: `module:function`; the module may lie in the catalogue's folder.
            configspace: What `ConfigurationSpace.to_serialized_dict` wrote.
            objectives: As for `Function`.
            fidelity: As for `Function`.
            fixed: Any other parameter, passed on by name.

        Raises:
            UserError: A description is wrong, there is no such function, or it does not take
                what it would be called with.
        """
        self.space = with_simplexes(ConfigurationSpace.from_serialized_dict(dict(configspace)))
        conditional = set(self.space.conditional_hyperparameters)
        names: dict[str, dict[str, Any]] = {
            name: {"if": {}} if name in conditional else {} for name in self.space
        }
        self._describe(objectives, fidelity)
        self._take(function, names, fixed)
