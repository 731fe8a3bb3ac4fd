"""Putting off an import changes when it happens, and nothing else."""

import subprocess
import sys
from contextlib import suppress

import pytest

from hpobench.catalogue import Catalogue, lacking
from hpobench.errors import AbsentError
from hpobench.execution.construction import build

START = """
import sys
from hpobench.system.deferred import deferred
if sys.argv[1] == "deferred":
    with deferred("scipy.stats", "scipy.stats._distn_infrastructure"):
        import ConfigSpace
    assert "scipy.stats" not in sys.modules
"""

DRAW = """
import pickle
from copy import deepcopy
from ConfigSpace import *
from ConfigSpace.hyperparameters import *
plain = ConfigurationSpace({"a": (0.0, 1.0), "c": ["x", "y"]}, seed=1)
plain.sample_configuration(3)
print("scipy.stats" in sys.modules)
space = ConfigurationSpace({"i": (1, 9)}, seed=1)
space.add(
    NormalFloatHyperparameter("n", 0.5, 0.1, lower=0.0, upper=1.0),
    NormalIntegerHyperparameter("m", 5, 2, lower=1, upper=9),
    BetaFloatHyperparameter("b", 2, 3, lower=0.0, upper=1.0),
    BetaIntegerHyperparameter("g", 2, 3, lower=1, upper=9),
    UniformIntegerHyperparameter("l", 1, 1000, log=True),
)
space = pickle.loads(pickle.dumps(deepcopy(space)))
print([dict(config) for config in space.sample_configuration(5)])
from scipy.stats import norm
print(norm.cdf(0.0))
"""


def draws(how: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", START + DRAW, how], check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


@pytest.mark.slow
def test_every_hyperparameter_is_drawn_as_with_the_import_in_its_usual_place() -> None:
    put_off, usual = draws("deferred"), draws("usual")
    assert put_off[1:] == usual[1:]
    assert (put_off[0], usual[0]) == ("False", "True")


SHOW = """
import sys
from hpobench.cli.show import command
for name in ("random", "core", "bbob/f01-d2-i1"):
    command([name], standalone_mode=False)
    print("heavy:", *sorted({*sys.argv[1:]} & set(sys.modules)))
"""
HEAVY = (
    "ConfigSpace",
    "matplotlib",
    "numba",
    "optuna",
    "pandas",
    "ray",
    "scipy",
    "sklearn",
    "smac",
)


def test_show_imports_no_heavy_library_but_what_holds_a_tasks_space() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW, *HEAVY], check=True, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("heavy:")] == [
        "heavy:",
        "heavy:",
        "heavy: ConfigSpace",
    ]
    assert any("Range: [-5.0, 5.0]" in line for line in lines)


SHOW_ALL = """
import sys
from hpobench.cli.show import command
for task in sys.argv[1].split():
    command([task], standalone_mode=False)
    print("heavy:", task, *sorted({*sys.argv[2:]} & set(sys.modules)))
"""
NEEDED_BY_NO_TASK = {
    *("matplotlib", "numba", "onnxruntime", "optuna", "pandas", "pyarrow"),
    *("ray", "scipy.stats", "sklearn", "smac", "torch"),
}


def one_of_each_collection() -> list[str]:
    """A task of each collection whose data is here; what tables need to be opened is made.

    Torch's own networks are none of them: their classes are made of torch's.
    """
    tasks = [task for task in Catalogue().tasks.values() if task.collection != "torch"]
    first = {task.collection: task for task in tasks[::-1]}
    found = []
    for task in first.values():
        with suppress(AbsentError):
            if not lacking(task):
                build(task)
                found.append(task.id)
    return found


@pytest.mark.slow
def test_show_imports_no_heavy_library_for_a_task_of_any_collection() -> None:
    tasks = one_of_each_collection()
    assert len(tasks) >= 15
    done = subprocess.run(
        [sys.executable, "-c", SHOW_ALL, " ".join(tasks), *sorted(NEEDED_BY_NO_TASK)],
        check=True,
        capture_output=True,
        text=True,
    )
    heavy = [line for line in done.stdout.splitlines() if line.startswith("heavy:")]
    assert heavy == [f"heavy: {task}" for task in tasks]


LOAD = """
import sys
from hpobench.system.deferred import load_when_used
load_when_used("numpy.f2py", "numpy.testing", "numpy.absent")
from scipy.special import ndtr
assert "numpy.f2py.crackfortran" not in sys.modules and "unittest" not in sys.modules
import numpy
from numpy.testing import assert_equal
assert_equal(ndtr(0.0), 0.5)
assert callable(numpy.f2py.get_include) and "numpy.f2py.crackfortran" in sys.modules
"""


def test_a_module_loaded_when_used_is_the_real_one_and_spares_scipy_what_it_imports() -> None:
    subprocess.run([sys.executable, "-c", LOAD], check=True)
