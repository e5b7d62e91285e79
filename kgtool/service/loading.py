"""Entities into the workspace: a new segment, every view, a new generation."""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from kgtool.entities import Entity, OtherKind, Profile, to_json
from kgtool.entities.bulk import BulkItem, BulkProperty, Redirect, parse_bulk
from kgtool.errors import InputError, UsageError
from kgtool.views.entities import Entities
from kgtool.views.extract import ColumnsWriter
from kgtool.views.generation import Generation, Meta, Stage, Workspace, link_tree
from kgtool.views.kept import Kept, KeptWriter, Keys, key_of
from kgtool.views.tables import connect

# Beyond this part of dead entities, or this many segments, everything is written anew.
_DEAD_SHARE = 0.1
_SEGMENTS = 12


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the generation before: sorted keys of entities."""

    changed: Keys
    gone: Keys


class View(Protocol):
    """A shape of the entities that is part of each generation, in a folder of its own name."""

    name: str

    def build(
        self, generation: Generation, previous: Generation | None, change: Change | None
    ) -> None:
        """Write ``generation.path / name``.

        Where ``previous`` and ``change`` are given, what ``previous`` has may be patched; the
        answers must equal those of a view built anew.
        """


@dataclass(slots=True)
class Loaded:
    """What a load brought. ``broken`` holds line numbers and what was wrong with them."""

    items: int = 0
    properties: int = 0
    statements: int = 0
    labels: int = 0
    sitelinks: int = 0
    redirects: int = 0
    other_kinds: dict[str, int] = field(default_factory=dict)
    broken: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0
    generation: int = 0


class Loading:
    """Brings entities into a workspace and publishes the result."""

    def __init__(
        self,
        workspace: Workspace,
        profile: Profile,
        views: Iterable[View],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._workspace = workspace
        self._profile = profile
        self._views = list(views)
        self._clock = clock

    def load(
        self,
        lines: Iterable[tuple[int, bytes]],
        *,
        source: str = "",
        sample: bool = False,
        bytes_expected: int = 0,
        on_broken: Callable[[int, str], None] = lambda number, problem: None,
    ) -> Loaded:
        """Add entities given as numbered lines of JSON; those already here are replaced.

        A line that is not an entity is reported through ``on_broken`` and counted, never fatal.
        ``bytes_expected`` is the size of the lines if known, to check beforehand that there is
        space for them.

        :raises UsageError: not one line was an entity; the workspace is as it was.
        :raises DiskFull: there is not enough space; the workspace is as it was.
        """
        started = time.perf_counter()
        loaded = Loaded()

        def broken(number: int, problem: str) -> None:
            loaded.broken.append((number, problem))
            on_broken(number, problem)

        self._workspace.need_space(bytes_expected // 2)
        with self._workspace.writing() as stage:
            previous = self._previous()
            segment = self._new_segment(stage, previous)
            gone = _fill(segment, self._profile, lines, loaded, broken)
            if loaded.items + loaded.properties == 0:
                raise UsageError(
                    f"No entity was found in {source or 'the input'}.",
                    hint="Expected: Wikibase entity JSON, one entity a line or an array of them.",
                )
            self._finish(stage, previous, segment, gone, source=source, sample=sample)
        loaded.generation = stage.number
        loaded.seconds = time.perf_counter() - started
        return loaded

    def apply(
        self, changed: Iterable[Entity], gone: Iterable[str] = (), *, source: str = ""
    ) -> int:
        """Replace or add entities and take away those in ``gone``; gives the new generation.

        Nothing is published where there is nothing to do.
        """
        numbered = enumerate((to_json(entity) for entity in changed), start=1)
        leaving = {key_of(id) for id in gone}
        loaded = Loaded()

        def broken(number: int, problem: str) -> None:
            raise InputError(f"Entity {number}: {problem}")

        with self._workspace.writing() as stage:
            previous = self._previous()
            segment = self._new_segment(stage, previous)
            leaving |= _fill(segment, self._profile, numbered, loaded, broken)
            if loaded.items + loaded.properties == 0 and not leaving:
                return stage.number - 1
            self._finish(stage, previous, segment, leaving, source=source, sample=False)
        return stage.number

    def _previous(self) -> Generation | None:
        if self._workspace.current() == 0:
            return None
        # The writer lock keeps this generation from being collected.
        with self._workspace.reading() as generation:
            return generation

    def _new_segment(self, stage: Stage, previous: Generation | None) -> Path:
        number = 0
        for old in previous.segments if previous else []:
            link_tree(old, stage.path / "segments" / old.name)
            number = int(old.name) + 1
        return stage.path / "segments" / f"{number:04d}"

    def _finish(
        self,
        stage: Stage,
        previous: Generation | None,
        segment: Path,
        gone: set[int],
        *,
        source: str,
        sample: bool,
    ) -> None:
        keys = Kept(segment / "entities").keys
        change = Change(keys, np.array(sorted(gone - set(keys.tolist())), dtype=np.uint64))
        _mark_dead(stage, previous, segment, change)
        now = self._clock().astimezone(UTC).isoformat(timespec="seconds")
        draft = Generation(stage.path, Meta(stage.number, now))
        if _crowded(draft):
            self._compact(stage, draft)
            draft = Generation(stage.path, Meta(stage.number, now))
        for view in self._views:
            view.build(draft, previous, change if previous else None)
        counts = _counts(draft)
        before = previous.meta if previous else None
        stage.publish(
            Meta(
                stage.number,
                now,
                wikibase=self._profile.name,
                sample=sample if before is None else sample and before.sample,
                sources=[*(before.sources if before else []), source][-50:] if source else [],
                **counts,
            )
        )

    def _compact(self, stage: Stage, draft: Generation) -> None:
        fresh = stage.path / "compacted"
        _fill(
            fresh,
            self._profile,
            ((0, line) for _, line in Entities(draft).lines()),
            Loaded(),
            lambda number, problem: None,
        )
        number = int(draft.segments[-1].name) + 1
        shutil.rmtree(stage.path / "segments")
        shutil.rmtree(stage.path / "dead", ignore_errors=True)
        (stage.path / "segments").mkdir()
        fresh.rename(stage.path / "segments" / f"{number:04d}")


def _fill(
    segment: Path,
    profile: Profile,
    lines: Iterable[tuple[int, bytes]],
    loaded: Loaded,
    broken: Callable[[int, str], None],
) -> set[int]:
    """Write one segment; gives the keys of entities that turned out to be redirects now."""
    redirected: set[int] = set()
    kept = KeptWriter(segment / "entities")
    columns = ColumnsWriter(segment / "columns", profile)
    with _without_gc():
        for number, line in lines:
            try:
                entity = parse_bulk(line)
                match entity:
                    case BulkItem(id=id):
                        kept.add(key_of(id), line)
                        columns.add(entity)
                        loaded.items += 1
                        loaded.sitelinks += len(entity.sitelinks)
                    case BulkProperty(id=id):
                        kept.add(key_of(id), line)
                        loaded.properties += 1
                    case Redirect(id=id):
                        redirected.add(key_of(id))
                        loaded.redirects += 1
                        continue
                    case OtherKind(kind=kind):
                        loaded.other_kinds[kind] = loaded.other_kinds.get(kind, 0) + 1
                        continue
            except (InputError, ValueError) as error:
                broken(number, str(error))
                continue
            loaded.labels += len(entity.labels)
            loaded.statements += sum(map(len, entity.claims.values()))
    columns.close()
    if len(kept.close()):
        _keep_last(segment, profile)
    return redirected


def _keep_last(segment: Path, profile: Profile) -> None:
    """Write a segment again whose entities came more than once: the last one counts."""
    once = segment.with_name(f"{segment.name}.once")
    lines = ((0, line) for _, line in Kept(segment / "entities").lines())
    _fill(once, profile, lines, Loaded(), lambda number, problem: None)
    shutil.rmtree(segment)
    once.rename(segment)


def _mark_dead(stage: Stage, previous: Generation | None, segment: Path, change: Change) -> None:
    replaced = np.union1d(change.changed, change.gone)
    (stage.path / "dead").mkdir()
    for old in previous.segments if previous else []:
        assert previous is not None
        before = previous.dead(old)
        dead = np.intersect1d(Kept(old / "entities").keys, replaced)
        if before is not None:
            dead = np.union1d(dead, before)
        if len(dead):
            np.save(stage.path / "dead" / f"{old.name}.npy", dead)


def _crowded(draft: Generation) -> bool:
    total = sum(len(Kept(segment / "entities").keys) for segment in draft.segments)
    dead = [draft.dead(segment) for segment in draft.segments]
    gone = sum(len(part) for part in dead if part is not None)
    return len(draft.segments) > _SEGMENTS or gone > max(1000, total * _DEAD_SHARE)


def _counts(generation: Generation) -> dict[str, int]:
    with connect(generation) as tables:
        row = tables.execute(
            "SELECT count(*), coalesce(sum(statements), 0), coalesce(sum(sitelinks), 0) FROM items"
        ).fetchone()
        labels = tables.execute("SELECT count(*) FROM terms WHERE kind = 'L'").fetchone()
    assert row is not None
    assert labels is not None
    properties = int((Entities(generation).keys >= 1 << 32).sum())
    return {
        "items": int(row[0]),
        "statements": int(row[1]),
        "sitelinks": int(row[2]),
        "labels": int(labels[0]),
        "properties": properties,
    }


@contextmanager
def _without_gc() -> Iterator[None]:
    # Millions of short-lived values without cycles: the collector only costs time here.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
