"""Worlds that questions are asked of: the sample, and one with a flaw for every question."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from kgtool import files
from kgtool.entities import (
    Item,
    Quantity,
    QuantityValue,
    Time,
    TimeValue,
    load_profile,
)
from kgtool.entities.rdf import to_ntriples
from kgtool.entities.solutions import Table
from kgtool.sample import entities as sample_entities
from kgtool.service.query_file import parse
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
NAMES = files.query_names()
GREGORIAN = "http://www.wikidata.org/entity/Q1985727"


class Embedded:
    """A graph in memory that answers as the embedded one does."""

    def __init__(self, triples: bytes) -> None:
        self.store = ox.Store()
        self.store.load(triples, format=ox.RdfFormat.N_TRIPLES, lenient=True)

    def select(self, query: str) -> Table:
        found = self.store.query(query)
        assert isinstance(found, ox.QuerySolutions)
        text = found.serialize(format=ox.QueryResultsFormat.JSON)
        return Table.read(text or b"")


def year(number: int) -> TimeValue:
    return TimeValue(Time(f"{number:+05d}-01-01T00:00:00Z", 9, GREGORIAN))


def flawed() -> list[Item]:
    """A partner with a flaw for every question. Its items are not of this world."""
    partner, painter, twin = "Q900000001", "Q900000002", "Q900000003"
    inches = QuantityValue(Quantity("+9", "http://www.wikidata.org/entity/Q218593"))
    size = QuantityValue(Quantity("+200"))
    copied = [[snak("P143", "Q328")]]

    def work(number: int, *more: Any, label: str = "Self-portrait", **values: Any) -> Item:
        facts = {"P31": "Q3305213", "P195": partner, **values}
        return item(f"Q90000001{number}", *more, labels={"en": label}, **facts)

    return [
        item(
            partner, P31=["Q33506", "Q41176"], P17="Q34", P8464="Q900000009", labels={"en": "Here"}
        ),
        item("Q900000004", statement("P1436", size), P361=partner, P527="Q900000005"),
        item(painter, statement("P570", year(1700)), P31="Q5", labels={"en": "Ann"}),
        item(twin, P31="Q5", labels={"en": "Ann"}),
        work(
            0,
            statement("P571", year(1888), references=copied),
            statement("P571", year(1899), rank="deprecated"),
            statement("P170", painter, references=copied),
            statement("P217", "1", qualifiers=[snak("P195", partner)]),
            statement("P2048", inches),
            P18="A.jpg",
            P186="Q296955",
        ),
        work(1, P170=painter, P18="A.jpg", P217="2", P5008="Q4521133"),
        work(2, statement("P170", kind="somevalue"), P4765="https://example.org/a.jpg"),
        work(3, statement("P217", "1", qualifiers=[snak("P195", partner)]), P170=twin),
        work(
            4,
            statement("P195", "Q190804", qualifiers=[snak("P582", year(1950))]),
            label="Landscape",
            P170="Q5598",
        ),
        work(5, label="Still life", sitelinks={"svwiki": "Stilleben"}),
        item("Q33506", P279="Q1030034"),
    ]


def triples(*more: Any) -> bytes:
    return b"".join(to_ntriples(entity, WIKIDATA) for entity in [*sample_entities(), *more])


def flawed_values(name: str) -> dict[str, str]:
    """Values with which each question has an answer in the flawed world."""
    declared = {one.name for one in parse(name, files.query(name)).parameters}
    given = {"partner": "Q900000001", "other": "Q190804", "country": "Q34"}
    special = {
        "partners/parts": {"partner": "Q19675"},
        "collections/former": {"partner": "Q190804"},
        "collections/made-between": {"from": "1888", "to": "1888"},
        "quality/imported-only": {"claim": "P170"},
        "quality/units": {},
    }
    wanted = {**given, **special.get(name, {})}
    return {key: value for key, value in wanted.items() if key in declared}
