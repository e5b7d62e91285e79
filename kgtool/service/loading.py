"""Entities into the workspace: new segments, every view, a new generation."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from kgtool.entities import Entity, Profile, to_json
from kgtool.errors import InputError, UsageError
from kgtool.sources.dump import Dump
from kgtool.views.columns import OUTSIDE_SUBCLASS
from kgtool.views.entities import Entities
from kgtool.views.generation import Generation, Meta, Stage, Workspace, link_tree
from kgtool.views.kept import PROPERTIES, Kept, key_of
from kgtool.views.segment import (
    Block,
    Counts,
    Line,
    OnBroken,
    blocks_of,
    dead_among,
    write_outside_subclass,
    write_segment,
    write_segments,
    writers_for,
)
from kgtool.views.tables import connect
from kgtool.views.view import Change, View, build_all

# Beyond this part of dead entities, or this many segments, everything is written anew.
_DEAD_SHARE = 0.1
_SEGMENTS = 12
_NO_END = 1 << 62

# What kept lines and columns take on disk, in bytes a byte of entity JSON.
_SPACE = 0.2


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load brought, how long it took and which generation holds it."""

    counts: Counts
    seconds: float
    generation: int


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
        lines: Iterable[Line],
        *,
        source: str = "",
        sample: bool = False,
        size: int = 0,
        subclass: Iterable[tuple[int, int]] = (),
        on_broken: OnBroken = lambda number, problem: None,
    ) -> Loaded:
        """Add entities given as numbered lines of JSON; those already here are replaced.

        A line that is not an entity is reported through ``on_broken`` and counted, never fatal.
        ``size`` is how many bytes the lines have, if known: to check beforehand that there is
        space for them, and to decide how many threads they are worth. ``subclass`` are pairs of
        child and parent class, as numbers of items, of classes that are not among the lines.

        :raises UsageError: not one line was an entity; the workspace is as it was.
        :raises DiskFull: there is not enough space; the workspace is as it was.
        """
        started = time.perf_counter()
        views = sum(view.space(size) for view in self._views)
        self._workspace.need_space(int(_SPACE * size + views))
        with self._workspace.writing() as stage:
            previous = self._previous()
            new = self._new_segments(stage, previous, writers_for(size))
            counts = write_segments(new, self._profile, _blocks(lines), on_broken)
            write_outside_subclass(new[-1], subclass)
            if counts.items + counts.properties == 0:
                raise UsageError(
                    f"No entity was found in {source or 'the input'}.",
                    hint="Expected: Wikibase entity JSON, one entity a line or an array of them.",
                )
            gone = {key_of(id) for id in counts.redirected}
            self._finish(stage, previous, new, gone, source=source, sample=sample)
        return Loaded(counts, time.perf_counter() - started, stage.number)

    def apply(
        self, changed: Iterable[Entity], gone: Iterable[str] = (), *, source: str = ""
    ) -> int:
        """Replace or add entities and take away those in ``gone``; gives the new generation.

        Nothing is published where there is nothing to do.
        """

        def broken(number: int, problem: str) -> None:
            raise InputError(f"Entity {number}: {problem}")

        numbered = enumerate((to_json(entity) for entity in changed), start=1)
        leaving = {key_of(id) for id in gone}
        with self._workspace.writing() as stage:
            previous = self._previous()
            new = self._new_segments(stage, previous, 1)
            counts = write_segment(new[0], self._profile, blocks_of(numbered), broken)
            outdated = previous is not None and previous.outdated
            if counts.items + counts.properties == 0 and not leaving and not outdated:
                return stage.number - 1
            # What is renewed on a sample stays a sample: a rehearsal's wiki was filled with it.
            sample = previous is not None and previous.meta.sample
            self._finish(stage, previous, new, leaving, source=source, sample=sample)
        return stage.number

    def _previous(self) -> Generation | None:
        if self._workspace.current() == 0:
            return None
        # The writer lock keeps this generation from being collected.
        with self._workspace.reading(outdated=True) as generation:
            return generation

    def _new_segments(self, stage: Stage, previous: Generation | None, count: int) -> list[Path]:
        number = 0
        for old in previous.segments if previous else []:
            link_tree(old, stage.path / "segments" / old.name)
            number = int(old.name) + 1
        return [stage.path / "segments" / f"{number + n:04d}" for n in range(count)]

    def _finish(
        self,
        stage: Stage,
        previous: Generation | None,
        new: list[Path],
        gone: set[int],
        *,
        source: str,
        sample: bool,
    ) -> None:
        keys = np.unique(np.concatenate([Kept(part / "entities").keys for part in new]))
        change = Change(keys, np.array(sorted(gone - set(keys.tolist())), dtype=np.uint64))
        _mark_dead(stage, previous, new, change)
        now = self._clock().astimezone(UTC).isoformat(timespec="seconds")
        draft = Generation(stage.path, Meta(stage.number, now))
        before = previous.meta if previous else None
        if previous is not None and previous.outdated:
            previous = None  # nothing of its views can be used
            self._compact(stage, draft)
        elif _crowded(draft):
            self._compact(stage, draft)
        draft = Generation(stage.path, Meta(stage.number, now))
        build_all(self._views, draft, previous, change if previous else None)
        stage.publish(
            Meta(
                stage.number,
                now,
                wikibase=self._profile.name,
                sample=sample if before is None else sample and before.sample,
                sources=[*(before.sources if before else []), source][-50:] if source else [],
                **_totals(draft),
            )
        )

    def _compact(self, stage: Stage, draft: Generation) -> None:
        fresh = stage.path / "compacted"
        lines = ((0, line) for _, line in Entities(draft).lines())
        write_segment(fresh, self._profile, blocks_of(lines))
        number = int(draft.segments[-1].name) + 1
        for segment in draft.segments:
            outside = segment / "columns" / OUTSIDE_SUBCLASS
            if outside.exists():
                outside.replace(fresh / "columns" / OUTSIDE_SUBCLASS)
        shutil.rmtree(stage.path / "segments")
        shutil.rmtree(stage.path / "dead")
        (stage.path / "segments").mkdir()
        fresh.rename(stage.path / "segments" / f"{number:04d}")


