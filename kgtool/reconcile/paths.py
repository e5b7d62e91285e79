"""Property paths, as the reconciliation service of Wikidata has them.

``P131/P17`` follows, ``A|B`` is either, ``Lfr`` ``Dfr`` ``Afr`` label, description, aliases,
``Sfrwiki`` a sitelink's title, ``P625@lat`` and ``P569@year`` a part of a value, ``qid`` the id,
``.`` the entity itself. ``/`` binds closer than ``|``; parentheses group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from kgtool.errors import ExpressionError
from kgtool.reconcile.dates import parse_date
from kgtool.views.names.record import NameRecord

MAX_PATH = 400  # characters
_TOKEN = re.compile(r"\s*(?:([/|()])|(@)?([A-Za-z_.][\w-]*))")
_PARTS = {"lat", "lng", "year", "month", "day", "isodate", "iso", "urlscheme", "netloc", "urlpath"}


class Step(Struct, frozen=True):
    """One property, term or sitelink; ``part`` is what stands behind ``@``."""

    name: str
    part: str = ""


class Follow(Struct, frozen=True):
    """One step after another."""

    steps: tuple[Path, ...]


class Either(Struct, frozen=True):
    """The values of any of these."""

    options: tuple[Path, ...]


Path: TypeAlias = Step | Follow | Either


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """:raises ExpressionError: *text* is not a path; knows where."""
    if len(text) > MAX_PATH:
        raise ExpressionError(text[:40] + "…", 40, "A property path is too long")
    tokens: list[tuple[str, int]] = []
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if not found:
            raise ExpressionError(text, at, "This is no property path")
        tokens.append(
            (found[1] or f"{found[2] or ''}{found[3]}", found.start(found.lastindex or 0))
        )
        at = found.end()
    path, used = _either(text, tokens, 0, 0)
    if used < len(tokens):
        raise ExpressionError(text, tokens[used][1], "This is no property path")
    return path


def _either(text: str, tokens: list[tuple[str, int]], at: int, depth: int) -> tuple[Path, int]:
    options: list[Path] = []
    while True:
        path, at = _follow(text, tokens, at, depth)
        options.append(path)
        if at < len(tokens) and tokens[at][0] == "|":
            at += 1
        else:
            return (options[0] if len(options) == 1 else Either(tuple(options))), at


def _follow(text: str, tokens: list[tuple[str, int]], at: int, depth: int) -> tuple[Path, int]:
    steps: list[Path] = []
    while True:
        path, at = _step(text, tokens, at, depth)
        steps.append(path)
        if at < len(tokens) and tokens[at][0] == "/":
            at += 1
        else:
            return (steps[0] if len(steps) == 1 else Follow(tuple(steps))), at


def _step(text: str, tokens: list[tuple[str, int]], at: int, depth: int) -> tuple[Path, int]:
    if at >= len(tokens):
        raise ExpressionError(text, len(text), "A property is missing")
    word, position = tokens[at]
    if word == "(":
        if depth > 20:
            raise ExpressionError(text, position, "Parentheses are nested too deeply")
        path, at = _either(text, tokens, at + 1, depth + 1)
        if at >= len(tokens) or tokens[at][0] != ")":
            raise ExpressionError(text, len(text), "A closing parenthesis is missing")
        return path, at + 1
    if word in "/|)" or word.startswith("@"):
        raise ExpressionError(text, position, "A property is missing")
    at += 1
    if at < len(tokens) and tokens[at][0].startswith("@"):
        part, where = tokens[at]
        if part[1:] not in _PARTS:
            raise ExpressionError(
                text, where, f"There is no {part}", hint=f"Known: {', '.join(sorted(_PARTS))}."
            )
        return Step(word, part[1:]), at + 1
    return Step(word), at


def values(path: Path, start: NameRecord, fetch: Callable[[str], NameRecord | None]) -> list[str]:
    """The values at the end of *path*, each once, in order.

    :param fetch: the record of an id, or nothing; for steps behind the first.
    """
    return list(dict.fromkeys(_values(path, start, fetch)))


def _values(
    path: Path, start: NameRecord, fetch: Callable[[str], NameRecord | None]
) -> Iterable[str]:
    match path:
        case Step():
            return [text for value in _own(path.name, start) if (text := part_of(value, path.part))]
        case Either():
            return [value for option in path.options for value in _values(option, start, fetch)]
        case Follow():
            here: list[NameRecord] = [start]
            for step in path.steps[:-1]:
                ids = dict.fromkeys(value for one in here for value in _values(step, one, fetch))
                here = [one for id in ids if (one := fetch(id)) is not None]
            return [value for one in here for value in _values(path.steps[-1], one, fetch)]


def _own(name: str, record: NameRecord) -> list[str]:
    if name in (".", "qid"):
        return [record.id]
    if name in record.ids:
        return record.ids[name]
    kind, code = name[0], name[1:]
    if kind == "L":
        return [record.labels[code]] if code in record.labels else []
    if kind == "D":
        return [record.descriptions[code]] if code in record.descriptions else []
    if kind == "A":
        return record.aliases.get(code, [])
    if kind == "S":
        return record.ids.get(code, [])
    return []


def part_of(value: str, part: str) -> str:
    if not part:
        return value
    if part in ("lat", "lng"):
        pieces = value.split(",")
        return pieces[0 if part == "lat" else 1] if len(pieces) == 2 else ""
    if part in ("urlscheme", "netloc", "urlpath"):
        from urllib.parse import urlsplit

        try:
            url = urlsplit(value)
        except ValueError:
            return ""
        return {"urlscheme": url.scheme, "netloc": url.netloc, "urlpath": url.path}[part]
    date = parse_date(value)
    if date is None:
        return ""
    return {
        "year": str(date.year),
        "month": str(date.month or ""),
        "day": str(date.day or ""),
        "isodate": value,
        "iso": value,
    }[part]
