"""Data sets arrive whole and unharmed from an unreliable and hostile network, or not at all."""

import hashlib
import io
import json
import re
import tarfile
import tempfile
import threading
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from hpobench.catalogue import Catalogue, lacking
from hpobench.catalogue.datasets import dataset as described
from hpobench.cli.data import command
from hpobench.errors import FileError, UserError
from hpobench.fetch import checksums
from hpobench.fetch import download as downloading
from hpobench.fetch.dataset import Dataset, RemoteFile
from hpobench.fetch.download import DownloadError, download
from hpobench.fetch.place import damage, fetch, missing_files
from hpobench.fetch.unpack import unpack_archive

CONTENT = bytes(range(256)) * 4000
"""A megabyte."""


class Publisher(BaseHTTPRequestHandler):
    """Serves `files` under a path that says how it behaves."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[Counter[str]] = Counter()
    ranges: ClassVar[list[str]] = []

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        _, way, name = self.path.split("/", 2)
        self.asked[way] += 1
        self.ranges.append(self.headers.get("Range", ""))
        getattr(self, way)(self.files.get(name, b""), name)

    def do_HEAD(self) -> None:
        _, way, name = self.path.split("/", 2)
        if way == "absent":
            self.send_error(404)
            return
        self.send_response(200)
        if way != "silent":
            size = 2 << 30 if way == "endless" else len(self.files.get(name, b""))
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def ok(self, content: bytes, _: str) -> None:
        start = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.finish_with(content[start:])

    def finish_with(self, content: bytes, length: int | None = None) -> None:
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def without_ranges(self, content: bytes, _: str) -> None:
        self.send_response(200)
        self.finish_with(content)

    def cut(self, content: bytes, _: str) -> None:
        """A third of what is left, each time."""
        start = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        rest = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        some = rest if len(rest) < 100_000 else rest[: len(rest) // 3]
        self.finish_with(some, len(rest))

    def cut_without_ranges(self, content: bytes, name: str) -> None:
        self.send_response(200)
        short = self.asked["cut_without_ranges"] < 3
        self.finish_with(content[: len(content) // 2] if short else content, len(content))

    def cut_here_and_there(self, content: bytes, _: str) -> None:
        """Never continued, and never whole."""
        self.send_response(200)
        self.finish_with(content[: 1000 + self.asked["cut_here_and_there"] % 2], len(content))

    def one_byte(self, content: bytes, _: str) -> None:
        """One more with each connection."""
        start = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.finish_with(content[start : start + 1], len(content) - start)

    def colourful(self, _: bytes, __: str) -> None:
        self.wfile.write(b"HTTP/1.0 404 \x1b[31mRED\x1b]0;title\x07\r\n\r\n")

    def misdirected(self, _: bytes, __: str) -> None:
        self.send_response(302)
        self.send_header("Location", "http://[::1")
        self.finish_with(b"")

    def far_range(self, content: bytes, _: str) -> None:
        """Answers as if the file began nowhere."""
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {'9' * 5000}-")
        self.finish_with(content[:10], len(content))

    def absent(self, _: bytes, __: str) -> None:
        self.send_error(404)

    def busy(self, content: bytes, name: str) -> None:
        if self.asked["busy"] < 3:
            self.send_error(503)
        else:
            self.ok(content, name)

    def moved(self, _: bytes, name: str) -> None:
        self.send_response(302)
        self.send_header("Location", f"/ok/{name}")
        self.finish_with(b"")

    def away(self, _: bytes, __: str) -> None:
        self.send_response(302)
        self.send_header("Location", "file:///etc/passwd")
        self.finish_with(b"")

    def wrong(self, content: bytes, _: str) -> None:
        self.send_response(200)
        self.finish_with(content[::-1])

    def endless(self, content: bytes, _: str) -> None:
        self.send_response(200)
        self.finish_with(content * 3)

    def silent(self, _: bytes, __: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        threading.Event().wait(1.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(downloading, "PAUSE", 0.0)
    Publisher.files, Publisher.ranges = {"f.bin": CONTENT}, []
    Publisher.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Publisher) as httpd:
        httpd.daemon_threads = True
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


def remote(content: bytes = CONTENT, *, unpack: bool = False) -> RemoteFile:
    return RemoteFile(sha256=hashlib.sha256(content).hexdigest(), size=len(content), unpack=unpack)


def bring(folder: Path, *urls: str) -> bytes:
    download([f"{url}/f.bin" for url in urls], remote(), folder / "f.bin")
    assert [path.name for path in folder.iterdir()] == ["f.bin"]
    return (folder / "f.bin").read_bytes()


@pytest.mark.parametrize(
    "way", ["ok", "without_ranges", "cut", "cut_without_ranges", "busy", "moved"]
)
def test_a_file_arrives_whole(way: str, server: str, tmp_path: Path) -> None:
    assert bring(tmp_path, f"{server}/{way}") == CONTENT


KNOWN_TO_GIT = {b"": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", b"hello\n": "ce013625"}
"""What `git hash-object` prints, or how that begins."""


@pytest.mark.parametrize("content", KNOWN_TO_GIT)
def test_git_and_we_know_a_content_by_the_same_name(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(content)
    assert checksums.blob(tmp_path / "f").startswith(KNOWN_TO_GIT[content])


@pytest.fixture(params=["git", "MD5"])
def unread(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RemoteFile:
    """The file as one knows it who has never read it."""
    if request.param == "MD5":
        return RemoteFile(md5=hashlib.md5(CONTENT, usedforsecurity=False).hexdigest())
    path = tmp_path_factory.mktemp("blob") / "f"
    path.write_bytes(CONTENT)
    return RemoteFile(git=checksums.blob(path))


@pytest.mark.parametrize("way", ["ok", "cut", "moved", "busy"])
def test_a_file_of_unknown_size_arrives_whole(
    way: str, unread: RemoteFile, server: str, tmp_path: Path
) -> None:
    download([f"{server}/{way}/f.bin"], unread, tmp_path / "f.bin")
    assert (tmp_path / "f.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("wrong", "is not the file with the checksum {}"),
        ("absent", "answers 404"),
        ("silent", "has 0 bytes"),
        ("endless", "has 2147483648 bytes, expected 1 to"),
    ],
)
def test_a_file_of_unknown_size_is_not_believed(
    way: str, reason: str, unread: RemoteFile, server: str, tmp_path: Path
) -> None:
    known = " ".join(checksums.known_checksum(unread))
    with pytest.raises(DownloadError, match=reason.format(known)):
        download([f"{server}/{way}/f.bin"], unread, tmp_path / "f.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_cut_connection_is_continued_where_it_ended(server: str, tmp_path: Path) -> None:
    bring(tmp_path, f"{server}/cut")
    starts = [int(span[6:-1]) for span in Publisher.ranges[1:]]
    assert len(starts) > 2
    assert starts == sorted(set(starts))
    assert starts[0] == len(CONTENT) // 3


def test_what_an_interrupted_process_left_is_continued(server: str, tmp_path: Path) -> None:
    (tmp_path / "f.bin.part").write_bytes(CONTENT[:1000])
    assert bring(tmp_path, f"{server}/ok") == CONTENT
    assert Publisher.ranges == ["bytes=1000-"]


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 1)])
def test_a_wrong_beginning_is_thrown_away(left: bytes, server: str, tmp_path: Path) -> None:
    (tmp_path / "f.bin.part").write_bytes(left)
    assert bring(tmp_path, f"{server}/ok") == CONTENT


@pytest.mark.parametrize("way", ["absent", "wrong", "endless", "silent", "away"])
def test_another_mirror_is_asked(
    way: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "STALL", 0.1)
    monkeypatch.setattr(downloading, "ATTEMPTS", 1)
    assert bring(tmp_path, f"{server}/{way}", f"{server}/ok") == CONTENT
    assert Publisher.asked[way] >= 1


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("absent", "answers 404"),
        ("wrong", "is not the file with the checksum SHA-256"),
        ("endless", f"is larger than {len(CONTENT)} bytes"),
        ("away", "Redirection to url 'file:///etc/passwd' is not allowed"),
    ],
)
def test_nothing_is_left_in_place_of_a_file_that_cannot_be_had(
    way: str, reason: str, server: str, tmp_path: Path
) -> None:
    with pytest.raises(DownloadError, match=reason):
        bring(tmp_path, f"{server}/{way}")
    assert not (tmp_path / "f.bin").exists()
    assert Publisher.asked[way] == 1, "asked again although the answer will not change"


@pytest.mark.parametrize(
    "way", ["cut_here_and_there", "one_byte", "colourful", "misdirected", "far_range"]
)
def test_whatever_a_server_does_it_is_asked_a_bounded_number_of_times(
    way: str, server: str, tmp_path: Path
) -> None:
    with pytest.raises(DownloadError) as raised:
        bring(tmp_path, f"{server}/{way}")
    assert str(raised.value).isprintable()
    assert 1 <= Publisher.asked[way] <= downloading.CONNECTIONS


def test_a_full_disk_is_called_a_full_disk(server: str, tmp_path: Path) -> None:
    (tmp_path / "f.bin.part").symlink_to("/dev/full")
    with pytest.raises(FileError, match="No space left on device"):
        bring(tmp_path, f"{server}/ok")


def test_files_of_this_machine_are_no_downloads(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="neither http nor https"):
        download(["file:///etc/passwd"], remote(), tmp_path / "f")


def zipped(**files: bytes | str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return data.getvalue()


def tarred(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as file:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                file.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                file.addfile(info, io.BytesIO(member[1]))
    return data.getvalue()


def packed(mode: str) -> bytes:
    """A small tar file, compressed in some way."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=mode, format=tarfile.PAX_FORMAT) as file:  # type: ignore[call-overload]
        for name, content in {"a/b.txt": b"hello" * 200, "\u00e9" * 60: b"x"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return written.getvalue()


ARCHIVES = {
    "zip": zipped(a__b=b"hello" * 200, c="x"),
    "tar": packed("w"),
    "gz": packed("w:gz"),
    "bz2": packed("w:bz2"),
    "xz": packed("w:xz"),
}


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def symlink_in_zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        file.writestr(info, "/etc/passwd")
    return data.getvalue()


def opened(content: bytes, tmp_path: Path) -> Path:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "archive").write_bytes(content)
    unpack_archive(tmp_path / "archive", folder)
    return folder


