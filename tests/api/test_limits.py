"""How often one client may ask."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from kgtool.api.limits import FORMS, Allowance, Limits
from kgtool.errors import RateLimited

from .conftest import form_token


def test_a_burst_then_a_steady_flow() -> None:
    now = 0.0
    limits = Limits(600, lambda: now)
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
    limits = Limits(100, lambda: 0.0)
    for _ in range(20):
        limits.ask("ann", "anyone", "/partners")
    with pytest.raises(RateLimited):
        limits.ask("ann", "anyone", "/partners")
    for _ in range(100):
        limits.ask("bea", "coordinator", "/partners")
    free = Limits(0, lambda: 0.0)
    for _ in range(1000):
        free.ask("ann", "anyone", "/partners")


def test_the_helpdesk_cannot_be_flooded(client: TestClient) -> None:
    csrf = form_token(client, "/requests/new")
    form = {"csrf": csrf, "title": "again", "description": "and again"}
    answers = [client.post("/requests/new", data=form) for _ in range(int(FORMS.burst) + 1)]
    assert [a.status_code for a in answers] == [303] * int(FORMS.burst) + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "<h1>" in answers[-1].text


def test_a_table_that_is_reconciled_is_counted_apart() -> None:
    limits = Limits(60, lambda: 0.0)
    for _ in range(240):
        limits.ask("ann", "anyone", "/reconcile/en")
    limits.ask("ann", "anyone", "/partners")
    with pytest.raises(RateLimited):
        limits.ask("ann", "anyone", "/reconcile/en")
