"""SPARQL endpoints elsewhere, through SPARQLWrapper."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import nullcontext
from http.client import HTTPException, IncompleteRead
from urllib.error import HTTPError, URLError

import msgspec
from SPARQLWrapper import GET, JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import (
    EndPointInternalError,
    EndPointNotFound,
    QueryBadFormed,
    SPARQLWrapperException,
    Unauthorized,
    URITooLong,
)

from kgtool.disk import is_full
from kgtool.entities.solutions import Table
from kgtool.errors import InputError, RemoteError, TimedOut, UsageError
from kgtool.messages.words import Words
from kgtool.settings import Settings
from kgtool.sources.budget import Budget, budget_of
from kgtool.sources.http import excerpt, too_often
from kgtool.sources.waiting import LONGEST_WAIT, backoff, retry_after

# Longer queries go in a body: servers and proxies limit addresses to some 8 KB.
_LONGEST_ADDRESS = 2000
# How the query services of Wikidata and others say that a query took too long: with status 500, or
# in the middle of an answer that they had begun.
_TOO_LONG = ("TimeoutException", "QueryTimeoutException", "timed out", "execution time")
# No connection came about at all: no such host, nobody listens, or it is not who it says.
_NO_CONNECTION = (socket.gaierror, ConnectionRefusedError, ssl.SSLError)
_IS_IT_ONE = Words("error-is-it-sparql")


class SparqlEndpoint:
    """One endpoint; asked again after 429, 5xx or a lost connection, after as long as it says.

    A query is only read, so repeating it does no harm. An endpoint that no connection can be made
    to is asked again only if it has answered before: else its address is likely wrong.
    """

    def __init__(
        self,
        address: str,
        user_agent: str,
        *,
        timeout: float = 60.0,
        budget: Budget | None = None,
        attempts: int = 5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = address
        self._user_agent = user_agent
        self._timeout = timeout
        self._budget = budget
        self._attempts = attempts
        self._sleep = sleep
        self._heard = False

    @classmethod
    def of(
        cls, settings: Settings, address: str, sleep: Callable[[float], None] = time.sleep
    ) -> SparqlEndpoint:
        """The endpoint, asked as the settings describe; its budget is the workspace's."""
        return cls(
            address,
            settings.user_agent,
            timeout=settings.http_timeout,
            budget=budget_of(settings),
            sleep=sleep,
        )

    def select(self, query: str) -> Table:
        """The answer to SELECT or ASK as rows.

        :raises UsageError: the endpoint does not understand the query; says what it said.
        :raises TimedOut: it took too long, or did not answer in time after all attempts.
        :raises RateLimited: it still asks us to wait after all attempts.
        :raises RemoteError: it cannot be reached, failed, or answers with something else than rows.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._table(self._ask(query))
            except _Passing as passing:
                if attempt >= self._attempts or passing.wait > LONGEST_WAIT:
                    raise passing.error from None
                if passing.wait and self._budget:
                    self._budget.hold_off(self._address, passing.wait)
                self._sleep(passing.wait or backoff(attempt))

    def _ask(self, query: str) -> bytes:
        asked = SPARQLWrapper(self._address, agent=self._user_agent)
        asked.setQuery(query)
        asked.setReturnFormat(JSON)
        asked.setOnlyConneg(True)  # other parameters are not part of the protocol
        asked.setTimeout(max(1, round(self._timeout)))
        asked.setMethod(POST if len(query) > _LONGEST_ADDRESS else GET)
        try:
            with self._budget.turn(self._address) if self._budget else nullcontext():
                response = asked.query().response
                self._heard = True
                answer: bytes = response.read()
                return answer
        except QueryBadFormed as error:
            raise UsageError(Words("error-query-foreign", (self._address, _said(error)))) from None
        except EndPointInternalError as error:
            said = _said(error)
            if any(sign in str(error) for sign in _TOO_LONG):
                raise self._late() from None
            raise _Passing(
                RemoteError(Words("error-server-failed", (self._address, said)))
            ) from None
        except EndPointNotFound as error:
            raise RemoteError(
                Words("error-server-answered", (self._address, "404 Not Found", _said(error))),
                hint=_IS_IT_ONE,
            ) from None
        except Unauthorized as error:
            raise RemoteError(self._answered("401", error)) from None
        except URITooLong as error:
            raise RemoteError(self._answered("414", error)) from None
        except HTTPError as error:
            with error:
                raise self._status(error) from None
        except TimeoutError:
            raise _Passing(self._late()) from None
        except IncompleteRead:
            raise _Passing(self._broken_off()) from None
        except HTTPException as error:
            raise _Passing(self._unreachable(error)) from None
        except (URLError, SPARQLWrapperException, OSError) as error:
            if is_full(error):  # of the budget, which is kept on it
                raise
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise _Passing(self._late()) from None
            if isinstance(reason, _NO_CONNECTION) and not self._heard:
                raise self._unreachable(reason, Words("operator-online")) from None
            raise _Passing(self._unreachable(reason)) from None

    def _table(self, body: bytes) -> Table:
        try:
            return Table.read(body)
        except InputError:
            pass
        text = body.decode("utf-8", "replace")
        if any(sign in text[-20_000:] for sign in _TOO_LONG):
            raise self._late()
        if text.lstrip().startswith("{") and not _is_json(body):
            raise _Passing(self._broken_off())
        raise RemoteError(
            Words("error-not-results", (self._address, excerpt(text))),
            hint=_IS_IT_ONE,
        )

    def _status(self, error: HTTPError) -> Exception:
        said = excerpt(error.read(20_000).decode("utf-8", "replace"))
        named = f"{error.code} {error.reason}"
        message = Words("error-server-answered", (self._address, named, said))
        wait = retry_after(error.headers) or 0.0
        self._heard = True
        if error.code == 429 or (error.code == 503 and wait):
            return _Passing(too_often(message, wait or 60.0), wait)
        if error.code in (502, 503, 504):
            return _Passing(RemoteError(message))
        return RemoteError(message)

    def _answered(self, status: str, error: SPARQLWrapperException) -> Words:
        return Words("error-server-answered", (self._address, status, _said(error)))

    def _unreachable(self, reason: object, operator: str | Words = "") -> RemoteError:
        return RemoteError(
            Words("error-server-away", (self._address, str(reason))), operator=operator
        )

    def _broken_off(self) -> RemoteError:
        return RemoteError(Words("error-broke-off", (self._address,)))

    def _late(self) -> TimedOut:
        return TimedOut(
            Words("error-query-late", (self._address,)),
            hint=Words("error-ask-less"),
        )


class _Passing(Exception):
    """An error that may be gone after ``wait`` seconds."""

    def __init__(self, error: RemoteError | TimedOut, wait: float = 0.0) -> None:
        self.error = error
        self.wait = wait


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _said(error: SPARQLWrapperException) -> str:
    # SPARQLWrapper puts the body of the answer into its message, as the repr of bytes.
    message = str(error)
    _, _, body = message.partition("Response:\n")
    text = body or message
    if text.startswith(("b'", 'b"')):
        text = text[2:-1].encode("latin-1", "replace").decode("unicode_escape", "replace")
        text = text.encode("latin-1", "replace").decode("utf-8", "replace")
    return excerpt(text)
