"""A row of a plan → what a page shows of it: every change, with its qualifiers and references."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from kgtool.drafts import (
    Complete,
    Conflicting,
    Create,
    Doubtful,
    Outcome,
    Refused,
    Unchanged,
    outcome_name,
)
from kgtool.drafts.draft import local_key
from kgtool.entities import EntityIdValue, Item, Snak, Statement, value_text

_KNOWN = Complete | Conflicting | Unchanged  # outcomes of rows whose item is known
Kind = Literal["label", "description", "alias", "sitelink", "statement", "addition"]


class Value(Struct, frozen=True):
    """A value in short; ``id`` where it is an item, ``row`` where it is another row of the plan."""

    text: str
    id: str = ""
    row: str = ""


class Part(Struct, frozen=True):
    """A property and a value: of a statement, a qualifier or a reference."""

    property: str
    value: Value


class Change(Struct, frozen=True):
    """Something that would be added. ``where`` is a language, site or property."""

    kind: Kind
    where: str
    value: Value | None
    qualifiers: list[Part] = []
    references: list[list[Part]] = []


class Clash(Struct, frozen=True):
    """Our value against those that stand; ``replaceable`` where exactly one does."""

    property: str
    wanted: Value
    standing: list[Value]
    decision: str
    replaceable: bool


class Decided(Struct, frozen=True):
    """What somebody chose for a row: ``create``, ``skip`` or ``complete`` an ``item``."""

    choice: str
    item: str
    by: str


class Said(Struct, frozen=True):
    """Something to know about a row, in the reader's language unless ``english``."""

    level: str
    where: str
    text: str
    english: bool


class NearView(Struct, frozen=True):
    """An item that may be the one, and why."""

    id: str
    label: str
    why: str


class RowView(Struct, frozen=True):
    """What the page shows of one row."""

    key: str
    row: int
    label: str
    outcome: str
    item: str
    why: str
    searched: list[str]
    decided: Decided | None
    reason: str
    changes: list[Change]
    clashes: list[Clash]
    kept: list[str]
    near: list[NearView]
    findings: list[Said]


def row_view(row: Outcome, language: str) -> RowView:
    """One row, ready to be shown in a language."""
    changes: list[Change] = []
    clashes: list[Clash] = []
    kept: list[str] = []
    if isinstance(row, Create | Doubtful | Refused):
        changes = _of_item(row.draft.wanted)
    elif isinstance(row, Complete | Conflicting):
        changes = _of_diff(row)
        kept = [one.told(language) for one in row.diff.kept]
        clashes = [
            Clash(
                one.property,
                _value(one.wanted.mainsnak),
                [_value(statement.mainsnak) for statement in one.standing],
                one.decision,
                len(one.standing) == 1,
            )
            for one in row.diff.conflicts
        ]
    return RowView(
        key=row.key,
        row=row.row,
        label=row.label,
        outcome=outcome_name(row),
        item=getattr(row, "item", ""),
        why=row.why.told(language) if isinstance(row, _KNOWN) else "",
        searched=[one.told(language) for one in (row.searched if isinstance(row, Create) else [])],
        decided=_decided(row.decided),
        reason=row.reason.told(language) if isinstance(row, Doubtful) else "",
        changes=changes,
        clashes=clashes,
        kept=kept,
        near=[
            NearView(one.id, one.label, one.why.told(language))
            for one in (row.near if isinstance(row, Doubtful) else [])
        ],
        findings=[
            Said(one.level, one.place(language), one.told(language), english=one.words is None)
            for one in row.findings
        ],
    )


def _decided(note: str) -> Decided | None:
    """Read what :func:`kgtool.drafts.decide.decided` notes: ``complete Q42 by Ann``."""
    what, _, by = note.partition(" by ")
    choice, _, item = what.partition(" ")
    return Decided(choice, item, by) if note else None


def ids_of(rows: Iterable[RowView]) -> tuple[set[str], set[str]]:
    """Items and properties whose names a page of these rows needs."""
    items: set[str] = set()
    properties: set[str] = set()
    for row in rows:
        items |= {row.item, *(near.id for near in row.near)}
        for change in row.changes:
            parts = [*change.qualifiers, *(part for one in change.references for part in one)]
            if change.kind in ("statement", "addition"):
                properties.add(change.where)
            properties |= {part.property for part in parts}
            items |= {part.value.id for part in parts}
            items.add(change.value.id if change.value else "")
        for clash in row.clashes:
            properties.add(clash.property)
            items |= {clash.wanted.id, *(value.id for value in clash.standing)}
    return items - {""}, properties


def _of_item(item: Item) -> list[Change]:
    changes = [Change("label", code, Value(term.value)) for code, term in item.labels.items()]
    changes += [
        Change("description", code, Value(term.value)) for code, term in item.descriptions.items()
    ]
    changes += [
        Change("alias", code, Value(term.value))
        for code, terms in item.aliases.items()
        for term in terms
    ]
    changes += [
        Change("sitelink", site, Value(link.title)) for site, link in item.sitelinks.items()
    ]
    return changes + [_statement(one) for some in item.claims.values() for one in some]


def _of_diff(row: Complete | Conflicting) -> list[Change]:
    d = row.diff
    changes = [Change("label", code, Value(text)) for code, text in d.labels.items()]
    changes += [Change("description", code, Value(text)) for code, text in d.descriptions.items()]
    changes += [
        Change("alias", code, Value(text)) for code, texts in d.aliases.items() for text in texts
    ]
    changes += [Change("sitelink", site, Value(link.title)) for site, link in d.sitelinks.items()]
    changes += [_statement(one) for one in d.statements]
    return changes + [
        Change(
            "addition",
            one.property,
            None,
            _parts(one.qualifiers),
            [_parts(reference.snaks) for reference in one.references],
        )
        for one in d.additions
    ]


def _statement(statement: Statement) -> Change:
    return Change(
        "statement",
        statement.mainsnak.property,
        _value(statement.mainsnak),
        _parts(statement.qualifiers),
        [_parts(reference.snaks) for reference in statement.references],
    )


def _parts(snaks: dict[str, list[Snak]]) -> list[Part]:
    return [Part(property, _value(one)) for property, some in snaks.items() for one in some]


def _value(snak: Snak) -> Value:
    text = value_text(snak)
    if isinstance(snak.datavalue, EntityIdValue):
        key = local_key(text)
        if key is not None:
            return Value(key, row=key)
        if text.startswith("Q"):
            return Value(text, id=text)
    return Value(text)
