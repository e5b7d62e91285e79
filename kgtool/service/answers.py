"""Answers that take long, kept in the workspace until something changed."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from msgspec import Struct

from kgtool.durable import replace_file

T = TypeVar("T")

_KEPT = datetime.timedelta(days=40)


class Answer(Struct, Generic[T], frozen=True):
    """An answer, and the ``stamp`` (:func:`stamp_of`) of what it was made from."""

    stamp: str
    told: T


class Answers(Generic[T]):
    """Keeps the newest answer to each question of a kind, each in a file.

    Those about changes name who edited: whoever is forgotten is taken out of them too
    (:mod:`.papers`).
    """

    def __init__(self, home: Path, kind: type[T]) -> None:
        self._folder = _folder(home)
        self._kind = kind

    def get(self, *question: object) -> Answer[T] | None:
        """The newest answer, whatever it was made from; none where there is none."""
        path = self._newest(question)
        try:
            if path is not None:
                told = msgspec.json.decode(path.read_bytes(), type=self._kind, dec_hook=_array)
                return Answer(_stamp(path), told)
        except (FileNotFoundError, msgspec.DecodeError):  # replaced just now, or of another kgtool
            pass
        return None

    def stamp(self, *question: object) -> str:
        """What the newest answer was made from; empty where there is none."""
        path = self._newest(question)
        return "" if path is None else _stamp(path)

    def keep(self, answer: Answer[T], *question: object) -> None:
        """Keep an answer in place of the one before."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._name(question)}{answer.stamp}.json"
        older = [one for one in self._all(question) if one != path]
        replace_file(path, msgspec.json.encode(answer.told, enc_hook=_bytes))
        for one in older:
            one.unlink(missing_ok=True)

    def _newest(self, question: tuple[object, ...]) -> Path | None:
        # More than one is there while one is put in the place of another, or after a kill then.
        return max(self._all(question), key=_written, default=None)

    def _all(self, question: tuple[object, ...]) -> list[Path]:
        return list(self._folder.glob(f"{self._name(question)}*.json"))

    def _name(self, question: tuple[object, ...]) -> str:
        return f"{self._kind.__name__.lower()}-{stamp_of(*question)}-"


def forget_answers(home: Path, now: datetime.datetime) -> int:
    """Remove the answers of all kinds that nobody asked for in a long time; returns how many."""
    until = (now - _KEPT).timestamp()
    old = [path for path in _folder(home).glob("*.json") if 0 < _written(path) < until]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def stamp_of(*parts: object) -> str:
    """A stamp that differs where any of the parts does."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _written(path: Path) -> float:
    """When a file was written; 0 where another process has just removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _stamp(path: Path) -> str:
    return path.stem.rpartition("-")[2]


def _folder(home: Path) -> Path:
    return home / "answers"


def _bytes(value: Any) -> memoryview:
    """An array of numbers of items."""
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value, np.dtype("<u4")).data.cast("B")
    raise NotImplementedError(f"{type(value)} is not kept.")  # as msgspec asks of a hook


def _array(kind: type, text: str) -> Any:
    return np.frombuffer(msgspec.convert(text, bytes), np.dtype("<u4")).astype(np.uint32)
