"""Property paths, as the reconciliation service of Wikidata has them.

``P131/P17`` follows, ``A|B`` is either, ``Lfr`` ``Dfr`` ``Afr`` label, description, aliases,
``Sfrwiki`` a sitelink's title, ``P625@lat``, ``P569@year`` and ``(P571|P580)@year`` a part of a
value, ``P39_P580`` a qualifier of a statement, ``qid`` the id, ``.`` what has been reached.
``/`` binds closer than ``|``; parentheses group.
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
_QUALIFIER = re.compile(r"(P\d+)_(P\d+)").fullmatch
_PARTS = {
    *("lat", "lng"),
    *("year", "month", "day", "hour", "minute", "second", "isodate", "iso"),
    *("urlscheme", "netloc", "urlpath"),
}


class Step(Struct, frozen=True):
    """One property, term or sitelink; ``part`` is what stands behind ``@``, ``qualifier`` the
    property behind ``_``, whose values on the statements are meant instead of theirs."""

    name: str
    part: str = ""
    qualifier: str = ""


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
            break
    # “.” is what has been reached: it says something only where it stands alone.
    steps = [step for step in steps if step != Step(".")] or steps[:1]
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
        part, at = _part(text, tokens, at + 1)
        return _parts_of(path, part), at
    if word in "/|)" or word.startswith("@"):
        raise ExpressionError(text, position, "A property is missing")
    part, at = _part(text, tokens, at + 1)
    if found := _QUALIFIER(word):
        return Step(found[1], part, found[2]), at
    return Step(word, part), at


def _part(text: str, tokens: list[tuple[str, int]], at: int) -> tuple[str, int]:
    """The part of a value that is asked at this place, if one is."""
    if at == len(tokens) or not tokens[at][0].startswith("@"):
        return "", at
    part, where = tokens[at]
    if part[1:] not in _PARTS:
        raise ExpressionError(
            text, where, f"There is no {part}", hint=f"Known: {', '.join(sorted(_PARTS))}."
        )
    return part[1:], at + 1


def _parts_of(path: Path, part: str) -> Path:
    """The path to a part of what *path* leads to."""
    if not part:
        return path
    match path:
        case Step():
            return Step(path.name, part, path.qualifier)
        case Follow():
            return Follow((*path.steps[:-1], _parts_of(path.steps[-1], part)))
        case Either():
            return Either(tuple(_parts_of(option, part) for option in path.options))


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
            if path.qualifier:  # an index of names knows of none
                return []
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
    """A part of a value as text; nothing where the value has no such part, or is not that exact."""
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
    if date is None or date.span > 1:
        return ""
    return {
        "year": str(date.year),
        "month": str(date.month or ""),
        "day": str(date.day or ""),
        "isodate": value,
        "iso": f"{value}T00:00:00+00:00" if date.day else value,
    }.get(part, "")  # a wiki keeps no hours
