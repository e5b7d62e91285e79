"""A generation's segments → parts of a name index, by as many processes as it is worth."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from kgtool.entities import OtherKind, Profile, parse_entity
from kgtool.errors import WorkspaceError
from kgtool.messages.words import Words
from kgtool.views.generation import Generation
from kgtool.views.kept import PROPERTIES, Kept, Keys
from kgtool.views.names.build import write_parts
from kgtool.views.names.from_columns import ColumnsReader
from kgtool.views.names.part_writer import Piece, write_each
from kgtool.views.names.record import NameRecord, record

FEW = 300_000  # entities; beyond, processes are worth the seconds that it takes to start them

_encode = msgspec.json.Encoder().encode


class _Source(NamedTuple):
    """A segment's folder, its dead entities, and how many it has."""

    segment: Path
    dead: Keys
    size: int


def parts_of(generation: Generation, profile: Profile, folder: Path) -> Iterator[Path]:
    """Write parts of all entities of a generation below *folder*; gives the folder of each.

    :raises WorkspaceError: a process died, for example for want of memory.
    """
    sources = []
    for segment in generation.segments:
        dead = generation.dead(segment)
        size = len(Kept(segment / "entities").keys)
        sources.append(_Source(segment, np.zeros(0, np.uint64) if dead is None else dead, size))
    workers = min(os.cpu_count() or 1, 8, len(sources))
    if workers < 2 or sum(source.size for source in sources) < FEW:
        for source in sources:
            yield from _parts_of(source, profile, folder)
    else:
        yield from _by_processes(_shared_out(sources, workers), profile, folder)


def _shared_out(sources: Sequence[_Source], workers: int) -> list[list[_Source]]:
    """The largest first, each to who has least to do."""
    shares: list[list[_Source]] = [[] for _ in range(workers)]
    for source in sorted(sources, key=lambda source: -source.size):
        min(shares, key=lambda share: sum(one.size for one in share)).append(source)
    return shares


def _by_processes(
    shares: Sequence[list[_Source]], profile: Profile, folder: Path
) -> Iterator[Path]:
    context = multiprocessing.get_context("spawn")
    workers = []
    for share in shares:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_serve, args=(theirs, share, profile, folder), daemon=True)
        process.start()
        theirs.close()
        workers.append((process, ours))
    done = False
    try:
        for _, connection in workers:
            found = connection.recv()
            if isinstance(found, BaseException):
                raise found
            yield from found
        done = True
    except EOFError:
        raise WorkspaceError(
            Words("error-names-died"),
            hint=Words("error-memory-enough"),
        ) from None
    finally:
        for process, connection in workers:
            if not done:
                process.kill()  # what the others are still making is of no use
            connection.close()
            process.join()


def _serve(connection: Connection, share: list[_Source], profile: Profile, folder: Path) -> None:
    try:
        connection.send([part for source in share for part in _parts_of(source, profile, folder)])
    except BaseException as error:
        connection.send(error)


def _parts_of(source: _Source, profile: Profile, folder: Path) -> Iterator[Path]:
    segment, dead, _ = source
    reader = ColumnsReader(segment / "columns", profile)

    def pieces() -> Iterator[Piece]:
        for items in reader.read(dead[dead < PROPERTIES].astype(np.int64)):
            _wanted()
            yield partial(reader.flat, items)

    try:
        yield from write_each(pieces(), folder, f"{segment.name}-")
    finally:
        reader.close()
    properties = folder / f"{segment.name}-properties"
    properties.mkdir()
    yield from write_parts(properties, _properties(segment, dead, profile))


def _properties(segment: Path, dead: Keys, profile: Profile) -> Iterator[tuple[NameRecord, bytes]]:
    """The records of properties, which have no rows in the columns."""
    kept = Kept(segment / "entities")
    wanted = np.setdiff1d(kept.keys[np.searchsorted(kept.keys, PROPERTIES) :], dead)
    for _, line in sorted(kept.get(wanted).items()):
        entity = parse_entity(line)
        assert not isinstance(entity, OtherKind)  # kept lines are nothing else
        made = record(entity, profile)
        yield made, _encode(made)


def _wanted() -> None:
    """End this process if the one that began it was killed: nobody waits for its parts."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit(1)
