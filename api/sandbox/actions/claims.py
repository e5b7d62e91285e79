"""The modules that change single statements: claims, qualifiers, references."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec

from ..answers import ApiError, Message, param_invalid
from ..call import Call
from ..edits import Saved
from ..records import Raw
from ..statements import drop_statement, find_statement, guid_refused, new_guid, put_statement
from ..values import VALUE_TYPE


def wbgetclaims(call: Call) -> dict[str, Any]:
    """The statements of an entity, or one of them."""
    guid, property, rank = call.text("claim"), call.text("property"), call.text("rank")
    id = _entity_of(guid) if guid else call.required("entity").upper()
    entity = call.wiki.store.latest(call.wiki.edits.standing(id)).entity
    claims = {
        name: [
            one
            for one in statements
            if (not guid or one["id"] == guid) and (not rank or one["rank"] == rank)
        ]
        for name, statements in entity["claims"].items()
        if not property or name == property
    }
    return {"claims": {name: several for name, several in claims.items() if several}}


def wbcreateclaim(call: Call) -> dict[str, Any]:
    """Add a statement made of one snak."""
    id = call.required("entity").upper()
    statement = {"id": new_guid(id), "mainsnak": _snak(call), "rank": "normal"}
    return _put(call, id, statement, "claim", "wbcreateclaim-create:1||1")


def wbsetclaim(call: Call) -> dict[str, Any]:
    """Add or replace a whole statement, given as JSON."""
    statement = _json(call, "claim")
    if not isinstance(statement, dict):
        raise param_invalid("A statement is an object.")
    guid = statement.get("id")
    if not isinstance(guid, str):
        raise guid_refused("Statement GUID is not valid")
    call.number("index")
    return _put(call, _entity_of(guid), statement, "claim", "wbsetclaim-update:2||1")


def wbsetclaimvalue(call: Call) -> dict[str, Any]:
    """Replace the main snak of a statement."""
    statement = _statement(call, call.required("claim"))
    snak = _snak(call, statement["mainsnak"]["property"])
    statement["mainsnak"] = snak
    said = "wbsetclaimvalue:1||1"
    return _put(call, _entity_of(statement["id"]), statement, "claim", said)


def wbremoveclaims(call: Call) -> dict[str, Any]:
    """Remove statements of one entity."""
    guids = call.several("claim")
    if not guids:
        call.required("claim")
    owners = {_entity_of(guid) for guid in guids}
    if len(owners) != 1:
        raise _invalid_guid("All statements have to be of one entity.")

    def change(entity: Raw) -> None:
        for guid in guids:
            if not drop_statement(entity, guid):
                raise _invalid_guid(f"There is no statement {guid}.")

    saved = _save(call, owners.pop(), change, f"wbremoveclaims-remove:{len(guids)}|")
    return {"pageinfo": _pageinfo(saved), "success": 1, "claims": guids}


def wbsetqualifier(call: Call) -> dict[str, Any]:
    """Add or replace a qualifier of a statement."""
    statement = _statement(call, call.required("claim"))
    snak = _snak(call)
    old = call.text("snakhash")
    qualifiers = statement.setdefault("qualifiers", {})
    same = qualifiers.setdefault(snak["property"], [])
    places = [place for place, one in enumerate(same) if one["hash"] == old]
    if places:
        same[places[0]] = snak
    else:
        same.append(snak)
    statement.pop("qualifiers-order", None)
    said = "wbsetqualifier-add:1|"
    return _put(call, _entity_of(statement["id"]), statement, "claim", said)


def wbremovequalifiers(call: Call) -> dict[str, Any]:
    """Remove qualifiers of a statement by their hashes."""
    statement = _statement(call, call.required("claim"))
    hashes = set(call.several("qualifiers"))
    qualifiers = statement.get("qualifiers", {})
    statement["qualifiers"] = {
        property: kept
        for property, snaks in qualifiers.items()
        if (kept := [snak for snak in snaks if snak["hash"] not in hashes])
    }
    id = _entity_of(statement["id"])
    answer = _put(call, id, statement, "claim", "wbremovequalifiers-remove:1|")
    return {"pageinfo": answer["pageinfo"], "success": 1}


def wbsetreference(call: Call) -> dict[str, Any]:
    """Add or replace a reference of a statement."""
    statement = _statement(call, call.required("statement"))
    made = call.wiki.edits.statements.reference({"snaks": _json(call, "snaks")})
    old = call.text("reference")
    call.number("index")
    references = statement.setdefault("references", [])
    places = [place for place, one in enumerate(references) if one["hash"] == old]
    if places and made:
        references[places[0]] = made
    elif made:
        references.append(made)
    id = _entity_of(statement["id"])
    answer = _put(call, id, statement, "claim", "wbsetreference-add:2|")
    return {"pageinfo": answer["pageinfo"], "reference": made, "success": 1}


def wbremovereferences(call: Call) -> dict[str, Any]:
    """Remove references of a statement by their hashes."""
    statement = _statement(call, call.required("statement"))
    hashes = set(call.several("references"))
    references = statement.get("references", [])
    statement["references"] = [one for one in references if one["hash"] not in hashes]
    id = _entity_of(statement["id"])
    answer = _put(call, id, statement, "claim", "wbremovereferences-remove:2|")
    return {"pageinfo": answer["pageinfo"], "success": 1}


def _put(call: Call, id: str, statement: Raw, name: str, said: str) -> dict[str, Any]:
    made: list[Raw] = []

    def change(entity: Raw) -> None:
        made[:] = [call.wiki.edits.statements.kept(id, statement)]
        put_statement(entity, made[0])

    saved = _save(call, id, change, said)
    return {"pageinfo": _pageinfo(saved), "success": 1, name: made[0]}


def _save(call: Call, id: str, change: Any, said: str) -> Saved:
    request, base = call.request(), call.number("baserevid")
    return call.wiki.edits.change(id, change, request, base=base, said=f"/* {said} */")


def _pageinfo(saved: Saved) -> Raw:
    return {"lastrevid": saved.revision.id}


def _snak(call: Call, property: str = "") -> Raw:
    kind = call.choice("snaktype", "value", "somevalue", "novalue", default="value")
    property = property or call.required("property")
    snak: Raw = {"snaktype": kind, "property": property}
    if kind == "value":
        # The parameter holds the value alone; its type is the one that the property takes.
        datatype = call.wiki.store.datatypes.get(property, "string")
        snak["datavalue"] = {"value": _json(call, "value"), "type": VALUE_TYPE[datatype]}
    return call.wiki.edits.statements.snak(snak)


def _statement(call: Call, guid: str) -> Raw:
    id = _entity_of(guid)
    entity = call.wiki.store.latest(call.wiki.edits.standing(id)).entity
    found = find_statement(entity, guid)
    if not found:
        raise _invalid_guid(f"There is no statement {guid}.")
    statement: Raw = deepcopy(entity["claims"][found[0]][found[1]])
    return statement


def _entity_of(guid: str) -> str:
    id, dollar, _ = guid.partition("$")
    if not dollar:
        raise _invalid_guid(f"“{guid}” is not a GUID.")
    return id.upper()


def _invalid_guid(text: str) -> ApiError:
    return ApiError("invalid-guid", text, Message("wikibase-api-invalid-guid", [], text))


def _json(call: Call, name: str) -> Any:
    try:
        return msgspec.json.decode(call.required(name))
    except msgspec.DecodeError:
        raise param_invalid(f"The parameter {name} is not JSON.") from None
