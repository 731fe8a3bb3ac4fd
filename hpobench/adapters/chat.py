"""A language model at an endpoint of the user's, by the protocol that most servers speak."""

import json
import os
import time
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from hpobench.errors import RunError, UserError

URL, MODEL, KEY = "HPOBENCH_LLM_URL", "HPOBENCH_LLM_MODEL", "HPOBENCH_LLM_KEY"
"""Where the endpoint is, such as `http://localhost:8000/v1`, which of its models is asked, and the
key it wants, if it wants one. The key is sent to the endpoint and kept nowhere."""

SECONDS = 120.0
"""So long a request may take."""

ATTEMPTS = 5
"""Requests that an overloaded endpoint, or none, may fail before the run does."""

PAUSE = 1.0
"""Seconds before the second of them; before each other twice those before the last."""

BUSY = {408, 429, 500, 502, 503, 504}
"""Answers in HTTP after which it is worth asking again."""

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
        url = os.environ.get(URL, "")
        if not url.startswith(("http://", "https://")):
            raise UserError(f"{URL} has to be an address such as http://localhost:8000/v1: {url!r}")
        self._url = url.rstrip("/") + "/chat/completions"
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


def _texts(answer: bytes) -> list[str]:
    """The replies in an answer, of which there is at least one."""
    try:
        choices = json.loads(answer)["choices"]
        texts = [str(choice["message"]["content"] or "") for choice in choices]
    except (ValueError, TypeError, KeyError) as error:
        raise RunError(f"the endpoint answered no chat completion: {answer[:200]!r}") from error
    if not texts:
        raise RunError("the endpoint answered a chat completion without a choice")
    return texts


def _answered(url: str, body: dict[str, Any]) -> bytes:
    """What the endpoint answers to a request, which is repeated while it is busy."""
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get(KEY):
        headers["Authorization"] = f"Bearer {key}"
    request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310 (http alone is let in)
    reason = ""
    for attempt in range(ATTEMPTS):
        time.sleep(PAUSE * 2 ** (attempt - 1) if attempt else 0.0)
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                return bytes(answer.read())
        except HTTPError as error:
            reason = f"{error.code} {error.reason}: {error.read(200).decode(errors='replace')}"
            if error.code not in BUSY:
                break
        except (OSError, HTTPException) as error:
            reason = str(error)
    raise RunError(f"the language model at {url} cannot be asked: {reason}")
