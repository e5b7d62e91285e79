"""The wiki as a writer edits it: one attempt, one outcome.

Edits go out through WikibaseIntegrator with a single attempt, raw JSON, ``assert`` and
``assertuser``; changes to a standing statement through the Wikibase REST API with ``If-Match``.
Every edit ends as an :data:`Outcome`, never as an exception.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging

import msgspec
import requests
from wikibaseintegrator.wbi_helpers import mediawiki_api_call_helper
from wikibaseintegrator.wbi_login import _Login

from kgtool.errors import RemoteError
from kgtool.messages.words import Words, worded
from kgtool.writes.classify import classify_action, classify_rest
from kgtool.writes.connection import Raw
from kgtool.writes.outcomes import Outcome, SessionLost, Unreachable
from kgtool.writes.reading import PageText, WikiReader

_log = logging.getLogger("kgtool.writes")


class WikiClient(WikiReader):
    """One account on one wiki, that may edit."""

    _login: _Login | None = None

    def sign_in(self) -> None:
        """Sign in anew; the old edit token goes with the old session."""
        self._login = None
        super().sign_in()

    def fresh_token(self) -> None:
        """Drop the edit token; the next edit fetches another."""
        if self._login is not None:
            self._login.edit_token = None

    def edit(self, data: Raw, summary: str, *, item: str = "", base: int | None = None) -> Outcome:
        """``wbeditentity``: create, or change ``item`` as read in revision ``base``."""
        params = {
            "action": "wbeditentity",
            "data": msgspec.json.encode(data).decode(),
            "summary": summary,
            **({"id": item} if item else {"new": "item"}),
            **({"baserevid": str(base)} if base else {}),
        }
        return self._post(params)

    def undo(self, item: str, revision: int, summary: str) -> Outcome:
        """``action=edit&undo``: take one revision back."""
        params = {
            "action": "edit",
            "title": self._profile.page_title(item),
            "undo": str(revision),
            "summary": summary,
            "nocreate": "1",
        }
        return self._post(params)

    def edit_page(self, page: PageText, text: str, summary: str) -> Outcome:
        """``action=edit``: a page's whole text, made from it as it was read.

        ``baserevid`` lets the wiki see that somebody else saved meanwhile. The wiki itself puts
        edits of different lines together; what both changed is an :class:`EditConflict`.
        """
        params = {
            "action": "edit",
            "title": page.title,
            "text": text,
            "md5": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
            "summary": summary,
            "starttimestamp": page.read,
        }
        if page.revision:
            params |= {
                "baserevid": str(page.revision),
                "basetimestamp": page.timestamp,
                "nocreate": "1",
            }
        else:
            params |= {"createonly": "1"}
        return self._post(params)

    def patch(self, item: str, guid: str, patch: list[Raw], etag: str, summary: str) -> Outcome:
        """Change one statement by the REST API if the item is still as its ETag says."""
        lost = self._still_signed_in()
        if lost is not None:
            return lost
        self._session.forget()
        body = {"patch": patch, "comment": summary, "bot": self.account.is_bot}
        with contextlib.suppress(requests.RequestException):
            self._session.request(
                "PATCH",
                self._rest_url(item, guid),
                data=msgspec.json.encode(body),
                headers={"Content-Type": "application/json-patch+json", "If-Match": etag},
            )
        return classify_rest(self._session.last, item)

    def _post(self, params: Raw) -> Outcome:
        account = self.account
        try:
            login = self._signed_in()
            login.get_edit_token()
        except Exception as error:  # the library raises bare ones, too; its texts may hold secrets
            # The token could not be had, so nothing was sent; a session may have been lost.
            _log.warning("no edit token: %s", type(error).__name__)
            if self._session.last.status == 200:
                return SessionLost()
            return Unreachable(self._session.last.problem or Words("why-no-token"))
        data = {**params, "assertuser": account.name}
        if account.is_bot:
            data["bot"] = "1"
        self._session.forget()
        # What it raises says less than the recorded answer.
        with contextlib.suppress(Exception):
            mediawiki_api_call_helper(
                data=data,
                login=login,
                mediawiki_api_url=self._profile.action_api,
                user_agent=self._settings.user_agent,
                max_retries=1,
                retry_after=0,
                maxlag=self._settings.maxlag,
                is_bot=account.is_bot,
            )
        return classify_action(self._session.last)

    def _signed_in(self) -> _Login:
        if self._login is None:
            self._login = _Login(
                session=self._session,
                mediawiki_api_url=self._profile.action_api,
                user_agent=self._settings.user_agent,
            )
        return self._login

    def _still_signed_in(self) -> Outcome | None:
        """The REST API knows no ``assertuser``: ask before, since it edits for anybody."""
        try:
            return None if self._userinfo().get("name") == self.account.name else SessionLost()
        except RemoteError as error:
            return Unreachable(worded(error))
