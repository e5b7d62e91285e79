"""Partners as a CSV table, in and out."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence

from kgtool import spreadsheet
from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.partners.partner import KINDS, Link, Partner, link_url, published, qid, status

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


def from_csv(text: str, now: datetime.datetime) -> list[Partner]:
    """Partners from a table; columns in any order, ``qid`` and ``name`` are needed.

    What a row leaves empty is ``prospect``, ``other`` or nothing.

    :raises InputError: the table is not right; names every wrong row, so that one pass mends all.
    """
    known: set[str] = set()

    def take(cells: dict[str, str]) -> Partner:
        one = _partner(cells, now)
        if one.qid in known:
            raise UsageError(Words("error-twice", (one.qid,)))
        known.add(one.qid)
        return one

    return spreadsheet.from_csv(text, COLUMNS, take, needed=_NEEDED, passed_over=COUNTED)


def _partner(cells: dict[str, str], now: datetime.datetime) -> Partner:
    if not cells.get("name"):
        raise UsageError(Words("error-name-empty"))
    return Partner(
        qid=qid(cells["qid"]),
        name=cells["name"][:250],
        kind=cells.get("kind", "").lower()[:40] or KINDS[-1],
        status=status(cells.get("status", "") or "prospect"),
        country=qid(cells["country"]) if cells.get("country") else None,
        affiliate=cells.get("affiliate", "")[:120],
        summary=cells.get("summary", ""),
        links=[
            Link(re.sub(r"^https?://", "", url)[:250], link_url(url))
            for url in cells.get("links", "").split()
        ],
        published=published(cells.get("published", "").split()),
        updated=now,
    )
