"""Drive a headless Chromium by its debugging pipe, with nothing but the standard library."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

QUIET = ("gpu", "quic", "background-networking", "component-update", "sync", "extensions")

PIPES = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for end, place in zip(ends, (3, 4)):
    os.dup2(end, place)
    os.close(end)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""The browser reads commands from descriptor 3 and answers on 4."""


class Browser:
    """A page in a browser, which hears of every error on it.

    Attributes:
        errors: What the console or a policy complained of, and exceptions that nobody caught.
    """

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, os.fdopen(read, "rb")
        self._numbers, self._session = count(1), ""
        self.errors: list[str] = []

    def attach(self) -> Self:
        """Open a page and listen to it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            self._hear(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return dict(answer["result"])

    def open(self, address: str) -> None:
        """Load a page and wait until it is drawn, or loaded where it has no scripts."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address)
        while True:
            event = self._next()
            self._hear(event)
            if event.get("method") == "Page.loadEventFired":
                break

    def ready(self) -> None:
        """Wait until the page's script has drawn everything."""
        self.run(
            "new Promise((done) => { const look = () => document.documentElement.dataset.ready "
            "? done() : setTimeout(look, 20); look(); })"
        )

    def run(self, script: str) -> Any:
        """The value of an expression on the page, awaited."""
        found = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(json.dumps(found["exceptionDetails"]))
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def move(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Take a screenshot."""
        found = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def _next(self) -> dict[str, Any]:
        """The next message."""
        data = bytearray()
        while (byte := self._read.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("the browser is gone")
            data += byte
        return dict(json.loads(data))

    def _hear(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(json.dumps(parameters["exceptionDetails"]))
            case "Log.entryAdded" if parameters["entry"]["level"] == "error":
                self.errors.append(parameters["entry"]["text"])
            case "Runtime.consoleAPICalled" if parameters["type"] == "error":
                self.errors.append(json.dumps(parameters["args"]))


@contextmanager
def browser(program: str, profile: Path) -> Iterator[Browser]:
    """A headless browser with one page."""
    ours_read, theirs_write = os.pipe()
    theirs_read, ours_write = os.pipe()
    flags = [f"--disable-{name}" for name in QUIET]
    call = [program, "--headless", "--no-sandbox", "--no-first-run", *flags]
    call += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "--hide-scrollbars"]
    process = subprocess.Popen(
        [sys.executable, "-c", PIPES, str(theirs_read), str(theirs_write), *call],
        pass_fds=(theirs_read, theirs_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_read)
    os.close(theirs_write)
    found = Browser(ours_write, ours_read)
    try:
        yield found.attach()
    finally:
        process.kill()
        process.wait()
        os.close(ours_write)
