"""The HTTP client against a real server that misbehaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import RateLimited, RemoteError, TimedOut
from kgtool.settings import Settings
from kgtool.sources.http import HttpClient, excerpt
from kgtool.sources.waiting import backoff, retry_after
from tests.sources.servers import Prepared, serving


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
