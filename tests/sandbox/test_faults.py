"""Faults: each does what it says, and a seed repeats a schedule."""

from __future__ import annotations

import json
import time
from collections import Counter

import httpx2
import pytest

from kgtool.api.sandbox.faults import KINDS, Schedule
from kgtool.api.sandbox.server import SandboxServer

from .client import Client


def _faults(sandbox: SandboxServer, **given: object) -> dict[str, object]:
    answer = httpx2.put(
        f"{sandbox.address}/_sandbox/faults",
        content=json.dumps(given),
        headers={"Authorization": f"Bearer {sandbox.sandbox.control}"},
    )
    assert answer.status_code == 200, answer.text
    said: dict[str, object] = answer.json()
    return said


def _create(bot: Client, label: str = "thing") -> httpx2.Response:
    data = json.dumps({"labels": {"en": {"language": "en", "value": label}}})
    form = {"action": "wbeditentity", "new": "item", "data": data, "format": "json"}
    return bot.http.post("/w/api.php", data={**form, "token": bot.csrf, "assert": "user"})


def _items(bot: Client) -> int:
    found = bot.get(action="query", list="allpages", aplimit="500")
    return len(found["query"]["allpages"])


def _wait_until(bot: Client, wanted: int) -> None:
    until = time.monotonic() + 10
    while _items(bot) != wanted and time.monotonic() < until:
        time.sleep(0.01)
    assert _items(bot) == wanted


@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "late-commit"])
def test_a_broken_connection_says_nothing_of_what_was_done(
    sandbox: SandboxServer, bot: Client, kind: str
) -> None:
    _faults(sandbox, queue=[kind], late_seconds=0.2)
    with pytest.raises(httpx2.TransportError):
        _create(bot)
    if kind == "late-commit":
        assert _items(bot) == 0 or sandbox.sandbox.faults.pending == 0
    _wait_until(bot, 0 if kind == "drop-before" else 1)


def test_a_request_that_times_out_may_be_done_later(sandbox: SandboxServer, bot: Client) -> None:
    _faults(sandbox, queue=["timeout"], late_seconds=0.2, hang_seconds=0.4)
    bot.http.timeout = httpx2.Timeout(0.1)
    with pytest.raises(httpx2.TimeoutException):
        _create(bot)
    bot.http.timeout = httpx2.Timeout(10)
    _wait_until(bot, 1)


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("too-many", 429, ""),
        ("unavailable", 503, ""),
        ("maxlag", 200, "maxlag"),
        ("readonly", 200, "readonly"),
        ("session-loss", 200, "assertuserfailed"),
        ("bad-token", 200, "badtoken"),
    ],
)
def test_refusals_do_nothing(
    sandbox: SandboxServer, bot: Client, kind: str, status: int, said: str
) -> None:
    _faults(sandbox, queue=[kind], retry_after=3)
    answer = _create(bot)
    assert answer.status_code == status
    assert answer.headers.get("MediaWiki-API-Error", "") == said
    if kind in ("too-many", "maxlag"):
        assert answer.headers["Retry-After"] == "3"
    assert _items(bot) == 0


def test_html_in_place_of_json_may_or_may_not_have_been_done(
    sandbox: SandboxServer, bot: Client
) -> None:
    _faults(sandbox, queue=["html"] * 12, seed=1)
    for number in range(12):
        answer = _create(bot, f"thing {number}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/html")
    assert 0 < _items(bot) < 12


def test_reads_are_spared_unless_asked_for(sandbox: SandboxServer, bot: Client) -> None:
    _faults(sandbox, rates={"unavailable": 1.0})
    assert bot.get(action="query", meta="userinfo")["query"]["userinfo"]["name"] == "KgBot"
    _faults(sandbox, rates={"unavailable": 1.0}, reads=True)
    assert bot.http.get("/w/api.php", params={"action": "query"}).status_code == 503


def test_the_rest_api_meets_faults_too(sandbox: SandboxServer, bot: Client) -> None:
    _faults(sandbox, queue=["drop-after"])
    with pytest.raises(httpx2.TransportError):
        bot.http.post(
            "/w/rest.php/wikibase/v1/entities/items", json={"item": {"labels": {"en": "x"}}}
        )
    _wait_until(bot, 1)


def test_only_who_has_the_key_sets_faults(sandbox: SandboxServer) -> None:
    address = f"{sandbox.address}/_sandbox/faults"
    assert httpx2.get(address).status_code == 403
    key = {"Authorization": f"Bearer {sandbox.sandbox.control}"}
    assert httpx2.put(address, content='{"queue": ["no-such"]}', headers=key).status_code == 400
    assert set(httpx2.get(address, headers=key).json()["kinds"]) == set(KINDS)


def test_a_seed_repeats_a_schedule() -> None:
    rates = {"drop-after": 0.2, "maxlag": 0.1}
    first, second = (
        [schedule.next(writes=True) for _ in range(2000)]
        for schedule in (Schedule(rates=rates, seed=7), Schedule(rates=rates, seed=7))
    )
    assert first == second
    met = Counter(first)
    assert 300 < met["drop-after"] < 500
    assert 130 < met["maxlag"] < 270


def test_a_schedule_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="no fault “nonsense”"):
        Schedule(rates={"nonsense": 0.5})
    with pytest.raises(ValueError, match="above 1"):
        Schedule(rates={"maxlag": 0.7, "readonly": 0.7})
