"""The one HTTP client: it says who we are, waits where it is told to, and gives up in the end."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from kgtool.errors import RateLimited, RemoteError, TimedOut
from kgtool.settings import Settings
from kgtool.sources.budget import Budget

# Answers that say nothing about the request itself: asking again can help.
_PASSING = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 120.0


class HttpClient:
    """Requests to other servers, polite and patient; keeps cookies; for one thread at a time.

    GET and HEAD are repeated after a lost connection, a time-out or a passing status (429, 5xx):
    after as long as ``Retry-After`` says, else after a random time below 1, 2, 4, … s. A POST is
    sent once, unless the caller says that repeating it does no harm.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        timeout: float = 60.0,
        budget: Budget | None = None,
        attempts: int = 6,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = httpx2.Client(
            headers={"User-Agent": user_agent},
            timeout=timeout,
            transport=transport,
            follow_redirects=True,
        )
        self._budget = budget
        self._attempts = attempts
        self._sleep = sleep

    @classmethod
    def of(cls, settings: Settings, transport: httpx2.BaseTransport | None = None) -> HttpClient:
        """The client as the settings describe it; its budget is the workspace's."""
        budget = budget_of(settings)
        return cls(
            settings.user_agent, timeout=settings.http_timeout, budget=budget, transport=transport
        )

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> httpx2.Response:
        """The answer, if it is a success or its status is in ``accept``.

        :raises RateLimited: the server still asks us to wait after all attempts.
        :raises TimedOut: it did not answer in time, after all attempts.
        :raises RemoteError: it cannot be reached, or answers with another status.
        """
        return self.request("GET", url, params=params, headers=headers, accept=accept, again=True)

    def post(
        self,
        url: str,
        *,
        data: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset(),
        again: bool = False,
    ) -> httpx2.Response:
        """The same by POST; with ``again``, it is repeated as a GET would be."""
        return self.request(
            "POST", url, data=data, json=json, headers=headers, accept=accept, again=again
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        accept: frozenset[int] = frozenset(),
        again: bool = False,
        **sent: Any,
    ) -> httpx2.Response:
        """Any request; ``sent`` as ``httpx2.Client.request`` takes it. Raises as GET does."""
        attempt = 0
        while True:
            attempt += 1
            last = not again or attempt >= self._attempts
            try:
                with self._budget.turn(url) if self._budget else nullcontext():
                    response = self._client.request(method, url, **sent)
            except httpx2.TimeoutException:
                if last:
                    raise TimedOut(
                        f"{_server(url)} did not answer in time.",
                        operator="See KGTOOL_HTTP_TIMEOUT.",
                    ) from None
                wait = 0.0
            except (httpx2.TransportError, httpx2.TooManyRedirects) as error:
                if last or isinstance(error, httpx2.UnsupportedProtocol):
                    raise RemoteError(f"{_server(url)} cannot be reached: {error}.") from None
                wait = 0.0
            else:
                if response.is_success or response.status_code in accept:
                    return response
                wait = retry_after(response.headers.get("Retry-After"))
                if last or response.status_code not in _PASSING or wait > _LONGEST_WAIT:
                    raise self._refusal(response, wait)
            self.pause(url, wait, attempt)

    def pause(self, url: str, asked: float, attempt: int) -> None:
        """Wait before the next attempt: as long as was asked for, else ever longer."""
        if asked > 0:
            if self._budget:
                self._budget.hold_off(url, asked)
            self._sleep(asked)
        else:
            self._sleep(backoff(attempt))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _refusal(self, response: httpx2.Response, wait: float) -> RemoteError:
        url, status = str(response.url), response.status_code
        said = excerpt(response.text)
        message = f"{_server(url)} answered {status} {response.reason_phrase}: {said}"
        if status == 429 or (status == 503 and wait > 0):
            return RateLimited(message, retry_after=wait or 60.0, hint="Try again later.")
        return RemoteError(message)


def budget_of(settings: Settings) -> Budget:
    """The budget that all processes of a workspace share."""
    return Budget(
        settings.home / "budget",
        per_second=settings.requests_per_second,
        at_once=settings.requests_at_once,
    )


def backoff(attempt: int) -> float:
    """Seconds to wait after an attempt, counted from 1: random, below 1, 2, 4, … up to 60."""
    return random.uniform(0, min(60.0, 2.0 ** (attempt - 1)))  # noqa: S311  # no secret


def retry_after(header: str | None) -> float:
    """Seconds that ``Retry-After`` (RFC 9110: seconds or a date) asks for; 0 where it is absent."""
    text = (header or "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text, re.ASCII):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def excerpt(text: str, length: int = 200) -> str:
    """The beginning of an answer without markup, for messages."""
    plain = re.sub(r"(?s)<(style|script|head)\b.*?</\1>|<[^>]*>", " ", text[:20_000])
    plain = " ".join(plain.split())
    return plain if len(plain) <= length else plain[:length] + "…"


def _server(url: str) -> str:
    # Without the query and without credentials: these may be secret.
    parts = httpx2.URL(url)
    return f"{parts.scheme}://{parts.netloc.decode()}{parts.path}"
