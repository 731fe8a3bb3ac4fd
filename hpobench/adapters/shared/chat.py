"""A language model at an endpoint of the user's, by the protocol that most servers speak."""

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from threading import Timer
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from hpobench.errors import RunError, UserError

URL, MODEL, KEY = "HPOBENCH_LLM_URL", "HPOBENCH_LLM_MODEL", "HPOBENCH_LLM_KEY"
"""Where the endpoint is, such as `http://localhost:8000/v1`, which of its models is asked, and the
key it wants, if it wants one. The key is sent to the endpoint and kept nowhere."""

SECONDS = 120.0
"""So long a reply may take in all, with what is asked again."""

MOST = 4 << 20
"""Bytes that an answer may have."""

SHOWN = 300
"""Characters of an answer that a message quotes."""

SECRET = 4
"""Characters from which on a key is one; a shorter one is a word of its own."""

DONE = 200
"""The status of an answer that holds what was asked for."""

ATTEMPTS = 5
"""Requests that an overloaded endpoint, or none, may fail before the run does."""

PAUSE = 1.0
"""Seconds before the second of them; before each other twice those before the last."""

BUSY = {408, 429, 500, 502, 503, 504}
"""Answers in HTTP after which it is worth asking again."""

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")

Messages = Sequence[dict[str, str]]


class Chat:
    """Asks `/chat/completions` of the endpoint that the environment names.

    Args:
        model: Which model, if not the one that the environment names.
        seed: Sent with the first request, the next number with the next; not all servers heed it.

    Attributes:
        model: Which model is asked.

    Raises:
        UserError: The environment names no endpoint or no model.

    Source: OpenAI's API reference, "Create chat completion"; llama.cpp, vLLM, Ollama and others
    serve the same.
    """

    def __init__(self, model: str = "", *, seed: int = 0) -> None:
        self._url = _address().rstrip("/") + "/chat/completions"
        _key()  # refused now, not after the first configurations
        self.model = model or os.environ.get(MODEL, "")
        if not self.model:
            raise UserError(f"{MODEL} has to name a model")
        self._seed = seed

    def replies(self, messages: Messages, *, count: int = 1, **settings: Any) -> list[str]:
        """Texts that the model answers; a server that gives one at a time is asked again.

        Args:
            messages: Each with a `role` and a `content`.
            count: How many texts.
            settings: Such as `temperature`.

        Raises:
            RunError: The endpoint cannot be reached or used.
        """
        found: list[str] = []
        while len(found) < count:
            body = {"model": self.model, "messages": list(messages), "seed": self._seed, **settings}
            self._seed = (self._seed + 1) % 2**31
            found += _texts(_answered(self._url, {**body, "n": count - len(found)}))
        return found[:count]


def _address() -> str:
    """The address in the environment.

    Raises:
        UserError: It is none, or holds what may be a secret; so the message does not show it.
    """
    url = os.environ.get(URL, "")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable or not (url.isascii() and url.isprintable() and " " not in url):
        raise UserError(f"{URL} has to be an address such as http://localhost:8000/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UserError(f"{URL} may hold no password and nothing after '?': a key goes in {KEY}")
    return url


def _texts(answer: bytes) -> list[str]:
    """The replies in an answer, of which there is at least one."""
    try:
        choices = json.loads(answer)["choices"]
        texts = [_told(str(choice["message"]["content"] or "")) for choice in choices]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RunError(f"the endpoint answered no chat completion: {_quoted(answer)!r}") from error
    if not texts:
        raise RunError("the endpoint answered a chat completion without a choice")
    return texts


def _told(text: str) -> str:
    """What a server says, without the key, and as a file can hold it."""
    key = _key()
    if len(key) >= SECRET:
        for form in (key, json.dumps(key)[1:-1]):
            text = text.replace(form, "(the key)")
    return text.encode(errors="replace").decode()


def _quoted(answer: bytes) -> str:
    """The begin of an answer for a message; a key may be spelled in JSON's escapes there."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), answer.decode(errors="replace"))
    return _told(plain)[:SHOWN]


def _key() -> str:
    """The key that the endpoint wants, or empty.

    Raises:
        UserError: It cannot be sent; the message does not show it.
    """
    key = os.environ.get(KEY, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise UserError(f"{KEY} holds characters that no key has")
    return key


def _answered(url: str, body: dict[str, Any]) -> bytes:
    """What the endpoint answers to a request, which is repeated while it is busy."""
    request = Request(url, json.dumps(body).encode(), _headers(), monotonic() + SECONDS)
    reason = ""
    for attempt in range(ATTEMPTS):
        time.sleep(PAUSE * 2 ** (attempt - 1) if attempt else 0.0)
        try:
            status, words, answer = request.answer()
        except (OSError, ValueError, HTTPException) as error:
            status, reason = min(BUSY), _told(str(error)) or type(error).__name__
        else:
            reason = f"{status} {_told(words)}: {_quoted(answer)}"
        if status == DONE:
            return answer
        if status not in BUSY or request.left <= 0:
            break
    if request.left <= 0:
        reason = f"no whole reply within {SECONDS:g} s"
    raise RunError(f"the language model at {_host(url)} cannot be asked: {reason}")


def _headers() -> dict[str, str]:
    """What a request says of itself, with the key."""
    key = _key()
    allowed = {"Authorization": f"Bearer {key}"} if key else {}
    return {"Content-Type": "application/json", "User-Agent": "hpobench", **allowed}


def _host(url: str) -> str:
    """As much of an address as is no secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to an address, and to no other: redirects are not followed.

    Attributes:
        url: The address.
        body: What is sent.
        headers: Beside those that say how long it is.
        deadline: By `monotonic`, when the answer has to be here in full.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]
    deadline: float

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - monotonic()

    def answer(self) -> tuple[int, str, bytes]:
        """The status, its words, and what the answer holds.

        Raises:
            OSError: The connection breaks, or the deadline passes; or ValueError, HTTPException.
            RunError: The answer is too long.
        """
        connection = self._connection()
        watch = Timer(max(self.left, 0.0), _cut, [connection])
        watch.name = "hpobench deadline"
        watch.daemon = True
        watch.start()
        try:
            path = urlsplit(self.url).path
            connection.request("POST", path, self.body, dict(self.headers))
            response = connection.getresponse()
            answer = response.read(MOST + 1)
        finally:
            watch.cancel()
            watch.join()
            connection.close()
        if self.left <= 0:  # the end of the headers, too, looks like a whole answer
            raise TimeoutError("it came too late")
        if len(answer) > MOST:
            raise RunError(f"the endpoint's answer is longer than {MOST >> 20} MiB")
        return response.status, response.reason, answer

    def _connection(self) -> HTTPConnection:
        """To the host; through a proxy only where that sees nothing of what is sent."""
        parts = urlsplit(self.url)
        host, wait = parts.hostname or "", max(self.left, 0.001)
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port, timeout=wait)
        proxy = urlsplit(getproxies().get("https", ""))
        if not proxy.hostname or proxy_bypass(host):
            return HTTPSConnection(host, parts.port, timeout=wait)
        tunnel = HTTPSConnection(proxy.hostname, proxy.port, timeout=wait)
        tunnel.set_tunnel(host, parts.port)
        return tunnel


def _cut(connection: HTTPConnection) -> None:
    """End a connection, whoever waits for it."""
    if connection.sock:
        with suppress(OSError):  # it ended just now
            connection.sock.shutdown(SHUT_RDWR)