@pytest.mark.parametrize(
    "content", [zipped(**{"a/b": b"1", "c": b"2"}), tarred(("a/b", b"1"), ("c", b"2"))]
)
def test_archives_are_unpacked(content: bytes, tmp_path: Path) -> None:
    folder = opened(content, tmp_path)
    assert (folder / "a" / "b").read_bytes() == b"1"
    assert (folder / "c").read_bytes() == b"2"


def test_a_tar_file_that_ends_in_a_zip_archive_is_a_tar_file(tmp_path: Path) -> None:
    stream, packed = io.BytesIO(), zipped(c=b"2")  # which holds the time
    with tarfile.open(fileobj=stream, mode="w") as file:
        for name, content in (("a/b", b"1"), ("rest.zip", packed)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    folder = opened(stream.getvalue(), tmp_path)
    assert (folder / "a" / "b").read_bytes() == b"1"
    assert (folder / "rest.zip").read_bytes() == packed


HOSTILE = {
    "upwards (zip)": (zipped(**{"../../out": b"x"}), "outside"),
    "upwards (tar)": (tarred(("a/../../out", b"x")), "'a/../../out' would be written outside"),
    "absolute": (tarred(("/tmp/out", b"x")), "outside"),
    "another system's": (tarred(("..\\out", b"x")), "outside"),
    "a drive": (tarred(("c:out", b"x")), "outside"),
    "a link": (tarred(special("l", tarfile.SYMTYPE, "/etc")), "'l' is no plain file"),
    "a hard link": (tarred(special("l", tarfile.LNKTYPE, "/etc/passwd")), "no plain file"),
    "a device": (tarred(special("d", tarfile.CHRTYPE)), "no plain file"),
    "a pipe": (tarred(special("p", tarfile.FIFOTYPE)), "no plain file"),
    "a link in a zip": (symlink_in_zip(), "'link' is no plain file"),
    "twice": (tarred(("a", b"1"), ("A", b"2")), "two files of one name"),
    "file and folder": (tarred(("a", b"1"), ("a/b", b"2")), "no archive that can be unpacked"),
    "no archive": (b"hello", "no archive that can be unpacked"),
    "truncated": (tarred(("a", CONTENT))[:-100], "no archive that can be unpacked"),
}


@pytest.mark.parametrize("trick", HOSTILE)
def test_an_archive_that_tries_to_escape_is_refused(trick: str, tmp_path: Path) -> None:
    content, message = HOSTILE[trick]
    with pytest.raises(UserError, match=message):
        opened(content, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "inside"]


@given(
    st.sampled_from(["zip", "tar", "gz", "bz2", "xz"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), min_size=1),
)
def test_a_damaged_archive_is_unpacked_or_refused_and_nothing_else(
    kind: str, damages: list[tuple[float, bytes]]
) -> None:
    content = bytearray(ARCHIVES[kind])
    for place, replacement in damages:
        at = int(place * len(content))
        content[at : at + 4] = replacement
    with tempfile.TemporaryDirectory() as folder, suppress(FileError):
        archive, target = Path(folder) / "archive", Path(folder) / "target"
        archive.write_bytes(content)
        target.mkdir()
        unpack_archive(archive, target)


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpobench.fetch.unpack.SLACK", 1000)
    with pytest.raises(UserError, match="suspiciously many bytes"):
        opened(zipped(zeros=b"0" * 10_000_000), tmp_path)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def dataset(*urls: str, **contents: bytes) -> Dataset:
    Publisher.files = {n.replace("__", "/").replace("_zip", ".zip"): c for n, c in contents.items()}
    return Dataset(
        name="mine",
        description="some tables",
        source="the publisher",
        licence="CC-BY-NC-4.0",
        free=False,
        urls=tuple(f"{url}/" for url in urls),
        files={name: remote(c, unpack=name.endswith("zip")) for name, c in Publisher.files.items()},
    )


def test_a_data_set_is_there_when_all_of_it_is(server: str, home: Path) -> None:
    wanted = dataset(f"{server}/ok", tables__a=b"1", all_zip=zipped(b=b"2"))
    assert missing_files(wanted) == ["tables/a", "all.zip"]
    fetch(wanted)
    assert missing_files(wanted) == damage(wanted) == []
    assert (home / "mine" / "tables" / "a").read_bytes() == b"1"
    assert (home / "mine" / "b").read_bytes() == b"2"
    assert sorted(p.name for p in (home / "mine").iterdir()) == [".hpobench.json", "b", "tables"]
    fetch(wanted)
    assert Publisher.asked["ok"] == 2, "fetched although it was there"


def test_what_cannot_be_had_leaves_no_data_set_but_what_came_is_kept(
    server: str, home: Path
) -> None:
    wanted = dataset(f"{server}/ok", a=b"1", b=b"2")
    Publisher.files["b"] = b"3"
    with pytest.raises(UserError, match=r"Without a network: copy b \(1 bytes, from the publish"):
        fetch(wanted)
    assert not wanted.folder.exists()
    Publisher.files["b"] = b"2"
    fetch(wanted)
    assert damage(wanted) == []
    assert Publisher.asked["ok"] == 3, "a was fetched twice"


def test_what_was_copied_by_hand_as_told_needs_no_network(server: str, home: Path) -> None:
    wanted = dataset(f"{server}/absent", a=b"1", all_zip=zipped(b=b"2"))
    for content in (b"1", zipped(b=b"2")):
        with pytest.raises(UserError) as error:
            fetch(wanted)
        place = Path(str(error.value).rpartition(" to ")[2].partition(",")[0])
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    fetch(wanted)
    assert missing_files(wanted) == damage(wanted) == []


def test_damage_is_found_and_mended(server: str, home: Path) -> None:
    wanted = dataset(f"{server}/ok", a=b"1", all_zip=zipped(b=b"2", c=b"3"))
    fetch(wanted)
    for name in ("a", "b"):
        (home / "mine" / name).write_bytes(b"x")
    (home / "mine" / "c").unlink()
    found = damage(wanted)
    assert [fault.rpartition("/")[2] for fault in found] == [
        "all.zip: is missing",
        "a: has another checksum",
        "b: has another checksum",
    ]
    (home / "mine" / "a").unlink()
    fetch(wanted)
    assert damage(wanted) == []


def test_a_data_set_may_hold_files_that_nobody_has_measured(server: str, home: Path) -> None:
    wanted = dataset(f"{server}/ok", a=b"hello\n", b=b"2")
    git = RemoteFile(git="ce013625030ba8dba906f756967f9e9ca394464a")
    wanted = replace(wanted, files={**wanted.files, "a": git})
    assert (wanted.size, missing_files(wanted)) == (1, ["a", "b"])
    fetch(wanted)
    assert missing_files(wanted) == damage(wanted) == []
    (home / "mine" / "a").write_bytes(b"hallo\n")
    assert [fault.rpartition("/")[2] for fault in damage(wanted)] == ["a: has another checksum"]


@pytest.mark.parametrize("name", ["../out", "/tmp/out"])
def test_a_manifest_cannot_write_elsewhere(name: str, server: str, home: Path) -> None:
    with pytest.raises(UserError, match="leads out of its folder"):
        fetch(dataset(f"{server}/ok", **{name: b"1"}))


MANIFEST = """\
description: some tables
source: the publisher
licence: CC-BY-NC-4.0
free: false
urls: ["{url}/"]
files:
  f.bin: {{sha256: "{sha}", size: {size}}}
"""

TASKS = """\
benchmark: hpobench.benchmarks.recorded:Recorded
dataset: tables
tasks:
  - {id: a, dimension: 1, types: [float], objectives: [loss], budget: {trials: 5}}
  - {id: b, dimension: 1, types: [float], objectives: [loss], budget: {trials: 5},
     dataset: tables/b}
"""


def manifest(folder: Path, server: str, **changes: str) -> Path:
    path = folder / "mine" / "tasks" / "data" / "tables.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {"url": f"{server}/ok", "sha": remote().sha256, "size": str(len(CONTENT)), **changes}
    path.write_text(MANIFEST.format(**values))
    (path.parents[1] / "mine.yaml").write_text(TASKS)
    return folder / "mine"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def test_of_a_data_set_that_is_here_in_part_the_part_that_is_not_is_named(
    server: str, tmp_path: Path, home: Path
) -> None:
    task = Catalogue([manifest(tmp_path, server)]).task("mine/b")
    assert lacking(task).endswith("needs the data set 'tables': hpobench data fetch tables")
    (home / "tables").mkdir(parents=True)
    assert lacking(task).endswith("needs 'b' of the data set 'tables': hpobench data fetch tables")
    (home / "tables" / "b").mkdir()
    assert lacking(task) == ""


def test_a_restricting_licence_is_shown_and_agreed_to(
    server: str, tmp_path: Path, home: Path
) -> None:
    options = ("--catalogue", str(manifest(tmp_path, server)))
    task = Catalogue([tmp_path / "mine"]).task("mine/a")
    assert lacking(task).endswith("needs the data set 'tables': hpobench data fetch tables")
    refused = call("fetch", "tables", *options)
    assert "licence: CC-BY-NC-4.0" in refused.output
    assert "agree with --yes" in str(refused.exception)
    assert not Publisher.asked
    agreed = call("fetch", "tables", "--yes", *options)
    assert f"now in {home / 'tables'}" in agreed.output
    assert lacking(task) == ""
    assert "is here already" in call("fetch", "tables", *options).output
    assert "tables: 1 file is right" in call("verify", *options).output
    (home / "tables" / "f.bin").write_bytes(CONTENT[::-1])
    assert call("verify", "tables", *options).return_value == 1


def test_data_sets_are_listed_with_state_and_licence(
    server: str, tmp_path: Path, home: Path
) -> None:
    options = ("--catalogue", str(manifest(tmp_path, server)))
    lines = call("list", *options).output.splitlines()
    assert any(
        line.split() == ["tables", "-", "1.0", "CC-BY-NC-4.0", "some", "tables"] for line in lines
    )
    listed = json.loads(call("list", "--json", *options).output)
    (facts,) = [each for each in listed if each["name"] == "tables"]
    assert (facts["missing"], facts["free"], facts["folder"]) == (1, False, str(home / "tables"))
    assert str(home) in call("path").output


def test_a_size_that_is_not_stated_is_no_size(server: str, tmp_path: Path, home: Path) -> None:
    folder = manifest(tmp_path, server)
    described = folder / "tasks" / "data" / "tables.yaml"
    head, _, _ = described.read_text().partition("  f.bin")
    described.write_text(f"{head}  f.bin: {{md5: {hashlib.md5(CONTENT).hexdigest()!r}}}\n")
    options = ("--catalogue", str(folder))
    listed = (line.split() for line in call("list", *options).output.splitlines())
    assert [line[:3] for line in listed if line[0] == "tables"] == [["tables", "-", "?"]]
    assert "of a size that is not stated" in call("fetch", "tables", "--yes", *options).output


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha": "12"}, "tables.yaml:7: expected 64 hexadecimal digits"),
        ({"size": "-1"}, "tables.yaml:7: expected a number from 0"),
        ({"size": "0.5"}, "tables.yaml:7: expected a whole number of bytes"),
        ({"url": "ftp://x"}, "tables.yaml:5: expected an address of the web"),
    ],
)
def test_a_mistake_in_a_manifest_is_named(
    changes: dict[str, str], message: str, tmp_path: Path
) -> None:
    folder = manifest(tmp_path, "http://x", **changes)
    with pytest.raises(UserError, match=message):
        described(folder / "tasks" / "data" / "tables.yaml")


