"""Reading entities from a wiki so that nothing is read twice, even after an interruption."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from kgtool.durable import sync_file, sync_folder, write_file
from kgtool.entities import Entity, OtherKind, parse_entity, to_json
from kgtool.sources.wikibase import Fetched, Wikibase, batches

Progress = Callable[[str, int, int], None]


class _Head(msgspec.Struct):
    key: str
    started: datetime


class _Batch(msgspec.Struct):
    asked: list[str]
    missing: list[str]
    redirects: dict[str, str]
    entities: dict[str, msgspec.Raw]


class Spool:
    """What was read so far, in a file: a line a request, on disk before the next request is made.

    ``key`` says what the sync is about; a spool left behind by an interrupted one of the same key
    that began after ``not_before`` is taken up, any other is thrown away. ``started`` is the wiki's
    time at which reading began.
    """

    def __init__(self, file: Path, key: str, started: datetime, not_before: datetime) -> None:
        self._file = file
        self.started = started
        self.asked: set[str] = set()
        self.missing: set[str] = set()
        self.redirects: dict[str, str] = {}
        self.here: set[str] = set()
        file.parent.mkdir(parents=True, exist_ok=True)
        if self._resume(key, not_before):
            return
        write_file(file, msgspec.json.encode(_Head(key, started)) + b"\n")
        sync_folder(file.parent)

    def _resume(self, key: str, not_before: datetime) -> bool:
        try:
            lines = self._file.read_bytes().splitlines(keepends=True)
            head = msgspec.json.decode(lines[0], type=_Head)
        except (FileNotFoundError, IndexError, msgspec.DecodeError):
            return False
        if head.key != key or head.started < not_before:
            return False
        whole = len(lines[0])
        for line in lines[1:]:
            # A line that was cut short by a kill is read again from the wiki.
            try:
                batch = msgspec.json.decode(line, type=_Batch) if line.endswith(b"\n") else None
            except msgspec.DecodeError:
                batch = None
            if batch is None:
                break
            whole += len(line)
            self._note(batch.asked, batch.missing, batch.redirects)
            self.here |= set(batch.entities)
        os.truncate(self._file, whole)
        self.started = head.started
        return True

    def _note(self, asked: list[str], missing: list[str], redirects: dict[str, str]) -> None:
        self.asked |= set(asked)
        self.missing |= set(missing)
        self.redirects.update(redirects)

    def add(self, asked: list[str], fetched: Fetched) -> None:
        """Keep what one request brought."""
        raw = {entity.id: msgspec.Raw(to_json(entity)) for entity in fetched.entities}
        batch = _Batch(asked, fetched.missing, fetched.redirects, raw)
        with self._file.open("ab") as opened:
            opened.write(msgspec.json.encode(batch) + b"\n")
            sync_file(opened)
        self._note(asked, fetched.missing, fetched.redirects)
        self.here |= set(raw)

    def lines(self, ids: Container[str] | None = None) -> Iterator[bytes]:
        """The JSON of the entities that were read, or of those in ``ids``; the latest of each."""
        last = {id: place for place, batch in enumerate(self._batches()) for id in batch.entities}
        for place, batch in enumerate(self._batches()):
            for id, raw in batch.entities.items():
                if last[id] == place and (ids is None or id in ids):
                    yield bytes(raw)

    def entities(self, ids: Container[str] | None = None) -> Iterator[Entity]:
        """The same, decoded."""
        for line in self.lines(ids):
            entity = parse_entity(line)
            assert not isinstance(entity, OtherKind)  # these are never added
            yield entity

    def _batches(self) -> Iterator[_Batch]:
        with self._file.open("rb") as opened:
            next(opened)
            for line in opened:
                yield msgspec.json.decode(line, type=_Batch)

    def remove(self) -> None:
        """Forget it: everything is in the workspace."""
        self._file.unlink(missing_ok=True)


def spooled(file: Path) -> int:
    """How many entities a spool holds that was left behind; 0 where there is none."""
    try:
        lines = file.read_bytes().splitlines()[1:]
    except FileNotFoundError:
        return 0
    held: set[str] = set()
    for line in lines:
        try:
            held |= msgspec.json.decode(line, type=_Batch).entities.keys()
        except msgspec.DecodeError:
            break
    return len(held)


class Reader:
    """Reads entities into a spool, 50 a request, each id once."""

    def __init__(self, wiki: Wikibase, spool: Spool, progress: Progress) -> None:
        self._wiki = wiki
        self._spool = spool
        self._progress = progress

    def read(self, ids: Iterable[str], what: str) -> None:
        """Read those of the ids that were not read yet; ``what`` names them to people."""
        wanted = dict.fromkeys(ids)
        left = [id for id in wanted if id not in self._spool.asked]
        done = len(wanted) - len(left)
        for batch in batches(left):
            self._progress(what, done, len(wanted))
            self._spool.add(batch, self._wiki.entities(batch))
            done += len(batch)
        if wanted:
            self._progress(what, done, len(wanted))
