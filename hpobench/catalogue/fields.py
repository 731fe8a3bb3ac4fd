"""Fields that tasks and variants have in common, read from YAML."""

import re

from hpobench.catalogue.reader import Node
from hpobench.catalogue.section import Section, amount, members, text_value, texts
from hpobench.errors import nearest
from hpobench.task import FEATURES, Resources

_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def needed_resources(node: Node) -> Resources:
    """CPUs, GPUs, bytes of memory, and Ray's custom resources."""
    section = Section(node)
    custom = section.take("custom", members, {})
    result = Resources(
        cpus=section.take("cpus", amount, 1.0),
        gpus=section.take("gpus", amount, 0.0),
        memory=int(section.take("memory", amount, 0.0)),
        custom={name: amount(each) for name, each in custom.items()},
    )
    section.finish()
    return result


def space_features(node: Node) -> list[str]:
    """Features of a space, sorted, each of them known."""
    names = different_texts(node)
    for name in names:
        if name not in FEATURES:
            raise node.error(f"unknown type {name!r}{nearest(name, FEATURES)}")
    return sorted(set(names))


def different_texts(node: Node) -> list[str]:
    """A list of texts that is not empty and holds none twice."""
    names = texts(node)
    if not names or len(set(names)) < len(names):
        raise node.error("expected a list of one or more different texts")
    return names


def class_target(node: Node) -> str:
    """The text of a `module:Class`."""
    target = text_value(node)
    if not _TARGET.fullmatch(target):
        raise node.error(f"expected module:Class, not {target!r}")
    return target
