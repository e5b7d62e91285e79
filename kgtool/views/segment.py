"""Segments: kept entities and columns of one load, written in one pass over its lines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Full, Queue
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kgtool.entities import OtherKind, Profile
from kgtool.entities.bulk import Redirect, bare, in_todays_form
from kgtool.errors import InputError
from kgtool.messages.words import Words
from kgtool.views.columns import OUTSIDE_SUBCLASS, TABLES
from kgtool.views.extract.scan import BLANK, ITEM_LINE, PROPERTY_LINE, UNUSUAL
from kgtool.views.extract.writer import ColumnsWriter
from kgtool.views.kept import Kept, KeptWriter, Keys

_CHUNK = 1 << 20  # bytes of lines handed on at a time
# Bytes of lines from which there is a segment for each core: few segments are read faster.
_WORTH_A_SEGMENT = 30_000_000

Line = tuple[int, bytes]
OnBroken = Callable[[int, str], None]


class Block(NamedTuple):
    """Whole lines, as they stand in a file, and their numbers: at least as many as lines."""

    numbers: Sequence[int]
    data: bytes


def blocks_of(lines: Iterable[Line]) -> Iterator[Block]:
    """Numbered lines without line ends, put together in blocks."""
    numbers: list[int] = []
    block: list[bytes] = []
    size = 0
    for number, line in lines:
        numbers.append(number)
        # Only what is no JSON has a line end within.
        block.append(line.replace(b"\n", b" ") if b"\n" in line else line)
        size += len(line)
        if size >= _CHUNK:
            yield Block(numbers, b"\n".join(block))
            numbers, block, size = [], [], 0
    if numbers:
        yield Block(numbers, b"\n".join(block))


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
    blocks: Iterable[Block],
    on_broken: OnBroken = lambda number, problem: None,
) -> Counts:
    """Write lines of entity JSON as one segment.

    Where an entity comes more than once, the last one counts. A line that is no entity is reported
    and passed over.
    """
    writer = _Writer(folder, profile, on_broken)
    try:
        for block in blocks:
            writer.add(block)
        repeated = writer.close()
    except BaseException:
        writer.abandon()
        raise
    if len(repeated):
        _keep_last(folder, profile)
    return writer.counts


class _Writer:
    def __init__(self, folder: Path, profile: Profile, on_broken: OnBroken) -> None:
        self.counts = Counts()
        self._kept = KeptWriter(folder / "entities")
        self._columns = ColumnsWriter(folder / "columns", profile)
        self._on_broken = on_broken

    def add(self, block: Block) -> None:
        data = block.data if block.data.endswith(b"\n") else block.data + b"\n"
        lines = self._columns.add(data)
        ends = zip(*(part.tolist() for part in lines), strict=True)
        for number, (kind, start, end, key) in zip(block.numbers, ends, strict=False):
            if kind == UNUSUAL:
                self._add_unusual(number, bare(data[start:end]))
            elif kind != BLANK:
                self._keep(kind, key, data[start:end], number)

    def close(self) -> Keys:
        self._columns.close()
        statements, labels, sitelinks = self._columns.totals
        self.counts.statements, self.counts.labels = statements, labels
        self.counts.sitelinks = sitelinks
        return self._kept.close()

    def abandon(self) -> None:
        self._columns.abandon()
        self._kept.abandon()

    def _add_unusual(self, number: int, line: bytes) -> None:
        if not line:
            return
        try:
            match in_todays_form(line):
                case Redirect(id=id):
                    self.counts.redirected.append(id)
                case OtherKind(kind=other):
                    self.counts.other_kinds[other] = self.counts.other_kinds.get(other, 0) + 1
                case bytes(mended):
                    kinds, _, _, keys = self._columns.add(mended + b"\n")
                    if kinds[0] == UNUSUAL:
                        raise InputError(Words("error-no-such-id"))
                    self._keep(int(kinds[0]), int(keys[0]), line, number)
        except InputError as error:
            self.counts.broken.append((number, str(error)))
            self._on_broken(number, str(error))

    def _keep(self, kind: int, key: int, line: bytes, number: int) -> None:
        self._kept.add(key, line, number)
        self.counts.items += kind == ITEM_LINE
        self.counts.properties += kind == PROPERTY_LINE


def write_segments(
    folders: list[Path],
    profile: Profile,
    blocks: Iterable[Block],
    on_broken: OnBroken = lambda number, problem: None,
) -> Counts:
    """The same by one thread for each of ``folders``, which become segments.

    Threads do: what takes time (extraction, compression, Parquet) runs outside of Python's lock.
    """
    if len(folders) == 1:
        return write_segment(folders[0], profile, blocks, on_broken)
    counts = Counts()
    lines = [_Queue() for _ in folders]
    with ThreadPoolExecutor(len(folders)) as pool:
        writing = [
            pool.submit(write_segment, folder, profile, queue)
            for folder, queue in zip(folders, lines, strict=True)
        ]
        for queue, future in zip(lines, writing, strict=True):
            future.add_done_callback(queue.close)
        try:
            # In turn, so that the same lines make the same segments.
            for number, block in enumerate(blocks):
                if not lines[number % len(lines)].put(block):
                    break  # one has failed, and says why below
            for queue in lines:
                queue.put(None)
        except BaseException:
            for queue in lines:
                queue.put(_ABANDONED)
            raise
        for future in writing:
            counts.add(future.result())
    for number, problem in counts.broken:
        on_broken(number, problem)
    return counts


_ABANDONED = Block((), b"")


class _Abandoned(Exception):
    """The lines cannot be read to their end."""


class _Queue:
    """Blocks on their way to a thread, a few at a time."""

    def __init__(self) -> None:
        self._blocks: Queue[Block | None] = Queue(4)
        self._closed = False

    def put(self, block: Block | None) -> bool:
        """Add a block, or the end; false where nobody takes them any more."""
        while not self._closed:
            try:
                self._blocks.put(block, timeout=1)
                return True
            except Full:
                continue
        return False

    def close(self, _: object = None) -> None:
        """Say that nobody takes blocks any more."""
        self._closed = True

    def __iter__(self) -> Iterator[Block]:
        while (block := self._blocks.get()) is not None:
            if block is _ABANDONED:
                raise _Abandoned
            yield block


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


def _keep_last(folder: Path, profile: Profile) -> None:
    kept = Kept(folder / "entities")
    once = folder.with_name(f"{folder.name}.once")
    write_segment(once, profile, blocks_of((0, line) for _, line in kept.lines()))
    shutil.rmtree(folder)
    once.rename(folder)


def writers_for(size: int) -> int:
    """By how many threads, each with a segment of its own, ``size`` bytes of lines are written."""
    return min(os.cpu_count() or 1, 8) if size > _WORTH_A_SEGMENT else 1
