"""The libraries' own ask and tell on one small problem, in loops by hand."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from ConfigSpace import ConfigurationSpace

from hpobench.system.loading import load
from hpobench.task import Fidelity

NAMES = ["x0", "x1", "x2"]
SEED = 3


def space() -> ConfigurationSpace:
    """The unit cube."""
    return ConfigurationSpace(dict.fromkeys(NAMES, (0.0, 1.0)))


def sphere(point: Any) -> float:
    """What is minimised on the unit cube: next to nothing is spent on it."""
    return float(sum((x - 0.3) ** 2 for x in point))


def optuna(sampler: str, trials: int, **options: Any) -> None:
    """A study's `ask` and `tell` with one of the samplers, whose options are those of ours."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=getattr(optuna.samplers, sampler)(seed=SEED, **options))
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, sphere([trial.suggest_float(name, 0, 1) for name in NAMES]))


def smac(facade: str, trials: int) -> None:
    """`ask` and `tell` of one of the facades."""
    import smac
    from smac.runhistory import TrialValue

    scenario = smac.Scenario(
        space(), deterministic=True, n_trials=trials, seed=SEED, output_directory=Path("own")
    )
    library = getattr(smac, facade)(scenario, logging_level=False, overwrite=True)
    for _ in range(trials):
        info = library.ask()
        library.tell(info, TrialValue(cost=sphere(info.config.values())), save=False)


def pymoo(algorithm: str, trials: int) -> None:
    """`ask` and `tell` of one of the algorithms, a generation at a time."""
    import numpy as np
    from pymoo.core.evaluator import Evaluator
    from pymoo.core.problem import Problem
    from pymoo.core.termination import NoTermination
    from pymoo.problems.static import StaticProblem

    problem = Problem(n_var=3, n_obj=1, xl=0.0, xu=1.0)
    library = load(algorithm)(pop_size=20)
    library.setup(problem, seed=SEED, termination=NoTermination())
    done = 0
    while done < trials:
        infills = library.ask()
        values = np.array([[sphere(each.X)] for each in infills])
        Evaluator().eval(StaticProblem(problem, F=values), infills)
        library.tell(infills=infills)
        done += len(infills)


def pycma(_: str, trials: int) -> None:
    """`ask` and `tell`, a generation at a time; its aims are too fine to be reached."""
    import cma

    quiet = {"bounds": [0, 1], "verbose": -9, "verb_log": 0, "seed": SEED}
    library = cma.CMAEvolutionStrategy([0.5] * 3, 0.25, quiet | NEVER)
    done = 0
    while done < trials and not library.stop():
        points = library.ask()
        library.tell(points, [sphere(point) for point in points])
        done += len(points)


def dehb(_: str, trials: int) -> None:
    """`ask` and `tell`."""
    import dehb

    library = dehb.DEHB(
        cs=space(), min_fidelity=1, max_fidelity=81, seed=SEED, n_workers=1, save_freq=None
    )
    for _number in range(trials):
        job = library.ask()
        library.tell(job, {"fitness": sphere(job["config"].values()), "cost": 1.0})


def hpbandster(generator: str, trials: int) -> None:
    """One of the generators, and its brackets in turn; its own loop hangs on today's Python."""
    from hpbandster.core.dispatcher import Job
    from hpbandster.optimizers.iterations import SuccessiveHalving

    library = load(f"hpbandster.optimizers.config_generators.{generator}")(space())
    for number in count():
        rungs = LADDERS[number % len(LADDERS)]
        bracket = SuccessiveHalving(
            HPB_iter=number,
            num_configs=rungs,
            budgets=[3.0**k for k in range(5 - len(rungs), 5)],
            config_sampler=library.get_config,
        )
        while (run := bracket.get_next_run()) is not None:
            job = Job(run[0], config=run[1], budget=run[2])
            job.result, job.exception = {"loss": sphere(run[1].values())}, None
            bracket.register_result(job)
            library.new_result(job)
            trials -= 1
            if not trials:
                return


def nevergrad(name: str, trials: int) -> None:
    """`ask` and `tell` of one in its registry."""
    import nevergrad

    scalars = {each: nevergrad.p.Scalar(lower=0.0, upper=1.0) for each in NAMES}
    point = nevergrad.p.Dict(**scalars)
    library = nevergrad.optimizers.registry[name](parametrization=point, budget=trials)
    for _ in range(trials):
        candidate = library.ask()
        library.tell(candidate, sphere(candidate.value.values()))


def hyperopt(algorithm: str, trials: int) -> None:
    """Its own loop, `fmin`."""
    import hyperopt
    import numpy as np

    hyperopt.fmin(
        lambda found: sphere(found.values()),
        {name: hyperopt.hp.uniform(name, 0, 1) for name in NAMES},
        load(algorithm),
        max_evals=trials,
        rstate=np.random.default_rng(SEED),
        show_progressbar=False,
    )


