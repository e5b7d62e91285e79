"""What constraints look at: the item as it would be, and which of it is new."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts.constraints.rules import Position
from kgtool.drafts.diff import Addition, Diff
from kgtool.drafts.draft import Draft
from kgtool.entities import Item, Reference, Snak, Statement


class Placed(Struct, frozen=True):
    """A new snak and where it stands."""

    position: Position
    snak: Snak


class New(Struct, frozen=True):
    """A statement as it would be, with what of it is new; ``whole`` if all of it is."""

    statement: Statement
    snaks: list[Placed]
    whole: bool

    @property
    def of(self) -> str:
        """The statement's property."""
        return self.statement.mainsnak.property

    @property
    def qualifiers(self) -> list[str]:
        """Properties of the new qualifiers."""
        found = [one.snak.property for one in self.snaks if one.position == "qualifier"]
        return list(dict.fromkeys(found))


class Subject(Struct, frozen=True):
    """An item as it would be. ``id`` is empty for one that is to be created."""

    id: str
    claims: dict[str, list[Statement]]
    new: list[New]


def subject_of(draft: Draft, item: Item | None = None, changes: Diff | None = None) -> Subject:
    """The item that a draft makes, or ``item`` with the changes.

    Of conflicts, our values count as set beside those that stand, unless they take their place.
    """
    if item is None or changes is None:
        claims = draft.wanted.claims
        return Subject("", claims, [_new(s) for several in claims.values() for s in several])
    additions = {one.statement: one for one in changes.additions}
    wanted = [*changes.statements]
    replaced: set[str | None] = set()
    for conflict in changes.conflicts:
        if conflict.decision == "replace":
            replaced |= {one.id for one in conflict.standing}
        if conflict.wanted not in wanted:
            wanted.append(conflict.wanted)
    after = {
        property: [_grown(one, additions.get(one.id or "")) for one in statements]
        for property, statements in item.claims.items()
    }
    for property, statements in after.items():
        after[property] = [one for one in statements if one.id not in replaced]
    new = [
        New(one, list(_parts(addition.qualifiers, addition.references)), whole=False)
        for statements in after.values()
        for one in statements
        if (addition := additions.get(one.id or "")) is not None
    ]
    for statement in wanted:
        after.setdefault(statement.mainsnak.property, []).append(statement)
        new.append(_new(statement))
    return Subject(item.id, after, new)


def _new(statement: Statement) -> New:
    parts = list(_parts(statement.qualifiers, statement.references))
    return New(statement, [Placed("main", statement.mainsnak), *parts], whole=True)


def _parts(qualifiers: dict[str, list[Snak]], references: list[Reference]) -> Iterator[Placed]:
    for snaks in qualifiers.values():
        yield from (Placed("qualifier", snak) for snak in snaks)
    for reference in references:
        for snaks in reference.snaks.values():
            yield from (Placed("reference", snak) for snak in snaks)


def _grown(statement: Statement, addition: Addition | None) -> Statement:
    if addition is None:
        return statement
    qualifiers = {p: [*statement.qualifiers.get(p, []), *s] for p, s in addition.qualifiers.items()}
    return replace(
        statement,
        qualifiers={**statement.qualifiers, **qualifiers},
        references=[*statement.references, *addition.references],
    )
