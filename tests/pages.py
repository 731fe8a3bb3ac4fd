"""Walks through pages of the documentation: the files they have one write, the commands to call."""

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.folders import CHECKOUT, python_output


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of `docs/`.

    Attributes:
        text: All of it.
        files: By name what its blocks of code have one write: those below a name and a colon.
        commands: The lines behind a prompt, in their order.
    """

    text: str
    files: Mapping[str, str]
    commands: list[str]

    @classmethod
    def read(cls, name: str) -> "Page":
        """The page of that name, without its ending."""
        text = (CHECKOUT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        files = re.findall(r"`([\w./-]+)`:\n\n```\w+\n(.*?)```", text, re.DOTALL)
        commands = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
        return cls(text=text, files=dict(files), commands=commands)

    def write_files(self, folder: Path, *, but: Collection[str] = ()) -> Path:
        """Write the page's files below a folder, but for some of which only the folder is made."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name not in but:
                path.write_text(text, encoding="utf-8")
        return folder


def page_folder(page: Page) -> Any:
    """A fixture of the name `folder`: the files of a page, each where the page says."""

    @pytest.fixture(name="folder")
    def folder(tmp_path: Path) -> Path:
        return page.write_files(tmp_path)

    return folder


def call(command: str, folder: Path, **environment: str) -> str:
    """What a page's command prints, run in a folder by this Python; it must not fail."""
    program, *arguments = shlex.split(command)
    return python_output(folder, "-m", program, *arguments, **environment)


def contract_tests(command: str) -> str:
    """A page's command that tests the folder `mine` by the contract, as a walk of ours calls it."""
    environment, rest = command.split(" ", maxsplit=1)
    assert environment == "HPOBENCH_CATALOGUE=mine"
    chosen = f"{rest} -q -p no:cacheprovider -p no:randomly -p no:xdist --rootdir {CHECKOUT}"
    return chosen.replace("tests/contract", str(CHECKOUT / "tests/contract"))
