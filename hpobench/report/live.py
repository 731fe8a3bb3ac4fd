"""The report while runs go on: served to this machine alone, made anew when the store grows."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import pandas as pd
import pyarrow.csv as pc

from hpobench import __version__
from hpobench.analysis.frames import Analysis, to_arrow
from hpobench.errors import UserError, one_line
from hpobench.report.page import render
from hpobench.report.payload import embed
from hpobench.report.table_files import harmless

LOOPBACK = "127.0.0.1"
"""The one address that is listened at, which no other machine reaches."""

WATCHED = ("journal/*.jsonl", "runs/*.parquet", "experiments/*.json", "constants/*.json")
"""Files of a results folder that an analysis depends on."""

TABLE = re.compile(r"/tables/([a-z_]+)\.csv")
HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
"""Names by which a page of this machine asks; another site's page would ask by its own."""

READ_ONLY = ("GET", "HEAD")

_EMPTY = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>hpobench watch</title></head>
<body><h1>Nothing to show yet</h1><p>{}</p></body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBeside:
    """A page beside the report, and the tables that it links.

    Attributes:
        text: The page.
        frames: Its tables by their names.
    """

    text: str
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(kw_only=True)
class LiveReport:
    """The newest report of a results folder, which is only ever read.

    Attributes:
        analyse: Analyses what is stored now; raises a UserError while there is nothing.
        path: The results folder.
        beside: By file name what makes the pages beside the report, each when it is asked for.
        page: The report, or what there is to say while there is none.
        analysis: What it shows; None while there is nothing.
        version: Tells one page from another.
    """

    analyse: Any
    path: Path
    beside: Mapping[str, Callable[[Analysis], PageBeside]] = field(default_factory=dict)
    page: str = ""
    analysis: Analysis | None = None
    version: str = ""
    _seen: tuple[Any, ...] | None = None
    _busy: Lock = field(default_factory=Lock)
    _made: dict[str, tuple[str, PageBeside]] = field(default_factory=dict)

    def refresh(self) -> str:
        """Make the page anew if the store changed since; the version of the newest page.

        While another thread is at it, the page of before stands. What cannot be analysed in
        this moment leaves it standing too, and is tried again.
        """
        if not self._busy.acquire(blocking=not self.page):
            return self.version
        try:
            if (now := signature(self.path)) != self._seen or not self.page:
                self._make(now)
        finally:
            self._busy.release()
        return self.version

    def _make(self, now: tuple[Any, ...]) -> None:
        """Analyse, and keep what came of it."""
        try:
            analysis = self.analyse()
            version = blake2b(repr(now).encode(), digest_size=8).hexdigest()
            page = render(analysis, (), embed(analysis), beside=self.beside, live=version)
        except (UserError, OSError) as error:  # no runs yet, or files that are moved right now
            if self.analysis is None:
                self.page = _EMPTY.format(escape(one_line(error)))
            return
        self.analysis, self.page, self.version, self._seen = analysis, page, version, now

    def page_beside(self, name: str) -> str | None:
        """The newest page of that name, made once while the store stays; None if there is none.

        What cannot be made in this moment leaves that of before standing.
        """
        if name not in self.beside:
            return None
        self.refresh()
        if self.analysis is None:
            return self.page
        with self._busy:
            made = self._made.get(name)
            if made is None or made[0] != self.version:
                try:
                    made = self.version, self.beside[name](self.analysis)
                except (UserError, OSError) as error:
                    made = made or ("", PageBeside(text=_EMPTY.format(escape(one_line(error)))))
                self._made[name] = made
        return made[1].text

    def table(self, name: str) -> bytes | None:
        """A frame of the analysis, or of a page beside that was opened, as CSV; or None."""
        frames = dict(self.analysis.frames()) if self.analysis else {}
        for _, page in list(self._made.values()):
            frames |= page.frames
        if name not in frames:
            return None
        sink = BytesIO()
        pc.write_csv(harmless(to_arrow(frames[name])), sink)
        return sink.getvalue()


def signature(path: Path) -> tuple[Any, ...]:
    """What changes when a store does: names, sizes and times of its files."""
    found = []
    for pattern in WATCHED:
        for file in path.glob(pattern):
            try:
                stat = file.stat()
            except FileNotFoundError:  # moved into another in this moment
                continue
            found.append((str(file), stat.st_size, stat.st_mtime_ns))
    return tuple(sorted(found))


def live_server(live: LiveReport, port: int) -> ThreadingHTTPServer:
    """A server of the report at loopback; 0 lets the system choose the port.

    It answers GET and HEAD alone, of the pages, their version and their tables, and only to who
    asks this machine by its own name.

    Raises:
        UserError: The port is taken, or not for everybody.
    """

    class Handler(_Handler):
        report = live

    try:
        server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    except OSError as error:
        raise UserError(f"port {port}: {error.strerror}; choose another by --port") from error
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    """Answers a request; nothing that is sent is read beyond its heading."""

    report: LiveReport
    server_version = f"hpobench/{__version__}"
    sys_version = ""

    def do_GET(self) -> None:
        """A page, the report's version or a table."""
        if not HOST.fullmatch(self.headers.get("Host", "")):
            self.send_error(HTTPStatus.FORBIDDEN, "ask by 127.0.0.1 or localhost")
            return
        target = self.path.partition("?")[0]
        if target in ("/", "/report.html"):
            self.report.refresh()
            self._answer(self.report.page.encode(errors="backslashreplace"), "text/html")
        elif target == "/version":
            text = json.dumps({"version": self.report.refresh()})
            self._answer(text.encode(), "application/json")
        elif (page := self.report.page_beside(target.removeprefix("/"))) is not None:
            self._answer(page.encode(errors="backslashreplace"), "text/html")
        elif (named := TABLE.fullmatch(target)) and (data := self.report.table(named[1])):
            self._answer(data, "text/csv")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815 (the library's name)

    def _refuse(self) -> None:
        """Say that nothing can be written here."""
        self.close_connection = True
        self.send_response(HTTPStatus.METHOD_NOT_ALLOWED, "read-only")
        self.send_header("Allow", ", ".join(READ_ONLY))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

    def _answer(self, data: bytes, kind: str) -> None:
        """Send what was asked for, never to be kept by the browser."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing: a page that asks every few seconds would fill the terminal."""
