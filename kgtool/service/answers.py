"""Answers of what happened to data, kept until something changed: large ones take minutes."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from kgtool.coverage.selection import Selection
from kgtool.partners.told import Told
from kgtool.views.generation import replace_file

_KEPT = datetime.timedelta(days=40)


class Answer(Struct, frozen=True):
    """An answer, and the ``stamp`` of what it was made from."""

    stamp: str
    told: Told


class Answers:
    """Keeps one answer of each selection and day, in a file of the workspace.

    They name who edited: whoever is forgotten is taken out of them too (:mod:`.papers`).
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "answers"

    def get(self, selection: Selection, since: datetime.date) -> Answer | None:
        """The newest answer, whatever it was made from; none where there is none."""
        try:
            return msgspec.json.decode(self._path(selection, since).read_bytes(), type=Answer)
        except (FileNotFoundError, msgspec.DecodeError):  # of an older kgtool: made anew
            return None

    def keep(self, selection: Selection, since: datetime.date, answer: Answer) -> None:
        """Keep an answer in place of the one before."""
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_file(self._path(selection, since), msgspec.json.encode(answer))

    def forget(self, now: datetime.datetime) -> int:
        """Remove what nobody asked for in a long time; returns how many."""
        old = [
            path
            for path in self._folder.glob("*.json")
            if path.stat().st_mtime < (now - _KEPT).timestamp()
        ]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, selection: Selection, since: datetime.date) -> Path:
        name = hashlib.sha256(msgspec.json.encode(selection)).hexdigest()[:24]
        return self._folder / f"{name}-{since}.json"


def stamp_of(*parts: object) -> str:
    """A stamp that differs where any of the parts does."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
