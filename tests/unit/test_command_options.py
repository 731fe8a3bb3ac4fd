"""What a subcommand is told is one frozen object; its defaults are those of the library."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import click
import pytest
from click.testing import CliRunner

from hpobench.cli import COMMANDS
from hpobench.cli.shared.options import OneOf, receives
from hpobench.dispatch.backends import Backend
from hpobench.gate import At, Question, Rule
from hpobench.scoring.policy import FailedAs, Horizon, Incomplete, Policy
from hpobench.subset.discrepancy.target import Target
from hpobench.subset.request import SelectionRequest
from hpobench.subset.ways import Measure, Method
from hpobench.task import Overhead

FOLDER = Path(inspect.getfile(import_module("hpobench.cli"))).parent
MOST_PARAMETERS = 7
"""A subcommand with more options than a function may have arguments gets them as an object."""


def leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for part, below in command.commands.items():
            yield from leaves(f"{name} {part}", below)
    else:
        yield name, command


def every_command() -> dict[str, click.Command]:
    modules = {name: import_module(f"hpobench.cli.{name}").command for name in COMMANDS}
    return {path: leaf for name, found in modules.items() for path, leaf in leaves(name, found)}


def options_of(command: click.Command) -> Any:
    """The class of the object that the command's function gets, if it gets one."""
    inner = inspect.unwrap(command.callback) if command.callback else None
    hints = get_type_hints(inner) if inner else {}
    return hints.get("options")


def default_of(name: str, option: str) -> Any:
    (found,) = [each for each in every_command()[name].params if each.name == option]
    return found.default


BY_OBJECT = {name: found for name, found in every_command().items() if options_of(found)}


@pytest.mark.parametrize("name", sorted(BY_OBJECT))
def test_the_fields_are_the_options(name: str) -> None:
    command = BY_OBJECT[name]
    kind = options_of(command)
    assert is_dataclass(kind)
    assert {field.name for field in fields(kind)} == {each.name for each in command.params}


@pytest.mark.parametrize("name", sorted(BY_OBJECT))
def test_what_was_asked_cannot_be_changed_on_the_way(name: str) -> None:
    kind = options_of(BY_OBJECT[name])
    names = [field.name for field in fields(kind)]
    given = kind(**dict.fromkeys(names))
    with pytest.raises(FrozenInstanceError):
        setattr(given, names[0], "other")


def test_every_subcommand_with_many_options_gets_them_as_an_object() -> None:
    many = {name for name, each in every_command().items() if len(each.params) > MOST_PARAMETERS}
    assert many <= set(BY_OBJECT)


def test_nobody_looks_options_up_by_their_names() -> None:
    """But for those of an optimizer, which are a mapping in its YAML."""
    found = [
        f"{path.name}:{number}"
        for path in FOLDER.parent.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"(?<!variant\.)\boptions(\[|\.get\()", line)
    ]
    assert not found


@pytest.mark.parametrize(
    ("name", "option", "kind"),
    [
        ("run", "overhead", Overhead),
        ("run", "backend", Backend),
        ("record", "backend", Backend),
        ("analyze", "failed", FailedAs),
        ("analyze", "incomplete", Incomplete),
        ("analyze", "horizon", Horizon),
        ("compare", "at", At),
        ("subset", "coordinates", Measure),
        ("subset", "method", Method),
        ("subset", "target", Target),
    ],
)
def test_the_choices_are_those_of_the_library(name: str, option: str, kind: Any) -> None:
    (found,) = [each for each in every_command()[name].params if each.name == option]
    assert isinstance(found.type, OneOf)
    assert list(found.type.choices) == [member.value for member in kind]


def test_the_defaults_are_those_of_the_library() -> None:
    policy, rule, request = Policy(), Rule(), SelectionRequest()
    for option in ("failed", "incomplete", "horizon", "rope"):
        assert default_of("analyze", option) == getattr(policy, option), option
    for option in ("relevant", "alpha", "beta"):
        assert default_of("compare", option) == getattr(rule, option), option
    questions = {field.name: field.default for field in fields(Question)}
    assert default_of("compare", "slower") == questions["slower"]
    assert default_of("compare", "at") == questions["at"]
    for option in ("seed", "restarts", "method", "target"):
        assert default_of("subset", option) == getattr(request, option), option
    assert default_of("subset", "size") == str(request.size)


def test_a_choice_reaches_the_command_as_the_member() -> None:
    told: list[Any] = []

    @click.command()
    @click.option("--at", type=OneOf(At), default=At.END.value, show_default=True)
    @receives(dict)
    def command(options: dict[str, Any]) -> None:
        """Say what was told."""
        told.append(options["at"])

    assert CliRunner().invoke(command, ["--at", "anytime"]).exit_code == 0
    assert CliRunner().invoke(command, []).exit_code == 0
    assert told == [At.ANYTIME, At.END]
    assert all(type(each) is At for each in told)
    wrong = CliRunner().invoke(command, ["--at", "middle"])
    assert wrong.exit_code == 2
    assert "'end', 'anytime'" in wrong.output
    assert "[default: end]" in CliRunner().invoke(command, ["--help"]).output
