"""A name index on disk: a base, delta segments, what is dead in each, and where it all came from.

The folder holds immutable segment folders and ``index.json``, which names those that count. A new
state is written beside the old one and becomes valid when ``index.json`` is replaced, so that a
kill at any instant leaves the old state, and readers keep what they have opened.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kgtool.durable import replace_file, sync_folder
from kgtool.errors import NotFound, WorkspaceError
from kgtool.messages.words import Words
from kgtool.views.names.build import Write, build_segment, segment_of_parts
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.record import NameRecord, merge
from kgtool.views.names.redirects import Redirects, followed
from kgtool.views.names.segment import Segment
from kgtool.views.names.types import TypeTree

FORMAT = 6
COMPACT_ABOVE = 0.1  # share of the base that deltas and dead entities may reach


class Origin(msgspec.Struct, frozen=True):
    """Where names came from. ``complete`` means: what is not here is not there at all."""

    source: str
    date: str = ""
    complete: bool = False


class Manifest(msgspec.Struct, frozen=True):
    """What ``index.json`` holds: segments, oldest first, and the dead entities of each;
    ``parents`` are classes above classes, ``redirects`` ids that were merged into others."""

    format: int
    origin: Origin
    segments: list[str]
    dead: list[list[int]]
    parents: dict[str, list[str]] = {}
    redirects: dict[str, str] = {}


class Index:
    """An opened name index; never changes. Open again to see a newer state."""

    def __init__(self, folder: Path, manifest: Manifest, rarity: Rarity | None = None) -> None:
        self.folder = folder
        self.origin = manifest.origin
        self.segments = [Segment(folder / name) for name in manifest.segments]
        self.dead = [frozenset(numbers) for numbers in manifest.dead]
        self.rarity = rarity or Rarity.of(self.segments[0])
        self.manifest = manifest
        self.redirects = Redirects(manifest.redirects)
        self._identifying = frozenset(self.segments[0].meta.identifying)

    def __len__(self) -> int:
        return sum(len(segment) for segment in self.segments) - sum(map(len, self.dead))

    @property
    def names(self) -> int:
        """How many names the segments hold, dead ones too."""
        return sum(segment.names - segment.meta.empty for segment in self.segments)

    @property
    def most_changes(self) -> float:
        """How many entities may be added or dead before it is worth building all anew."""
        return COMPACT_ABOVE * max(len(self.segments[0]), 100)

    def find(self, id: str) -> tuple[int, int] | None:
        """Segment and number of the living entity with that id."""
        for number, segment in enumerate(self.segments):
            entity = segment.find(id)
            if entity is not None and entity not in self.dead[number]:
                return number, entity
        return None

    def record(self, id: str) -> NameRecord | None:
        """What is known of the entity with that id, or of the one that it was merged into."""
        place = self.find(self.redirects.target(id))
        return self.segments[place[0]].record(place[1]) if place else None

    def leading(self, redirects: Mapping[str, str]) -> Index:
        """This index, knowing of more ids that were merged into others.

        An id that has an entity here is none.
        """
        index = copy(self)
        known = {id: now for id, now in redirects.items() if self.find(id) is None}
        index.redirects = Redirects(self.manifest.redirects | known)
        return index

    def identifying(self, property: str) -> bool:
        """Whether nearly every value of *property* belongs to one entity, as identifiers do."""
        return property in self._identifying

    @cached_property
    def classes(self) -> TypeTree:
        """The classes that the entities and the index itself tell of."""
        parents: dict[str, list[str]] = {}
        for segment in self.segments:
            parents.update(segment.parents)
        for child, above in self.manifest.parents.items():
            parents[child] = list(dict.fromkeys([*parents.get(child, ()), *above]))
        return TypeTree(parents)

    def sharing(self, other: Index) -> Index:
        """This index, with the classes and the weights of words and properties of *other*."""
        shared = Index(self.folder, self.manifest, other.rarity)
        shared.redirects = other.redirects
        shared._identifying = other._identifying
        shared.classes = other.classes
        return shared


def open_index(folder: Path) -> Index:
    """Open the index in *folder*; takes milliseconds, whatever its size.

    :raises NotFound: there is none.
    :raises WorkspaceError: it was made by another version, or is damaged.
    """
    path = folder / "index.json"
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise NotFound(
            Words("error-no-names-in", (str(folder),)),
            operator=Words("operator-run", ("kgtool names FILE",)),
        ) from None
    except msgspec.DecodeError as error:
        raise WorkspaceError(
            Words("error-file-damaged", (str(path), str(error))),
            operator=Words("operator-run", ("kgtool names FILE",)),
        ) from None
    if manifest.format != FORMAT:
        raise WorkspaceError(
            Words("error-names-format", (str(folder), str(manifest.format), str(FORMAT))),
            operator=Words("operator-run", ("kgtool names FILE",)),
        )
    try:
        return Index(folder, manifest)
    except FileNotFoundError as error:
        raise WorkspaceError(
            Words("error-names-part", (str(error.filename),)),
            operator=Words("operator-run", ("kgtool names FILE",)),
        ) from None


def build_index(
    folder: Path,
    records: Iterable[NameRecord],
    origin: Origin,
    *,
    parents: dict[str, list[str]] | None = None,
    redirects: Mapping[str, str] | None = None,
    rarity: Rarity | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> Index:
    """Build an index from scratch; replaces one that is there, in one step.

    :param parents: class → classes above it, beside what the records themselves say.
    :param redirects: ids that were merged into others, beside what the records themselves say.
    :param rarity: weights of words, if not those of these records.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = _fresh(folder)
    leads = dict(redirects or {})
    segment = build_segment(
        folder / name, followed(records, leads), rarity=rarity, progress=progress
    )
    leads = {id: now for id, now in leads.items() if segment.find(id) is None}
    return _publish(folder, Manifest(FORMAT, origin, [name], [[]], parents or {}, leads))


