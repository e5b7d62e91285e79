"""How often a server may be asked, by all processes of a workspace together."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kgtool.errors import UsageError
from kgtool.settings import Settings
from kgtool.sources.budget import Budget
from kgtool.sources.http import HttpClient
from tests.conftest import ROOT
from tests.sources.servers import Prepared, serving


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
