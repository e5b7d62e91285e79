"""The MediaWiki Action API, for reading; its errors come as answers with status 200."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from kgtool.errors import ApiError, RemoteError
from kgtool.messages.words import Words
from kgtool.sources.http import HttpClient, excerpt, too_often
from kgtool.sources.waiting import LONGEST_WAIT, retry_after

Json = dict[str, Any]

_ATTEMPTS = 8
_decoder = msgspec.json.Decoder(dict[str, Any])
# Longer than this, parameters go in a body: some proxies cut addresses.
_LONGEST_ADDRESS = 2000


class ActionApi:
    """One wiki's API, for reading. Writing is done elsewhere and never repeated.

    ``headers`` go with every request, such as the access token of an account.
    """

    def __init__(
        self,
        client: HttpClient,
        address: str,
        *,
        maxlag: int | None = 5,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._client = client
        self.address = address
        self._maxlag = maxlag
        self._headers = headers

    def get(self, params: Mapping[str, str | int]) -> Json:
        """The answer to one request. While the wiki's servers lag or fail, it is asked again.

        :raises ApiError: the API answered with an error; knows its code.
        :raises RateLimited: the wiki still lags, or limits us, after all attempts.
        :raises RemoteError: as :meth:`kgtool.sources.http.HttpClient.get`.
        """
        sent: dict[str, str | int] = {"format": "json", **params}
        if self._maxlag is not None:
            sent["maxlag"] = self._maxlag
        long = sum(len(str(value)) for value in sent.values()) > _LONGEST_ADDRESS
        attempt = 0
        while True:
            attempt += 1
            if long:
                response = self._client.post(
                    self.address, data=sent, headers=self._headers, again=True
                )
            else:
                response = self._client.get(self.address, sent, headers=self._headers)
            try:
                answer: Json = _decoder.decode(response.content)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise RemoteError(
                    Words("error-answer-json", (self.address, excerpt(response.text))),
                    hint=Words("error-is-it-api"),
                ) from None
            if "error" not in answer:
                return answer
            error = api_error(self.address, answer["error"])
            failed = error.code.startswith("internal_api_error")
            if not failed and error.code not in ("maxlag", "ratelimited", "readonly"):
                raise error
            wait = retry_after(response.headers) or (0.0 if failed else 5.0)
            if attempt >= _ATTEMPTS or wait > LONGEST_WAIT:
                raise error if failed else too_often(error.said, wait)
            self._client.pause(self.address, wait, attempt)

    def pages(self, params: Mapping[str, str | int]) -> Iterator[Json]:
        """All answers of a query that continues. Raises as :meth:`get` does."""
        more: dict[str, str | int] = {}
        while True:
            answer = self.get({**params, **more})
            yield answer
            if "continue" not in answer:
                return
            more = answer["continue"]


def api_error(address: str, error: Any) -> ApiError:
    """The error that an answer with status 200 holds under ``error``."""
    if not isinstance(error, dict):
        error = {"info": str(error)}
    code = str(error.get("code", "unknown"))
    names = [
        str(message.get("name"))
        for message in error.get("messages", [])
        if isinstance(message, dict)
    ]
    info = excerpt(str(error.get("info", "no reason given")))
    said = Words("error-server-code", (address, code, info))
    return ApiError(said, code=code, names=names)
