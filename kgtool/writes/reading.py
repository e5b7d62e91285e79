"""The wiki as a writer reads it: its account, items, its own edits, single statements.

Reading is tried again with growing pauses; where the wiki does not answer, :class:`RemoteError`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
import requests

from kgtool.entities import Entity, Item, Profile, Property, entity_from
from kgtool.errors import ApiError, Forbidden, RemoteError, UsageError
from kgtool.settings import Settings
from kgtool.sources.account import is_lost
from kgtool.sources.action_api import api_error
from kgtool.sources.http import excerpt, too_often
from kgtool.sources.sparql import SparqlEndpoint
from kgtool.sources.waiting import LONGEST_WAIT, backoff, retry_after
from kgtool.writes.account import Account, account_of
from kgtool.writes.classify import classify_rest
from kgtool.writes.outcomes import Outcome
from kgtool.writes.session import RecordingSession

Raw = dict[str, Any]

_READ_ATTEMPTS = 6
_PASSING = {"maxlag", "readonly", "ratelimited"}


class Contribution(msgspec.Struct, frozen=True):
    """One edit: on which item, which revision, after which, with which comment."""

    item: str
    revision: int
    parent: int
    comment: str


class PageText(msgspec.Struct, frozen=True):
    """The text of a page: ``revision`` 0 where there is none; ``read`` is the wiki's own time."""

    title: str
    text: str
    revision: int
    timestamp: str
    read: str


