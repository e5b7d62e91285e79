"""The workspace as the world that plans are made against."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from kgtool.entities import Item, Property
from kgtool.entities.web import site_of
from kgtool.views.snapshot import Snapshot


class WorkspaceWorld:
    """Answers from the entities of the workspace: what is not there may still be on the wiki."""

    complete = False

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        leads: Callable[[], Mapping[str, str]] = lambda: {},
    ) -> None:
        self._snapshot = snapshot
        self._leads = leads

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Items by the id asked for, those that were loaded; known redirects are followed."""
        leads = self._leads() if ids else {}
        found = self._snapshot().entities.many({leads.get(id, id) for id in ids})
        asked = ((id, found.get(leads.get(id, id))) for id in ids)
        return {id: entity for id, entity in asked if isinstance(entity, Item)}

    def properties(self, ids: Collection[str]) -> dict[str, Property]:
        """Properties by id, those that were loaded."""
        found = self._snapshot().entities.many(ids)
        return {id: entity for id, entity in found.items() if isinstance(entity, Property)}

    def holders(self, property: str, texts: Collection[str]) -> dict[str, list[str]]:
        """Items that have a statement, not deprecated, with this string, URL or item."""
        rows = self._rows(
            "SELECT DISTINCT coalesce('Q' || value_item, value) AS said, item FROM claims "
            "WHERE property = ? AND kind = 0 AND rank > 0 "
            "AND said IN (SELECT unnest(CAST(? AS VARCHAR[]))) ORDER BY item",
            [int(property[1:]), list(texts)],
        )
        return _grouped(rows)

    def on_site(self, property: str, sites: Collection[str]) -> dict[str, list[str]]:
        """Items whose address in the property, not deprecated, is on this website: site → ids."""
        hosts = sorted({site.partition("/")[0] for site in sites})
        rows = self._rows(
            "SELECT DISTINCT value, item FROM claims WHERE property = ? AND kind = 0 AND rank > 0 "
            "AND regexp_extract(lower(value), '^\\s*[a-z]+://(?:[^/]*@)?(?:www\\.)?([^/:?#]+)', 1) "
            "IN (SELECT unnest(CAST(? AS VARCHAR[]))) ORDER BY item",
            [int(property[1:]), hosts],
        )
        return _grouped([(site, item) for value, item in rows if (site := site_of(value)) in sites])

    def named(self, texts: Collection[str], languages: Collection[str]) -> dict[str, list[str]]:
        """Items with this label or alias, in one of the languages or ``mul``."""
        rows = self._rows(
            "SELECT DISTINCT text, item FROM terms WHERE kind IN ('L', 'A') "
            "AND language IN (SELECT unnest(CAST(? AS VARCHAR[]))) "
            "AND text IN (SELECT unnest(CAST(? AS VARCHAR[]))) ORDER BY item",
            [sorted({*languages, "mul"}), list(texts)],
        )
        return _grouped(rows)

    def linked(self, site: str, titles: Collection[str]) -> dict[str, str]:
        """Items with this sitelink: title → id."""
        rows = self._rows(
            "SELECT title, item FROM sitelinks WHERE site = ? "
            "AND title IN (SELECT unnest(CAST(? AS VARCHAR[])))",
            [site, list(titles)],
        )
        return {title: f"Q{item}" for title, item in rows}

    def _rows(self, query: str, values: list[object]) -> list[tuple[str, int]]:
        rows: list[tuple[str, int]] = self._snapshot().tables().execute(query, values).fetchall()
        return rows


def _grouped(rows: list[tuple[str, int]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text, item in rows:
        found.setdefault(text, []).append(f"Q{item}")
    return found
