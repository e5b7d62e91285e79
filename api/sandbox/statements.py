"""What ``claims`` in an edit do to the statements of an entity."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from kgtool.entities.hashes import reference_hash
from kgtool.entities.model import Reference

from .answers import ApiError, Message, param_invalid
from .records import Raw
from .values import Snaks

_RANKS = ("preferred", "normal", "deprecated")


def new_guid(entity: str) -> str:
    """A GUID for a new statement: ``Q4$`` and a random UUID in capitals."""
    return f"{entity}${str(uuid.uuid4()).upper()}"


def find_statement(entity: Raw, guid: str) -> tuple[str, int] | None:
    """Property and place of a statement among that property's."""
    for property, statements in entity.get("claims", {}).items():
        for place, statement in enumerate(statements):
            if statement["id"] == guid:
                return property, place
    return None


def put_statement(entity: Raw, statement: Raw) -> None:
    """Put a statement where its GUID stands, or else behind those of its property."""
    claims = entity["claims"]
    property = statement["mainsnak"]["property"]
    found = find_statement(entity, statement["id"])
    if found and found[0] == property:
        claims[property][found[1]] = statement
        return
    if found:
        drop_statement(entity, statement["id"])
    claims.setdefault(property, []).append(statement)


def drop_statement(entity: Raw, guid: str) -> bool:
    """Take a statement away; says whether it was there."""
    found = find_statement(entity, guid)
    if not found:
        return False
    property, place = found
    del entity["claims"][property][place]
    if not entity["claims"][property]:
        del entity["claims"][property]
    return True


class Statements:
    """Applies given statements to entities, checking them."""

    def __init__(self, snaks: Snaks) -> None:
        self._snaks = snaks

    def apply(self, entity: Raw, given: Any) -> None:
        """Change ``entity["claims"]`` as ``given`` says: a list, or lists by property.

        :raises ApiError: as the wiki would.
        """
        if isinstance(given, dict):
            given = [one for several in given.values() for one in _listed(several)]
        for one in _listed(given):
            if not isinstance(one, dict):
                raise param_invalid("A statement is an object.")
            if "remove" in one:
                if not drop_statement(entity, str(one.get("id"))):
                    raise guid_refused("There is no statement with this GUID")
                continue
            put_statement(entity, self.kept(entity["id"], one))

    def kept(self, entity: str, raw: Raw) -> Raw:
        """A statement as the wiki keeps it: snaks checked, GUID and hashes filled in."""
        guid = raw.get("id") or new_guid(entity)
        if not isinstance(guid, str) or not guid.upper().startswith(f"{entity}$"):
            raise guid_refused("Statement GUID invalid for given entity")
        rank = raw.get("rank", "normal")
        if rank not in _RANKS:
            raise param_invalid(f"There is no rank “{rank}”.")
        made: Raw = {"mainsnak": self._snaks.kept(raw.get("mainsnak")), "type": "statement"}
        qualifiers = self._grouped(raw.get("qualifiers"), raw.get("qualifiers-order"))
        if qualifiers:
            made |= {"qualifiers": qualifiers, "qualifiers-order": list(qualifiers)}
        made |= {"id": guid, "rank": rank}
        references = self._references(raw.get("references"))
        if references:
            made["references"] = references
        return made

    def snak(self, raw: Any) -> Raw:
        """A snak as the wiki keeps it."""
        return self._snaks.kept(raw)

    def reference(self, raw: Any) -> Raw | None:
        """A reference as the wiki keeps it; None if it is empty."""
        if not isinstance(raw, dict):
            raise param_invalid("A reference is an object with snaks.")
        snaks = self._grouped(raw.get("snaks"), raw.get("snaks-order"))
        if not snaks:
            return None
        hash = reference_hash(msgspec.convert({"snaks": snaks}, Reference))
        return {"hash": hash, "snaks": snaks, "snaks-order": list(snaks)}

    def _references(self, raw: Any) -> list[Raw]:
        made: dict[str, Raw] = {}
        for one in _listed(raw or []):
            reference = self.reference(one)
            if reference:
                made.setdefault(reference["hash"], reference)
        return list(made.values())

    def _grouped(self, raw: Any, order: Any) -> Raw:
        snaks = raw or {}
        if isinstance(snaks, dict):
            snaks = [one for several in snaks.values() for one in _listed(several)]
        made: dict[str, list[Raw]] = {}
        for one in _listed(snaks):
            kept = self._snaks.kept(one)
            same = made.setdefault(kept["property"], [])
            if kept["hash"] not in {other["hash"] for other in same}:
                same.append(kept)
        first = [one for one in _listed(order or []) if isinstance(one, str) and one in made]
        return {property: made[property] for property in dict.fromkeys([*first, *made])}


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise param_invalid("A list is needed here.")
    return value


def guid_refused(text: str) -> ApiError:
    """A GUID that does not fit."""
    return ApiError(
        "modification-failed", text, Message("wikibase-api-modification-failed", [text], text)
    )