class WikiReader:
    """One wiki, read as one account. ``wait`` sleeps; it may raise to end the run."""

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
                "There is no account to edit with.",
                operator="Set KGTOOL_WIKI_USER and KGTOOL_WIKI_PASSWORD (a bot password), "
                "or KGTOOL_OAUTH2_TOKEN.",
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
                f"The wiki does not accept the access token: {error.message}",
                operator="It may have expired or been withdrawn: see KGTOOL_OAUTH2_TOKEN.",
            ) from None
        if self._account is not None and found.name != self._account.name:
            raise Forbidden(f"Signed in as {self._account.name}, the wiki now says {found.name}.")
        self._account = found

    def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Items by the id asked for, as they are now; what redirects is the item it leads to."""
        entities = self._entities({"ids": part} for part in _parts(ids))
        return {asked: e for asked, e in entities if isinstance(e, Item)}

    def properties(self, ids: Sequence[str]) -> dict[str, Property]:
        """Properties by id, as they are now."""
        entities = self._entities({"ids": part} for part in _parts(ids))
        return {asked: e for asked, e in entities if isinstance(e, Property)}

    def linked(self, site: str, titles: Sequence[str]) -> dict[str, str]:
        """Ids of the items with these sitelinks, by title."""
        asked = ({"sites": site, "titles": part} for part in _parts(titles))
        return {
            e.sitelinks[site].title: e.id
            for _, e in self._entities(asked)
            if isinstance(e, Item) and site in e.sitelinks
        }

    def select(self, endpoint: str, query: str) -> Iterator[dict[str, str]]:
        """Rows of a SELECT: variable → text. The query service gets no credential of ours.

        :raises RemoteError: it does not answer.
        :raises TimedOut: the query takes too long.
        """
        asked = SparqlEndpoint.of(self._settings, endpoint, self._wait)
        for row in asked.select(query).rows:
            yield {name: cell.value for name, cell in row.items()}

    def contributions(self, since: float, account: str = "") -> Iterator[Contribution]:
        """Edits of an account, else of our own, since a Unix time, newest first."""
        yield from self._edits(
            "usercontribs",
            {
                "ucuser": account or self.account.name,
                "ucend": _stamp(since),
                "ucprop": "ids|title|comment",
                "uclimit": "max",
            },
        )

    def creations(self, since: float, slack: float) -> Iterator[Contribution]:
        """New items since ``slack`` before a Unix time, whoever made them, newest first.

        :raises RemoteError: the wiki's recent changes do not reach back so far.
        """
        oldest = self._read(
            {
                "action": "query",
                "list": "recentchanges",
                "rcdir": "newer",
                "rclimit": "1",
                "rcprop": "timestamp",
            }
        )["query"]["recentchanges"]
        begin = _stamp(since)
        if not oldest or str(oldest[0]["timestamp"]) > begin:
            raise RemoteError(
                f"The recent changes of the wiki do not reach back to {begin}, when the journal "
                "was saved: what was sent since cannot be known.",
                hint="Plan the table again: what was made by then is found on the wiki.",
            )
        yield from self._edits(
            "recentchanges",
            {
                "rctype": "new",
                "rcnamespace": str(self._profile.item_namespace),
                "rcend": _stamp(since - slack),
                "rcprop": "ids|title|comment",
                "rclimit": "max",
            },
        )

    def _edits(self, kind: str, how: Raw) -> Iterator[Contribution]:
        params = {"action": "query", "list": kind, **how}
        while True:
            answer = self._read(params)
            for raw in answer.get("query", {}).get(kind, []):
                yield Contribution(
                    str(raw.get("title", "")).rsplit(":", 1)[-1],
                    int(raw.get("revid", 0)),
                    int(raw.get("parentid", raw.get("old_revid", 0))),
                    str(raw.get("comment", "")),
                )
            if "continue" not in answer:
                return
            params = {**params, **answer["continue"]}

    def revisions_since(self, item: str, revision: int) -> list[tuple[int, str]]:
        """(revision, user) of an item's edits after ``revision``, newest first; at most 50."""
        answer = self._read(
            {
                "action": "query",
                "prop": "revisions",
                "titles": self._profile.page_title(item),
                "rvprop": "ids|user",
                "rvlimit": "50",
                "rvendid": str(revision),
            }
        )
        pages = answer.get("query", {}).get("pages", [])
        found = []
        for page in pages if isinstance(pages, list) else pages.values():
            for raw in page.get("revisions", []):
                if int(raw["revid"]) > revision:
                    found.append((int(raw["revid"]), str(raw.get("user", ""))))
        return found

    def page_text(self, title: str) -> PageText:
        """The text of a page as it stands, with what an edit needs to notice a conflict.

        :raises UsageError: it is no page with text.
        :raises RemoteError: the wiki does not answer.
        """
        answer = self._read(
            {
                "action": "query",
                "prop": "revisions",
                "titles": title,
                "rvprop": "ids|timestamp|content",
                "rvslots": "main",
                "curtimestamp": "1",
            }
        )
        now = str(answer.get("curtimestamp", ""))
        for page in answer.get("query", {}).get("pages", []):
            for revision in page.get("revisions", []):
                main = revision.get("slots", {}).get("main", {})
                if main.get("contentmodel") != "wikitext":
                    raise UsageError(f"“{title}” is no page with wikitext.")
                return PageText(
                    str(page.get("title", title)),
                    str(main.get("content", "")),
                    int(revision["revid"]),
                    str(revision.get("timestamp", "")),
                    now,
                )
            if page.get("missing") and not page.get("invalid"):
                return PageText(str(page.get("title", title)), "", 0, "", now)
        raise UsageError(f"The wiki has no page that could be called “{title}”.")

    def rest_statement(self, item: str, guid: str) -> tuple[Raw, str] | Outcome:
        """A statement as the REST API has it, and the ETag of the item's revision.

        :raises RemoteError: the wiki does not answer.
        """
        for attempt in range(_READ_ATTEMPTS):
            if attempt:
                self._wait(backoff(attempt))
            with contextlib.suppress(requests.RequestException):
                self._session.request("GET", self._rest_url(item, guid))
            answer = self._session.last
            if answer.status == 200:
                return msgspec.json.decode(answer.body), answer.headers.get("etag", "")
            if 300 <= answer.status < 500 and answer.status != 429:
                return classify_rest(answer, item)
        raise RemoteError(f"{self._profile.rest_api} does not answer: HTTP {answer.status}.")

    def _entities(self, asked: Iterable[Raw]) -> Iterator[tuple[str, Entity]]:
        for params in asked:
            answer = self._read({"action": "wbgetentities", **params})
            for raw in answer.get("entities", {}).values():
                if "missing" in raw:
                    continue
                id = str(raw.pop("redirects", {}).get("from", raw.get("id")))
                entity = entity_from(raw)
                if isinstance(entity, Item | Property):
                    yield id, entity

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
                f"The wiki did not let {self._settings.wiki_user} in: {result}.",
                operator="Check KGTOOL_WIKI_USER (Name@app) and KGTOOL_WIKI_PASSWORD.",
            )

    def _userinfo(self) -> Raw:
        answer = self._read(
            {"action": "query", "meta": "userinfo", "uiprop": "groups|rights|ratelimits|blockinfo"}
        )
        found: Raw = answer["query"]["userinfo"]
        return found

    def _read(self, params: Raw) -> Raw:
        return self._call("GET", params)

    def _call(self, method: str, params: Raw) -> Raw:
        """A request that changes nothing, tried again with growing pauses."""
        full = {**params, "format": "json", "formatversion": "2"}
        problem = ""
        for attempt in range(_READ_ATTEMPTS):
            if attempt:
                after = retry_after(self._session.last.headers) or 0.0
                if after > LONGEST_WAIT:
                    raise too_often(
                        f"{self._profile.action_api} does not answer: {problem}.", after
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
        raise RemoteError(f"{self._profile.action_api} does not answer: {problem}.")

    def _rest_url(self, item: str, guid: str) -> str:
        return f"{self._profile.rest_api}/v1/entities/items/{item}/statements/{quote(guid)}"


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(max(seconds, 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parts(names: Sequence[str]) -> Iterator[str]:
    """Fifty at a time, as any account may ask for."""
    for start in range(0, len(names), 50):
        yield "|".join(names[start : start + 50])
