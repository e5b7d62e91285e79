"""One account's connection to one wiki: signed in, asked politely, tried again with pauses.

Where the wiki does not answer, :class:`RemoteError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import requests

from kgtool.entities import Profile
from kgtool.errors import ApiError, Forbidden, RemoteError, UsageError
from kgtool.messages.words import Words
from kgtool.settings import Settings
from kgtool.sources.account import is_lost
from kgtool.sources.action_api import api_error
from kgtool.sources.http import excerpt, too_often
from kgtool.sources.waiting import LONGEST_WAIT, backoff, retry_after
from kgtool.writes.account import Account, account_of
from kgtool.writes.session import RecordingSession

Raw = dict[str, Any]

READ_ATTEMPTS = 6
_PASSING = {"maxlag", "readonly", "ratelimited"}


class Connection:
    """One wiki, as one account. ``wait`` sleeps; it may raise to end the run."""

    def __init__(self, settings: Settings, profile: Profile, wait: Callable[[float], None]) -> None:
        self._settings = settings
        self._profile = profile
        self._wait = wait
        self._session = RecordingSession(settings)
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """Who we are; signs in where that was not done yet.

        :raises Forbidden: the wiki does not accept the credential.
        :raises RemoteError: it cannot be reached.
        """
        if self._account is None:
            self.sign_in()
        assert self._account is not None
        return self._account

    def close(self) -> None:
        """Close the connections; who is asked again opens new ones."""
        self._session.close()

    def sign_in(self) -> None:
        """Sign in anew, with a fresh session.

        :raises UsageError: there is no credential in the settings.
        :raises Forbidden: the wiki does not accept the credential, or another account answers.
        """
        if not self._settings.oauth2_token and not (
            self._settings.wiki_user and self._settings.wiki_password
        ):
            raise UsageError(
                Words("error-no-account"),
                operator=Words(
                    "operator-account",
                    ("KGTOOL_WIKI_USER", "KGTOOL_WIKI_PASSWORD", "KGTOOL_OAUTH2_TOKEN"),
                ),
            )
        self.close()
        self._session = RecordingSession(self._settings)
        if self._settings.oauth2_token:
            self._session.headers["Authorization"] = f"Bearer {self._settings.oauth2_token}"
        else:
            self._password_login()
        try:
            found = account_of(self._userinfo())
        except ApiError as error:
            if not is_lost(error):
                raise
            raise Forbidden(
                Words("error-access-token", (self._profile.action_api, error.message)),
                operator=Words("operator-token-expired", ("KGTOOL_OAUTH2_TOKEN",)),
            ) from None
        if self._account is not None and found.name != self._account.name:
            raise Forbidden(Words("error-other-answers", (self._account.name, found.name)))
        self._account = found

    def _password_login(self) -> None:
        tokens = self._read({"action": "query", "meta": "tokens", "type": "login"})
        answer = self._call(
            "POST",
            {
                "action": "login",
                "lgname": self._settings.wiki_user,
                "lgpassword": self._settings.wiki_password,
                "lgtoken": tokens["query"]["tokens"]["logintoken"],
            },
        )
        result = answer.get("login", {}).get("result")
        if result != "Success":
            raise Forbidden(
                Words("error-not-let-in", (self._settings.wiki_user, str(result))),
                operator=Words(
                    "operator-bot-password", ("KGTOOL_WIKI_USER", "KGTOOL_WIKI_PASSWORD")
                ),
            )

    def _userinfo(self) -> Raw:
        answer = self._read(
            {"action": "query", "meta": "userinfo", "uiprop": "groups|rights|ratelimits|blockinfo"}
        )
        found: Raw = answer["query"]["userinfo"]
        return found

    def _read(self, params: Raw) -> Raw:
        return self._call("GET", params)

    def _queried(self, params: Raw) -> Iterator[Raw]:
        """What ``action=query`` answers, part by part until its end."""
        further: Raw = {}
        while True:
            answer = self._read({"action": "query", **params, **further})
            yield answer.get("query", {})
            if "continue" not in answer:
                return
            further = answer["continue"]

    def _call(self, method: str, params: Raw) -> Raw:
        """A request that changes nothing, tried again with growing pauses."""
        full = {**params, "format": "json", "formatversion": "2"}
        problem = ""
        for attempt in range(READ_ATTEMPTS):
            if attempt:
                after = retry_after(self._session.last.headers) or 0.0
                if after > LONGEST_WAIT:
                    raise too_often(
                        Words("error-no-answer", (self._profile.action_api, problem)), after
                    )
                self._wait(after or backoff(attempt))
            try:
                sent = {"params": full} if method == "GET" else {"data": full}
                response = self._session.request(method, self._profile.action_api, **sent)
                raw = msgspec.json.decode(response.content, type=dict[str, Any])
            except requests.RequestException:
                problem = str(self._session.last.problem)
                if self._session.lost:
                    break
                continue
            except (msgspec.DecodeError, UnicodeDecodeError):
                problem = f"HTTP {response.status_code}, not JSON: {excerpt(response.text)}"
                if 400 <= response.status_code < 500 and response.status_code != 429:
                    break
                continue
            if response.status_code == 200 and "error" not in raw:
                return raw
            error = api_error(self._profile.action_api, raw.get("error"))
            problem = f"HTTP {response.status_code} {error.code}"
            if error.code not in _PASSING and "internal" not in error.code:
                raise error
        raise RemoteError(Words("error-no-answer", (self._profile.action_api, problem)))
