"""The HTTP client and the Action API against a real server that misbehaves."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import ApiError, RateLimited, RemoteError, TimedOut, UsageError
from kgtool.settings import Settings
from kgtool.sources.action_api import ActionApi
from kgtool.sources.budget import Budget
from kgtool.sources.http import HttpClient, excerpt
from kgtool.sources.waiting import backoff, retry_after
from tests.conftest import ROOT
from tests.sources.servers import Prepared, serving


@pytest.fixture
def slept() -> list[float]:
    """Every pause that was made, in seconds; none is really waited for."""
    return []


@pytest.fixture
def client(slept: list[float]) -> HttpClient:
    return HttpClient("kgtool test", timeout=0.5, attempts=4, sleep=slept.append)


def test_it_says_who_we_are_and_how_to_reach_us() -> None:
    with serving(Prepared()) as server:
        HttpClient.of(Settings(contact="ann@example.org")).get(server.url)
    agent = server.asked[0].headers["user-agent"]
    assert agent.startswith("kgtool/") and "ann@example.org" in agent


def test_cookies_are_kept(client: HttpClient) -> None:
    with serving(Prepared(headers={"Set-Cookie": "session=1"})) as server:
        client.get(server.url)
        client.get(server.url)
    assert server.asked[1].headers["cookie"] == "session=1"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_asked_again(
    client: HttpClient, slept: list[float], status: int
) -> None:
    with serving(Prepared(status), Prepared(status), Prepared(body=b"fine")) as server:
        assert client.get(server.url).content == b"fine"
    assert len(server.asked) == 3
    assert 0 <= slept[0] <= 1 and 0 <= slept[1] <= 2


def test_it_waits_as_long_as_it_is_told_to(client: HttpClient, slept: list[float]) -> None:
    busy = Prepared(429, headers={"Retry-After": "7"})
    with serving(busy, Prepared()) as server:
        client.get(server.url)
    assert slept == [7.0]


def test_it_gives_up_with_what_the_server_said(client: HttpClient, slept: list[float]) -> None:
    busy = Prepared(429, b"<html><h1>Too many</h1></html>", {"Retry-After": "7"})
    with serving(busy) as server, pytest.raises(RateLimited, match=r"429 .*: Too many") as caught:
        client.get(server.url)
    assert len(server.asked) == 4
    assert caught.value.retry_after == 7


def test_it_does_not_wait_for_an_hour(client: HttpClient, slept: list[float]) -> None:
    with (
        serving(Prepared(503, headers={"Retry-After": "3600"})) as server,
        pytest.raises(RateLimited),
    ):
        client.get(server.url)
    assert slept == []
    assert len(server.asked) == 1


def test_a_refusal_is_final(client: HttpClient) -> None:
    with serving(Prepared(404, b"no such page")) as server:
        with pytest.raises(RemoteError, match="404"):
            client.get(server.url)
        assert client.get(server.url, accept=frozenset({404})).status_code == 404
    assert len(server.asked) == 2


def test_a_lost_connection_is_asked_again(client: HttpClient) -> None:
    with serving(Prepared(drop=True), Prepared(body=b"fine")) as server:
        assert client.get(server.url).content == b"fine"
    assert len(server.asked) == 2


def test_an_answer_that_never_comes_is_a_time_out(client: HttpClient) -> None:
    with serving(Prepared(late=True)) as server, pytest.raises(TimedOut):
        client.get(server.url)
    assert len(server.asked) == 4


@pytest.mark.parametrize("answer", [Prepared(503), Prepared(drop=True), Prepared(late=True)])
def test_a_post_is_sent_once(client: HttpClient, answer: Prepared) -> None:
    with serving(answer) as server, pytest.raises((RemoteError, TimedOut)):
        client.post(server.url, data={"a": "b"})
    assert len(server.asked) == 1


def test_a_server_that_is_not_there_is_named_without_its_query(
    client: HttpClient, slept: list[float]
) -> None:
    with pytest.raises(RemoteError, match=r"http://127\.0\.0\.1:1/x cannot be reached") as caught:
        client.get("http://127.0.0.1:1/x?token=secret")
    assert "secret" not in str(caught.value)
    assert "Is the address right" in caught.value.operator
    assert slept == []  # its address is likely wrong


def test_a_server_that_was_there_is_tried_again(client: HttpClient, slept: list[float]) -> None:
    with serving(Prepared()) as server:
        client.get(server.url)
    with pytest.raises(RemoteError, match="cannot be reached"):
        client.get(server.url)
    assert len(slept) == 3


def test_retry_after_in_both_forms() -> None:
    def asked(header: str, **more: str) -> float | None:
        return retry_after({"retry-after": header, **more})

    now = datetime.now(UTC)
    soon = format_datetime(now + timedelta(seconds=30), usegmt=True)
    assert 25 < (asked(soon) or 0) <= 30
    assert asked("12") == 12
    assert asked("0") == 0
    assert retry_after({}) is asked("soon") is asked("-5") is None
    assert asked(format_datetime(now - timedelta(days=1))) == 0
    # Our own clock may be wrong: a date is compared with the time that the server says it is.
    late = now + timedelta(days=400)
    then = format_datetime(late + timedelta(seconds=45), usegmt=True)
    assert asked(then, date=format_datetime(late, usegmt=True)) == 45


@given(st.text(), st.text())
def test_any_header_is_a_time_to_wait_or_none(header: str, date: str) -> None:
    asked = retry_after({"retry-after": header, "date": date})
    assert asked is None or asked >= 0


def test_pauses_grow_and_end() -> None:
    assert all(0 <= backoff(attempt) <= min(60, 2 ** (attempt - 1)) for attempt in range(1, 20))


def test_excerpts_are_plain() -> None:
    page = "<html><head><title>x</title></head><body><p>One\n two</p></body>"
    assert excerpt(page) == "One two"
    assert excerpt("a" * 500) == "a" * 200 + "…"


# The Action API


def api(client: HttpClient, url: str) -> ActionApi:
    return ActionApi(client, f"{url}/w/api.php", maxlag=5)


def lagged(seconds: str) -> Prepared:
    error = {"code": "maxlag", "info": "Waiting for a database server: 7 seconds lagged."}
    return Prepared(body=json.dumps({"error": error}).encode(), headers={"Retry-After": seconds})


def test_lag_is_waited_for(client: HttpClient, slept: list[float]) -> None:
    with serving(lagged("5"), lagged("6"), Prepared(body=b'{"query":{}}')) as server:
        assert api(client, server.url).get({"action": "query"}) == {"query": {}}
    assert slept == [5.0, 6.0]
    assert server.asked[0].parameters["maxlag"] == ["5"]
    assert server.asked[0].parameters["format"] == ["json"]


def test_lag_without_end_is_an_error_that_says_when_to_come_back(
    client: HttpClient, slept: list[float]
) -> None:
    with serving(lagged("5")) as server, pytest.raises(RateLimited, match="maxlag"):
        api(client, server.url).get({"action": "query"})
    assert len(server.asked) == 8


def test_an_error_of_the_wiki_has_its_code_and_names(client: HttpClient) -> None:
    error = {
        "code": "no-such-entity",
        "info": 'Could not find an entity with the ID "X1".',
        "messages": [{"name": "wikibase-api-no-such-entity"}],
    }
    with (
        serving(Prepared(body=json.dumps({"error": error}).encode())) as server,
        pytest.raises(ApiError, match="no-such-entity") as caught,
    ):
        api(client, server.url).get({"action": "wbgetentities", "ids": "X1"})
    assert caught.value.code == "no-such-entity"
    assert caught.value.names == ["wikibase-api-no-such-entity"]


def test_a_failure_inside_the_wiki_is_asked_again(client: HttpClient, slept: list[float]) -> None:
    error = {"code": "internal_api_error_DBQueryTimeoutError", "info": "[abc] Caught exception"}
    failed = Prepared(body=json.dumps({"error": error}).encode())
    with serving(failed, Prepared(body=b'{"query":{}}')) as server:
        assert api(client, server.url).get({"action": "query"}) == {"query": {}}
    assert len(slept) == 1
    with serving(failed) as server, pytest.raises(ApiError, match="DBQueryTimeout"):
        api(client, server.url).get({"action": "query"})
    assert len(server.asked) == 8


def test_a_page_instead_of_json_is_an_error(client: HttpClient) -> None:
    with (
        serving(Prepared(body=b"<html>Our servers are currently down</html>")) as server,
        pytest.raises(RemoteError, match="did not answer in JSON: Our servers"),
    ):
        api(client, server.url).get({"action": "query"})


def test_long_requests_go_in_the_body(client: HttpClient) -> None:
    with serving(Prepared()) as server:
        api(client, server.url).get({"action": "query", "titles": "x" * 3000})
    assert server.asked[0].method == "POST"
    assert server.asked[0].parameters["titles"] == ["x" * 3000]


def test_a_query_that_continues_is_followed(client: HttpClient) -> None:
    first = {"continue": {"rccontinue": "2|1", "continue": "-||"}, "query": {"n": 1}}
    with serving(
        Prepared(body=json.dumps(first).encode()), Prepared(body=b'{"query":{"n":2}}')
    ) as server:
        found = [a["query"]["n"] for a in api(client, server.url).pages({"action": "query"})]
    assert found == [1, 2]
    assert server.asked[1].parameters["rccontinue"] == ["2|1"]


# The budget


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


WIKI = "https://www.wikidata.org/w/api.php"
US = "us@example.org"


def test_requests_to_one_host_keep_their_distance_across_processes(tmp_path: Path) -> None:
    clock = Clock()
    ours, theirs = (
        Budget(tmp_path, contact=US, per_second=2.0, clock=clock, sleep=clock.sleep)
        for _ in range(2)
    )
    times = []
    for one in (ours, theirs, ours):
        with one.turn(WIKI):
            times.append(clock.now - 1_000_000)
    assert times == [0, 0.5, 1.0]


def test_another_host_has_a_budget_of_its_own_and_our_machine_none(tmp_path: Path) -> None:
    clock = Clock()
    budget = Budget(tmp_path, contact=US, per_second=2.0, clock=clock, sleep=clock.sleep)
    for url in (WIKI, "https://commons.wikimedia.org/", *["http://127.0.0.1:8000/"] * 5):
        with budget.turn(url):
            pass
    assert clock.now == 1_000_000


def test_a_pause_that_a_server_asked_for_holds_for_everybody(tmp_path: Path) -> None:
    clock = Clock()
    ours, theirs = (Budget(tmp_path, contact=US, clock=clock, sleep=clock.sleep) for _ in range(2))
    ours.hold_off(WIKI, 30)
    with theirs.turn(WIKI):
        assert clock.now == 1_000_030


def test_no_more_than_so_many_at_once(tmp_path: Path) -> None:
    budget = Budget(tmp_path, contact=US, per_second=1e9, at_once=2)
    inside, most, guard = 0, 0, threading.Lock()
    gate = threading.Barrier(2)

    def ask() -> None:
        nonlocal inside, most
        with budget.turn(WIKI):
            with guard:
                inside += 1
                most = max(most, inside)
            gate.wait(10)  # until the other one is in, too
            with guard:
                inside -= 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_a_clock_that_was_set_back_does_not_stop_us(tmp_path: Path) -> None:
    clock = Clock()
    budget = Budget(tmp_path, contact=US, clock=clock, sleep=clock.sleep)
    with budget.turn(WIKI):
        pass
    clock.now -= 1_000_000
    with budget.turn(WIKI):
        assert clock.now < 1


_PROCESS = """
import sys
from pathlib import Path
from kgtool.sources.budget import Budget

