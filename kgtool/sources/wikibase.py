"""Reading a Wikibase through its Action API: entities 50 at a time, revisions, search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import msgspec

from kgtool.entities import Entity, OtherKind, Profile, parse_entity
from kgtool.errors import ApiError, RemoteError
from kgtool.messages.words import Words
from kgtool.settings import Settings
from kgtool.sources.account import check_token, is_lost, sign_in
from kgtool.sources.action_api import ActionApi, Json
from kgtool.sources.http import HttpClient

# What one request may name without the right apihighlimits (API:Wbgetentities).
BATCH = 50
# CirrusSearch shows no more than this many hits of one search.
SEARCH_DEPTH = 10_000


@dataclass
class Fetched:
    """What one request for entities brought.

    ``redirects`` are ids that lead to other entities, which are among ``entities``; ``missing`` are
    ids of nothing, or of kinds that kgtool passes over.
    """

    entities: list[Entity] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def by_id(self) -> dict[str, Entity]:
        """The entities under the ids that they were asked for."""
        here = {one.id: one for one in self.entities}
        return here | {old: here[new] for old, new in self.redirects.items() if new in here}


class Wikibase:
    """One wiki, read through its Action API; ``requests`` counts what was asked.

    ``sign_in`` is called before the first request, and again when the wiki has forgotten the
    session; without it, the wiki is read as a stranger. ``item_namespace`` is the number of the
    namespace in which the wiki keeps its items.
    """

    def __init__(
        self,
        api: ActionApi,
        sign_in: Callable[[], None] | None = None,
        *,
        item_namespace: int = 0,
    ) -> None:
        self._api = api
        self._sign_in = sign_in
        self._signed_in = False
        self._item_namespace = str(item_namespace)
        self.requests = 0

    @classmethod
    def of(cls, settings: Settings, profile: Profile, client: HttpClient) -> Wikibase:
        """The wiki of a profile, as the account of the settings, if they name one."""
        address, namespace = profile.action_api, profile.item_namespace
        if settings.oauth2_token:
            headers = {"Authorization": f"Bearer {settings.oauth2_token}"}
            api = ActionApi(client, address, maxlag=settings.maxlag, headers=headers)
            return cls(api, partial(check_token, api), item_namespace=namespace)
        api = ActionApi(client, address, maxlag=settings.maxlag)
        if not (settings.wiki_user and settings.wiki_password):
            return cls(api, item_namespace=namespace)
        password = partial(sign_in, client, address, settings.wiki_user, settings.wiki_password)
        return cls(api, password, item_namespace=namespace)

    @property
    def has_account(self) -> bool:
        """Whether it is read as an account, and not as a stranger."""
        return self._sign_in is not None

    def query(self, **parameters: str) -> Iterator[Json]:
        """The parts of the answer to ``action=query``, following ``continue``.

        :raises RemoteError: as :meth:`kgtool.sources.action_api.ActionApi.get`.
        """
        more: Json = {}
        while True:
            answer = self._get({"action": "query", **parameters, **more})
            yield answer.get("query", {})
            if "continue" not in answer:
                return
            more = answer["continue"]

    def entities(self, ids: Sequence[str]) -> Fetched:
        """Up to :data:`BATCH` entities, redirects followed; in one request, if they are not huge.

        :raises InputError: one of them is not in the form of an entity.
        :raises RemoteError: as :meth:`query`.
        """
        found = Fetched()
        here: set[str] = set()
        left = list(dict.fromkeys(ids))
        while left:
            answer = self._get({"action": "wbgetentities", "ids": "|".join(left)})
            said = answer.get("entities", {})
            for asked, raw in said.items():
                entity = None if "missing" in raw else parse_entity(msgspec.json.encode(raw))
                if entity is None or isinstance(entity, OtherKind):
                    found.missing.append(asked)
                    continue
                if "redirects" in raw:
                    found.redirects[raw["redirects"]["from"]] = raw["redirects"]["to"]
                if entity.id not in here:
                    here.add(entity.id)
                    found.entities.append(entity)
            # MediaWiki leaves out what would make an answer too large ($wgAPIMaxResultSize).
            silent = [id for id in left if id not in said]
            if len(silent) == len(left):
                raise RemoteError(
                    Words("error-wiki-silent", (self._api.address, ", ".join(silent[:5])))
                )
            left = silent
        return found

    def revisions(self, ids: Sequence[str]) -> dict[str, int]:
        """Number of the revision that stands, of up to :data:`BATCH` entities in one request.

        -1 stands for a redirect; what is not there is left out.
        """
        if not ids:
            return {}
        answer = self._get({"action": "wbgetentities", "ids": "|".join(ids), "props": "info"})
        return {
            id: -1 if "redirects" in raw else int(raw["lastrevid"])
            for id, raw in answer.get("entities", {}).items()
            if "missing" not in raw
        }

    def search(self, text: str) -> list[str]:
        """Ids of all items that a full-text search finds, as in ``haswbstatement:P195=Q190804``.

        :raises RemoteError: there are more than a search shows, or fewer came than were promised.
        """
        ids: list[str] = []
        total = 0
        for part in self.query(
            list="search", srsearch=text, srlimit="500", srnamespace=self._item_namespace
        ):
            total = part.get("searchinfo", {}).get("totalhits", total)
            ids += _ids(part)
            if total > SEARCH_DEPTH:
                raise RemoteError(
                    Words("error-search-hits", (text, total, SEARCH_DEPTH)),
                    operator=Words("operator-profile-sparql", ('sparql = ["https://…"]',)),
                )
        unique = list(dict.fromkeys(ids))
        if len(unique) < total:
            raise RemoteError(
                Words("error-search-gave", (text, total, len(unique))),
                hint=Words("error-run-again"),
            )
        return unique

    def named(self, text: str, language: str, limit: int = 10) -> list[str]:
        """Ids of items by the beginning of a label or alias, then by full text; two requests.

        :raises RemoteError: as :meth:`query`.
        """
        begins = self._get(
            {
                "action": "wbsearchentities",
                "search": text[:250],
                "language": language or "en",
                "type": "item",
                "limit": str(limit),
            }
        )
        ids = [str(hit["id"]) for hit in begins.get("search", [])]
        # Quoted, so that nothing in a name is read as a command of the search.
        quoted = '"' + text.replace('"', " ")[:250] + '"'
        said = self._get(
            {
                "action": "query",
                "list": "search",
                "srsearch": quoted,
                "srlimit": str(limit),
                "srnamespace": self._item_namespace,
            }
        )
        ids += _ids(said.get("query", {}))
        return list(dict.fromkeys(ids))

    def _get(self, parameters: Json) -> Json:
        self.requests += 1
        asked = {"formatversion": "2", **parameters}
        if self._sign_in is None:
            return self._api.get(asked)
        # With `assert` a lost session shows; else the wiki would go on answering a stranger.
        asked["assert"] = "user"
        if self._signed_in:
            try:
                return self._api.get(asked)
            except ApiError as error:
                if not is_lost(error):
                    raise
        self._sign_in()
        self._signed_in = True
        return self._api.get(asked)


def _ids(found: Json) -> list[str]:
    """The ids in the titles of hits: ``Q42`` or, in a namespace of their own, ``Item:Q42``."""
    return [str(hit["title"]).rpartition(":")[2] for hit in found.get("search", [])]


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in lists of :data:`BATCH`."""
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch
