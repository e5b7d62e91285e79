"""LIDO records → rows, so that a mapping can treat them like a table.

LIDO 1.0 (lido-schema.org) is deep; read is what describes a work: identity, titles, repository and
inventory number, measurements, and the event of its creation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError  # only the types; see below

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from kgtool.errors import InputError
from kgtool.messages.words import Words

_LIDO = "{http://www.lido-schema.org}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CREATION = "http://terminology.lido-schema.org/lido00012"
_ACQUISITION = "http://terminology.lido-schema.org/lido00001"
_ACTOR = ".//eventActor/actorInRole"

# column → path below the record; every non-empty text is kept, in order.
_PATHS = {
    "record_id": ".//recordWrap/recordID",
    "object_type": ".//objectWorkType/term",
    "object_type_uri": ".//objectWorkType/conceptID",
    "inventory_number": ".//repositorySet/workID",
    "repository": ".//repositorySet/repositoryName/legalBodyName/appellationValue",
    "repository_uri": ".//repositorySet/repositoryName/legalBodyID",
    "rights": ".//recordWrap/recordRights/rightsType/term",
    "link": ".//recordInfoSet/recordInfoLink",
}


def lido_rows(file: IO[bytes]) -> Iterator[dict[str, str | list[str]]]:
    """One row for each record, read as a stream; entities and external files are refused.

    Columns: those of ``_PATHS``; ``title`` and ``title_LANG``; ``height``, ``width``, ``depth``
    with ``…_unit``; ``creator``, ``creator_id``, ``attribution``, ``technique``, ``earliest``,
    ``latest``, ``date_display`` of the creation; ``acquisition``. A path met several times gives a
    list.

    :raises InputError: it is no well-formed XML, or has no LIDO record.
    """
    found = 0
    try:
        for _, element in iterparse(file, events=("end",)):
            if element.tag == f"{_LIDO}lido":
                found += 1
                yield _row(element)
                element.clear()
    except (ParseError, DefusedXmlException) as error:
        raise InputError(Words("error-lido-xml", (str(found + 1), str(error)))) from None
    if not found:
        raise InputError(Words("error-no-lido"), hint=Words("error-lido-version"))


def _row(record: Element) -> dict[str, str | list[str]]:
    columns: dict[str, list[str]] = {name: _texts(record, path) for name, path in _PATHS.items()}
    for value in _all(record, ".//titleSet/appellationValue"):
        text = _text(value)
        if text:
            columns.setdefault("title", []).append(text)
            language = value.get(_LANG) or _inherited(record)
            if language:
                columns.setdefault(f"title_{language}", []).append(text)
    for measure in _all(record, ".//measurementsSet"):
        kind, unit, amount = (
            next(iter(_texts(measure, f"measurement{part}")), "")
            for part in ("Type", "Unit", "Value")
        )
        if kind and amount:
            columns.setdefault(kind.lower(), []).append(amount)
            columns.setdefault(f"{kind.lower()}_unit", []).append(unit)
    for event in _all(record, ".//eventSet/event"):
        kinds = _texts(event, "eventType/conceptID")
        if _CREATION in kinds:
            _creation(event, columns)
        elif _ACQUISITION in kinds:
            columns.setdefault("acquisition", []).extend(
                _texts(event, "eventName/appellationValue")
            )
    return {name: t[0] if len(t) == 1 else t for name, t in columns.items() if t}


def _creation(event: Element, columns: dict[str, list[str]]) -> None:
    paths = {
        "creator": f"{_ACTOR}/actor/nameActorSet/appellationValue",
        "creator_id": f"{_ACTOR}/actor/actorID",
        "attribution": f"{_ACTOR}/attributionQualifierActor",
        "technique": ".//termMaterialsTech/term",
        "date_display": "eventDate/displayDate",
        "earliest": "eventDate/date/earliestDate",
        "latest": "eventDate/date/latestDate",
    }
    for name, path in paths.items():
        for text in _texts(event, path):
            if text not in columns.setdefault(name, []):
                columns[name].append(text)


def _all(element: Element, path: str) -> list[Element]:
    steps = [step if step in ("", ".") else f"{_LIDO}{step}" for step in path.split("/")]
    return element.findall("/".join(steps))


def _texts(element: Element, path: str) -> list[str]:
    return [text for found in _all(element, path) if (text := _text(found))]


def _text(element: Element) -> str:
    return " ".join((element.text or "").split())


def _inherited(record: Element) -> str:
    for part in record:
        language = part.get(_LANG)
        if language:
            return language
    return ""
