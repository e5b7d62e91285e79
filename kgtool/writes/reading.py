"""The wiki as a writer reads it: items, its own and others' edits, links, single statements."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
import requests

from kgtool.drafts import is_item_id
from kgtool.entities import Entity, Item, Property, entity_from
from kgtool.errors import RemoteError, UsageError
from kgtool.messages.words import Words
from kgtool.sources.sparql import SparqlEndpoint
from kgtool.sources.waiting import backoff
from kgtool.writes.classify import classify_rest
from kgtool.writes.connection import READ_ATTEMPTS, Connection, Raw
from kgtool.writes.outcomes import Outcome


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


class WikiReader(Connection):
    """One wiki, read as one account."""

    def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Items by the id asked for, as they are now; what redirects is the item it leads to.

        What can be no id is like what is not there: a wiki would refuse all that is asked with it.
        """
        asked_for = list(filter(is_item_id, ids))
        entities = self._entities({"ids": part} for part in _parts(asked_for))
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
                Words("error-changes-reach", (begin,)),
                hint=Words("error-plan-table-again"),
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
        for found in self._queried({"list": kind, **how}):
            for raw in found.get(kind, []):
                yield Contribution(
                    _id_of(raw),
                    int(raw.get("revid", 0)),
                    int(raw.get("parentid", raw.get("old_revid", 0))),
                    str(raw.get("comment", "")),
                )

    def revisions_since(self, item: str, revision: int) -> list[tuple[int, str]]:
        """(revision, user) of an item's edits after ``revision``, newest first."""
        how = {
            "prop": "revisions",
            "titles": self._profile.page_title(item),
            "rvprop": "ids|user",
            "rvlimit": "max",
            "rvendid": str(revision),
        }
        return [
            (int(raw["revid"]), str(raw.get("user", "")))
            for found in self._queried(how)
            for page in found.get("pages", [])
            for raw in page.get("revisions", [])
            if int(raw["revid"]) > revision
        ]

    def linking(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Items that name these in a value, as the wiki's links between pages tell: id → ids."""
        linking: dict[str, list[str]] = {id: [] for id in ids}
        for part in _parts([self._profile.page_title(id) for id in ids]):
            how = {
                "prop": "linkshere",
                "titles": part,
                "lhprop": "title",
                "lhshow": "!redirect",
                "lhnamespace": str(self._profile.item_namespace),
                "lhlimit": "max",
            }
            for found in self._queried(how):
                for page in found.get("pages", []):
                    linking[_id_of(page)] += map(_id_of, page.get("linkshere", []))
        return linking

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
                    raise UsageError(Words("error-not-wikitext", (title,)))
                return PageText(
                    str(page.get("title", title)),
                    str(main.get("content", "")),
                    int(revision["revid"]),
                    str(revision.get("timestamp", "")),
                    now,
                )
            if page.get("missing") and not page.get("invalid"):
                return PageText(str(page.get("title", title)), "", 0, "", now)
        raise UsageError(Words("error-no-such-title", (title,)))

    def rest_statement(self, item: str, guid: str) -> tuple[Raw, str] | Outcome:
        """A statement as the REST API has it, and the ETag of the item's revision.

        :raises RemoteError: the wiki does not answer.
        """
        for attempt in range(READ_ATTEMPTS):
            if attempt:
                self._wait(backoff(attempt))
            with contextlib.suppress(requests.RequestException):
                self._session.request("GET", self._rest_url(item, guid))
            answer = self._session.last
            if answer.status == 200:
                return msgspec.json.decode(answer.body), answer.headers.get("etag", "")
            if 300 <= answer.status < 500 and answer.status != 429:
                return classify_rest(answer, item)
        raise RemoteError(Words("error-http-status", (self._profile.rest_api, str(answer.status))))

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

    def _rest_url(self, item: str, guid: str) -> str:
        return f"{self._profile.rest_api}/v1/entities/items/{item}/statements/{quote(guid)}"


def _id_of(page: Raw) -> str:
    """The entity that a page is of, by its title."""
    return str(page.get("title", "")).rsplit(":", 1)[-1]


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(max(seconds, 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parts(names: Sequence[str]) -> Iterator[str]:
    """Fifty at a time, as any account may ask for."""
    for start in range(0, len(names), 50):
        yield "|".join(names[start : start + 50])
