"""What of a submission says whose machine it was made on: homes and hosts."""

import re
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

from hpobench.environments.installation import normalized, requirement_name
from hpobench.errors import UserError
from hpobench.store import Store
from hpobench.store.manifests import without_machine

SHORTEST = 4
"""A host of a shorter name would be found in any text."""

SHOWN = 5
"""So many places are named at a time."""

_HOME = r"(?<![\w/.~-])(?:/(?:home|Users)/[\w.-]+|/root\b|[A-Za-z]:\\+Users\\+[\w.-]+)"
_PUBLIC = {"localhost", "localhost.localdomain"}
ENDINGS = {".json", ".yaml", ".yml", ".py", ".md", ".txt", ".toml", ".cfg", ".csv"}
"""Files of text, whose lines are read."""


def public_manifest(manifest: Mapping[str, Any], libraries: Iterable[str]) -> dict[str, Any]:
    """A manifest without its machine, and with the versions of what runs depend on alone.

    What else is installed is nobody's business: private packages have telling names.

    Args:
        manifest: What an experiment was asked for, and what it ran with.
        libraries: Distributions that its optimizers and tasks name.
    """
    wanted = {normalized(name) for name in (*libraries, *_required())}
    versions = {
        name: version
        for name, version in manifest.get("versions", {}).items()
        if normalized(name) in wanted
    }
    return {**without_machine(manifest), "versions": versions}


def _required() -> list[str]:
    """The distributions that hpobench requires, with all extras."""
    try:
        return [requirement_name(text) for text in requires("hpobench") or []]
    except PackageNotFoundError:  # a checkout that nobody has installed
        return []


def private_texts(
    manifests: Iterable[Mapping[str, Any]], folders: Sequence[Path]
) -> re.Pattern[str]:
    """What finds in a text the homes of users, these folders, and the hosts of the runs.

    Args:
        manifests: Say on which hosts the runs were made.
        folders: Where the results and the optimizers lie on this machine.
    """
    hosts = {str(manifest.get("host", "")).partition(",")[0] for manifest in manifests}
    hosts |= {socket.gethostname()}
    names = [host for host in hosts if len(host) >= SHORTEST and host not in _PUBLIC]
    words = [rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in sorted(names)]
    paths = {str(path) for path in (Path.home(), *(folder.absolute() for folder in folders))}
    places = [rf"{re.escape(path)}(?![\w-])" for path in sorted(paths - {"/"}, reverse=True)]
    return re.compile("|".join([*places, _HOME, *words]))


def refuse_private(folder: Path, results: Path, private: re.Pattern[str]) -> None:
    """Refuse a folder of which a text says whose machine it was made on.

    Args:
        folder: All that is to be published.
        results: The results folder in it, of whose rows all texts are read too.
        private: What must not be found.

    Raises:
        UserError: It is found; the message names file and line, or the run.
    """
    found = [*_in_files(folder, private), *_in_rows(Store(results), private)]
    if found:
        rest = len(found) - SHOWN
        more = f"; and in {rest:,} more places" if rest > 0 else ""
        raise UserError(
            f"this would be published, and is private: {'; '.join(found[:SHOWN])}{more}; take it "
            "out, and run again what it comes from"
        )


def _in_files(folder: Path, private: re.Pattern[str]) -> Iterator[str]:
    """Where files of text hold what is private."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in ENDINGS and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                if match := private.search(line):
                    yield f"{path.relative_to(folder)}:{number} has {match[0]!r}"


def _in_rows(store: Store, private: re.Pattern[str]) -> Iterator[str]:
    """Which runs hold it in any of their texts."""
    import pyarrow as pa

    rows = store.history()
    texts = [name for name in rows.column_names if rows.schema.field(name).type == pa.string()]
    for row in rows.select([*texts, "seed"]).to_pylist():
        for name in texts:
            if row[name] and (match := private.search(row[name])):
                run = f"{row['optimizer']} on {row['task']}, seed {row['seed']}"
                yield f"{name} of {run} has {match[0]!r}"
