"""A gap of one item, what somebody says to fill it, and the draft that this makes."""

from __future__ import annotations

import datetime
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts import Draft, Mapping, Row, build_drafts
from kgtool.drafts.rules import (
    License,
    Notability,
    ReferenceRule,
    SnakRule,
    Source,
    StatementRule,
    TermRule,
)
from kgtool.entities import Item, Profile, Statement, best_statements
from kgtool.errors import UsageError
from kgtool.messages.words import Words

Way: TypeAlias = Literal["label", "description", "value", "reference"]


class Wanted(Struct, frozen=True):
    """What somebody says: the value, and where it can be read: an address, or a work's item."""

    item: str
    measure: str
    text: str = ""
    url: str = ""
    source: str = ""
    language: str = ""


class Gap(Struct, frozen=True):
    """How a gap can be mended: ``part`` is a language or a property, ``datatype`` its values'."""

    way: Way
    part: str
    datatype: str = ""


def mapping_of(wanted: Wanted, gap: Gap, profile: Profile, today: datetime.date) -> Mapping:
    """How what somebody says becomes a draft; a reference says that it was looked up today."""
    roles = profile.properties
    snaks = []
    if wanted.source:
        snaks.append(SnakRule(property=roles.stated_in, type="wikibase-item", column="source"))
    if wanted.url:
        snaks.append(SnakRule(property=roles.reference_url, type="url", column="url"))
    snaks.append(SnakRule(property=roles.retrieved, type="time", constant=today.isoformat()))
    language = wanted.language or "en"
    mapping = Mapping(
        name="mend",
        title=f"Mended by hand: {wanted.measure} of {wanted.item}",
        key="item",
        item="item",
        language=language,
        # Who saves on the wiki gives their words as CC0, as the wiki's own form says.
        source=Source(wanted.url or wanted.source or "the person who edits"),
        license=License("CC0"),
        notability=Notability("the item exists"),
        summary=f"{wanted.measure}, by hand from a worklist",
    )
    term = TermRule(column="value", language=gap.part)
    match gap.way:
        case "label":
            return replace(mapping, labels=[term])
        case "description":
            return replace(mapping, descriptions=[term])
        case "value":
            rule = StatementRule(
                property=gap.part,
                type=gap.datatype,
                column="value",
                language=language,
                required=True,
                references=[ReferenceRule(snaks)],
            )
            return replace(mapping, statements=[rule])
    # The value stands already: only its reference is read here.
    carrier = StatementRule(
        property=gap.part,
        type="string",
        constant="-",
        references=[ReferenceRule(snaks)],
    )
    return replace(mapping, statements=[carrier])


def draft_of(wanted: Wanted, gap: Gap, mapping: Mapping, item: Item, profile: Profile) -> Draft:
    """What the item is to have; ``mapping`` is that of :func:`mapping_of`.

    :raises UsageError: a reference is given, but there is no statement that could have it.
    """
    row = Row(
        1,
        {
            **{"item": wanted.item, "value": wanted.text},
            **{"url": wanted.url, "source": wanted.source},
        },
    )
    [draft] = build_drafts([row], mapping, profile)
    return _referenced(draft, item, gap.part) if gap.way == "reference" else draft


def _referenced(draft: Draft, item: Item, property: str) -> Draft:
    """A draft that says of the item's own values what can be cited for them."""
    carriers = draft.wanted.claims.get(property, [])
    standing = best_statements(item.claims.get(property, []))
    bare = [one for one in standing if not one.references] or standing[:1]
    if not carriers or not bare:
        raise UsageError(Words("error-nothing-cited", (item.id, property)))
    references = carriers[0].references
    claims = {property: [Statement(one.mainsnak, references=references) for one in bare[:1]]}
    return replace(draft, wanted=replace(draft.wanted, claims=claims))
