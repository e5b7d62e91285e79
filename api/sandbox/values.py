"""What the validators of a Wikibase let through as the value of a snak, and how they keep it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from kgtool.entities.hashes import snak_hash
from kgtool.entities.model import Snak

from .answers import ApiError, invalid, param_invalid
from .records import Raw, title_of
from .rules import Rules, is_monolingual_language
from .store import Store

VALUE_TYPE = {
    "string": "string",
    "external-id": "string",
    "url": "string",
    "commonsMedia": "string",
    "geo-shape": "string",
    "tabular-data": "string",
    "math": "string",
    "musical-notation": "string",
    "wikibase-item": "wikibase-entityid",
    "wikibase-property": "wikibase-entityid",
    "wikibase-lexeme": "wikibase-entityid",
    "wikibase-form": "wikibase-entityid",
    "wikibase-sense": "wikibase-entityid",
    "entity-schema": "wikibase-entityid",
    "time": "time",
    "quantity": "quantity",
    "globe-coordinate": "globecoordinate",
    "monolingualtext": "monolingualtext",
}
_TIME = re.compile(r"^([-+]\d{1,16})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$")
_DECIMAL = re.compile(r"^[-+]([1-9]\d*|\d)(\.\d+)?$")
_ENTITY = re.compile(r"^([QPLM])[1-9]\d{0,9}(-[FS][1-9]\d*)?$")
_URL = re.compile(r"^(https?|ftp|ftps|sftp|ssh|git|svn|mms|irc|ircs|bitcoin|mailto|telnet|gopher):")
_KINDS = {"Q": "item", "P": "property", "L": "lexeme", "M": "mediainfo"}


class Snaks:
    """Checks snaks against the properties and entities of a wiki."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        self._kinds: dict[str, Callable[[Any, str], Any]] = {
            "string": self._string,
            "wikibase-entityid": self._entity,
            "time": self._time,
            "quantity": self._quantity,
            "globecoordinate": self._coordinate,
            "monolingualtext": self._monolingual,
        }

    def kept(self, raw: Any) -> Raw:
        """A snak as the wiki keeps it, with hash and datatype.

        :raises ApiError: as the wiki would.
        """
        if not isinstance(raw, dict) or raw.get("snaktype") not in (
            "value",
            "somevalue",
            "novalue",
        ):
            raise _malformed("A snak has no known snaktype.")
        property = raw.get("property")
        if not isinstance(property, str):
            raise _malformed("A snak names no property.")
        datatype = self._store.datatypes.get(property)
        if datatype is None:
            link = f"[[{title_of(property)}|{property}]]"
            raise invalid("no-such-property", [link], f"There is no property {property}.")
        made: Raw = {"snaktype": raw["snaktype"], "property": property, "hash": ""}
        if raw["snaktype"] == "value":
            made["datavalue"] = self._datavalue(raw.get("datavalue"), datatype)
        made["datatype"] = datatype
        made["hash"] = snak_hash(msgspec.convert(made, Snak))
        return made

    def _datavalue(self, raw: Any, datatype: str) -> Raw:
        if not isinstance(raw, dict) or "value" not in raw or "type" not in raw:
            raise _malformed("A snak of type value has no datavalue.")
        expected = VALUE_TYPE.get(datatype, "string")
        if raw["type"] != expected:
            found = str(raw["type"])
            text = f"The value is of type {found}; the property takes {expected}."
            raise invalid("bad-value-type", [found, expected], text)
        return {"value": self._kinds[expected](raw["value"], datatype), "type": expected}

    def _string(self, value: Any, datatype: str) -> str:
        if not isinstance(value, str):
            raise _bad("Can only construct a string from a string")
        if value == "":
            raise invalid("too-short", ["1"], "The text is empty.")
        limit = self._rules.url_length if datatype == "url" else self._rules.string_length
        if len(value) > limit:
            raise invalid("too-long", [str(limit), value], f"The text is over {limit} characters.")
        if value != value.strip() or re.search(r"[\t\n\v\f\r\x85\u2028\u2029]", value):
            text = f"Spaces at an end, tabs and line breaks may not be in a string: “{value}”."
            raise invalid("illegal-string-chars", [value], text)
        if datatype == "url" and not _URL.match(value):
            raise invalid("url-scheme-missing", [value], f"“{value}” does not begin as a URL does.")
        if datatype == "commonsMedia" and value in self._rules.absent_files:
            raise invalid("no-such-media", [value], f"Commons has no file “{value}”.")
        return value

    def _entity(self, value: Any, datatype: str) -> Raw:
        id = value.get("id") if isinstance(value, dict) else None
        if id is None and isinstance(value, dict) and isinstance(value.get("numeric-id"), int):
            id = ("P" if value.get("entity-type") == "property" else "Q") + str(value["numeric-id"])
        if not isinstance(id, str) or not _ENTITY.match(id):
            raise _bad("An entity id is needed")
        kind = _KINDS[id[0]]
        if datatype in ("wikibase-item", "wikibase-property"):
            wanted = datatype.removeprefix("wikibase-")
            if kind != wanted:
                text = f"{id} is of type {kind}; the property takes {wanted}."
                raise invalid("bad-entity-type", [kind, wanted], text)
            page = self._store.page(id)
            if page is None or page.deleted:
                link = f"[[{title_of(id)}|{id}]]"
                raise invalid("no-such-entity", [link], f"There is no {id}.")
        if "-" in id:
            return {"entity-type": "form" if "-F" in id else "sense", "id": id}
        return {"entity-type": kind, "numeric-id": int(id[1:]), "id": id}

    def _time(self, value: Any, datatype: str) -> Raw:
        fields = _fields(value, "time", "timezone", "before", "after", "precision", "calendarmodel")
        text = str(fields["time"])
        found = _TIME.match(text)
        if not found:
            raise _bad(f"$timestamp must resemble ISO 8601, given {text}")
        if not isinstance(fields["precision"], int) or not 0 <= fields["precision"] <= 14:
            raise _bad("$precision must be an integer from 0 to 14")
        month, day, *clock = map(int, found.groups()[1:])
        if month > 12 or day > 31 or any(clock) or fields["precision"] > 11:
            raise invalid("malformed-value", [text], f"This is no date to the day: {text}.")
        if not str(fields["calendarmodel"]).startswith(("http://", "https://")):
            raise _bad("$calendarModel must be a URI")
        return fields

    def _quantity(self, value: Any, datatype: str) -> Raw:
        fields = _fields(value, "amount", "unit")
        if isinstance(fields["amount"], int | float) and not isinstance(fields["amount"], bool):
            fields["amount"] = f"{fields['amount']:+}"
        for bound in ("upperBound", "lowerBound"):
            if isinstance(value.get(bound), str):
                fields[bound] = value[bound]
        for name in ("amount", "upperBound", "lowerBound"):
            number = fields.get(name, "+0")
            if not isinstance(number, str) or len(number) > 127 or not _DECIMAL.match(number):
                raise _bad(f"The value of {name} is not a decimal number: {number}")
        amount = Decimal(fields["amount"])
        if not Decimal(fields.get("lowerBound", amount)) <= amount:
            raise _bad("The lower bound is above the amount")
        if not amount <= Decimal(fields.get("upperBound", amount)):
            raise _bad("The upper bound is below the amount")
        if not isinstance(fields["unit"], str) or not fields["unit"]:
            raise _bad("The unit is a URI or “1”")
        return fields

    def _coordinate(self, value: Any, datatype: str) -> Raw:
        fields = _fields(value, "latitude", "longitude", "precision", "globe")
        for name in ("latitude", "longitude", "precision"):
            if isinstance(fields[name], bool) or not isinstance(fields[name], int | float):
                raise _bad(f"{name} is not a number")
        if not -360 <= fields["latitude"] <= 360 or not -360 <= fields["longitude"] <= 360:
            raise _bad("latitude and longitude lie between -360 and 360")
        return {
            "latitude": fields["latitude"],
            "longitude": fields["longitude"],
            "altitude": None,
            "precision": fields["precision"],
            "globe": fields["globe"],
        }

    def _monolingual(self, value: Any, datatype: str) -> Raw:
        fields = _fields(value, "text", "language")
        self._string(fields["text"], "string")
        if not is_monolingual_language(str(fields["language"])):
            code = str(fields["language"])
            raise invalid("not-a-language", [code], f"No language has the code “{code}”.")
        return fields


def _fields(value: Any, *names: str) -> Raw:
    if not isinstance(value, dict):
        raise _bad("The value is an object with fields")
    for name in names:
        if value.get(name) is None:
            raise _bad(f'Missing required field "{name}"')
    return {name: value[name] for name in names}


def _bad(problem: str) -> ApiError:
    return invalid("bad-value", [problem], f"The value is broken: {problem}")


def _malformed(problem: str) -> ApiError:
    error = param_invalid(problem)
    error.code = "invalid-claim"
    error.messages[0] = type(error.messages[0])("wikibase-api-invalid-claim", [], problem)
    return error
