"""What an evaluation of YAHPO Gym's models costs, against yahpo-gym on the same model."""

import json
import os
import subprocess
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import click
from contenders import CACHE, HERE, install
from measure import Figure, alternate, progress, seconds

from hpobench.benchmarks.yahpo.scenarios import SCENARIOS
from hpobench.catalogue import Catalogue, lacking
from hpobench.execution.construction import build
from hpobench.space import draw_configs
from hpobench.system.folders import data_dir
from hpobench.trial import Config, Trial

PEER = "yahpo-gym 1.0.2"
HOME = CACHE / "yahpo-gym-1.0.2"
INSTANCES = {"lcbench": "3945", "rbv2_xgboost": "12", "rbv2_rpart": "12", "iaml_glmnet": "1067"}
EVALUATIONS = 1_000

PROGRAM = """
import json, sys
from time import process_time
from yahpo_gym import BenchmarkSet, local_config

asked = json.load(sys.stdin)
local_config.init_config(asked["data"])
local_config.set_data_path(asked["data"])
benchmark = BenchmarkSet(asked["scenario"], asked["instance"], multithread=False)
for config in asked["configs"][:20]:
    benchmark.objective_function(config)
began = process_time()
answers = [benchmark.objective_function(config)[0] for config in asked["configs"]]
taken = process_time() - began
values = [{name: float(value) for name, value in answer.items()} for answer in answers]
print(json.dumps({"seconds": taken, "values": values}))
"""


def evaluations(repeat: int) -> list[Figure]:
    """One evaluation at full fidelity of four models; nothing of those that are not here."""
    found = [scenario for scenario in INSTANCES if _here(scenario)]
    if found:
        install(HOME, PEER, ("yahpo-gym==1.0.2",), HERE / "yahpo-gym-1.0.2.txt")
    return [_compared(scenario, repeat) for scenario in found]


def _here(scenario: str) -> bool:
    """Whether a scenario can be measured; says so if it cannot."""
    obstacle = lacking(Catalogue().task(f"yahpo-{scenario}/{INSTANCES[scenario]}"))
    if obstacle:
        progress(f"not measured: {obstacle}")
    return not obstacle


def _compared(scenario: str, repeat: int) -> Figure:
    """Microseconds of CPU time an evaluation, ours and theirs."""
    benchmark: Any = build(Catalogue().task(f"yahpo-{scenario}/{INSTANCES[scenario]}"))
    configs = list(draw_configs(benchmark.space, EVALUATIONS, seed=1))
    expected: list[dict[str, float]] = []
    ours, theirs = alternate(
        repeat,
        partial(_by_us, benchmark, configs, expected),
        partial(_by_them, scenario, configs, expected),
    )
    return Figure(
        name=f"one evaluation of YAHPO Gym's {scenario}",
        unit="CPU microseconds",
        ours=ours,
        other=PEER,
        theirs=theirs,
        ratio_at_most=0.125,
    )


def _by_us(benchmark: Any, configs: list[Config], found: list[dict[str, float]]) -> float:
    """Through the benchmark's interface; leaves the values of the first objectives."""
    progress("models by us")
    trials = [Trial(config=config) for config in configs]
    found[:] = [dict(benchmark.evaluate(trial, 0).values) for trial in trials]
    taken = seconds(lambda: [benchmark.evaluate(trial, 0) for trial in trials], process_time)
    return taken / len(trials) * 1e6


def _by_them(scenario: str, configs: list[Config], found: list[dict[str, float]]) -> float:
    """Through yahpo-gym, checks on as it comes; the same values to the last bit.

    Raises:
        click.ClickException: It does not run, or answers something else.
    """
    progress("models by yahpo-gym")
    facts = SCENARIOS[scenario]
    full: Config = {
        **facts.fixed,
        facts.fidelity.name: facts.fidelity.high,
        facts.instance: INSTANCES[scenario],
    }
    asked = {
        "data": str(data_dir() / "yahpo"),
        "scenario": scenario,
        "instance": INSTANCES[scenario],
        "configs": [{**config, **full} for config in configs],
    }
    with TemporaryDirectory() as folder:
        answer = subprocess.run(
            [HOME / "bin" / "python", "-c", PROGRAM],
            input=json.dumps(asked),
            env={**os.environ, "YAHPO_LOCAL_CONFIG": str(Path(folder) / "settings")},
            capture_output=True,
            text=True,
            check=False,
        )
    if answer.returncode:
        raise click.ClickException(f"{PEER} failed:\n{answer.stderr[-2000:]}")
    told = json.loads(answer.stdout.splitlines()[-1])
    for ours, theirs in zip(found, told["values"], strict=True):
        if any(abs(value) != abs(theirs[name]) for name, value in ours.items()):
            raise click.ClickException(f"{PEER} answers {theirs} and we {ours}")
    return float(told["seconds"]) / len(configs) * 1e6