def _blocks(lines: Iterable[Line]) -> Iterator[Block]:
    if isinstance(lines, Dump):  # as they stand in the files: nothing need be cut and put together
        return (Block(range(first, _NO_END), data) for first, data in lines.blocks())
    return blocks_of(lines)


def _mark_dead(stage: Stage, previous: Generation | None, new: list[Path], change: Change) -> None:
    dead = dead_among(new)
    replaced = np.union1d(change.changed, change.gone)
    if previous is not None:
        for old in previous.segments:
            before = previous.dead(old)
            now = np.intersect1d(Kept(old / "entities").keys, replaced)
            dead[old] = now if before is None else np.union1d(now, before)
    (stage.path / "dead").mkdir()
    for segment, keys in dead.items():
        if len(keys):
            np.save(stage.path / "dead" / f"{segment.name}.npy", keys)


def _crowded(draft: Generation) -> bool:
    total = sum(len(Kept(segment / "entities").keys) for segment in draft.segments)
    dead = [draft.dead(segment) for segment in draft.segments]
    gone = sum(len(part) for part in dead if part is not None)
    return len(draft.segments) > _SEGMENTS or gone > max(1000, total * _DEAD_SHARE)


def _totals(generation: Generation) -> dict[str, int]:
    with connect(generation) as tables:
        row = tables.execute(
            "SELECT count(*), coalesce(sum(statements), 0), coalesce(sum(sitelinks), 0),"
            " (SELECT count(*) FROM terms WHERE kind = 'L') FROM items"
        ).fetchone()
    assert row is not None
    items, statements, sitelinks, labels = map(int, row)
    return {
        "items": items,
        "statements": statements,
        "sitelinks": sitelinks,
        "labels": labels,
        "properties": int((Entities(generation).keys >= PROPERTIES).sum()),
    }
