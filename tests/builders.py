"""Small entities for tests: ``item("Q1", P31="Q5", labels={"en": "Ann"})``."""

from __future__ import annotations

from typing import Any

from kgtool.entities import (
    DataValue,
    EntityId,
    EntityIdValue,
    Item,
    Rank,
    Reference,
    Sitelink,
    Snak,
    Statement,
    StringValue,
    Term,
)


def value(of: str | DataValue) -> DataValue:
    """A value: a text that looks like ``Q42`` becomes that item, any other text a string."""
    if not isinstance(of, str):
        return of
    if of[:1] == "Q" and of[1:].isdecimal():
        return EntityIdValue(EntityId(of, numeric_id=int(of[1:])))
    return StringValue(of)


def snak(property: str, of: str | DataValue | None = None, *, kind: str = "value") -> Snak:
    """A snak; ``kind`` is ``value``, ``somevalue`` or ``novalue``."""
    if kind == "value":
        assert of is not None
        return Snak("value", property, datavalue=value(of))
    return Snak("somevalue" if kind == "somevalue" else "novalue", property)


def statement(
    property: str,
    of: str | DataValue | None = None,
    *,
    kind: str = "value",
    rank: Rank = "normal",
    qualifiers: list[Snak] | None = None,
    references: list[list[Snak]] | None = None,
    id: str | None = None,
) -> Statement:
    """A statement; qualifiers and references are given as lists of snaks."""
    return Statement(
        snak(property, of, kind=kind),
        id=id,
        rank=rank,
        qualifiers=_by_property(qualifiers or []),
        references=[Reference(_by_property(snaks)) for snaks in references or []],
    )


def item(
    id: str,
    *statements: Statement,
    labels: dict[str, str] | None = None,
    descriptions: dict[str, str] | None = None,
    aliases: dict[str, list[str]] | None = None,
    sitelinks: dict[str, str] | None = None,
    **values: Any,
) -> Item:
    """An item; ``P31="Q5"`` or ``P31=["Q5", "Q6"]`` are short for plain statements."""
    claims: dict[str, list[Statement]] = {}
    for property, given in values.items():
        for one in given if isinstance(given, list) else [given]:
            claims.setdefault(property, []).append(statement(property, one))
    for made in statements:
        claims.setdefault(made.mainsnak.property, []).append(made)
    for property, made_list in claims.items():
        claims[property] = [
            _with_id(s, f"{id}$00000000-0000-0000-{property[1:].zfill(4)[-4:]}-{n:012d}")
            for n, s in enumerate(made_list)
        ]
    return Item(
        id=id,
        labels=_terms(labels),
        descriptions=_terms(descriptions),
        aliases={
            language: [Term(language, text) for text in texts]
            for language, texts in (aliases or {}).items()
        },
        claims=claims,
        sitelinks={site: Sitelink(site, title) for site, title in (sitelinks or {}).items()},
    )


def _terms(texts: dict[str, str] | None) -> dict[str, Term]:
    return {language: Term(language, text) for language, text in (texts or {}).items()}


def _by_property(snaks: list[Snak]) -> dict[str, list[Snak]]:
    grouped: dict[str, list[Snak]] = {}
    for one in snaks:
        grouped.setdefault(one.property, []).append(one)
    return grouped


def _with_id(made: Statement, id: str) -> Statement:
    if made.id is not None:
        return made
    return Statement(
        made.mainsnak,
        id=id,
        rank=made.rank,
        qualifiers=made.qualifiers,
        qualifiers_order=made.qualifiers_order,
        references=made.references,
    )
