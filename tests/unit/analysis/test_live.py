"""`hpobench watch`: the report over HTTP, by requests to a server in a thread."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pandas as pd
import pytest

from hpobench.analysis import Analysis
from hpobench.errors import UserError
from hpobench.report.live import LOOPBACK, LiveReport, PageBeside, live_server


class Stored:
    """What an analysis is made of, and how often that was done."""

    def __init__(self, make: SimpleNamespace) -> None:
        self.make, self.seeds, self.calls, self.looks = make, 1, 0, 0
        self.error: Exception | None = None

    def __call__(self) -> object:
        self.calls += 1
        if self.error:
            raise self.error
        rows = [self.make.run("random", "toy/<i>", seed, [1.0]) for seed in range(self.seeds)]
        return self.make.analysis(rows, {"toy/<i>": self.make.constants()})

    def look(self, analysis: Analysis) -> PageBeside:
        self.looks += 1
        if self.error:
            raise self.error
        runs = len(analysis.runs)
        return PageBeside(text=f"inside {runs}", frames={"search": pd.DataFrame({"runs": [runs]})})


@pytest.fixture
def stored(make: SimpleNamespace) -> Stored:
    return Stored(make)


@pytest.fixture
def live(stored: Stored, tmp_path: Path) -> LiveReport:
    (tmp_path / "journal").mkdir()
    return LiveReport(analyse=stored, path=tmp_path, beside={"inside.html": stored.look})


@pytest.fixture
def port(live: LiveReport) -> Iterator[int]:
    server = live_server(live, 0)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection(LOOPBACK, port)
    connection.request(method, path, body=b"x" * 10 if method == "POST" else None, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def add_run(live: LiveReport, stored: Stored) -> None:
    stored.seeds += 1
    (live.path / "journal" / f"{stored.seeds}.jsonl").write_text("a line")


def test_the_page_is_the_report_and_may_ask_its_server_alone(port: int) -> None:
    answer, page = ask(port, "/")
    assert answer.status == 200
    assert "1 optimizer on 1 task" in page
    assert "connect-src 'self'" in page
    assert "default-src 'none'" in page
    assert "toy/<i>" not in page  # a name is no markup


def test_a_run_that_is_stored_makes_another_page_and_none_does_not(
    port: int, live: LiveReport, stored: Stored
) -> None:
    first = json.loads(ask(port, "/version")[1])["version"]
    assert f'data-version="{first}"' in ask(port, "/")[1]
    assert json.loads(ask(port, "/version")[1])["version"] == first
    assert stored.calls == 1
    add_run(live, stored)
    second = json.loads(ask(port, "/version")[1])["version"]
    assert second != first
    page = ask(port, "/")[1]
    assert f'data-version="{second}"' in page
    assert "2 runs" in page
    assert stored.calls == 2


@pytest.mark.parametrize("error", [UserError("no runs yet"), FileNotFoundError(2, "gone", "x")])
def test_what_cannot_be_analysed_in_this_moment_leaves_the_page_and_is_tried_again(
    port: int, live: LiveReport, stored: Stored, error: Exception
) -> None:
    before = ask(port, "/")[1]
    stored.error = error
    add_run(live, stored)
    assert ask(port, "/")[1] == before
    stored.error = None
    assert "2 runs" in ask(port, "/")[1]


def test_before_the_first_run_it_says_so_and_shows_the_first_when_it_is_there(
    port: int, live: LiveReport, stored: Stored
) -> None:
    stored.error = UserError("there are no runs <yet>")
    answer, page = ask(port, "/")
    assert answer.status == 200
    assert "Nothing to show yet" in page
    assert "there are no runs &lt;yet&gt;" in page
    stored.error = None
    assert "1 run," in ask(port, "/")[1]


def test_a_page_beside_is_linked_and_made_when_it_is_opened_and_the_store_grew(
    port: int, live: LiveReport, stored: Stored
) -> None:
    assert '<a href="inside.html">' in ask(port, "/")[1]
    assert stored.looks == 0
    assert ask(port, "/tables/search.csv")[0].status == 404
    answers = [ask(port, "/inside.html") for _ in range(2)]
    assert [text for _, text in answers] == ["inside 1"] * 2
    assert answers[0][0].headers["Content-Type"].startswith("text/html")
    assert stored.looks == 1
    assert ask(port, "/tables/search.csv")[1] == '"runs"\n1\n'
    add_run(live, stored)
    assert ask(port, "/inside.html")[1] == "inside 2"
    assert ask(port, "/trainings.html")[0].status == 404


def test_a_page_beside_that_cannot_be_made_leaves_that_of_before_and_is_tried_again(
    port: int, live: LiveReport, stored: Stored
) -> None:
    assert ask(port, "/inside.html")[1] == "inside 1"
    add_run(live, stored)
    ask(port, "/")
    stored.error = UserError("moved right <now>")
    assert ask(port, "/inside.html")[1] == "inside 1"
    stored.error = None
    assert ask(port, "/inside.html")[1] == "inside 2"


def test_a_page_beside_says_what_is_wrong_if_there_is_none_of_before(
    port: int, stored: Stored
) -> None:
    ask(port, "/")
    stored.error = UserError("moved right <now>")
    assert "moved right &lt;now&gt;" in ask(port, "/inside.html")[1]
    stored.error = None
    assert ask(port, "/inside.html")[1] == "inside 1"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_refuses_whatever_would_write(port: int, live: LiveReport, method: str) -> None:
    before = sorted(live.path.rglob("*"))
    answer, text = ask(port, "/", method)
    assert (answer.status, text) == (405, "")
    assert answer.headers["Allow"] == "GET, HEAD"
    assert sorted(live.path.rglob("*")) == before


@pytest.mark.parametrize(
    "path", ["/../etc/passwd", "/tables/../x.csv", "/tables/nosuch.csv", "/journal", "/%2e%2e/"]
)
def test_nothing_but_the_page_and_its_tables_is_there(port: int, path: str) -> None:
    ask(port, "/")
    assert ask(port, path)[0].status == 404


def test_the_tables_that_the_page_links_are_there(port: int) -> None:
    ask(port, "/")
    answer, text = ask(port, "/tables/final.csv")
    assert answer.status == 200
    assert text.startswith('"kind","optimizer"')


def test_another_sites_page_cannot_read_it_by_a_name_of_its_own(port: int) -> None:
    assert ask(port, "/", Host="evil.example")[0].status == 403
    assert ask(port, "/", Host=f"localhost:{port}")[0].status == 200


def test_a_heading_alone_is_sent_when_it_is_asked_for(port: int) -> None:
    answer, text = ask(port, "/", "HEAD")
    assert (answer.status, text) == (200, "")
    assert int(answer.headers["Content-Length"]) > 1000


def test_a_port_that_is_taken_is_named(live: LiveReport, port: int) -> None:
    with pytest.raises(UserError, match=f"port {port}: Address already in use; choose another"):
        live_server(live, port)
