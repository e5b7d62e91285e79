"""The versions of items since a day, as far as the wiki's history or the workspace tells."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

from msgspec import Struct

from kgtool.entities import Item, Statement
from kgtool.entities.compare import qualifier_keys, reference_key, snak_key
from kgtool.partners.slots import Version, written_slots
from kgtool.service.edits import Edit
from kgtool.sources.revision import Page, Revision, item_of, redirect_of
from kgtool.sources.revisions import History


class Line(Struct, frozen=True):
    """The versions of an item since the day, as :func:`kgtool.partners.fate.fates` takes them."""

    versions: list[Version]
    base: bool
    heir: Item | None = None
    hidden: int = 0
    deleted: int = 0


class Known(Struct, frozen=True):
    """What is kept of some items: pages, revisions since the day, single ones, today's states."""

    day: str
    pages: dict[str, Page]
    since: dict[str, list[Revision]]
    revisions: dict[int, Revision]
    entities: dict[str, Item]
    heirs: dict[str, Item]

    @classmethod
    def of(
        cls,
        history: History,
        items: Sequence[str],
        day: str,
        others: Collection[int],
        entities: dict[str, Item],
    ) -> Known:
        """Read what is kept of the items since a day, and the revisions ``others`` beside."""
        pages = history.pages(items)
        since = history.since(items, day)
        single = {since[id][0].parent for id in since} | {one.latest for one in pages.values()}
        revisions = history.revisions((single | {*others}) - {0})
        heirs = {redirect_of(one) for one in revisions.values()} - {""}
        heir_pages = history.pages(heirs)
        heir_states = history.revisions(page.latest for page in heir_pages.values())
        return cls(
            day,
            pages,
            since,
            revisions,
            entities,
            {
                id: state
                for id, page in heir_pages.items()
                if page.latest in heir_states
                and (state := item_of(heir_states[page.latest])) is not None
            },
        )

    def line(self, id: str) -> Line | None:
        """The versions of an item by the wiki's history; ``None`` where it was not read so far."""
        found = self.pages.get(id)
        if found is None:
            return None
        if not found.latest:
            return self._deleted(found)
        later = self.since.get(id, []) if found.changed >= self.day else []
        if found.changed >= self.day and not (
            found.read_to == found.latest and found.back_to <= self.day
        ):
            return None
        base = self._state(id, later[0].parent if later else found.latest)
        if base is None and (not later or later[0].parent):
            return None
        versions = [_version(one) for one in later]
        shown = [one for one in versions if one.item is not None or one.redirect]
        first = [base] if base is not None else []
        last = (shown or first)[-1:]
        heir = self.heirs.get(last[0].redirect) if last else None
        return Line([*first, *shown], bool(first), heir, len(versions) - len(shown))

    def slots(self, edit: Edit, line: Line) -> frozenset[str]:
        """The slots that an edit of ours made.

        By its revision and the one before; where these were not read, those of the row's values
        that the item has.
        """
        after = self.revisions.get(edit.revision)
        before = self.revisions.get(edit.parent)
        if after is not None and after.content is not None and (before or not edit.parent):
            return written_slots(item_of(before) if before else None, item_of(after))
        return edit.slots_by_meaning(
            version.item for version in line.versions if version.item is not None
        )

    def _state(self, id: str, revision: int) -> Version | None:
        here = self.entities.get(id)
        if here is not None and revision and here.lastrevid == revision:
            return Version(revision, 0, here.modified or "", "", here)
        kept = self.revisions.get(revision)
        if kept is None or kept.content is None:
            return None
        return _version(kept)

    def _deleted(self, found: Page) -> Line:
        here = self.entities.get(found.item)
        if here is None or (found.changed and found.changed < self.day):
            return Line([], False, deleted=1)
        before = Version(here.lastrevid or 0, 0, here.modified or "", "", here)
        gone = Version(0, here.lastrevid or 0, found.gone_at, found.gone_by, None)
        return Line([before, gone], True, deleted=1)


def of_workspace(id: str, old: Item | None, now: Item | None, begins: str) -> Line:
    """Two states from the workspace: who made the difference is not known."""
    made = [
        Version(one.lastrevid or 0, 0, one.modified or at, "", one)
        for one, at in ((old, begins), (now, ""))
        if one is not None
    ]
    if old is not None and now is not None and _said(old) == _said(now):
        made.pop()
    # What the workspace did not have then may have been on the wiki all the same.
    return Line(made, base=True)


def _said(item: Item) -> tuple[object, ...]:
    """What an item says, without what a wiki notes of it: revision, page, ids, hashes."""
    return (
        {code: term.value for code, term in item.labels.items()},
        {code: term.value for code, term in item.descriptions.items()},
        {code: {term.value for term in terms} for code, terms in item.aliases.items() if terms},
        {site: link.title for site, link in item.sitelinks.items()},
        {property: {_key(one) for one in some} for property, some in item.claims.items() if some},
    )


def _key(one: Statement) -> Hashable:
    references = frozenset(reference_key(reference) for reference in one.references)
    return (snak_key(one.mainsnak), one.rank, qualifier_keys(one), references)


def _version(one: Revision) -> Version:
    return Version(
        one.id, one.parent, one.at, one.user, item_of(one), one.comment, redirect_of(one)
    )
