"""Two records of one institution become one, and nothing of either is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias, TypeVar

from msgspec.structs import replace

from kgtool.partners.partner import Partner, StatusChange

Keep: TypeAlias = Literal["new", "old"]
_T = TypeVar("_T")


def merged(old: Partner, new: Partner, keep: Keep, *, by: str, now: datetime) -> Partner:
    """One record under the new QID.

    Name, kind, status, country, affiliate and publication are those of the record that is kept;
    what it leaves empty comes from the other. Summaries, projects, links, collections, contacts and
    histories are put together, each thing once. What the other was called and how it stood is noted
    in the history.
    """
    first, second = (new, old) if keep == "new" else (old, new)
    summaries = list(dict.fromkeys(s for s in (first.summary.strip(), second.summary.strip()) if s))
    history = sorted([*old.history, *new.history], key=lambda one: one.at)
    note = f"merged with {old.qid}: {second.name}, {second.kind}, {second.status}"
    return replace(
        first,
        qid=new.qid,
        country=first.country or second.country,
        affiliate=first.affiliate or second.affiliate,
        summary="\n\n".join(summaries),
        updated=now,
        history=[*history, StatusChange(first.status, now, by, note)],
        projects=_together(first.projects, second.projects),
        links=_together(first.links, second.links),
        collections=_together(first.collections, second.collections),
        contacts=[*first.contacts, *second.contacts],
    )


def _together(one: Sequence[_T], other: Sequence[_T]) -> list[_T]:
    found = list(one)
    found += [each for each in other if each not in found]
    return found