def test_an_unknown_data_set_is_answered_with_the_nearest(tmp_path: Path) -> None:
    folder = manifest(tmp_path, "http://x")
    wrong = call("fetch", "table", "--catalogue", str(folder))
    assert "no data set 'table': did you mean 'tables'" in str(wrong.exception)


@pytest.mark.parametrize(("before", "after"), [("https", "http"), ("http", "ftp")])
def test_a_redirect_to_something_less_safe_is_not_followed(before: str, after: str) -> None:
    request = urllib.request.Request(f"{before}://publisher/f")
    with pytest.raises(DownloadError, match=f"redirects to {after}://elsewhere"):
        downloading._WebOnly().redirect_request(
            request, None, 302, "Found", {}, f"{after}://elsewhere/f"
        )


def test_the_example_of_the_page_on_data_is_a_data_set(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    path = tmp_path / "example.yaml"
    path.write_text(page.rpartition("```yaml\n")[2].partition("```")[0])
    found = described(path)
    assert [remote.unpack for remote in found.files.values()] == [False, True]
    assert not found.free


def test_the_page_on_data_counts_the_tasks() -> None:
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `[\w-]+` \| [^|]*?(?:`([\w-]+)` )?\| (\d+) \|", page, re.MULTILINE)
    first = re.findall(r"^\| `([\w-]+)` \| `pip[^|]*\| (\d+) \|", page, re.MULTILINE)
    told = {name: int(count) for name, count in [*first, *rows] if name}
    tasks = Catalogue().tasks.values()
    assert told == {name: sum(task.collection == name for task in tasks) for name in told}
    assert len(told) == 18
