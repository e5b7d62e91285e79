"""Segments: kept entities and columns of one load, written in one pass over its lines."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kgtool.entities import OtherKind, Profile
from kgtool.entities.bulk import BulkItem, Redirect, parse_bulk
from kgtool.errors import InputError, WorkspaceError
from kgtool.views.columns import OUTSIDE_SUBCLASS, TABLES
from kgtool.views.extract import ColumnsWriter
from kgtool.views.kept import Kept, KeptWriter, Keys, key_of

_CHUNK = 1 << 20  # bytes of lines handed to a process at a time

Line = tuple[int, bytes]
OnBroken = Callable[[int, str], None]


@dataclass(slots=True)
class Counts:
    """What was in the lines. ``broken`` holds line numbers and what was wrong with them."""

    items: int = 0
    properties: int = 0
    statements: int = 0
    labels: int = 0
    sitelinks: int = 0
    other_kinds: dict[str, int] = field(default_factory=dict)
    broken: list[tuple[int, str]] = field(default_factory=list)
    redirected: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Take in the counts of another part."""
        for name in ("items", "properties", "statements", "labels", "sitelinks"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, count in other.other_kinds.items():
            self.other_kinds[kind] = self.other_kinds.get(kind, 0) + count
        self.broken = sorted(self.broken + other.broken)
        self.redirected += other.redirected


def write_segment(
    folder: Path,
    profile: Profile,
    lines: Iterable[Line],
    on_broken: OnBroken = lambda number, problem: None,
) -> Counts:
    """Write numbered lines of entity JSON as one segment.

    Where an entity comes more than once, the last one counts. A line that is no entity is reported
    and passed over.
    """
    counts = Counts()
    kept = KeptWriter(folder / "entities")
    columns = ColumnsWriter(folder / "columns", profile)
    try:
        with _without_gc():
            for number, line in lines:
                try:
                    _add(number, line, kept, columns, counts)
                except (InputError, ValueError) as error:
                    counts.broken.append((number, str(error)))
                    on_broken(number, str(error))
        columns.close()
        repeated = kept.close()
    except BaseException:
        columns.abandon()
        kept.abandon()
        raise
    if len(repeated):
        _keep_last(folder, profile)
    return counts


def _add(
    number: int, line: bytes, kept: KeptWriter, columns: ColumnsWriter, counts: Counts
) -> None:
    entity = parse_bulk(line)
    match entity:
        case Redirect(id=id):
            counts.redirected.append(id)
            return
        case OtherKind(kind=kind):
            counts.other_kinds[kind] = counts.other_kinds.get(kind, 0) + 1
            return
    kept.add(key_of(entity.id), line, number)
    if isinstance(entity, BulkItem):
        columns.add(entity)
        counts.items += 1
        counts.sitelinks += len(entity.sitelinks)
    else:
        counts.properties += 1
    counts.labels += len(entity.labels)
    counts.statements += sum(map(len, entity.claims.values()))


def write_segments(
    folders: list[Path],
    profile: Profile,
    lines: Iterable[Line],
    on_broken: OnBroken = lambda number, problem: None,
) -> Counts:
    """The same by one process for each of ``folders``, which become segments.

    :raises WorkspaceError: a process died, for example for want of memory.
    """
    if len(folders) == 1:
        return write_segment(folders[0], profile, lines, on_broken)
    context = multiprocessing.get_context("spawn")
    counts = Counts()
    workers = []
    for folder in folders:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, folder, profile), daemon=True)
        process.start()
        theirs.close()
        workers.append((process, ours))
    try:
        for number, chunk in enumerate(_chunks(lines)):
            workers[number % len(workers)][1].send(chunk)
        for _, connection in workers:
            connection.send(None)
        for _, connection in workers:
            part = connection.recv()
            if isinstance(part, BaseException):
                raise part
            for number, problem in part.broken:
                on_broken(number, problem)
            counts.add(part)
    except (EOFError, BrokenPipeError):
        raise WorkspaceError(
            "A process that was writing the workspace died; the workspace is as it was.",
            hint="Was there enough memory?",
        ) from None
    finally:
        for process, connection in workers:
            connection.close()
            process.join()
    return counts


def write_outside_subclass(folder: Path, pairs: Iterable[tuple[int, int]]) -> None:
    """Keep subclass edges, child and parent, of classes that are not among the entities."""
    edges = np.fromiter(pairs, np.dtype((np.uint32, 2)))
    if len(edges):
        columns = [pa.array(np.ascontiguousarray(column)) for column in edges.T]
        pq.write_table(
            pa.Table.from_arrays(columns, schema=TABLES["subclass"]),
            folder / "columns" / OUTSIDE_SUBCLASS,
        )


def dead_among(new: list[Path]) -> dict[Path, Keys]:
    """Which entities of segments written side by side a later line in another one replaces."""
    kept = [Kept(segment / "entities") for segment in new]
    keys = np.concatenate([part.keys for part in kept])
    numbers = np.concatenate([part.line_numbers for part in kept])
    origin = np.repeat(np.arange(len(new)), [len(part.keys) for part in kept])
    order = np.lexsort((numbers, keys))
    replaced = np.append(keys[order][1:] == keys[order][:-1], False)[: len(order)]
    places = order[replaced]
    return {
        segment: np.unique(keys[places[origin[places] == n]])
        for n, segment in enumerate(new)
        if (origin[places] == n).any()
    }


def _serve(connection: Connection, folder: Path, profile: Profile) -> None:
    try:
        connection.send(write_segment(folder, profile, _received(connection)))
    except BaseException as error:
        connection.send(error)
        raise


def _received(connection: Connection) -> Iterator[Line]:
    while (chunk := connection.recv()) is not None:
        numbers, block = chunk
        yield from zip(numbers, block.split(b"\n"), strict=True)


def _chunks(lines: Iterable[Line]) -> Iterator[tuple[list[int], bytes]]:
    numbers: list[int] = []
    block: list[bytes] = []
    size = 0
    for number, line in lines:
        numbers.append(number)
        block.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield numbers, b"\n".join(block)
            numbers, block, size = [], [], 0
    if numbers:
        yield numbers, b"\n".join(block)


def _keep_last(folder: Path, profile: Profile) -> None:
    once = folder.with_name(f"{folder.name}.once")
    write_segment(once, profile, ((0, line) for _, line in Kept(folder / "entities").lines()))
    shutil.rmtree(folder)
    once.rename(folder)


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


def workers_for(size: int) -> int:
    """How many processes a load of ``size`` bytes is worth: starting one costs half a second."""
    return min(os.cpu_count() or 1, 8) if size > 200_000_000 else 1
