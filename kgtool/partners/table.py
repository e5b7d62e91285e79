"""Partners as a CSV table, in and out."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from kgtool import spreadsheet
from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.partners.partner import (
    KINDS,
    STATUSES,
    Link,
    Partner,
    link_url,
    published,
    qid,
    status,
)

COLUMNS = ("qid", "name", "kind", "status", "country", "affiliate", "summary", "links", "published")
COUNTED = ("size", "size_counted", "size_source", "items")  # written, and passed over when read
_NEEDED = ("qid", "name")


def to_csv(
    partners: Iterable[Partner], counts: Callable[[Partner], Sequence[object]] = lambda one: ()
) -> str:
    """A table of partners with the columns of ``COLUMNS`` and ``COUNTED``; without contacts.

    ``counts`` gives the cells of ``COUNTED``, from the workspace.
    """
    rows = (_cells(one, counts(one)) for one in partners)
    return spreadsheet.csv_text((*COLUMNS, *COUNTED), rows)


def _cells(one: Partner, counts: Sequence[object]) -> list[object]:
    return [
        one.qid,
        one.name,
        one.kind,
        one.status,
        one.country,
        one.affiliate,
        one.summary,
        " ".join(link.url for link in one.links),
        " ".join(sorted(one.published)),
        *counts,
        *[""] * (len(COUNTED) - len(counts)),
    ]


def from_csv(
    text: str,
    now: datetime.datetime,
    known: Mapping[str, Partner] = MappingProxyType({}),
    country: Callable[[str], str] = qid,
) -> list[Partner]:
    """Partners from a table; columns in any order, ``qid`` and ``name`` are needed.

    Of a partner that is *known* already (by QID), what the table has no column for stays as it is;
    an empty cell empties the field, but for kind and status, which nobody is without. ``country``
    gives the QID of a country as people name it.

    :raises InputError: the table is not right; names every wrong row, so that one pass mends all.
    """
    taken: set[str] = set()

    def take(cells: dict[str, str]) -> Partner:
        one = _partner(cells, now, known, country)
        if one.qid in taken:
            raise UsageError(Words("error-twice", (one.qid,)))
        taken.add(one.qid)
        return one

    return spreadsheet.from_csv(text, COLUMNS, take, needed=_NEEDED, passed_over=COUNTED)


def _partner(
    cells: Mapping[str, str],
    now: datetime.datetime,
    known: Mapping[str, Partner],
    country: Callable[[str], str],
) -> Partner:
    id, name = qid(cells["qid"]), cells["name"][:250]
    if not name:
        raise UsageError(Words("error-name-empty"))
    one = known.get(id) or Partner(id, name, KINDS[-1], STATUSES[0], now)
    titles = {link.url: link.title for link in one.links}
    given: dict[str, Any] = {}
    for column, text in cells.items():
        match column:
            case "kind":
                given[column] = text.lower()[:40] or one.kind
            case "status":
                given[column] = status(text) if text else one.status
            case "country":
                given[column] = country(text) if text else None
            case "affiliate":
                given[column] = text[:120]
            case "summary":
                given[column] = text
            case "links":
                given[column] = [_link(url, titles) for url in text.split()]
            case "published":
                given[column] = published(text.split())
    return replace(one, name=name, **given)


def _link(url: str, titles: Mapping[str, str]) -> Link:
    return Link(titles.get(url) or re.sub(r"^https?://", "", url)[:250], link_url(url))