waited = []
budget = Budget(
    Path(sys.argv[1]), contact="us", per_second=2.0, at_once=int(sys.argv[2]),
    clock=lambda: 1e6, sleep=waited.append,
)
for _ in range(int(sys.argv[3])):
    before = len(waited)
    with budget.turn("https://www.wikidata.org/"):
        print(sum(waited[before:]), flush=True)
        if len(sys.argv) > 4:
            sys.stdin.read()
"""


def _process(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _PROCESS, *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_two_processes_share_one_rate(tmp_path: Path) -> None:
    # Time stands still, so each request waits for all that were promised before it, by whomever.
    with _process(tmp_path, 99, 20) as one, _process(tmp_path, 99, 20) as other:
        waited = [float(line) for each in (one, other) for line in each.communicate()[0].split()]
    assert sorted(waited) == [number / 2 for number in range(40)]


def test_another_process_is_waited_for_and_a_killed_one_is_not(tmp_path: Path) -> None:
    with _process(tmp_path, 1, 1, "stay") as other:
        assert other.stdout
        assert other.stdout.readline()
        polled = 0

        def poll(seconds: float) -> None:
            nonlocal polled
            polled += 1
            if polled == 3:
                other.kill()
                other.wait()

        ours = Budget(tmp_path, contact=US, per_second=1e9, at_once=1, sleep=poll)
        with ours.turn(WIKI):
            assert polled >= 3


def test_nobody_is_asked_without_a_contact(tmp_path: Path) -> None:
    client = HttpClient.of(Settings(home=tmp_path))
    with serving(Prepared()) as server:
        assert client.get(server.url).is_success  # our own machine
    with pytest.raises(UsageError, match=r"www\.wikidata\.org is not asked") as caught:
        client.get(WIKI)
    assert "KGTOOL_CONTACT" in caught.value.operator
    for address in ("query.wikidata.org/sparql", "ftp://example.org/", "https:///api.php"):
        with pytest.raises(UsageError, match="is not a web address"):
            client.get(address)
