"""Which program installs packages into an environment: uv where it is, and does as pip would."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from hpobench.errors import AbsentError
from hpobench.system.process import bare

SILENT = {
    "cache-dir",
    "config-file",  # what it holds is listed too
    "default-timeout",
    "disable-pip-version-check",
    "no-color",
    "no-input",
    "progress-bar",
    "quiet",
    "require-virtualenv",
    "root-user-action",
    "timeout",
}
"""Settings of pip that have no say in what is installed."""


def install_command(python: Path, arguments: Sequence[str]) -> list[str]:
    """A call that installs packages for an interpreter, which needs no installer of its own.

    It is uv's where there is one, unless pip has settings that uv would not read, such as an index
    of packages: both choose the same versions then. Nothing is compiled ahead: that halves the time
    and the size, and Python compiles what is imported.

    Args:
        python: The environment's interpreter.
        arguments: What `pip install` is to install.

    Raises:
        AbsentError: There are neither.
    """
    uv, has_pip = uv_program(), find_spec("pip") is not None
    if uv and not (has_pip and pip_settings()):
        quiet = ["--quiet", "--no-progress", "--no-python-downloads"]
        return [uv, "--directory", str(python.parent), "pip", "install", *quiet,
                "--python", str(python), *arguments]  # fmt: skip
    if not has_pip:
        raise AbsentError(f"pip is missing beside hpobench: {sys.executable} -m ensurepip")
    quiet = ["--quiet", "--no-input", "--no-compile", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    return [*pip, "install", *quiet, *arguments]


def uv_program() -> str:
    """The path of the first uv that answers, on PATH or beside us; empty if there is none."""
    for folder in (*os.get_exec_path(), str(Path(sys.prefix, "bin"))):
        program = shutil.which("uv", path=folder)
        if program and _answers(program):
            return program
    return ""


def _answers(program: str) -> bool:
    """Whether it is uv; managers of versions put shims there that are of no use."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.startswith("uv ")


def pip_settings() -> list[str]:
    """The settings of our pip, wherever they stand, that may bear on what it installs."""
    listing = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(listing, env=bare(), capture_output=True, text=True, check=False)
    names = [line.partition("=")[0].rpartition(".")[2] for line in done.stdout.splitlines()]
    return sorted({name.replace("_", "-") for name in names if name} - SILENT)
