"""A data set is taken from a copy of its publisher's files, in whichever form that is."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hpobench.catalogue import Catalogue
from hpobench.cli.data import command
from hpobench.fetch.copies import POINTER
from hpobench.fetch.place import damage
from hpobench.system.folders import data_dir
from hpobench.system.text import are, count

HERE = data_dir()
"""Where this machine has data sets."""

FILES = {
    "tables/one.csv": b"a,b\n1,2\n",
    "tables/two.csv": b"a,b\n3,4\n",
    "three.csv": b"a,b\n5,6\n",
    "by git.csv": b"a,b\n7,8\n",
}
MANIFEST = """
description: "tables"
source: "somebody, https://example.org"
licence: {licence}
free: {free}
urls: ["https://example.org/0123abc/data/"]
files:
{files}
"""
FORMS = ["folder", "part of it", "zip", "tar", "tar.gz", "tar.xz"]


def packed() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("inside/four.csv", "a,b\n9,9\n")
    return stream.getvalue()


def entry(path: str, content: bytes) -> str:
    if path.startswith("by git"):
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        return f'  {path}: {{git: "{blob.hexdigest()}"}}'
    more = ", unpack: true" if path.endswith(".zip") else ""
    digest = hashlib.sha256(content).hexdigest()
    return f'  {path}: {{sha256: "{digest}", size: {len(content)}{more}}}'


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "made"


def call(
    tmp_path: Path, copy: Path, *options: str, files: Mapping[str, bytes] = FILES, free: bool = True
) -> Result:
    path = tmp_path / "mine" / "tasks" / "data" / "made.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(entry(name, content) for name, content in files.items())
    words = {"licence": "MIT" if free else "CC-BY-NC-4.0", "free": str(free).lower()}
    path.write_text(MANIFEST.format(files=lines, **words))
    arguments = ["fetch", "made", "--from", str(copy), "--catalogue", str(tmp_path / "mine")]
    return CliRunner().invoke(command, [*arguments, *options], standalone_mode=False)


def clone(folder: Path, files: Mapping[str, bytes], inside: str = "data") -> Path:
    """A repository that holds more than the data set, and its history."""
    others = {"README.md": b"read me", ".git/data/three.csv": b"of the history", "one.csv": b"no"}
    inner = {f"{inside}/{name}": content for name, content in files.items()}
    for name, content in (inner | others).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def in_form(form: str, folder: Path, files: Mapping[str, bytes]) -> Path:
    clone(folder / "repository-0123abc", files)
    if form == "folder":
        return folder / "repository-0123abc"
    if form == "part of it":
        return folder / "repository-0123abc" / "data"
    path = folder / f"archive.{form}"
    paths = sorted((folder / "repository-0123abc").rglob("*"))
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for each in paths:
                archive.write(each, each.relative_to(folder))
    else:
        kind = form.partition(".")[2]
        with tarfile.open(path, f"w:{kind}") as tar:  # type: ignore[call-overload]
            for each in paths:
                tar.add(each, each.relative_to(folder), recursive=False)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_a_copy_of_any_form_gives_the_whole_data_set(form: str, tmp_path: Path, data: Path) -> None:
    files = {**FILES, "rest.zip": packed()}
    done = call(tmp_path, in_form(form, tmp_path / "copy", files), files=files)
    assert done.return_value == 0, done.output
    assert "5 of 5 files are right, 5 of them copied now" in done.output
    here = {p.relative_to(data).as_posix(): p.read_bytes() for p in data.rglob("*.csv")}
    assert here == {**FILES, "inside/four.csv": b"a,b\n9,9\n"}
    assert not list(data.parent.glob(".made.copied"))
    again = call(tmp_path, tmp_path / "copy", files=files)
    assert "5 of 5 files are right, 0 of them copied now" in again.output


@pytest.mark.parametrize("form", FORMS)
def test_all_that_is_missing_or_differs_is_said_at_once_and_the_rest_copied(
    form: str, tmp_path: Path, data: Path
) -> None:
    files = {
        "tables/one.csv": FILES["tables/one.csv"],
        "tables/two.csv": FILES["tables/two.csv"][::-1],
        "three.csv": POINTER + b"v1\noid sha256:00\nsize 8\n",
    }
    done = call(tmp_path, in_form(form, tmp_path / "copy", files))
    assert done.return_value == 1
    said = {line.strip().partition(": ")[0]: line for line in done.output.splitlines()}
    digest = hashlib.sha256(FILES["tables/two.csv"]).hexdigest()
    assert f"has another checksum than SHA-256 {digest}: " in said["tables/two.csv"]
    assert "git lfs pull" in said["three.csv"]
    assert said["by git.csv"] == "  by git.csv: is missing"
    assert "tables/one.csv" not in said
    assert "1 of 4 files is right, 1 of them copied now" in done.output
    assert [p.name for p in data.rglob("*") if p.is_file()] == ["one.csv"]


def test_what_is_in_place_and_wrong_is_replaced_and_what_a_copy_lacks_is_kept(
    tmp_path: Path, data: Path
) -> None:
    call(tmp_path, clone(tmp_path / "copy", FILES))
    (data / "three.csv").write_bytes(FILES["three.csv"][::-1])
    (data / "tables/one.csv").unlink()
    done = call(tmp_path, clone(tmp_path / "other", {"three.csv": FILES["three.csv"]}))
    assert done.return_value == 1
    assert "3 of 4 files are right, 1 of them copied now" in done.output
    assert (data / "three.csv").read_bytes() == FILES["three.csv"]
    assert (data / "tables/two.csv").read_bytes() == FILES["tables/two.csv"]
    assert f"tables/one.csv: has 2 bytes, expected {len(FILES['tables/one.csv'])}: one.csv" not in (
        done.output
    ), "a file of the same name elsewhere is not that file"


def test_one_file_is_a_copy_of_itself(tmp_path: Path, data: Path) -> None:
    (tmp_path / "rest.zip").write_bytes(packed())
    done = call(tmp_path, tmp_path / "rest.zip", files={"rest.zip": packed()})
    assert done.return_value == 0, done.output
    assert (data / "inside/four.csv").is_file()


def test_a_damaged_archive_is_one_error_and_leaves_nothing(tmp_path: Path, data: Path) -> None:
    path = in_form("tar.gz", tmp_path / "copy", FILES)
    path.write_bytes(path.read_bytes()[:150])
    done = call(tmp_path, path)
    assert done.return_value != 0
    assert not data.exists()
    assert not list(data.parent.glob(".made.copied"))


def test_links_and_devices_of_a_copy_are_not_followed_out_of_it(tmp_path: Path, data: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(FILES["three.csv"])
    with tarfile.open(tmp_path / "links.tar", "w") as tar:
        link = tarfile.TarInfo("data/three.csv")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        tar.addfile(link)
    done = call(tmp_path, tmp_path / "links.tar")
    assert "three.csv: is missing" in done.output
    assert not data.exists()


def test_a_licence_that_restricts_is_agreed_to_first(tmp_path: Path, data: Path) -> None:
    copy = clone(tmp_path / "copy", FILES)
    refused = call(tmp_path, copy, free=False)
    assert "agree with --yes" in str(refused.exception)
    assert not data.exists()
    assert call(tmp_path, copy, "--yes", free=False).return_value == 0


@pytest.mark.parametrize("name", ["yahpo", "arlbench", "moot", "taskset"])
def test_publishers_own_layouts_are_understood(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a machine has of a publisher is a copy for another machine."""
    dataset = Catalogue().datasets[name]
    source = HERE / name
    there = [path for path in dataset.files if (source / path).is_file()]
    if not there:
        pytest.skip(f"hpobench data fetch {name}")
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path / "data"))
    done = CliRunner().invoke(
        command, ["fetch", name, "--from", str(source)], standalone_mode=False
    )
    assert done.return_value == (len(there) < len(dataset.files))
    right = f"{len(there)} of {count(len(dataset.files), 'file')} {are(len(there))} right"
    assert f"{right}, {len(there)} of" in done.output
    assert done.output.count("is missing") == len(dataset.files) - len(there)
    assert all((dataset.folder / path).is_file() for path in there)
    assert not [line for line in damage(dataset) if "checksum" in line]
