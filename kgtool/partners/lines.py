"""Links, projects and collections as lines of text, as a form's text area has them.

One a line, the parts separated by ``|``: what a person can type, paste and keep.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.partners.partner import Collection, Link, Project, link_url, qid

T = TypeVar("T")


def links_from(text: str) -> list[Link]:
    """``Title | https://…`` lines.

    :raises UsageError: a line has no web address; names the line.
    """
    found = []
    for line, parts in _lines(text, 2):
        title, url = parts
        with_url = (title, url) if url else (title, title)
        found.append(Link(with_url[0][:250], _at(line, link_url, with_url[1])))
    return found


def projects_from(text: str) -> list[Project]:
    """``Name | QID of its focus list | begin | end`` lines; all but the name may be left out."""
    return [
        Project(
            name[:250],
            _at(line, qid, focus) if focus else None,
            _at(line, _date, begin) if begin else None,
            _at(line, _date, end) if end else None,
        )
        for line, (name, focus, begin, end) in _lines(text, 4)
    ]


def collections_from(text: str) -> list[Collection]:
    """``Name | QID | records in the catalogue | counted on | source`` lines."""
    return [
        Collection(
            name[:250],
            _at(line, qid, item) if item else None,
            _at(line, _count, size) if size else None,
            _at(line, _date, counted) if counted else None,
            source[:2000],
        )
        for line, (name, item, size, counted, source) in _lines(text, 5)
    ]


def links_to(links: list[Link]) -> str:
    """The lines that :func:`links_from` reads."""
    return _join([one.title, one.url] for one in links)


def projects_to(projects: list[Project]) -> str:
    """The lines that :func:`projects_from` reads."""
    return _join([p.name, p.focus, p.begin, p.end] for p in projects)


def collections_to(collections: list[Collection]) -> str:
    """The lines that :func:`collections_from` reads."""
    return _join([c.name, c.qid, c.catalogue_size, c.counted, c.source] for c in collections)


def _lines(text: str, width: int) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) > width:
            raise UsageError(Words("error-line-parts", (number, width)))
        if not parts[0]:
            raise UsageError(Words("error-line-name", (number,)))
        yield number, parts + [""] * (width - len(parts))


def _at(line: int, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except UsageError as error:
        said = error.said if isinstance(error.said, Words) else error.message
        raise UsageError(
            Words("error-line", (line, said)), hint=error.said_hint, operator=error.said_operator
        ) from None


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(Words("error-date", (text[:40],)), hint=Words("error-date-form")) from None


def _count(text: str) -> int:
    plain = text.replace(",", "").replace(" ", "").replace("\u202f", "").replace("\u00a0", "")
    if not plain.isdecimal() or len(plain) > 9:
        raise UsageError(Words("error-records", (text[:40],)))
    return int(plain)


def _join(rows: Iterable[Sequence[object]]) -> str:
    lines = []
    for row in rows:
        cells = ["" if cell is None else str(cell).replace("|", "/") for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        lines.append(" | ".join(cells))
    return "\n".join(lines)
