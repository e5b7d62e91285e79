"""One slot of an item, followed from version to version: who did what to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from kgtool.entities import Item, Statement, qualifier_keys, reference_key, snak_key
from kgtool.partners.concern import Ground
from kgtool.partners.slots import Content, Version, slots, text

State: TypeAlias = Literal["kept", "changed", "removed", "enriched", "added"]
Happening: TypeAlias = Literal["changed", "removed", "enriched", "added", "restored"]

STATES: tuple[State, ...] = ("changed", "removed", "enriched", "added", "kept")


class Event(Struct, frozen=True):
    """Something that was done to a slot."""

    what: Happening
    by: str
    at: str
    revision: int
    parent: int
    before: str = ""
    after: str = ""


def compared(before: Content, after: Content | None) -> State:
    """What became of a slot, by its two states; *kept* where they mean the same.

    *Enriched*: all that was said still is, and qualifiers, references or a preferred rank came to
    it. Anything else that differs has *changed*.
    """
    if after is None:
        return "removed"
    if isinstance(before, str) or isinstance(after, str):
        return "kept" if before == after else "changed"
    if snak_key(before.mainsnak) != snak_key(after.mainsnak):
        return "changed"
    if after.rank != before.rank and after.rank != "preferred":
        return "changed"
    old, new = qualifier_keys(before), qualifier_keys(after)
    cited = [reference_key(one) for one in before.references]
    cites = [reference_key(one) for one in after.references]
    # A reference to which snaks were added still says what it said.
    if not old <= new or not all(any(one <= other for other in cites) for one in cited):
        return "changed"
    same = old == new and set(cited) == set(cites) and before.rank == after.rank
    return "kept" if same else "enriched"


class SlotWalk:
    """Follows one slot from version to version."""

    def __init__(self, slot: str, content: Content, ground: Ground) -> None:
        self.first = content
        self.standing: Content | None = content
        self.events: list[Event] = []
        self._latest = content
        self._slot = slot
        self._ground = ground

    def note(self, what: Happening, version: Version, before: str, after: Content | None) -> None:
        """Put down that a version brought this about; ``before`` and ``after`` are what stood."""
        self.events.append(
            Event(
                what,
                version.user,
                version.at,
                version.revision,
                version.parent,
                before,
                text(after),
            )
        )

    def step(
        self, was: Mapping[str, Content], now: Mapping[str, Content], version: Version
    ) -> None:
        """Go on to a version: ``was`` and ``now`` are all slots before it and in it."""
        if version.item is None and version.redirect:
            return  # where it went is told at the end
        content = now.get(self._slot)
        if content is None and self.standing is not None:
            content = self._moved(was, now)
        if content == self.standing:
            return
        before = text(self.standing)
        if self.standing is None:
            self.note("restored", version, "", content)
        else:
            what = compared(self.standing, content)
            if what in ("changed", "removed", "enriched"):
                self.note(what, version, before, content)
        self.standing = content
        self._latest = content if content is not None else self._latest

    def _moved(self, was: Mapping[str, Content], now: Mapping[str, Content]) -> Content | None:
        """The statement that took this one's place in the same edit, under another GUID."""
        gone = self.standing
        if not isinstance(gone, Statement):
            return None
        property = gone.mainsnak.property
        new = {
            slot: one
            for slot, one in now.items()
            if slot not in was and isinstance(one, Statement) and one.mainsnak.property == property
        }
        same = [s for s, one in new.items() if snak_key(one.mainsnak) == snak_key(gone.mainsnak)]
        left = [
            slot
            for slot, one in was.items()
            if slot not in now and isinstance(one, Statement) and one.mainsnak.property == property
        ]
        # One went and one came: it was replaced. More than that, and nobody can say which by which.
        chosen = same[0] if same else next(iter(new)) if len(new) == len(left) == 1 else None
        if chosen is None:
            return None
        self._slot = chosen
        return new[chosen]

    def end(self, last: Version, heir: Item | None) -> tuple[State, str, str]:
        """The state on balance, the value that stands, and the item into which it went."""
        heir_id = ""
        if last.item is None:
            inherited = _inherited(self._latest, heir) if last.redirect else None
            if inherited is not None:
                # Merging empties the item in one edit and makes it a redirect in the next.
                if self.events and self.events[-1].revision == last.parent:
                    self.events.pop()
                heir_id = last.redirect
            elif self.standing is not None:
                self.note("removed", last, text(self.standing), None)
            self.standing = inherited
        state = compared(self.first, self.standing)
        added = bool(self.events) and self.events[0].what == "added"
        if added and state in ("kept", "enriched"):
            state = "added"
        return state, text(self.standing), heir_id


def _inherited(content: Content, heir: Item | None) -> Content | None:
    """The same slot on the item that took it over: merging gives statements new GUIDs."""
    if heir is None:
        return None
    if isinstance(content, str):
        return content if content in slots(heir).values() else None
    for one in heir.claims.get(content.mainsnak.property, []):
        if snak_key(one.mainsnak) == snak_key(content.mainsnak):
            return one
    return None
