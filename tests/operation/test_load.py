"""The service under load, and while everything around it fails."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx2
import pytest

from kgtool import sample
from kgtool.bench.clients import Ask, Load, Seen, mixed, titles
from kgtool.bench.load import names, sample_service
from kgtool.bench.serving import await_answer, free_port, start
from kgtool.service.callers import OPERATOR
from kgtool.settings import Settings
from kgtool.wiring import build
from tests.conftest import absent
from tests.store.servers import PostgreSQL, server_folder

pytestmark = pytest.mark.long


class Place:
    """A workspace with the sample, what may be asked of it, and a token."""

    def __init__(self, home: Path, database_url: str = "") -> None:
        self.home = home
        tool = sample_service(home)
        self.asks = mixed(sample.institutions(), names(tool), json.dumps)
        tool.close()
        tool = build(Settings(home=home, database_url=database_url))
        self.token, _ = tool.accounts.add_token(
            "load", role="admin", scopes=[], days=1, by=OPERATOR
        )
        tool.close()
        self.env = {"KGTOOL_DATABASE_URL": database_url} if database_url else {}

    @contextlib.contextmanager
    def served(
        self, workers: int = 2, env: Mapping[str, str] | None = None
    ) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        """The service's address and process, with a background worker beside it."""
        port = free_port()
        with start(
            self.home, port, workers=workers, background=True, env=self.env | dict(env or {})
        ) as process:
            try:
                await_answer(port)
                yield f"http://127.0.0.1:{port}", process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                process.wait(90)


def failures(seen: Seen) -> dict[int, str]:
    """Answers that nobody should get, each with an example."""
    return {status: seen.examples[status] for status in seen.examples if status != 503}


def test_two_hundred_clients_and_four_writers_for_a_minute(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.served() as (address, process):
        seen = Load(address, place.asks, place.token).run(60, clients=200, writers=4)
        there = titles(address, place.token)
        assert process.poll() is None
        figures = httpx2.get(f"{address}/metrics", trust_env=False, timeout=60).text
    assert failures(seen) == {} and seen.statuses[0] == 0, seen.statuses
    assert seen.put_off <= 0.01 and seen.without_retry_after == 0, seen.statuses
    assert seen.kept and seen.kept <= set(there)
    assert len(there) == len(set(there)), "nothing was written twice"
    # The figures of both processes add up to what the clients saw.
    counted = [
        float(line.rsplit(" ", 1)[1])
        for line in figures.splitlines()
        if line.startswith("kgtool_http_requests_total")
    ]
    assert sum(counted) >= seen.all


class Background(threading.Thread):
    """A load that goes on until it is stopped, while the test does something else."""

    def __init__(self, load: Load, clients: int, writers: int = 4) -> None:
        super().__init__(daemon=True)
        self.load = load
        self._how = (600.0, clients, writers)
        self.start()

    def run(self) -> None:
        self.load.run(*self._how)

    def end(self) -> Seen:
        """Stop it; what was seen."""
        self.load.stop()
        self.join(180)
        assert not self.is_alive()
        return self.load.seen


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait for something that a slow machine may take long for."""
    end = time.monotonic() + 180
    while not happened():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """The disk is full while the block runs."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
    try:
        yield
    finally:
        filler.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        absent("Mounting a small disk needs root and mount.")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run([str(mount), "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)])
    if done.returncode:
        absent("Mounting a small disk is not permitted here.")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.timeout(900)
def test_it_survives_everything_around_it_going_away(
    small_disk: Path, need_program: Callable[..., str]
) -> None:
    """An endpoint hangs, the disk fills up, the database goes and comes back, and then SIGTERM.

    Each waits for what the one before brings about, however long the machine takes for it.
    """
    hanging = socket.create_server(("127.0.0.1", 0))  # takes connections and never answers
    endpoint = f"http://127.0.0.1:{hanging.getsockname()[1]}/sparql"
    with contextlib.ExitStack() as running:
        running.callback(hanging.close)
        database = PostgreSQL(running.enter_context(server_folder()), need_program)
        up = running.enter_context(contextlib.ExitStack())
        up.enter_context(database.running())
        place = Place(small_disk / "home", database.url)
        more = {"KGTOOL_SPARQL": endpoint, "KGTOOL_HTTP_TIMEOUT": "5"}
        with place.served(env=more) as (address, process):
            asked = [Ask("api", "/api/v1/queries/gaps/no-image?partner=Q190804")] * 2
            stuck = Background(Load(address, asked, place.token, seed=2), 10, writers=0)
            load = Background(Load(address, place.asks, place.token), 40)
            seen = load.load.seen
            until(lambda: len(seen.kept) > 3, "writes are taken in")
            with full(small_disk):
                up.close()  # the database is gone, in the middle of it all
                until(lambda: seen.statuses[503] > 3, "it says that it cannot answer now")
                up.enter_context(database.running())
                kept = len(seen.kept)
                until(lambda: len(seen.kept) > kept + 3, "writes are taken in again")
                until(lambda: bool(stuck.load.seen.all), "the endpoint was asked")
                process.send_signal(signal.SIGTERM)
                code = process.wait(180)
            load.end()
            waiting = stuck.end()
        assert code == 0
        # 504: the database went away at the very end of a write, and the answer says so.
        unsure = {504} if "before you send it again" in failures(seen).get(504, "") else set()
        assert set(failures(seen)) <= unsure, failures(seen)
        assert seen.without_retry_after == 0, seen.statuses
        # What is asked of the endpoint fails by itself, in words, and nothing else does.
        assert set(waiting.statuses) <= {0, 404, 429, 502, 503, 504}, waiting.statuses
        with place.served() as (address, _):
            there = titles(address, place.token)
            ready = httpx2.get(f"{address}/health/ready", trust_env=False, timeout=60)
            assert ready.status_code == 200
    assert seen.kept and seen.kept <= set(there)
    assert len(there) == len(set(there))


@pytest.mark.timeout(900)
def test_it_survives_a_full_disk(small_disk: Path) -> None:
    place = Place(small_disk / "home")
    with place.served(workers=1) as (address, process):
        load = Background(Load(address, place.asks, place.token), 20)
        seen = load.load.seen
        until(lambda: len(seen.kept) > 3, "writes are taken in")
        with full(small_disk):
            before = seen.all
            until(lambda: seen.all > before + 200, "it goes on answering")
            with httpx2.Client(base_url=address, trust_env=False, timeout=60) as client:
                assert client.get("/en/partners").status_code == 200, "what is there can be read"
        kept = len(seen.kept)
        until(lambda: len(seen.kept) > kept + 3, "writes are taken in again")
        load.end()
        there = titles(address, place.token)
        assert process.poll() is None
    assert failures(seen) == {}, seen.statuses
    assert seen.without_retry_after == 0
    assert seen.kept and seen.kept <= set(there)
