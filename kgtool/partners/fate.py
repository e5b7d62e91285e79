"""What became of statements: the versions of an item → kept, changed, removed, enriched, added.

A *slot* is what can have a fate: a statement by its GUID, or a term or sitelink that a batch wrote
(``Lsv``, ``Dsv``, ``Asv:text``, ``Senwiki``). Its fate compares the state from which it is followed
with the one that stands; the events between say who did what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from kgtool.entities import (
    Item,
    Statement,
    qualifier_keys,
    reference_key,
    snak_key,
    value_text,
)
from kgtool.partners.concern import Concern, Ground

State: TypeAlias = Literal["kept", "changed", "removed", "enriched", "added"]
Happening: TypeAlias = Literal["changed", "removed", "enriched", "added", "restored"]

STATES: tuple[State, ...] = ("changed", "removed", "enriched", "added", "kept")


class Version(Struct, frozen=True):
    """One state of an item: who made it when (ISO 8601), as which revision, after which.

    ``item`` is none where there is none to see: a redirect (``redirect`` says to where), or a page
    that was deleted. ``user`` is empty where nobody knows.
    """

    revision: int
    parent: int
    at: str
    user: str
    item: Item | None
    comment: str = ""
    redirect: str = ""


class Event(Struct, frozen=True):
    """Something that was done to a slot."""

    what: Happening
    by: str
    at: str
    revision: int
    parent: int
    before: str = ""
    after: str = ""


class Fate(Struct, frozen=True):
    """What became of one slot of ``item``.

    ``part`` is the property, or the measure of a term or sitelink; ``before`` and ``now`` its value
    in short. ``batch`` and ``key`` say which row of which batch wrote it; ``heir`` is the item into
    which this one was merged.
    """

    item: str
    part: str
    slot: str
    ground: Ground
    state: State
    before: str
    now: str
    events: list[Event] = []
    batch: str = ""
    key: str = ""
    heir: str = ""


class LinkFate(Struct, frozen=True):
    """A sitelink that was gained or lost."""

    item: str
    site: str
    title: str
    what: Literal["gained", "lost"]
    by: str
    at: str
    revision: int
    parent: int


class Written(Struct, frozen=True):
    """What a batch wrote with one edit; ``slots`` are those that this edit made or altered."""

    revision: int
    batch: str
    key: str
    slots: frozenset[str]


Content: TypeAlias = Statement | str


def slots(item: Item | None) -> dict[str, Content]:
    """Everything of an item that can have a fate."""
    found: dict[str, Content] = {}
    if item is None:
        return found
    for statements in item.claims.values():
        found.update({one.id: one for one in statements if one.id})
    found.update({f"L{code}": term.value for code, term in item.labels.items()})
    found.update({f"D{code}": term.value for code, term in item.descriptions.items()})
    for code, terms in item.aliases.items():
        found.update({f"A{code}:{term.value}": term.value for term in terms})
    found.update({f"S{site}": link.title for site, link in item.sitelinks.items()})
    return found


def written_slots(before: Item | None, after: Item | None) -> frozenset[str]:
    """The slots that one edit made or altered."""
    was, now = slots(before), slots(after)
    return frozenset(
        slot for slot, content in now.items() if slot not in was or was[slot] != content
    )


def fates(
    id: str,
    versions: Sequence[Version],
    concern: Concern,
    written: Iterable[Written] = (),
    *,
    base: bool = True,
    heir: Item | None = None,
) -> list[Fate]:
    """The fates of an item's slots; ``versions`` are in order of time.

    With ``base``, the first version is how the item stood at the beginning; without, the item came
    into being with it. ``heir`` is the item that a redirect leads to, as it stands.
    """
    states = [slots(version.item) for version in versions]
    if not states:
        return []
    found: list[Fate] = []
    for slot, (start, ground, source) in _starts(states, versions, concern, written, base).items():
        walk = _Walk(slot, states[start][slot], ground)
        if ground != "written" and (start or not base):
            walk.note("added", versions[start], "", walk.standing)
        for place in range(start + 1, len(versions)):
            walk.step(states[place - 1], states[place], versions[place])
        state, now, inherited = walk.end(versions[-1], heir)
        found.append(
            Fate(
                id,
                _part(slot, states[start][slot]),
                slot,
                ground,
                state,
                text(states[start][slot]),
                now,
                walk.events,
                source.batch if source else "",
                source.key if source else "",
                inherited,
            )
        )
    return sorted(found, key=lambda one: (_order(one.part), one.slot))


def link_fates(id: str, versions: Sequence[Version], *, base: bool = True) -> list[LinkFate]:
    """Sitelinks gained and lost on balance, each with the last edit that did it."""
    if not versions or versions[-1].item is None:
        return []
    links = [
        {site: link.title for site, link in version.item.sitelinks.items()} if version.item else {}
        for version in versions
    ]
    before = links[0] if base else {}
    found = []
    for site in sorted(before.keys() | links[-1].keys()):
        was, now = before.get(site), links[-1].get(site)
        if was == now:
            continue
        turns = [
            place
            for place in range(1 if base else 0, len(links))
            if links[place].get(site) != (links[place - 1].get(site) if place else None)
        ]
        version = versions[turns[-1] if turns else -1]
        for what, title in (("lost", was), ("gained", now)):
            if title is not None:
                found.append(
                    LinkFate(
                        id,
                        site,
                        title,
                        "gained" if what == "gained" else "lost",
                        version.user,
                        version.at,
                        version.revision,
                        version.parent,
                    )
                )
    return found


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


def text(content: Content | None) -> str:
    """A slot's value in short."""
    if content is None:
        return ""
    return content if isinstance(content, str) else value_text(content.mainsnak)


