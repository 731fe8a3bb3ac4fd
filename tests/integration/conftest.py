"""Run the command line as a user does: in a process of its own."""

import subprocess
from pathlib import Path

import pytest

from tests import PATIENCE
from tests.integration.commands import Hpobench, command, environment


@pytest.fixture
def hpobench(tmp_path: Path) -> Hpobench:
    """`hpobench(*arguments)` in an empty folder, with the misbehaving tasks and optimizers."""

    def call(*arguments: object, code: int | None = 0) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, env=environment(), capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        assert code in (None, done.returncode), done.stdout + done.stderr
        return done

    return call
