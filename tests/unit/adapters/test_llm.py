"""Search that a language model guides, over the protocol that servers speak, against a stub."""

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from hpobench.adapters.native.llambo import Llambo, expected_improvement
from hpobench.adapters.native.llm import TRIES, LanguageModel
from hpobench.adapters.shared import chat
from hpobench.adapters.shared.prompts import config_line, describe_space, parsed
from hpobench.catalogue import Catalogue
from hpobench.dispatch.plan import Plan
from hpobench.dispatch.replay import revive
from hpobench.errors import RunError, UserError
from hpobench.execution.runner import execute
from hpobench.run import Run, Status
from hpobench.space import plain_config, violation
from hpobench.store.rows import trajectory_row, without_notes
from hpobench.task import Budget, Objective, Problem, Task
from hpobench.trial import Outcome, Trial
from tests.driving import catalogue, drive
from tests.examples import examples
from tests.language_model import Answer, served
from tests.spaces import spaces

Requests = list[dict[str, Any]]


def problem(workers: int = 1) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0), "units": (1, 64), "kind": ["adam", "sgd"]}),
        objectives=(Objective(name="loss"),),
        fidelity=None,
        budget=Budget(10),
        workers=workers,
        context={"N": 7e9},
    )


SPHERE = Task(
    id="bbob/f01-d2-i1",
    collection="bbob",
    benchmark="hpobench.benchmarks.bbob:Bbob",
    params={"function": 1, "instance": 1, "dimension": 2},
    objectives=("loss",),
    budget=Budget(2),
    dimension=2,
    types=("float",),
)