def counts(found: Iterable[Fate]) -> dict[str, int]:
    """How many there are of each state; every state is named."""
    counted: dict[str, int] = dict.fromkeys(STATES, 0)
    for one in found:
        counted[one.state] += 1
    return counted


_Start: TypeAlias = tuple[int, Ground, Written | None]


def _starts(
    states: Sequence[Mapping[str, Content]],
    versions: Sequence[Version],
    concern: Concern,
    written: Iterable[Written],
    base: bool,
) -> dict[str, _Start]:
    """From which version on each slot is followed, and why. What a batch wrote comes first."""
    found: dict[str, _Start] = {}
    place_of = {version.revision: place for place, version in enumerate(versions)}
    for edit in sorted(written, key=lambda one: one.revision):
        # Of an edit before the first version, what stood of it at the beginning is followed.
        earlier = edit.revision < versions[0].revision
        place = place_of.get(edit.revision, 0 if earlier else -1)
        if place >= 0:
            found.update(dict.fromkeys(edit.slots & states[place].keys(), (place, "written", edit)))
    for place, state in enumerate(states):
        before: Mapping[str, Content] = states[place - 1] if place else {}
        for slot, content in state.items():
            if slot in found or isinstance(content, str) or before.get(slot) == content:
                continue
            ground = concern.ground(content)
            if ground is not None:
                # One that was there before and cites the partner only now was enriched by that.
                first = place - 1 if slot in before else place
                found[slot] = (first, ground, None)
    return found


class _Walk:
    """Follows one slot from version to version."""

    def __init__(self, slot: str, content: Content, ground: Ground) -> None:
        self.first = content
        self.standing: Content | None = content
        self.events: list[Event] = []
        self._latest = content
        self._slot = slot
        self._ground = ground

    def note(self, what: Happening, version: Version, before: str, after: Content | None) -> None:
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


def _part(slot: str, content: Content) -> str:
    if isinstance(content, Statement):
        return content.mainsnak.property
    return slot.partition(":")[0]


def _order(part: str) -> tuple[int, int, str]:
    """Terms first, then properties by number."""
    return (1, int(part[1:]), "") if part[1:].isdecimal() else (0, 0, part)


def events_of(found: Iterable[Fate]) -> Iterator[tuple[Fate, Event]]:
    """Every event with the fate it is part of, newest first."""
    pairs = [(one, event) for one in found for event in one.events]
    return iter(sorted(pairs, key=lambda pair: (pair[1].at, pair[1].revision), reverse=True))
