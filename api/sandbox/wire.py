"""Entities in the words of the Wikibase REST API, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .edits import sitelink_url
from .records import Raw
from .store import Store
from .values import VALUE_TYPE

PARTS = ("labels", "descriptions", "aliases", "statements", "sitelinks")


class Invalid(Exception):
    """A field of a REST request is wrong; ``path`` says which."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def item(entity: Raw) -> Raw:
    """An item, or a property, as the REST API shows it."""
    shown: Raw = {"type": entity["type"]}
    if "datatype" in entity:
        shown["data_type"] = entity["datatype"]
    for part in ("labels", "descriptions"):
        shown[part] = {code: term["value"] for code, term in entity[part].items()}
    shown["aliases"] = {
        code: [term["value"] for term in terms] for code, terms in entity["aliases"].items()
    }
    shown["statements"] = statements(entity)
    if "sitelinks" in entity:
        shown["sitelinks"] = {site: sitelink(link) for site, link in entity["sitelinks"].items()}
    return {**shown, "id": entity["id"]}


def statements(entity: Raw) -> Raw:
    """All statements of an entity by property."""
    return {
        property: [statement(one) for one in several]
        for property, several in entity["claims"].items()
    }


def sitelink(link: Raw) -> Raw:
    """A sitelink with its address."""
    url = sitelink_url(link["site"], link["title"])
    return {"title": link["title"], "badges": link["badges"], "url": url}


def statement(raw: Raw) -> Raw:
    """One statement."""
    return {
        "id": raw["id"],
        "rank": raw["rank"],
        "qualifiers": [_part(s) for several in raw.get("qualifiers", {}).values() for s in several],
        "references": [
            {
                "hash": reference["hash"],
                "parts": [_part(s) for several in reference["snaks"].values() for s in several],
            }
            for reference in raw.get("references", [])
        ],
        **_part(raw["mainsnak"]),
    }


def _part(snak: Raw) -> Raw:
    property = {"id": snak["property"], "data_type": snak["datatype"]}
    if snak["snaktype"] != "value":
        return {"property": property, "value": {"type": snak["snaktype"]}}
    value = snak["datavalue"]["value"]
    content = value
    match snak["datavalue"]["type"]:
        case "wikibase-entityid":
            content = value["id"]
        case "time":
            content = {name: value[name] for name in ("time", "precision", "calendarmodel")}
        case "globecoordinate":
            content = {name: number for name, number in value.items() if name != "altitude"}
        case "monolingualtext":
            content = {"language": value["language"], "text": value["text"]}
    return {"property": property, "value": {"type": "value", "content": content}}


class Reader:
    """REST documents → the data of an edit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def fill(self, entity: Raw, document: Any, path: str, parts: Iterable[str] = PARTS) -> Raw:
        """Empty these parts of ``entity``; gives the data that fills them from ``document``.

        :raises Invalid: a field is wrong.
        """
        whole = _object(document, path)
        data: Raw = {}
        for part in parts:
            given = _object(whole.get(part, {}), f"{path}/{part}")
            match part:
                case "labels" | "descriptions":
                    data[part] = self._terms(given, f"{path}/{part}")
                case "aliases":
                    data[part] = {
                        code: [
                            _term(code, text, f"{path}/aliases/{code}/{place}")
                            for place, text in enumerate(_list(texts, f"{path}/aliases/{code}"))
                        ]
                        for code, texts in given.items()
                    }
                case "sitelinks":
                    data[part] = {
                        site: {"site": site, **_object(link, f"{path}/sitelinks/{site}")}
                        for site, link in given.items()
                    }
                case _:
                    data["claims"] = [
                        self.statement(one, f"{path}/statements/{property}/{place}")
                        for property, several in given.items()
                        for place, one in enumerate(_list(several, f"{path}/{part}"))
                    ]
            entity["claims" if part == "statements" else part] = {}
        return data

    def _terms(self, given: Any, path: str) -> Raw:
        return {
            code: _term(code, text, f"{path}/{code}") for code, text in _object(given, path).items()
        }

    def statement(self, given: Any, path: str) -> Raw:
        """A statement in the form of an edit."""
        document = _object(given, path)
        made: Raw = {"mainsnak": self._snak(document, path), "type": "statement"}
        made["rank"] = document.get("rank", "normal")
        if document.get("id"):
            made["id"] = document["id"]
        made["qualifiers"] = [
            self._snak(part, f"{path}/qualifiers/{n}")
            for n, part in enumerate(_list(document.get("qualifiers"), f"{path}/qualifiers"))
        ]
        made["references"] = [
            {
                "snaks": [
                    self._snak(part, f"{path}/references/{n}/parts/{m}")
                    for m, part in enumerate(_list(reference.get("parts"), f"{path}/references"))
                ]
            }
            for n, reference in enumerate(_objects(document.get("references"), path))
        ]
        return made

    def _snak(self, part: Any, path: str) -> Raw:
        document = _object(part, path)
        property = _object(document.get("property"), f"{path}/property").get("id")
        value = _object(document.get("value"), f"{path}/value")
        datatype = self._store.datatypes.get(str(property))
        if datatype is None:
            raise Invalid(f"{path}/property/id")
        kind = value.get("type")
        if kind not in ("value", "somevalue", "novalue"):
            raise Invalid(f"{path}/value/type")
        snak: Raw = {"snaktype": kind, "property": property}
        if kind == "value":
            content = value.get("content")
            type = VALUE_TYPE[datatype]
            if type == "wikibase-entityid":
                content = {"id": content}
            elif type == "time" and isinstance(content, dict):
                content = {**content, "timezone": 0, "before": 0, "after": 0}
            snak["datavalue"] = {"value": content, "type": type}
        return snak


def _term(code: str, text: Any, path: str) -> Raw:
    if not isinstance(text, str) or not text.strip():
        raise Invalid(path)
    return {"language": code, "value": text}


def _object(value: Any, path: str) -> Raw:
    if not isinstance(value, dict):
        raise Invalid(path)
    return value


def _list(value: Any, path: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(path)
    return value


def _objects(value: Any, path: str) -> list[Raw]:
    return [_object(one, f"{path}/references") for one in _list(value, f"{path}/references")]
