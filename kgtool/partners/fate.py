"""What became of statements: the versions of an item → kept, changed, removed, enriched, added.

The fate of a slot compares the state from which it is followed with the one that stands; the events
between say who did what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from kgtool.entities import Item, Statement
from kgtool.partners.concern import Concern, Ground
from kgtool.partners.slot_walk import STATES, Event, SlotWalk, State
from kgtool.partners.slots import Content, Version, slots, text


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


class Written(Struct, frozen=True):
    """What a batch wrote with one edit; ``slots`` are those that this edit made or altered."""

    revision: int
    batch: str
    key: str
    slots: frozenset[str]


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
        walk = SlotWalk(slot, states[start][slot], ground)
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


def _part(slot: str, content: Content) -> str:
    if isinstance(content, Statement):
        return content.mainsnak.property
    return slot.partition(":")[0]


def _order(part: str) -> tuple[int, int, str]:
    """Terms first, then properties by number."""
    return (1, int(part[1:]), "") if part[1:].isdecimal() else (0, 0, part)
