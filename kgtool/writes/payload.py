"""Drafts → what is sent: raw entity JSON, so that no library turns a number into another one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from kgtool.drafts import Addition, Conflict, Diff
from kgtool.entities import (
    CoordinateValue,
    DataValue,
    EntityIdValue,
    Item,
    MonolingualValue,
    QuantityValue,
    Reference,
    Snak,
    Statement,
    TimeValue,
)

Raw = dict[str, Any]


def creation(item: Item, statements: Sequence[Statement]) -> Raw:
    """``data`` for a new item with these of its statements."""
    return {
        "labels": _terms({code: t.value for code, t in item.labels.items()}),
        "descriptions": _terms({code: t.value for code, t in item.descriptions.items()}),
        "aliases": {
            code: [{"language": code, "value": t.value} for t in terms]
            for code, terms in item.aliases.items()
        },
        "sitelinks": {
            site: {"site": site, "title": link.title, "badges": link.badges}
            for site, link in item.sitelinks.items()
        },
        "claims": [_statement(s) for s in statements],
    }


def completion(diff: Diff, item: str, token: str) -> Raw:
    """``data`` that adds to ``item``: aliases join those there, statements bring their own GUIDs.

    The GUIDs follow from the token, so that the same edit arriving twice leaves one statement.
    """
    data: Raw = {}
    if diff.labels:
        data["labels"] = _terms(diff.labels)
    if diff.descriptions:
        data["descriptions"] = _terms(diff.descriptions)
    if diff.aliases:
        data["aliases"] = {
            code: [{"language": code, "value": text, "add": ""} for text in texts]
            for code, texts in diff.aliases.items()
        }
    if diff.sitelinks:
        data["sitelinks"] = {
            site: {"site": site, "title": link.title, "badges": link.badges}
            for site, link in diff.sitelinks.items()
        }
    if diff.statements:
        data["claims"] = [
            {**_statement(s), "id": new_guid(item, token, n)} for n, s in enumerate(diff.statements)
        ]
    return data


def new_guid(item: str, token: str, n: int) -> str:
    """The GUID of the n-th statement that a step adds to an item."""
    return f"{item}${str(uuid5(NAMESPACE_URL, f'kgtool:{token}:{n}')).upper()}"


def addition_patch(addition: Addition) -> list[Raw]:
    """JSON Patch (RFC 6902) for a statement of the REST API: only ever adds."""
    patch: list[Raw] = [
        {"op": "add", "path": "/references/-", "value": {"parts": _parts(reference)}}
        for reference in addition.references
    ]
    for snaks in addition.qualifiers.values():
        patch += [{"op": "add", "path": "/qualifiers/-", "value": rest_part(s)} for s in snaks]
    return patch


def replacement_patch(conflict: Conflict) -> list[Raw]:
    """JSON Patch that puts our value in the place of the one a person decided against.

    It begins with a test that the value is still the one that person saw. The old references spoke
    for the old value, so they go with it.
    """
    old, new = conflict.standing[0].mainsnak, conflict.wanted
    return [
        {"op": "test", "path": "/value", "value": rest_part(old)["value"]},
        {"op": "replace", "path": "/value", "value": rest_part(new.mainsnak)["value"]},
        {
            "op": "replace",
            "path": "/qualifiers",
            "value": [rest_part(s) for snaks in new.qualifiers.values() for s in snaks],
        },
        {
            "op": "replace",
            "path": "/references",
            "value": [{"parts": _parts(reference)} for reference in new.references],
        },
    ]


def rest_part(snak: Snak) -> Raw:
    """A snak in the words of the Wikibase REST API: property and value."""
    if snak.datavalue is None:
        return {"property": {"id": snak.property}, "value": {"type": snak.snaktype}}
    return {
        "property": {"id": snak.property},
        "value": {"type": "value", "content": _content(snak.datavalue)},
    }


def payload_digest(payload: object) -> str:
    """SHA-256 of what is sent, as hex digits."""
    return hashlib.sha256(msgspec.json.encode(payload, order="deterministic")).hexdigest()


def _parts(reference: Reference) -> list[Raw]:
    return [rest_part(snak) for snaks in reference.snaks.values() for snak in snaks]


def _content(value: DataValue) -> Any:
    match value:
        case EntityIdValue():
            return value.value.id
        case TimeValue():
            time = value.value
            return {
                "time": time.time,
                "precision": time.precision,
                "calendarmodel": time.calendarmodel,
            }
        case QuantityValue():
            q = value.value
            raw: Raw = {"amount": q.amount, "unit": q.unit}
            if q.upperBound is not None:
                raw["upperBound"] = q.upperBound
            if q.lowerBound is not None:
                raw["lowerBound"] = q.lowerBound
            return raw
        case CoordinateValue():
            c = value.value
            return {
                "latitude": c.latitude,
                "longitude": c.longitude,
                "precision": c.precision,
                "globe": c.globe,
            }
        case MonolingualValue():
            return {"text": value.value.text, "language": value.value.language}
        case _:
            return value.value


def _terms(texts: Mapping[str, str]) -> Raw:
    return {code: {"language": code, "value": text} for code, text in texts.items()}


def _statement(statement: Statement) -> Raw:
    raw: Raw = {
        "type": "statement",
        "mainsnak": _snak(statement.mainsnak),
        "rank": statement.rank,
    }
    if statement.qualifiers:
        raw["qualifiers"] = _group(statement.qualifiers)
        raw["qualifiers-order"] = list(statement.qualifiers)
    if statement.references:
        raw["references"] = [
            {"snaks": _group(r.snaks), "snaks-order": list(r.snaks)} for r in statement.references
        ]
    return raw


def _group(snaks: Mapping[str, Sequence[Snak]]) -> Raw:
    return {property: [_snak(one) for one in several] for property, several in snaks.items()}


def _snak(snak: Snak) -> Raw:
    raw: Raw = {"snaktype": snak.snaktype, "property": snak.property}
    if snak.datavalue is not None:
        value: Raw = msgspec.to_builtins(snak.datavalue)
        if isinstance(snak.datavalue, EntityIdValue):
            id = snak.datavalue.value.id
            kind = {"Q": "item", "P": "property"}.get(id[0], snak.datavalue.value.entity_type)
            value["value"] = {"entity-type": kind, "id": id}
        raw["datavalue"] = value
    return raw
