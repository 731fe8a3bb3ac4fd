"""Data sets that can be fetched, from YAML."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from hpobench.catalogue.reader import Node, read_yaml
from hpobench.catalogue.section import Section, amount, flag, text_value, texts
from hpobench.fetch.dataset import Dataset, RemoteFile

FOLDER = "tasks/data"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def dataset(path: Path) -> Dataset:
    """The data set of a file, named as the file.

    Raises:
        FileError: With file and line, for any mistake in it.
    """
    root = Section(read_yaml(path))
    if not _NAME.fullmatch(path.stem):
        raise root.error(f"{path.stem!r} is no name for a folder")
    result = Dataset(
        name=path.stem,
        description=root.take("description", text_value),
        source=root.take("source", text_value),
        licence=root.take("licence", text_value),
        free=root.take("free", flag),
        urls=tuple(root.take("urls", _urls)),
        files=dict(_files(root.take("files", Section))),
    )
    root.finish()
    return result


def _files(section: Section) -> Iterator[tuple[str, RemoteFile]]:
    """Each file with its checksum and size."""
    for path, node in section.node.value.items():
        fields = Section(node)
        git = fields.take("git", _hexadecimal(40), "")
        md5 = "" if git else fields.take("md5", _hexadecimal(32), "")
        yield (
            path,
            RemoteFile(
                git=git,
                md5=md5,
                sha256="" if git or md5 else fields.take("sha256", _hexadecimal(64)),
                size=fields.take("size", _size, 0 if git or md5 else None),
                unpack=fields.take("unpack", flag, False),
            ),
        )
        fields.finish()


def _urls(node: Node) -> list[str]:
    """The addresses of folders."""
    for url in texts(node):
        if not (url.startswith(("http://", "https://")) and url.endswith("/")):
            raise node.error(f"expected an address of the web that ends in /, not {url!r}")
    return texts(node)


def _size(node: Node) -> int:
    """Bytes of a file; more than a million of them are usual."""
    if not (amount(node).is_integer() and node.value):
        raise node.error(f"expected a whole number of bytes, not {node.value}")
    return int(node.value)


def _hexadecimal(digits: int) -> Callable[[Node], str]:
    """Reads a checksum of so many digits."""

    def checksum(node: Node) -> str:
        value = str(node.value)  # digits alone are read as a number
        if not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
            raise node.error(f"expected {digits} hexadecimal digits in quotes, not {value!r}")
        return value

    return checksum