def index_of_parts(folder: Path, write: Write, origin: Origin) -> Index:
    """Build an index from scratch of the parts that ``write`` makes, each entity in one of them."""
    folder.mkdir(parents=True, exist_ok=True)
    name = _fresh(folder)
    segment_of_parts(folder / name, write)
    return _publish(folder, Manifest(FORMAT, origin, [name], [[]]))


def update_index(
    folder: Path,
    changed: Iterable[NameRecord],
    removed: Iterable[str] = (),
    *,
    origin: Origin | None = None,
    start: Path | None = None,
    anew: Callable[[], Index] | None = None,
) -> Index:
    """Bring entities up to date: *changed* ones are replaced or added, *removed* ones leave.

    Costs as much as the change, until deltas pass about a tenth of the base: then all is built
    anew. Answers are those of an index built from all records with the word weights of its base.

    :param start: folder of the index to go on from, if not *folder*; its files are linked.
    :param anew: builds all anew in *folder*, if there is a better way than from what the index
        itself has.
    """
    old = open_index(start or folder)
    folder.mkdir(parents=True, exist_ok=True)
    if start is not None and start != folder:
        _link(start, folder, old.manifest.segments)
    changed = list(changed)
    latest, leads = _latest(old, changed)
    gone = {*removed, *(record.id for record in changed if record.same_as)} - latest.keys()
    dead = [set(numbers) for numbers in old.dead]
    for id in (*latest, *gone):
        place = old.find(id)
        if place is not None:
            dead[place[0]].add(place[1])
    manifest = old.manifest
    added = sum(len(segment) for segment in old.segments[1:]) + len(latest)
    if added + sum(map(len, dead)) > old.most_changes:
        if anew is not None:
            return anew()
        living = (
            segment.record(entity)
            for segment, numbers in zip(old.segments, dead, strict=True)
            for entity in range(len(segment))
            if entity not in numbers
        )
        everything = (record for part in (living, latest.values()) for record in part)
        return build_index(
            folder,
            everything,
            origin or manifest.origin,
            parents=manifest.parents,
            redirects=leads,
        )
    names = list(manifest.segments)
    if latest:
        name = _fresh(folder)
        build_segment(folder / name, latest.values(), rarity=old.rarity)
        names.append(name)
        dead.append(set())
    return _publish(
        folder,
        Manifest(
            FORMAT,
            origin or manifest.origin,
            names,
            [sorted(d) for d in dead],
            manifest.parents,
            leads,
        ),
    )


def _link(start: Path, folder: Path, segments: Iterable[str]) -> None:
    """Begin an index with the segments of another."""
    for name in segments:
        shutil.copytree(start / name, folder / name, copy_function=os.link, dirs_exist_ok=True)
    # Says that these segments are in use; what is not is swept away.
    shutil.copyfile(start / "index.json", folder / "index.json")


def _latest(old: Index, changed: list[NameRecord]) -> tuple[dict[str, NameRecord], dict[str, str]]:
    """The records to write, by id, and where ids lead that were merged into others."""
    leads = dict(old.manifest.redirects)
    latest = {record.id: record for record in changed if not record.same_as}
    merged = [record for record in changed if record.same_as]
    for own in followed(merged, leads):  # names that are now those of another entity
        known = latest.get(own.id) or old.record(own.id)
        latest[own.id] = merge(known, own) if known else own
    return latest, {id: now for id, now in leads.items() if id not in latest}


def dead_tokens(segment: Segment, dead: frozenset[int]) -> frozenset[int]:
    """Words that only dead entities have: nothing may be spelt like them any more."""
    if not dead:
        return frozenset()
    gone = np.zeros(len(segment), bool)
    gone[list(dead)] = True
    dead_names = np.nonzero(gone[segment.name_entity])[0]
    words = np.unique(segment.words.gather(dead_names)[0])
    return frozenset(
        int(word) for word in words if gone[segment.name_entity[segment.holders[int(word)]]].all()
    )


def _fresh(folder: Path) -> str:
    """A segment name not in use; leftovers of a killed build are swept away."""
    path = folder / "index.json"
    kept: set[str] = set()
    if path.exists():
        kept = set(msgspec.json.decode(path.read_bytes(), type=Manifest).segments)
    numbers = [0]
    for entry in folder.glob("segment-*"):
        numbers.append(int(entry.name.removeprefix("segment-")))
        if entry.name not in kept:
            shutil.rmtree(entry)
    return f"segment-{max(numbers) + 1:06}"


def _publish(folder: Path, manifest: Manifest) -> Index:
    for name in manifest.segments:
        sync_folder(folder / name)
    replace_file(folder / "index.json", msgspec.json.encode(manifest))
    return open_index(folder)


def describe(index: Index) -> dict[str, Any]:
    """What an index is, for people and for the manifest of the service."""
    return {
        "entities": len(index),
        "names": index.names,
        "source": index.origin.source,
        "date": index.origin.date,
        "complete": index.origin.complete,
    }
