"""Download one file over HTTP: resumed after cuts, checked, from the first mirror that has it."""

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hpobench import __version__
from hpobench.errors import FileError, UserError, legible
from hpobench.fetch.checksums import known_checksum, right
from hpobench.fetch.dataset import RemoteFile

CHUNK = 1 << 18
STALL = 30.0
"""Seconds without a byte after which a connection counts as cut."""

ATTEMPTS = 3
"""Connections to one mirror that bring nothing new before the next mirror is asked."""

CONNECTIONS = 100
"""Connections to one mirror, whatever they bring."""

PAUSE = 1.0
"""Seconds before another attempt; doubled each time."""

SLOWEST = 100
"""Bytes a second: a connection that has brought less for `STALL` seconds counts as cut."""

MOST = 1 << 30
"""Bytes of a file whose size is not known before."""

PARTIAL = 206
UNSATISFIABLE = 416
GONE = (400, 401, 403, 404, 410, 451)
"""What asking once more will not change."""

HEADERS = {"User-Agent": f"hpobench/{__version__}", "Accept-Encoding": "identity"}

Progress = Callable[[int], None]


NETWORK = (OSError, ValueError, http.client.HTTPException)
"""What a connection raises, also for an address or a header that is none."""

_SPAN = re.compile(r"bytes ([0-9]{1,18})-")


class DownloadError(UserError):
    """Why no mirror gave the file."""

    def __init__(self, message: str) -> None:
        """Quote what a server says so that a terminal does not obey it."""
        super().__init__(legible(message))


def download(
    urls: Sequence[str], remote: RemoteFile, path: Path, progress: Progress = lambda _: None
) -> None:
    """Bring a file to `path`, which exists afterwards only if its checksum is right.

    What an earlier attempt left at `path.part` is continued.

    Args:
        urls: Addresses of the same file, of which the first one is preferred.
        remote: Checksum and size it has to have.
        path: Where it goes; its folder exists.
        progress: Told how many bytes have come, now and then.

    Raises:
        DownloadError: No mirror has it; says what each answered.
        FileError: It cannot be written here, for want of room or of a permission.
    """
    part = path.with_name(path.name + ".part")
    reasons = []
    again = urls[:1] if part.exists() else []  # it may be the old part that is wrong
    for url in [*again, *urls]:
        try:
            _from_one(url, remote, part, progress)
            _check(part, remote)
        except DownloadError as error:
            reasons.append(f"{url}: {error}")
            continue
        part.replace(path)
        return
    raise DownloadError("; ".join(reasons))


def _from_one(url: str, remote: RemoteFile, part: Path, progress: Progress) -> None:
    """Connect until the file is complete, or nothing new comes any more."""
    if not url.startswith(("http://", "https://")):
        raise DownloadError("is neither http nor https")
    remote = remote if remote.size else replace(remote, size=_announced(url))
    fruitless, most, reason = 0, _length(part), ""
    for _ in range(CONNECTIONS):
        if _length(part) >= remote.size:
            return
        reason = _connect(url, remote, part, progress)
        fruitless = 0 if _length(part) > most else fruitless + 1
        most = max(most, _length(part))
        if fruitless >= ATTEMPTS:
            break
        time.sleep(PAUSE * 2**fruitless if fruitless else 0)
    if _length(part) < remote.size:
        raise DownloadError(reason)


def _announced(url: str) -> int:
    """The size that a mirror says the file has.

    Raises:
        DownloadError: It does not say, or the file is larger than `MOST`.
    """
    try:
        request = urllib.request.Request(url, headers=HEADERS, method="HEAD")  # noqa: S310
        with _opener().open(request, timeout=STALL) as response:
            size = int(response.headers.get("Content-Length", 0))
    except urllib.error.HTTPError as error:
        raise DownloadError(f"answers {error.code} {error.reason}") from None
    except NETWORK as error:
        raise DownloadError(_unreachable(error)) from None
    if not 0 < size <= MOST:
        raise DownloadError(f"has {size} bytes, expected 1 to {MOST}")
    return size


def _connect(url: str, remote: RemoteFile, part: Path, progress: Progress) -> str:
    """Append what one connection brings; the reason why it ended early, or empty.

    Raises:
        DownloadError: The mirror has no such file, or another one.
    """
    had = _length(part)
    headers = {**HEADERS, "Range": f"bytes={had}-"} if had else HEADERS
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 (http or https)
        with _opener().open(request, timeout=STALL) as response:
            goes_on = response.status == PARTIAL and _start(response) == had
            return _append(response, part, remote, progress, goes_on=goes_on)
    except urllib.error.HTTPError as error:
        if error.code == UNSATISFIABLE:
            part.unlink(missing_ok=True)
        if error.code in GONE or error.code < min(GONE):
            raise DownloadError(f"answers {error.code} {error.reason}") from None
        return f"answers {error.code} {error.reason}"
    except NETWORK as error:
        return _unreachable(error)


def _unreachable(error: Exception) -> str:
    """What went wrong with a connection."""
    return f"cannot be reached: {getattr(error, 'reason', error) or type(error).__name__}"


def _append(
    response: Any, part: Path, remote: RemoteFile, progress: Progress, *, goes_on: bool
) -> str:
    """Write what comes, and no more than is expected; why no more came.

    Raises:
        DownloadError: More comes than the file has.
        FileError: It cannot be written.
    """
    try:
        with part.open("ab" if goes_on else "wb") as file:
            for chunk in (chunks := _Chunks(response)):
                file.write(chunk)
                progress(file.tell())
                if file.tell() > remote.size:
                    file.truncate(0)
                    raise DownloadError(f"is larger than {remote.size} bytes")
    except OSError as error:  # those of the network end the chunks
        raise FileError(part, f"cannot be written: {error.strerror or error}") from None
    return chunks.end


class _Chunks:
    """What a response holds, piece by piece.

    Attributes:
        end: Why no more came.
    """

    def __init__(self, response: Any) -> None:
        self._response = response
        self.end = "ends too early"

    def __iter__(self) -> Iterator[bytes]:
        """Read until it ends, in whichever way, or is too slow."""
        began, size = time.monotonic(), 0
        try:
            while chunk := self._response.read1(CHUNK):
                yield chunk
                size += len(chunk)
                seconds = time.monotonic() - began
                if seconds > STALL and size < SLOWEST * seconds:
                    self.end = "is too slow"
                    return
        except NETWORK as error:
            self.end = _unreachable(error)


def _start(response: Any) -> int:
    """Where a partial answer begins: `Content-Range: bytes 100-199/200`."""
    span = _SPAN.match(str(response.headers.get("Content-Range", "")))
    return int(span[1]) if span else -1


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to the web alone, and from https to https alone."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        """Refuse a redirection to another scheme."""
        secure = req.full_url.startswith("https:")
        if not newurl.startswith("https:" if secure else ("http:", "https:")):
            raise DownloadError(f"redirects to {newurl}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Honours the proxy variables of the environment."""
    return urllib.request.build_opener(_WebOnly)


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _check(part: Path, remote: RemoteFile) -> None:
    """Remove what is not the file that was expected.

    Raises:
        DownloadError: Its checksum is another.
    """
    if not right(part, remote):
        part.unlink()
        raise DownloadError(f"is not the file with the checksum {' '.join(known_checksum(remote))}")
