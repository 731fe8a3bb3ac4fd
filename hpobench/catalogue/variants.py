"""Expand a YAML file into variants of an optimizer."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

from hpobench.catalogue.fields import (
    class_target,
    different_texts,
    needed_resources,
    space_features,
)
from hpobench.catalogue.reader import Node, read_yaml
from hpobench.catalogue.section import (
    Section,
    amount,
    check_name,
    flag,
    mapping,
    members,
    positive,
    text_value,
)
from hpobench.errors import nearest
from hpobench.optimizer import KNOWLEDGE, Capabilities, Environment, Variant
from hpobench.task import Resources

_REQUIREMENT = re.compile(r"[A-Za-z0-9][^\x00-\x1f\x7f]{0,300}")
_PYTHON = re.compile(r"3\.(1[1-9]|[2-9]\d)")


def read_variants(path: Path) -> Iterator[Variant]:
    """The variants of an optimizer family's file.

    Raises:
        FileError: With file and line, for any mistake in it.
    """
    root = Section(read_yaml(path))
    declared = root.take("variants", members)
    for name, node in declared.items():
        yield _variant(path.stem, name, Section(node, defaults=root), root.find("capabilities"))


def _variant(family: str, name: str, section: Section, base: Node | None) -> Variant:
    """One variant; its capabilities are merged over the family's."""
    shared = Section(base) if base else None
    own = section.find("environment")
    result = Variant(
        id=check_name(section.node, family if name == family else f"{family}/{name}"),
        family=family,
        adapter=section.take("adapter", class_target),
        options=section.take("options", mapping, {}),
        capabilities=_capabilities(Section(section.take("capabilities", _same), shared)),
        environment=_environment(own) if own else None,
        resources=section.take("resources", needed_resources, Resources()),
        ask_tell_ms=section.take("ask_tell_ms", amount, 1.0),
        library=section.take("library", text_value, ""),
        needs=tuple(section.take("needs", different_texts, ())),
        extra=section.take("extra", text_value, ""),
        variables=tuple(section.take("variables", different_texts, ())),
        description=section.take("description", text_value, ""),
        source=section.take("source", text_value, ""),
        paper=section.take("paper", text_value, ""),
    )
    section.finish()
    return result


def _capabilities(section: Section) -> Capabilities:
    """What a variant handles."""
    result = Capabilities(
        objectives=int(section.take("objectives", amount, 1.0)),
        fidelity=section.take("fidelity", flag, False),
        types=frozenset(section.take("types", space_features)),
        workers=int(section.take("workers", amount, 0.0)),
        initial=section.take("initial", flag, False),
        collections=tuple(section.take("collections", different_texts, ())),
        magnitude=section.take("magnitude", positive, math.inf),
        continues=section.take("continues", flag, False),
        signals=tuple(section.take("signals", different_texts, ())),
        knowledge=tuple(section.take("knowledge", _knowledge, ())),
        uninformed=section.take("uninformed", flag, False),
        constraints=section.take("constraints", flag, False),
    )
    section.finish()
    return result


def _environment(node: Node) -> Environment:
    """What is installed for an optimizer apart from the others."""
    section = Section(node)
    result = Environment(
        requirements=section.take("requirements", _requirements, ()),
        no_deps=section.take("no_deps", _requirements, ()),
        python=section.take("python", _python, ""),
        megabytes=section.take("megabytes", amount, 0.0),
    )
    section.finish()
    if not result.requirements and not result.no_deps:
        raise node.error("an environment has requirements, or no_deps")
    return result


def _requirements(node: Node) -> tuple[str, ...]:
    """What pip is to install; its options are not for a file to say."""
    names = different_texts(node)
    for name in names:
        if not _REQUIREMENT.fullmatch(name):
            raise node.error(f"{name!r} is no requirement such as 'name==1.0' or 'name @ URL'")
    return tuple(names)


def _python(node: Node) -> str:
    """The version of an interpreter."""
    version = text_value(node)
    if not _PYTHON.fullmatch(version):
        raise node.error(f"python is a version from '3.11' on, such as '3.12', not {version!r}")
    return version


def _knowledge(node: Node) -> list[str]:
    """What can be told of a task before its first trial."""
    names = different_texts(node)
    for name in names:
        if name not in KNOWLEDGE:
            raise node.error(f"unknown knowledge {name!r}{nearest(name, KNOWLEDGE)}")
    return names


def _same(node: Node) -> Node:
    """The node itself, for what is read by a section of its own."""
    return node
