"""What happened to a partner's data, in words: in any language that kgtool speaks."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence

from kgtool.messages import direction, say
from kgtool.partners.fate import Fate
from kgtool.partners.slot_walk import STATES, Event
from kgtool.partners.told import Told
from kgtool.reports.document import Cell, Document, ItemLink, Section, Table, WebLink

_COUNTED = ("kept", "changed", "removed", "enriched", "added")

DiffUrl = Callable[[int, int], str]


def document(
    told: Told,
    language: str,
    names: Mapping[str, tuple[str, str]],
    parts: Mapping[str, str],
    diff_url: DiffUrl,
) -> Document:
    """The report; ``names`` are labels of items with their language, ``parts`` of properties."""

    def link(id: str) -> ItemLink:
        return ItemLink(id, *names.get(id, (id, "")))

    since = datetime.date.fromisoformat(told.since)
    name = link(told.selection).label
    sections = [_section(told, state, language, link, parts, diff_url) for state in STATES[:-1]]
    return Document(
        language=language,
        direction=direction(language),
        title=say(language, "changes-document-title", name, since),
        lead=[
            say(language, "changes-lead", since, told.items, told.touched, told.people),
            say(language, "changes-counted", *(told.counts[state] for state in _COUNTED)),
            *warnings(told, language),
        ],
        sections=[*(one for one in sections if one is not None), *_links(told, language, link)],
        as_of=say(language, "changes-as-of", moment(told.as_of)),
    )


def warnings(told: Told, language: str) -> list[str]:
    """What the answer does not know, in sentences."""
    reach = told.reach
    if reach.source == "workspace":
        return [say(language, "changes-workspace", moment(reach.begins))]
    said = []
    if reach.unread:
        said.append(say(language, "changes-unread", reach.unread))
    if reach.hidden:
        said.append(say(language, "changes-hidden", reach.hidden))
    if reach.deleted:
        said.append(say(language, "changes-deleted", reach.deleted))
    return said


def moment(text: str) -> datetime.datetime:
    """A time of the answer (ISO 8601, UTC)."""
    return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)


def _section(
    told: Told,
    state: str,
    language: str,
    link: Callable[[str], ItemLink],
    parts: Mapping[str, str],
    diff_url: DiffUrl,
) -> Section | None:
    count = told.counts[state]
    if not count:
        return None
    found = [one for one in told.statements if one.state == state]
    heading = say(language, f"changes-{state}")
    rows: list[list[Cell]] = [
        [
            link(one.item),
            parts.get(one.part, one.part),
            one.before,
            one.now,
            *_done(one.events, language, diff_url),
        ]
        for one in found
    ]
    heads = ("item", "part", "was", "is", "who", "diff")
    said = [say(language, f"changes-help-{state}")]
    if count > len(found):
        said.append(say(language, "changes-shown", len(found), count))
    columns = [say(language, f"changes-{head}") for head in heads]
    return Section(heading, said, Table(heading, columns, rows))


def _done(events: Sequence[Event], language: str, diff_url: DiffUrl) -> list[Cell]:
    if not events:
        return ["", ""]
    last = events[-1]
    who = last.by or say(language, "changes-nobody")
    said = say(language, "changes-by", who, moment(last.at).date()) if last.at else who
    if not last.revision:
        return [said, ""]
    return [said, WebLink(diff_url(last.revision, last.parent), say(language, "changes-diff"))]


def _links(told: Told, language: str, link: Callable[[str], ItemLink]) -> list[Section]:
    if not told.sitelinks:
        return []
    heading = say(language, "changes-links", told.gained, told.lost)
    rows: list[list[Cell]] = [
        [link(one.item), one.site, one.title, say(language, f"changes-{one.what}")]
        for one in told.sitelinks
    ]
    columns = [say(language, f"changes-{head}") for head in ("item", "site", "page", "state")]
    return [Section(heading, [], Table(heading, columns, rows))]


def ids_of(found: Sequence[Fate]) -> set[str]:
    """The items that a table of fates names."""
    return {one.item for one in found} | {one.heir for one in found if one.heir}
