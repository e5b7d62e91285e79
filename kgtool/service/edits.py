"""Our own edits, as the journals of the workspace's batches tell: which row wrote what."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable

from msgspec import Struct

from kgtool.drafts import resolved
from kgtool.entities import Item, snak_key
from kgtool.writes import Batch, BatchFolder


class Edit(Struct, frozen=True):
    """One edit that is on the wiki; ``parent`` is 0 where it created the item.

    ``wanted`` is the row as an item, with the values of other rows put in.
    """

    item: str
    revision: int
    parent: int
    batch: str
    key: str
    at: float
    wanted: Item

    def slots_by_meaning(self, states: Iterable[Item]) -> frozenset[str]:
        """The row's statements, as GUIDs, and terms (``Lsv``) that one of the states has."""
        found: set[str] = set()
        for state in states:
            for property, several in self.wanted.claims.items():
                wanted = {snak_key(one.mainsnak) for one in several}
                found |= {
                    one.id
                    for one in state.claims.get(property, [])
                    if one.id and snak_key(one.mainsnak) in wanted
                }
            for letter, ours, theirs in (
                ("L", self.wanted.labels, state.labels),
                ("D", self.wanted.descriptions, state.descriptions),
            ):
                found |= {f"{letter}{code}" for code in ours if theirs.get(code) == ours[code]}
        return frozenset(found)


class Edits:
    """The confirmed edits of all batches; a batch is read again only when its journal grew."""

    def __init__(self, batches: Callable[[], BatchFolder]) -> None:
        self._batches = batches
        self._guard = threading.Lock()
        self._read: dict[str, tuple[float, list[Edit]]] = {}

    def by_item(self, wanted: Callable[[Edit], bool]) -> dict[str, list[Edit]]:
        """The edits that are wanted, by item, oldest first."""
        found: dict[str, list[Edit]] = {}
        for edit in self._all():
            if wanted(edit):
                found.setdefault(edit.item, []).append(edit)
        return found

    def stamp(self) -> Hashable:
        """Changes with any journal."""
        return tuple(sorted(self._stamps().items()))

    def _stamps(self) -> dict[str, float]:
        folder = self._batches().folder
        journals = folder.glob("*/journal.jsonl") if folder.is_dir() else ()
        return {path.parent.name: path.stat().st_mtime for path in journals}

    def _all(self) -> list[Edit]:
        with self._guard:
            stamps = self._stamps()
            for id, stamp in stamps.items():
                if id not in self._read or self._read[id][0] != stamp:
                    self._read[id] = (stamp, _edits_of(self._batches().open(id)))
            for id in self._read.keys() - stamps.keys():
                del self._read[id]
            edits = [edit for _, several in self._read.values() for edit in several]
        return sorted(edits, key=lambda edit: edit.revision)


def _edits_of(batch: Batch) -> list[Edit]:
    found = []
    for step in batch.steps:
        entry = batch.journal.entries.get(step.id)
        if entry is None or entry.state != "confirmed" or not entry.revision:
            continue
        wanted = batch.rows[step.key].draft.wanted
        claims = {p: [resolved(s, batch.items) for s in some] for p, some in wanted.claims.items()}
        found.append(
            Edit(
                entry.item,
                entry.revision,
                0 if step.kind == "create" else entry.base,
                batch.id,
                step.key,
                entry.at,
                Item(labels=wanted.labels, descriptions=wanted.descriptions, claims=claims),
            )
        )
    return found