def skopt(model: str, trials: int) -> None:
    """`ask` and `tell`."""
    from skopt import Optimizer

    library = Optimizer([(0.0, 1.0)] * len(NAMES), base_estimator=model, random_state=SEED)
    for _ in range(trials):
        point = library.ask()
        library.tell(point, sphere(point))


def flaml(searcher: str, trials: int) -> None:
    """`suggest`, `on_trial_result` and `on_trial_complete`."""
    tune = load("hpobench.adapters.flaml:tune")  # imported without ray, as for us
    library = getattr(tune.searcher, searcher)(
        metric="loss",
        mode="min",
        space={name: tune.uniform(0, 1) for name in NAMES},
        num_samples=trials,
        seed=SEED,
    )
    for number in map(str, count()):
        if (chosen := library.suggest(number)) is None:  # it had this one already
            continue
        result = {"loss": sphere(chosen.values()), "config": chosen, "time_total_s": 1.0}
        result |= {"training_iteration": 0, **{f"config/{k}": v for k, v in chosen.items()}}
        library.on_trial_result(number, result)
        library.on_trial_complete(number, result)
        trials -= 1
        if not trials:
            return


def syne_tune(scheduler: str, trials: int) -> None:
    """`suggest`, and what a tuner tells a scheduler of a job that ends with its first result."""
    from syne_tune.backend.trial_status import Trial
    from syne_tune.config_space import uniform

    domains = {name: uniform(0, 1) for name in NAMES}
    library = load(scheduler)(domains, metric="f", random_seed=SEED)
    for number in range(trials):
        job = Trial(number, library.suggest().config, datetime.fromtimestamp(0, UTC))
        library.on_trial_add(job)
        result = {"f": sphere(job.config.values())}
        library.on_trial_result(job, result)
        library.on_trial_complete(job, result)


def ribs(_: str, trials: int) -> None:
    """`ask` and `tell` of CMA-ME, a generation at a time."""
    import numpy as np
    from ribs.archives import GridArchive
    from ribs.emitters import EvolutionStrategyEmitter
    from ribs.schedulers import Scheduler

    archive = GridArchive(solution_dim=3, dims=[10, 10], ranges=[(0, 1)] * 2, seed=SEED)
    emitter = EvolutionStrategyEmitter(
        archive, x0=[0.5] * 3, sigma0=0.25, ranker="2imp", bounds=[(0.0, 1.0)] * 3, batch_size=20
    )
    library = Scheduler(archive, [emitter])
    for _generation in range(trials // 20):
        points = np.array(library.ask())
        library.tell([-sphere(point) for point in points], points[:, :2])


FIDELITY = Fidelity(name="epochs", low=1, high=81, integer=True)
LADDERS = [(81, 27, 9, 3, 1), (27, 9, 3, 1), (9, 3, 1), (6, 2), (5,)]
"""Configurations in each rung of Hyperband's brackets for that fidelity and eta = 3."""

NEVER = {"tolfun": 0, "tolfunhist": 0, "tolx": 0, "tolstagnation": 10**9}
"""Options of pycma with which it does not end, and so would not begin anew with us."""

NATIVE: dict[str, tuple[int, Callable[[int], None]]] = {
    "optuna/tpe": (200, partial(optuna, "TPESampler")),
    "optuna/cma-es": (200, partial(optuna, "CmaEsSampler")),
    "optuna/nsga2": (500, partial(optuna, "NSGAIISampler")),
    "optuna/qmc": (200, partial(optuna, "QMCSampler", scramble=True)),
    "smac/random-forest": (30, partial(smac, "HyperparameterOptimizationFacade")),
    "smac/blackbox": (15, partial(smac, "BlackBoxFacade")),
    "pymoo/ga": (1000, partial(pymoo, "pymoo.algorithms.soo.nonconvex.ga:GA")),
    "pymoo/nsga2": (1000, partial(pymoo, "pymoo.algorithms.moo.nsga2:NSGA2")),
    "pycma": (1000, partial(pycma, "")),
    "dehb": (300, partial(dehb, "")),
    "hpbandster/bohb": (200, partial(hpbandster, "bohb:BOHB")),
    "nevergrad/de": (300, partial(nevergrad, "DE")),
    "nevergrad/one-plus-one": (300, partial(nevergrad, "OnePlusOne")),
    "flaml/cfo": (300, partial(flaml, "CFO")),
    "syne-tune/rea": (300, partial(syne_tune, "syne_tune.optimizer.baselines:REA")),
    "pyribs/cma-me": (400, partial(ribs, "")),
    "hyperopt/tpe": (100, partial(hyperopt, "hyperopt.tpe:suggest")),
    "skopt/forest": (30, partial(skopt, "ET")),
    "hpbandster/hyperband": (200, partial(hpbandster, "random_sampling:RandomSampling")),
}
"""Trials, and the library alone, by the variant that drives the same."""
