"""A server that speaks the protocol of language models, and what such a model may say."""

import json
import random
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Answer = Callable[[dict[str, Any]], Any]

_RANGE = re.compile(r"^- (.+): (float|integer) in \[([^,]+), ([^\]]+)\]", re.MULTILINE)
_LIST = re.compile(r"^- (.+): one of (\[.*?\])(?:, in this order)?$", re.MULTILINE)


def obedient(body: dict[str, Any]) -> list[str]:
    """Replies of a model that reads the space and answers at random, now and then nonsense."""
    prompt = body["messages"][0]["content"]
    rng = random.Random(zlib.crc32(json.dumps(body).encode()))
    return [_reply(prompt, rng) for _ in range(body["n"])]


def _reply(prompt: str, rng: random.Random) -> str:
    if rng.random() < 0.1:
        return "As a language model I would rather not."
    if "Predict" in prompt:
        return f"## {rng.random():.6f} ##"
    chosen: dict[str, Any] = {
        name: rng.choice(json.loads(listed)) for name, listed in _LIST.findall(prompt)
    }
    for name, kind, low, high in _RANGE.findall(prompt):
        whole = kind == "integer"
        chosen[name] = (
            rng.randint(int(low), int(high)) if whole else rng.uniform(float(low), float(high))
        )
    return f"Sure! ```json\n{json.dumps(chosen)}\n```"


@contextmanager
def served(answer: Answer = obedient) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server on this machine.

    Args:
        answer: From a request's body the texts of the replies, or an HTTP status, or one with
            an address to go to, or bytes.

    Yields:
        The address, and the bodies and headers of all requests so far.
    """
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append({"path": self.path, "body": body, "headers": dict(self.headers)})
            found = answer(body)
            status, sent = (found, b"not now") if isinstance(found, int) else (200, found)
            moved = ""
            if isinstance(sent, tuple):
                status, moved, sent = *sent, b""
            if isinstance(sent, list):
                choices = [{"message": {"role": "assistant", "content": text}} for text in sent]
                sent = json.dumps({"object": "chat.completion", "choices": choices}).encode()
            self.send_response(status)
            if moved:
                self.send_header("Location", moved)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", requests
        finally:
            server.shutdown()
            thread.join()
