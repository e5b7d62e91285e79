"""A wiki to write to: a sandbox with a bot account and the properties that tests use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kgtool.api.sandbox.faults import Schedule
from kgtool.api.sandbox.server import SandboxServer
from kgtool.drafts import Draft, Plan, plan_rows
from kgtool.entities import Item, Profile, Property, Term
from kgtool.settings import Settings
from kgtool.writes import Batch, BatchFolder, Run, WikiClient, WikiWorld
from tests.sandbox.running import ACCOUNT, APP, PASSWORD, profile_file, running

# What every mapping begins with; one is then to say what a table's columns mean.
MAPPING_HEAD = """
name = "things"
title = "Things"
key = "id"
[source]
title = "A list"
[license]
name = "CC0"
[notability]
ground = "they are in a museum"
[[labels]]
column = "name"
"""

DATATYPES = {
    "P31": "wikibase-item",
    "P170": "wikibase-item",
    "P195": "wikibase-item",
    "P217": "string",
    "P248": "wikibase-item",
    "P361": "wikibase-item",
    "P527": "wikibase-item",
    "P571": "time",
    "P625": "globe-coordinate",
    "P791": "external-id",
    "P813": "time",
    "P854": "url",
    "P1319": "time",
    "P1326": "time",
    "P1114": "quantity",
    "P1476": "monolingualtext",
    "P2048": "quantity",
}


class WritableWiki:
    """A running sandbox, and settings of a workspace that may edit it."""

    def __init__(self, server: SandboxServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.profile = server.wiki.profile
        self._profile_file = profile_file(self.profile, folder)
        self._clients: list[WikiClient] = []

    def settings(self, home: str = "home", **others: Any) -> Settings:
        given: dict[str, Any] = {
            "home": self.folder / home,
            "wikibase": self._profile_file,
            "wiki_user": f"{ACCOUNT}@{APP}",
            "wiki_password": PASSWORD,
            "edits_per_minute": 1_000_000,
            "quiet_seconds": 0.3,
            "http_timeout": 1.0,
            "contact": "staff@example.org",
        }
        return Settings(**{**given, **others})

    def client(self, account: str = ACCOUNT) -> WikiClient:
        """An account at the wiki, whose connections end with the wiki."""
        made = WikiClient(
            self.settings(wiki_user=f"{account}@{APP}"), self.profile, lambda seconds: None
        )
        self._clients.append(made)
        return made

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self._clients:
            client.close()

    def plan(self, drafts: Sequence[Draft], id: str = "0123456789ab", summary: str = "") -> Plan:
        """A plan of drafts against the wiki as it is."""
        world = WikiWorld(self.client(), self.profile)
        return self.plan_of(plan_rows(drafts, world, self.profile), id, summary)

    def plan_of(self, rows: Sequence[Any], id: str = "0123456789ab", summary: str = "") -> Plan:
        return Plan(
            id=id,
            title="Rehearsal",
            wiki=self.profile.action_api,
            made=datetime.now(UTC).isoformat(),
            summary=summary or "rehearsal",
            rows=list(rows),
        ).sealed()

    def apply(self, plan: Plan, home: str = "home", **others: Any) -> Batch:
        """Apply a plan from a workspace; the batch after it."""
        settings = self.settings(home, **others)
        batch = BatchFolder(settings.home).start(plan)
        Run(batch, settings, self.profile).apply()
        return batch

    def item(self, id: str) -> Item:
        """An item as the wiki has it."""
        return self.client().items([id])[id]

    def pages(self) -> list[str]:
        """Ids of all items of the wiki."""
        rows = self.server.wiki.store.ask("SELECT entity FROM page WHERE entity LIKE 'Q%'")
        return [row[0] for row in rows]


@contextmanager
def writable_wiki(
    folder: Path, schedule: Schedule | None = None, like: Profile | None = None
) -> Iterator[WritableWiki]:
    """A wiki with the properties of :data:`DATATYPES` and some items to refer to."""
    with running(folder, schedule=schedule, like=like) as server:
        wiki = server.wiki
        wiki.accounts.add("Stranger")
        wiki.accounts.add_bot_password("Stranger", APP, PASSWORD)
        properties = [Property(datatype=kind, id=id) for id, kind in DATATYPES.items()]
        items = [Item(id=f"Q{n}", labels={"en": Term("en", f"thing {n}")}) for n in range(1, 8)]
        wiki.load([*properties, *items])
        with closing(WritableWiki(server, folder)) as writable:
            yield writable
