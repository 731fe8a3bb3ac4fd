"""Put a data set in its place: all of it or nothing, and by one process at a time."""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from hpobench.errors import UserError
from hpobench.fetch.checksums import checksum, known_checksum, right
from hpobench.fetch.dataset import Dataset, RemoteFile
from hpobench.fetch.download import DownloadError, download
from hpobench.fetch.unpack import safe, unpack_archive
from hpobench.system.folders import locked

RECEIPT = ".hpobench.json"
"""In the folder of a data set that was unpacked: the checksum of every file."""

Progress = Callable[[str, int], None]


def fetch(dataset: Dataset, progress: Progress = lambda _, __: None) -> None:
    """Bring what is missing of a data set to its folder.

    Files arrive beside the folder and move into it when all are there and right; what has
    come before an interruption is kept for the next attempt.

    Args:
        dataset: What to fetch.
        progress: Told a file's path and how many of its bytes have come.

    Raises:
        UserError: A file cannot be had; says how to bring it here by hand.
    """
    arriving = dataset.folder.with_name(f".{dataset.name}.arriving")
    dataset.folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(dataset.folder.with_name(f".{dataset.name}.lock")):
        absent = missing_files(dataset)
        for path in absent:
            _bring(dataset, path, arriving, progress)
        if absent:
            move(dataset, absent, arriving)


def missing_files(dataset: Dataset, paths: Iterable[str] | None = None) -> list[str]:
    """The files that are not in its folder, by name and size; contents are not read.

    Args:
        dataset: The data set that the files belong to.
        paths: Those to look for; by default all.
    """
    receipt = _receipt(dataset)
    wanted = dataset.files if paths is None else paths
    return [p for p in wanted if not _there(dataset, p, dataset.files[p], receipt)]


def files_present(dataset: Dataset, paths: Sequence[str], *, first: str = "") -> str:
    """How many of some files of a data set are here, in words.

    Args:
        dataset: The data set that the files belong to.
        paths: Those that are counted.
        first: Which is missing; by default the first of them that is.
    """
    absent = missing_files(dataset, paths)
    here = f"incomplete: {len(paths) - len(absent)} of {len(paths)} files"
    return f"{here}, first missing {first or absent[0]}"


def damage(dataset: Dataset) -> list[str]:
    """What is wrong with a fetched data set, a line a file; every byte of it is read."""
    receipt = _receipt(dataset)
    expected = {p: r for p, r in dataset.files.items() if not r.unpack}
    for held in receipt.values():
        expected |= {
            path: RemoteFile(sha256=facts[1], size=facts[0]) for path, facts in held.items()
        }
    absent = [f"{dataset.folder / path}: is missing" for path in missing_files(dataset)]
    present = {p: r for p, r in expected.items() if (dataset.folder / p).is_file()}
    return absent + [
        f"{dataset.folder / path}: has another checksum"
        for path, remote in present.items()
        if not right(dataset.folder / path, remote)
    ]


def _there(dataset: Dataset, path: str, remote: RemoteFile, receipt: dict[str, Any]) -> bool:
    """Whether a file, or all that an archive held, is in the folder."""
    if not remote.unpack:
        file = dataset.folder / path
        return file.is_file() and remote.size in (0, file.stat().st_size)
    held: dict[str, Any] = receipt.get(path) or {}
    return bool(held) and all(
        (dataset.folder / name).is_file() and (dataset.folder / name).stat().st_size == size
        for name, (size, _) in held.items()
    )


def _receipt(dataset: Dataset) -> dict[str, Any]:
    """By archive, the size and checksum of each file it held."""
    try:
        found: dict[str, Any] = json.loads((dataset.folder / RECEIPT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _bring(dataset: Dataset, path: str, arriving: Path, progress: Progress) -> None:
    """Download one file, unless it has arrived already."""
    if not safe(path):
        raise UserError(f"data set {dataset.name!r}: {path!r} leads out of its folder")
    target, remote = arriving / path, dataset.files[path]
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_file() and right(target, remote):
        return
    try:
        urls = [url + _quoted(path) for url in dataset.urls]
        download(urls, remote, target, lambda came: progress(path, came))
    except DownloadError as error:
        raise UserError(f"{error}\n{_by_hand(dataset, path, target)}") from None


def _quoted(path: str) -> str:
    """A path as a part of an address."""
    from urllib.parse import quote

    return quote(path)


def _by_hand(dataset: Dataset, path: str, target: Path) -> str:
    """How to do without a network."""
    remote = dataset.files[path]
    place = target if remote.unpack else dataset.folder / path
    size = f"{remote.size} bytes, " if remote.size else ""
    wrong = f"; what lies there has another checksum than {' '.join(known_checksum(remote))}"
    return (
        f"Without a network: copy {path} ({size}from {dataset.source}) "
        f"to {place}, then give the command again{wrong if place.is_file() else ''}"
    )


def move(dataset: Dataset, paths: list[str], arriving: Path) -> None:
    """Unpack archives, and move everything to its place."""
    receipt = _receipt(dataset)
    for path in paths:
        if dataset.files[path].unpack:
            receipt[path] = _unpacked(arriving, path)
    if not dataset.folder.exists():
        _note(arriving, receipt)
        arriving.rename(dataset.folder)
        return
    for file in [file for file in arriving.rglob("*") if file.is_file()]:
        place = dataset.folder / file.relative_to(arriving)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
    _note(dataset.folder, receipt)
    shutil.rmtree(arriving)


def _unpacked(arriving: Path, path: str) -> dict[str, tuple[int, str]]:
    """Replace an archive by what it holds; the size and checksum of each file."""
    folder = arriving / f".{Path(path).name}.unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    unpack_archive(arriving / path, folder)
    held = {}
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = file.relative_to(folder)
        held[str(name)] = (file.stat().st_size, checksum(file))
        (arriving / name).parent.mkdir(parents=True, exist_ok=True)
        file.replace(arriving / name)
    shutil.rmtree(folder)
    if path not in held:
        (arriving / path).unlink()
    return held


def _note(folder: Path, receipt: dict[str, Any]) -> None:
    """Keep the receipt, if there is something to keep."""
    if receipt:
        (folder / RECEIPT).write_text(json.dumps(receipt, indent=1), encoding="utf-8")
