"""What holds for all tests: how often those in tests/torture strike, and what Ctrl-C does."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from hpobench.system.process import THREADS
from tests.examples import UNHURRIED

settings.load_profile(UNHURRIED)

# Packages whose data alone is used lie beside the others, without what they require.
TABLES = str(Path(sys.prefix) / "tables")
sys.path.append(TABLES)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), TABLES]))

Often = Callable[[int, int], int]


# A shell's background jobs and those under nohup ignore these, and so would all processes that
# tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


# Two libraries that each take all cores take turns at keeping each other waiting.
os.environ.update(dict.fromkeys(THREADS, "1"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--torture", action="store_true", help="tests/torture: all, not a sample")


@pytest.fixture
def often(request: pytest.FixtureRequest) -> Often:
    """`often(few, all)`: few as a rule, all with --torture; a test of none is skipped."""

    def choose(few: int, everything: int) -> int:
        chosen = everything if request.config.getoption("--torture") else few
        if not chosen:
            pytest.skip("only with --torture")
        return chosen

    return choose
