"""Items judged by the shapes that are shipped, by the reference engine on our RDF."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from pyrudof import RDFFormat, ReaderMode, Rudof, ShapeMapFormat, ShExFormat

from kgtool.checks.expectations import SHAPES
from kgtool.checks.source import resolved
from kgtool.entities import (
    Item,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    Statement,
    Time,
    TimeValue,
    load_profile,
    parse_entity,
)
from kgtool.entities.rdf import to_ntriples
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
SOURCE = [[snak("P854", "https://example.org/register")]]
COPIED = [[snak("P143", "Q328")]]
NAMES: dict[str, Any] = {
    "labels": {"en": "A thing", "sv": "En sak"},
    "descriptions": {"en": "thing in Sweden"},
}


def conforms(shape: str, *entities: Item) -> bool:
    """Whether the first entity conforms, judged by pyrudof on our RDF."""
    judge = Rudof()
    judge.read_shex(resolved(shape), ShExFormat.ShExC)
    triples = b"".join(to_ntriples(entity, WIKIDATA) for entity in entities).decode()
    judge.read_data(triples, RDFFormat.Turtle, reader_mode=ReaderMode.Lax)
    node = WIKIDATA.entity_iri(entities[0].id)
    judge.read_shapemap(f"<{node}>@<{SHAPES}{shape}>", ShapeMapFormat.Compact)
    report = judge.validate_shex()
    assert len(report) == 1
    return bool(report.conforms)


def year(number: int, precision: int = 9) -> TimeValue:
    calendar = "http://www.wikidata.org/entity/Q1985727"
    return TimeValue(Time(f"+{number:04d}-00-00T00:00:00Z", precision, calendar))


def centimetres(number: int, unit: str = "Q174728") -> QuantityValue:
    return QuantityValue(Quantity(f"+{number}", f"http://www.wikidata.org/entity/{unit}"))


def museum(**changed: Any) -> Item:
    facts: dict[str, Any] = {
        "P31": "Q33506",
        "P17": "Q34",
        "P131": statement("P131", "Q1754", references=SOURCE),
        "P625": statement("P625", "Q1", references=SOURCE),  # what counts is that it is there
        "P856": "Q1",
        "P571": statement("P571", year(1866), references=SOURCE),
        "P18": "A.jpg",
        "P6375": MonolingualValue(Monolingual("Gatan 1", "sv")),
        "P791": "SE-A",
        "P749": "Q43229",
        "P1436": centimetres(5, "Q2"),
    }
    return build(facts | changed)


def artwork(**changed: Any) -> Item:
    facts: dict[str, Any] = {
        "P31": "Q838948",
        "P170": statement("P170", "Q5582", references=SOURCE),
        "P571": statement("P571", year(1888), references=SOURCE),
        "P195": statement("P195", "Q842858", references=SOURCE),
        "P217": statement("P217", "NM 1", qualifiers=[snak("P195", "Q842858")]),
        "P186": "Q296955",
        "P18": "A.jpg",
        "P276": "Q842858",
        "P973": "Q1",
        "P2048": centimetres(50),
        "P6216": "Q19652",
    }
    return build(facts | changed)


def build(facts: dict[str, Any]) -> Item:
    names = {key: facts.get(key, value) for key, value in NAMES.items()}
    made = [
        one if isinstance(one, Statement) else statement(property, one)
        for property, given in facts.items()
        if property not in names and given is not None
        for one in (given if isinstance(given, list) else [given])
    ]
    return item("Q900000001", *made, **names)


def test_a_good_museum_and_a_good_work_conform() -> None:
    assert conforms("museum", museum())
    assert conforms("organisation", museum())
    assert conforms("artwork", artwork())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"P31": "Q7075"}, id="it is something else"),
        pytest.param({"P17": None}, id="no country"),
        pytest.param({"P791": None}, id="no identifier"),
        pytest.param(
            {"P31": [statement("P31", "Q33506"), statement("P31", "Q24699794")]},
            id="building and institution in one item",
        ),
        pytest.param({"P84": "Q5582"}, id="an institution has no architect"),
        pytest.param({"labels": {"en": "A thing"}}, id="no label in the language of the country"),
        pytest.param({"labels": {"sv": "En sak"}}, id="no English label"),
        pytest.param(
            {"P571": statement("P571", year(1866), references=COPIED)}, id="only imported from"
        ),
        pytest.param(
            {"P571": statement("P571", year(1866, 6), references=SOURCE)}, id="date too vague"
        ),
    ],
)
def test_a_museum_with_a_flaw_does_not_conform(changed: dict[str, Any]) -> None:
    assert not conforms("museum", museum(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"P6782": "05abc", "P791": None}, id="another identifier"),
        pytest.param({"labels": {"mul": "A thing"}}, id="a label for all languages"),
        pytest.param(
            {
                "P571": [
                    statement("P571", year(1866), references=SOURCE, rank="preferred"),
                    statement("P571", year(1800, 6), rank="deprecated"),
                ]
            },
            id="a deprecated statement is not faulted",
        ),
        pytest.param(
            {"P571": statement("P571", kind="somevalue", references=SOURCE)}, id="unknown date"
        ),
    ],
)
def test_a_museum_may_differ(changed: dict[str, Any]) -> None:
    assert conforms("museum", museum(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"P217": "NM 1"}, id="whose inventory number"),
        pytest.param({"P2048": centimetres(20, "Q218593")}, id="inches"),
        pytest.param({"P170": None}, id="no creator"),
        pytest.param({"P170": statement("P170", "Q5582")}, id="no source"),
    ],
)
def test_a_work_with_a_flaw_does_not_conform(changed: dict[str, Any]) -> None:
    assert not conforms("artwork", artwork(**changed))


def test_an_anonymous_work_has_an_unknown_creator() -> None:
    assert conforms("artwork", artwork(P170=statement("P170", kind="somevalue", references=SOURCE)))


def test_classes_below_count() -> None:
    below = item("Q3305213", P279="Q4502142"), item("Q4502142", P279="Q838948")
    assert conforms("artwork", artwork(P31="Q3305213"), *below)
    assert not conforms("artwork", artwork(P31="Q3305213"))


def test_archives_are_not_a_library() -> None:
    flawed = museum(P31=[statement("P31", "Q166118"), statement("P31", "Q7075")])
    assert not conforms("archive", flawed)
    named = museum(P31="Q7075", labels={"en": "Archives of Things", "sv": "Sakarkivet"})
    assert not conforms("library", named)
    assert conforms("library", museum(P31="Q7075"))


ARCHIVE = {
    "P31": "Q166118",
    "P3025": "Q114",
    "P2846": "Q24192067",
    "P1448": statement("P1448", MonolingualValue(Monolingual("Sakarkivet", "sv"))),
    "P1329": "+46 8 123",
}


def test_an_archive_as_isdiah_asks_for_conforms() -> None:
    assert conforms("archive", museum(**ARCHIVE))
    by_mail = {"P1329": None, "P968": "mailto:a@example.org"}
    assert conforms("archive", museum(**{**ARCHIVE, **by_mail}))


@pytest.mark.parametrize(
    "lacking",
    [
        pytest.param("P791", id="identifier (5.1.1)"),
        pytest.param("P1448", id="other forms of the name (5.1.3)"),
        pytest.param("P6375", id="address (5.2.1)"),
        pytest.param("P1329", id="contact (5.2.2)"),
        pytest.param("P1436", id="holdings (5.3)"),
        pytest.param("P3025", id="opening times (5.4.1)"),
        pytest.param("P2846", id="accessibility (5.4.3)"),
    ],
)
def test_an_archive_that_lacks_what_isdiah_asks_for_does_not(lacking: str) -> None:
    assert not conforms("archive", museum(**{**ARCHIVE, lacking: None}))


def test_a_building_has_no_staff() -> None:
    facts = {"P31": "Q24699794", "P466": "Q842858", "P84": "Q5582", "P149": "Q1"}
    no_institution = {"P791": None, "P1436": None}
    assert conforms("building", museum(**facts, **no_institution))
    assert not conforms("building", museum(**facts, **no_institution, P1128=centimetres(9, "Q2")))


def test_real_items_are_judged(shared: Path) -> None:
    wanted = {"Q190804": "museum", "Q27302": "library", "Q12418": "painting"}
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        found = {
            one.id: one
            for one in map(parse_entity, lines)
            if isinstance(one, Item) and one.id in wanted
        }
    assert found
    for id, entity in found.items():
        # None is perfect: real items lack a reference or two.
        assert not conforms(wanted[id], entity)