GOOD = '{"kind": "sgd", "units": 8, "x": 0.25}'


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Serve what a model answers, and be told its requests."""
    monkeypatch.setenv(chat.MODEL, "stub")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(chat, "PAUSE", 0.0)
    running = []

    def serve(answer: Answer) -> Requests:
        server = served(answer)
        url, requests = server.__enter__()
        running.append(server)
        monkeypatch.setenv(chat.URL, url)
        return requests

    yield serve
    for server in running:
        server.__exit__(None, None, None)


Serve = Callable[[Answer], Requests]


def test_the_prompt_holds_the_space_the_context_and_all_trials(endpoint: Serve) -> None:
    requests = endpoint(lambda _: [GOOD])
    posed = problem()
    optimizer = LanguageModel(posed, 5, temperature=0.3)
    for value in (0.5, None, 0.125):
        trial = optimizer.ask()
        assert trial.config == json.loads(GOOD)
        failed = Outcome(failure="diverged")
        optimizer.tell(trial, failed if value is None else Outcome(values={"loss": value}))
    optimizer.ask()
    assert {request["path"] for request in requests} == {"/v1/chat/completions"}
    body = requests[-1]["body"]
    assert (body["model"], body["temperature"], body["n"], body["seed"]) == ("stub", 0.3, 1, 8)
    (message,) = body["messages"]
    for text in [*describe_space(posed.space), "minimize loss", "trials=10", "N = 7000000000.0"]:
        assert text in message["content"]
    shown = [each for each in message["content"].splitlines() if " -> " in each]
    assert shown == [f"{GOOD} -> 0.5", f"{GOOD} -> failed", f"{GOOD} -> 0.125"]


SECRETS = ("sk-5ecret", 'sk-"5ecret')


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize(
    "echo",
    [
        lambda key: [f'my key is {key} {{"x": 0.25, "units": 8, "kind": "sgd"}}'],
        lambda key: f"{'x' * 190} {key}".encode(),
        lambda key: json.dumps({"error": f"{'x' * 280} {key} {key}"}).encode(),
        lambda key: (
            b'{"choices": [{"message": {"content": "\\u0073k-' + key[3:].encode() + b'"}}]}'
        ),
    ],
    ids=["reply", "words", "JSON", "escaped"],
)
def test_a_key_that_is_sent_back_is_kept_nowhere(
    endpoint: Serve, monkeypatch: pytest.MonkeyPatch, echo: Callable[[str], Any], key: str
) -> None:
    monkeypatch.setenv(chat.KEY, key)
    requests = endpoint(lambda _: echo(key))
    optimizer = LanguageModel(problem(), 1)
    reason = ""
    try:
        optimizer.ask()
    except RunError as error:
        reason = str(error)
    assert requests[0]["headers"]["Authorization"] == f"Bearer {key}"
    assert "5ecret" not in repr(optimizer.notes) + reason


def test_a_redirect_is_not_followed(endpoint: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chat.KEY, SECRETS[0])
    with served(lambda _: [GOOD]) as (other, followed):
        requests = endpoint(lambda _: (302, f"{other}/chat/completions"))
        with pytest.raises(RunError, match="302"):
            LanguageModel(problem(), 1).ask()
    assert (len(requests), followed) == (1, [])


@pytest.mark.parametrize(
    "url",
    [
        "http://me:5ecret@127.0.0.1:1/v1",
        "http://5ecret@127.0.0.1/v1",
        "http://127.0.0.1/v1?key=5ecret",
        "me:5ecret@127.0.0.1/v1",
        "http://[5ecret",
        "http://127.0.0.1:5ecret/",
        "file:///5ecret",
    ],
)
def test_an_address_that_holds_a_secret_or_is_none_is_refused_and_not_shown(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(chat.URL, url)
    monkeypatch.setenv(chat.MODEL, "stub")
    with pytest.raises(UserError, match=chat.URL) as raised:
        chat.Chat()
    assert "5ecret" not in str(raised.value)


def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(
    endpoint: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint(lambda _: [GOOD])
    monkeypatch.setenv(chat.KEY, "5ecret\r\nHost: elsewhere")
    with pytest.raises(UserError, match=chat.KEY) as raised:
        chat.Chat()
    assert "5ecret" not in str(raised.value)


@pytest.mark.parametrize("drip", [b" ", b"HTTP/1.0 200 OK\r\n" + b"X: " + b"a" * 50])
def test_a_reply_that_never_ends_has_one_limit_of_time(
    drip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(chat.MODEL, "stub")
    monkeypatch.setattr(chat, "SECONDS", 0.5)
    stop = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv(chat.URL, f"http://127.0.0.1:{listener.getsockname()[1]}")

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(drip)
                    while not stop.wait(0.05):
                        connection.sendall(b"a")

        thread = Thread(target=serve)
        thread.start()
        with pytest.raises(RunError, match=r"no whole reply within 0\.5 s"):
            LanguageModel(problem(), 1).ask()
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [b"[" * 1_000_000, b" " * (chat.MOST + 1), b'{"choices": ' + b"9" * 10_000 + b"}"],
    ids=["deep", "long", "huge number"],
)
def test_an_answer_that_is_a_bomb_fails_the_run_with_its_reason(
    endpoint: Serve, answer: bytes
) -> None:
    endpoint(lambda _: answer)
    with pytest.raises(RunError, match="the endpoint"):
        LanguageModel(problem(), 1).ask()


def test_a_reply_that_no_file_can_hold_is_mended(endpoint: Serve) -> None:
    endpoint(lambda _: [f"\ud800 {GOOD}"])
    optimizer = LanguageModel(problem(), 1)
    assert optimizer.ask().config == json.loads(GOOD)
    assert json.dumps(optimizer.notes, ensure_ascii=False).encode()


def test_trials_that_are_pending_are_named(endpoint: Serve) -> None:
    requests = endpoint(lambda _: [GOOD])
    optimizer = LanguageModel(problem(2), 1)
    optimizer.ask()
    optimizer.ask()
    assert f"{GOOD} is being evaluated" in requests[-1]["body"]["messages"][0]["content"]


@pytest.mark.parametrize(
    ("reply", "wrong"),
    [
        ("I would try a smaller x.", "no JSON object"),
        ('{"x":' * 2000, "no JSON object"),
        ('{"x":' * 900 + "[" + "0," * 100_000, "no JSON object"),
        ("{" * 100 + GOOD, "the first 100 braces"),
        (json.dumps({"x": ["a" * 200], "units": 8, "kind": "sgd"}), "x cannot be ['aaa"),
        ('{"x": 0.25, "units": 8}', "kind is missing"),
        ('{"x": 1.5, "units": 8, "kind": "sgd"}', "x cannot be 1.5"),
        ('{"x": 0.5, "units": 8.5, "kind": "sgd"}', "units cannot be 8.5"),
        ('{"x": 0.5, "units": 8, "kind": "SGD?"}', "kind cannot be 'SGD?'"),
        ('{"x": NaN, "units": 8, "kind": "sgd"}', "x cannot be nan"),
    ],
)
def test_a_reply_of_no_use_is_answered_with_the_reason_and_asked_again(
    endpoint: Serve, reply: str, wrong: str
) -> None:
    replies = iter([[reply], [GOOD]])
    requests = endpoint(lambda _: next(replies))
    optimizer = LanguageModel(problem(), 1)
    assert optimizer.ask().config == json.loads(GOOD)
    first, second = optimizer.notes
    assert wrong in first["wrong"]
    assert (first["reply"], second["reply"], second["wrong"]) == (reply, GOOD, "")
    roles = [message["role"] for message in requests[1]["body"]["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert wrong in requests[1]["body"]["messages"][-1]["content"]


def test_after_three_of_no_use_a_random_configuration_is_tried_and_noted(endpoint: Serve) -> None:
    requests = endpoint(lambda _: ["no"])
    posed = problem()
    optimizer = LanguageModel(posed, 3)
    assert not violation(posed.space, optimizer.ask().config)
    assert len(requests) == TRIES
    assert [bool(note.get("reply")) for note in optimizer.notes] == [True] * TRIES + [False]
    assert "at random" in optimizer.notes[-1]["wrong"]


def test_an_endpoint_that_is_busy_is_asked_again(endpoint: Serve) -> None:
    answers = iter([503, 429, [GOOD]])
    requests = endpoint(lambda _: next(answers))
    LanguageModel(problem(), 1).ask()
    assert len(requests) == 3


@pytest.mark.parametrize(
    ("answer", "reason", "times"),
    [
        (401, "401 Unauthorized: not now", 1),
        (500, "500 Internal Server Error", chat.ATTEMPTS),
        (b"<html>", "no chat completion", 1),
        ([], "without a choice", 1),
    ],
)
def test_an_endpoint_that_cannot_be_used_fails_the_run(
    endpoint: Serve, answer: Any, reason: str, times: int
) -> None:
    requests = endpoint(lambda _: answer)
    with pytest.raises(RunError, match=reason):
        LanguageModel(problem(), 1).ask()
    assert len(requests) == times


def test_without_an_endpoint_pairs_are_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (chat.URL, chat.MODEL):
        monkeypatch.delenv(name, raising=False)
    variants = catalogue().select_variants(["llm*", "random"])
    plan = Plan(variants=variants, tasks=[SPHERE], seeds=[0])
    assert {skip.optimizer for skip in plan.skipped} == {"llm", "llm/llambo", "llm/llambo-warm"}
    assert {skip.reason for skip in plan.skipped} == {
        f"needs {chat.URL} and {chat.MODEL} to be set"
    }
    assert [run.variant.id for run in plan.runs()] == ["random"]
    monkeypatch.setenv(chat.URL, "file:///etc/passwd")
    with pytest.raises(UserError, match="has to be an address"):
        LanguageModel(problem(), 1)


def test_prompts_and_replies_are_stored_with_the_run_and_the_key_is_not(
    endpoint: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(chat.KEY, "very-secret")
    monkeypatch.chdir(tmp_path)
    requests = endpoint(lambda _: ['{"x0": 1.0, "x1": -2.0}'])
    done = execute(Run(task=SPHERE, variant=catalogue().variants["llm"], seed=0))
    assert done.status is Status.COMPLETED, done.reason
    stored = trajectory_row(done, "here")
    notes = json.loads(stored["variant_info"])["notes"]
    assert [note["trial"] for note in notes] == [0, 1]
    assert all("x0" in note["prompt"] and "x0" in note["reply"] for note in notes)
    assert requests[0]["headers"]["Authorization"] == "Bearer very-secret"
    assert "very-secret" not in json.dumps(stored)
    other = {**json.loads(stored["variant_info"]), "notes": []}
    assert without_notes(stored["variant_info"]) == without_notes(json.dumps(other))
    part = SimpleNamespace(task=lambda _: SPHERE, variant=catalogue().variant)
    with pytest.raises(UserError, match=f"what {chat.URL} named took part in it"):
        revive(stored, cast("Catalogue", part), {})


@examples(15)
@given(spaces(), st.integers(0, 99))
def test_a_configuration_in_words_is_itself_again(space: ConfigurationSpace, seed: int) -> None:
    space.seed(seed)
    config = plain_config(space.sample_configuration())
    again = parsed(space, f"Try this: {config_line(config)}. It should do.")
    assert [(name, repr(value)) for name, value in again.items()] == [
        (name, repr(value)) for name, value in config.items()
    ]


@pytest.mark.parametrize(
    ("predicted", "best"), [([1.0, 2.0, 4.0], 1.5), ([0.3, 0.2], 5.0), ([3.0, 3.0, 9.0], -1.0)]
)
def test_the_expected_improvement_is_the_integral_that_defines_it(
    predicted: list[float], best: float
) -> None:
    mean, deviation = float(np.mean(predicted)), float(np.std(predicted))
    grid = np.linspace(min(best, mean - 12 * deviation), best, 4001)
    expected = integrate.simpson((best - grid) * stats.norm.pdf(grid, mean, deviation), x=grid)
    assert expected_improvement(predicted, best) == pytest.approx(expected, abs=1e-6)


def test_llambo_takes_the_candidate_of_which_the_model_expects_most(endpoint: Serve) -> None:
    """A model that knows the function x: LLAMBO has to ask it well, and heed it."""
    texts = [f'{{"x": {x}, "units": 8, "kind": "sgd"}}' for x in (0.9, 0.04, 0.4, 0.04, 7)]

    def answer(body: dict[str, Any]) -> list[str]:
        question = body["messages"][0]["content"].rpartition("\n")[2]
        if question.startswith("Recommend"):
            return texts[: body["n"]]
        asked = json.loads(question[len("Predict the value of ") : question.index("}") + 1])
        return [f"## {asked['x']} ##", "perhaps ## low ##"][: body["n"]]

    requests = endpoint(answer)
    posed = problem()
    optimizer = Llambo(posed, 1, initial=3, candidates=10, prompts=2, predictions=4)
    asked = drive(optimizer, posed, 4, answer=by_x)
    assert asked[3].config["x"] == 0.04
    questions = [request["body"]["messages"][0]["content"] for request in requests]
    found = [float(trial.config["x"]) for trial in asked[:3]]
    target = min(found) - 0.1 * (max(found) - min(found))
    assert f"achieve the value {target:.6g}." in questions[0]
    assert len([q for q in questions if "Predict the value of" in q]) >= 3 * 2  # each candidate
    orders = {tuple(each for each in q.splitlines() if " -> " in each) for q in questions}
    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(orders.copy().pop()))}


def by_x(trial: Trial, _: int) -> Outcome:
    return Outcome(values={"loss": float(trial.config["x"])})
