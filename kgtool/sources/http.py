"""The one HTTP client: it says who we are, waits where it is told to, and gives up in the end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import httpx2

from kgtool.errors import RateLimited, RemoteError, TimedOut, Told
from kgtool.messages.words import Words
from kgtool.settings import Settings
from kgtool.sources.budget import Budget, budget_of
from kgtool.sources.waiting import LONGEST_WAIT, backoff, retry_after

# Answers that say nothing about the request itself: asking again can help.
_PASSING = frozenset({429, 500, 502, 503, 504})


class HttpClient:
    """Requests to other servers, polite and patient; keeps cookies; for one thread at a time.

    GET and HEAD are repeated after a lost connection, a time-out or a passing status (429, 5xx):
    after as long as ``Retry-After`` says, else after a random time below 1, 2, 4, … s. A POST is
    sent once, unless the caller says that repeating it does no harm. A host that no connection can
    be made to is asked again only if it has answered before: else its address is likely wrong.
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
        self._heard: set[str] = set()

    @classmethod
    def of(cls, settings: Settings, transport: httpx2.BaseTransport | None = None) -> HttpClient:
        """The client as the settings describe it; its budget is the workspace's."""
        return cls(
            settings.user_agent,
            timeout=settings.http_timeout,
            budget=budget_of(settings),
            transport=transport,
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
                        Words("error-server-late", (_server(url),)),
                        operator=Words("operator-see", ("KGTOOL_HTTP_TIMEOUT",)),
                    ) from None
                wait = 0.0
            except (httpx2.TransportError, httpx2.TooManyRedirects) as error:
                if last or not self._may_pass(url, error):
                    raise _unreachable(url, error) from None
                wait = 0.0
            else:
                self._heard.add(_host(url))
                if response.is_success or response.status_code in accept:
                    return response
                wait = retry_after(response.headers) or 0.0
                if last or response.status_code not in _PASSING or wait > LONGEST_WAIT:
                    raise _refusal(response, wait)
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

    def _may_pass(self, url: str, error: Exception) -> bool:
        """Whether asking again can help."""
        if isinstance(error, httpx2.ConnectError):
            return _host(url) in self._heard
        return not isinstance(error, httpx2.UnsupportedProtocol | httpx2.TooManyRedirects)


def _refusal(response: httpx2.Response, wait: float) -> RemoteError:
    url, status = str(response.url), response.status_code
    said = excerpt(response.text)
    named = f"{status} {response.reason_phrase}"
    message = Words("error-server-answered", (_server(url), named, said))
    if status == 429 or (status == 503 and wait > 0):
        return too_often(message, wait or 60.0)
    return RemoteError(message)


def too_often(message: str | Told, wait: float) -> RateLimited:
    """The error of a server that asks to be left alone for so many seconds."""
    return RateLimited(message, retry_after=wait, hint=Words("error-try-seconds", (round(wait),)))


def _unreachable(url: str, error: Exception) -> RemoteError:
    online = Words("operator-online")
    return RemoteError(
        Words("error-server-away", (_server(url), str(error))),
        operator=online if isinstance(error, httpx2.ConnectError) else "",
    )


def excerpt(text: str, length: int = 200) -> str:
    """The beginning of an answer without markup, for messages."""
    plain = re.sub(r"(?s)<(style|script|head)\b.*?</\1>|<[^>]*>", " ", text[:20_000])
    plain = " ".join(plain.split())
    return plain if len(plain) <= length else plain[:length] + "…"


def _host(url: str) -> str:
    return httpx2.URL(url).netloc.decode()


def _server(url: str) -> str:
    # Without the query and without credentials: these may be secret.
    parts = httpx2.URL(url)
    return f"{parts.scheme}://{parts.netloc.decode()}{parts.path}"
