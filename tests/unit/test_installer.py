"""Which program installs packages into environments: uv, unless pip has settings of its own."""

import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from hpobench.environments import installer, make, remove_environment
from hpobench.environments.installer import install_command, pip_settings, uv_program
from hpobench.errors import AbsentError
from hpobench.optimizer import Environment

PYTHON = Path("/env/bin/python")
TINY = Environment(no_deps=(f"ConfigSpace=={version('ConfigSpace')}",))


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pip without settings, and no uv but one that the test brings."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(sys, "prefix", "/nowhere")


@pytest.fixture
def with_uv(unset: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """`with_uv(script)` puts a program of that name first on PATH."""

    def put(script: str) -> str:
        program = tmp_path / "programs" / "uv"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return str(program)

    return put


def test_a_uv_that_answers_installs(with_uv: Callable[[str], str]) -> None:
    program = with_uv("echo uv 0.13.9")
    command = install_command(PYTHON, ["a==1.0"])
    assert (command[0], command[-3:]) == (program, ["--python", str(PYTHON), "a==1.0"])


def test_a_shim_that_only_has_the_name_does_not(with_uv: Callable[[str], str]) -> None:
    with_uv("echo 'no uv in this version' >&2; exit 127")
    assert uv_program() == ""
    assert install_command(PYTHON, ["a==1.0"])[:3] == [sys.executable, "-m", "pip"]


@pytest.mark.parametrize(
    ("name", "value", "settings"),
    [
        ("PIP_INDEX_URL", "https://example.org/simple", ["index-url"]),
        ("PIP_FIND_LINKS", "/wheels", ["find-links"]),
        ("PIP_CONSTRAINT", "/c.txt", ["constraint"]),
        ("PIP_NO_INPUT", "1", []),
        ("PIP_CONFIG_FILE", "pip.conf", ["extra-index-url"]),
    ],
)
def test_pip_installs_where_it_has_settings_that_bear_on_what_it_installs(
    with_uv: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    settings: list[str],
) -> None:
    program = with_uv("echo uv 0.13.9")
    monkeypatch.chdir(tmp_path)
    Path("pip.conf").write_text("[global]\nextra-index-url = https://example.org/more\n")
    monkeypatch.setenv(name, value)
    listed = pip_settings()  # the machine's own files may say more, but for the null device
    assert set(settings) <= set(listed)
    assert bool(listed) == bool(settings)
    assert install_command(PYTHON, ["a"])[0] == (sys.executable if settings else program)


def test_without_either_it_says_what_is_missing(
    unset: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "uv_program", lambda: "")
    monkeypatch.setattr(installer, "find_spec", lambda name: None)
    with pytest.raises(AbsentError, match="ensurepip"):
        install_command(PYTHON, ["a"])


def test_an_environment_is_the_same_by_uv_and_by_pip(
    unset: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = pytest.importorskip("uv", reason="needs the extra 'uv'")
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path))
    made = {}
    for program in (uv.find_uv_bin(), ""):
        monkeypatch.setattr(installer, "uv_program", lambda found=program: found)
        place = make(TINY)
        site = next(place.folder.glob("lib/python*/site-packages"))
        made[bool(program)] = (
            place.packages,
            {
                path.relative_to(site): path.read_bytes()
                for path in site.rglob("*")
                if path.is_file() and path.name not in {"INSTALLER", "RECORD", "REQUESTED"}
            },
        )
        called = (next(site.glob("*.dist-info")) / "INSTALLER").read_text().strip()
        assert called == ("uv" if program else "pip")
        assert remove_environment(place.folder)
    assert made[True] == made[False]
