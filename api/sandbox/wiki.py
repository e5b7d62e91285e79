"""One wiki: its content, accounts, sessions and rules, and the addresses it names things by."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from kgtool.entities import Entity, Profile, Reference, Snak, to_raw
from kgtool.entities.hashes import reference_hash, snak_hash

from .accounts import Accounts, User, somebody
from .edits import Edits, blank
from .graph import Graph
from .records import Author, Raw, terms_of
from .rules import Rules
from .sessions import Session, Sessions
from .store import NAMESPACE, Store


def sandbox_profile(address: str, like: Profile) -> Profile:
    """The profile of a sandbox at ``address`` that names things as another wiki does."""
    return msgspec.structs.replace(
        like,
        name="sandbox",
        title="Sandbox",
        page_base=f"{address}/wiki/",
        action_api=f"{address}/w/api.php",
        rest_api=f"{address}/w/rest.php/wikibase",
        sparql=[f"{address}/sparql"],
        query_page="",
        quickstatements="",
    )


# The datatype of a property that is not in the wiki, by the type of its values.
_LIKELY = {
    "string": "string",
    "wikibase-entityid": "wikibase-item",
    "time": "time",
    "quantity": "quantity",
    "globecoordinate": "globe-coordinate",
    "monolingualtext": "monolingualtext",
}

LOADER = Author(0, "Loader")
_CHUNK = 5_000


class Wiki:
    """A wiki in ``folder``; ``profile`` says at which addresses and what its entities' IRIs are.

    ``tokens`` are OAuth 2 access tokens and whose they are, ``clients`` the ids of clients that act
    for their owner alone, with their secrets and owners.
    """

    def __init__(
        self,
        folder: Path,
        profile: Profile,
        *,
        rules: Rules | None = None,
        clock: Callable[[], float] = time.time,
        tokens: dict[str, str] | None = None,
    ) -> None:
        self.profile = profile
        self.address = profile.action_api.removesuffix("/w/api.php")
        self.rules = rules or Rules()
        self.store = Store(folder, clock)
        self.accounts = Accounts(self.store)
        self.edits = Edits(self.store, self.rules)
        self.sessions = Sessions()
        self.tokens = tokens or {}
        self.clients: dict[str, tuple[str, str]] = {}
        self.read_only = ""
        self.lag = 0.0
        self.graph = Graph(self.store, profile)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def user(self, session: Session | None, address: str) -> User:
        """Who a session belongs to, as that account is now."""
        found = self.accounts.user(session.name, session.app) if session and session.name else None
        return found or somebody(address)

    def load(self, entities: Iterable[Entity]) -> int:
        """Fill the wiki with entities as they are: ids and GUIDs kept, nothing refused.

        Gives their number. An entity that is there already is replaced. All in chunks of one
        transaction each: some 20,000 items in seconds.
        """
        count = 0
        chunk: list[Raw] = []
        for entity in entities:
            chunk.append(self._plain(to_raw(entity)))
            if len(chunk) == _CHUNK:
                self._load(chunk)
                count += len(chunk)
                chunk = []
        self._load(chunk)
        return count + len(chunk)

    def _plain(self, raw: Raw) -> Raw:
        made = blank(raw["type"], raw["id"])
        made |= {key: raw[key] for key in made if raw.get(key)}
        if "datatype" in made:
            self.store.datatypes.setdefault(made["id"], made["datatype"])
        for statements in made["claims"].values():
            for statement in statements:
                self._complete(statement)
        for link in made.get("sitelinks", {}).values():
            link.pop("url", None)
            link.setdefault("badges", [])
        return made

    def _complete(self, statement: Raw) -> None:
        """Fill in what a wiki always gives and files may lack: hashes and datatypes."""
        qualifiers = statement.get("qualifiers", {})
        references = statement.get("references", [])
        groups = [qualifiers, *(reference["snaks"] for reference in references)]
        snaks = [snak for group in groups for several in group.values() for snak in several]
        for snak in (statement["mainsnak"], *snaks):
            if "hash" not in snak:
                snak["hash"] = snak_hash(msgspec.convert(snak, Snak))
            if "datatype" not in snak:
                kind = snak.get("datavalue", {}).get("type", "string")
                snak["datatype"] = self.store.datatypes.get(snak["property"], _LIKELY[kind])
        for reference in references:
            if "hash" not in reference:
                reference["hash"] = reference_hash(msgspec.convert(reference, Reference))

    def _load(self, chunk: list[Raw]) -> None:
        store = self.store
        chunk = list({entity["id"]: entity for entity in chunk}.values())
        now = int(store.clock())
        known = store.pages(entity["id"] for entity in chunk)
        with store.write() as db:
            new = [entity for entity in chunk if entity["id"] not in known]
            for entity in chunk:
                if entity["id"] in known:
                    store.save(entity, LOADER)
            first_page = _next(db.execute("SELECT max(id) FROM page").fetchone()[0])
            first_revision = _next(db.execute("SELECT max(id) FROM revision").fetchone()[0])
            db.executemany(
                "INSERT INTO page (id, entity, ns, latest) VALUES (?, ?, ?, ?)",
                [
                    (first_page + n, entity["id"], NAMESPACE[entity["type"]], first_revision + n)
                    for n, entity in enumerate(new)
                ],
            )
            db.executemany(
                "INSERT INTO revision VALUES (?, ?, 0, 0, ?, ?, '', '', ?)",
                [
                    (first_revision + n, first_page + n, LOADER.name, now, msgspec.json.encode(e))
                    for n, e in enumerate(new)
                ],
            )
            db.executemany(
                "INSERT INTO term VALUES (?, ?, ?, ?)",
                [row for entity in new for row in terms_of(entity["id"], entity)],
            )
            db.executemany(
                "INSERT OR IGNORE INTO sitelink VALUES (?, ?, ?)",
                [
                    (site, link["title"], entity["id"])
                    for entity in new
                    for site, link in entity.get("sitelinks", {}).items()
                ],
            )
            if new:
                db.execute(
                    "INSERT INTO change (type, page, revision, parent, bot, old_size, new_size, "
                    "time, user, comment, tags, log) "
                    "VALUES ('log', ?, 0, 0, 0, 0, 0, ?, ?, '', '', 'import')",
                    (first_page, now, LOADER.name),
                )
            for kind, letter in (("item", "Q"), ("property", "P")):
                numbers = [int(e["id"][1:]) for e in new if e["id"].startswith(letter)]
                if numbers:
                    db.execute(
                        "INSERT INTO counter VALUES (?, ?) ON CONFLICT DO UPDATE "
                        "SET value = max(value, excluded.value)",
                        (kind, max(numbers)),
                    )
        store.datatypes.update({e["id"]: e["datatype"] for e in new if "datatype" in e})


def _next(last: int | None) -> int:
    return (last or 0) + 1
