"""How often one client may ask."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kgtool.api.limits import FORMS, Allowance, Limits
from kgtool.errors import RateLimited
from kgtool.service.tally import Tally

from .conftest import form_token


def test_a_burst_then_a_steady_flow() -> None:
    now = 0.0
    limits = Limits(600, Tally(None, lambda: now))
    allowance = Allowance(3, 60)
    for _ in range(3):
        limits.take("all", "ann", allowance)
    with pytest.raises(RateLimited) as caught:
        limits.take("all", "ann", allowance)
    assert caught.value.retry_after == 1
    limits.take("all", "bea", allowance)
    limits.take("other", "ann", allowance)
    now = 1.0
    limits.take("all", "ann", allowance)
    now = 1000.0
    for _ in range(3):
        limits.take("all", "ann", allowance)


def test_staff_may_ask_more_and_a_limit_of_nothing_is_none() -> None:
    limits = Limits(100, Tally(None, lambda: 0.0))
    for _ in range(20):
        limits.ask("ann", "anyone", "/partners")
    with pytest.raises(RateLimited):
        limits.ask("ann", "anyone", "/partners")
    for _ in range(100):
        limits.ask("bea", "coordinator", "/partners")
    free = Limits(0, Tally(None, lambda: 0.0))
    for _ in range(1000):
        free.ask("ann", "anyone", "/partners")


def test_the_helpdesk_cannot_be_flooded(client: TestClient) -> None:
    csrf = form_token(client, "/requests/new")
    form = {"csrf": csrf, "title": "again", "description": "and again", "shown": "1"}
    answers = [client.post("/requests/new", data=form) for _ in range(int(FORMS.burst) + 1)]
    assert [a.status_code for a in answers] == [303] * int(FORMS.burst) + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "<h1>" in answers[-1].text


def test_a_table_that_is_reconciled_is_counted_apart() -> None:
    limits = Limits(60, Tally(None, lambda: 0.0))
    for _ in range(240):
        limits.ask("ann", "anyone", "/reconcile/en")
    limits.ask("ann", "anyone", "/partners")
    with pytest.raises(RateLimited):
        limits.ask("ann", "anyone", "/reconcile/en")


def _count(folder: Path, times: int) -> int:
    """How often one client is let in, as a process of its own sees it."""
    tally = Tally(folder, lambda: 1.0)
    return sum(tally.take("ann", 100, 1) == 0 for _ in range(times))


@pytest.mark.long
def test_processes_of_one_service_count_together(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        let_in = pool.starmap(_count, [(tmp_path, 60)] * 3)
    assert sum(let_in) == 100


def test_more_clients_than_fit_crowd_out_those_who_were_silent_longest() -> None:
    now = 0.0
    tally = Tally(None, lambda: now)
    for number in range(100_000):
        now = number / 1000
        assert tally.take(f"client {number}", 1, 0.001) == 0
    assert tally.take("client 99999", 1, 0.001) > 0, "the last one is still known"
