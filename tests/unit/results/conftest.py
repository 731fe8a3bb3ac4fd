"""Results folders to work on, and the command line within this process."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from hpobench.cli import main
from hpobench.store import Store
from hpobench.store import store as store_module


class Done(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`cli(*arguments)` runs a command as a shell would, but faster."""

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["hpobench", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        code = end.value.code
        return Done(code if isinstance(code, int) else 0, out, err)

    return call


@pytest.fixture
def compact(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Move all journals of a folder into a shard."""

    def move(path: Path) -> None:
        monkeypatch.setattr(store_module, "COMPACT_BYTES", 0)
        Store(path).compact()

    return move
