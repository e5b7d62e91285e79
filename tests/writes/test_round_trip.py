"""Values survive plan, plan file, apply and reading back bit by bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool.coverage.selection import OfItems
from kgtool.drafts import Draft, read_plan, write_plan
from kgtool.drafts.dates import GREGORIAN, JULIAN
from kgtool.drafts.outcome import Refused
from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    DataValue,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    Reference,
    Snak,
    Statement,
    Time,
    TimeValue,
    same_statement,
)
from kgtool.wiring import build
from tests.builders import item, snak, statement
from tests.writes.wikis import WritableWiki

EARTH = "http://www.wikidata.org/entity/Q2"
CM = "http://www.wikidata.org/entity/Q1"

VALUES: list[tuple[str, DataValue]] = [
    ("P1114", QuantityValue(Quantity("+12345678901234567891"))),
    ("P1114", QuantityValue(Quantity("+0.0000001"))),
    ("P1114", QuantityValue(Quantity("+3.0"))),
    ("P1114", QuantityValue(Quantity("-0.30", upperBound="+0", lowerBound="-0.6"))),
    ("P2048", QuantityValue(Quantity("+14.50", CM))),
    ("P571", TimeValue(Time("-0044-03-15T00:00:00Z", 11, JULIAN))),
    ("P571", TimeValue(Time("+1479-00-00T00:00:00Z", 9, JULIAN))),
    ("P571", TimeValue(Time("+1500-00-00T00:00:00Z", 7, JULIAN))),
    ("P571", TimeValue(Time("+2026-11-24T00:00:00Z", 11, GREGORIAN))),
    ("P625", CoordinateValue(Coordinate(59.3287, 18.0786, 0.0001, EARTH))),
    ("P625", CoordinateValue(Coordinate(-33.85678, 151.2153, 1 / 3600, EARTH))),
    ("P1476", MonolingualValue(Monolingual("Ṣaḥīfah “x” & <y> \\ 中", "mul"))),
]


SOURCE = [[snak("P854", "https://example.org/")]]


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_a_value_is_on_the_wiki_as_it_was_planned(
    number: int, wiki: WritableWiki, tmp_path: Path
) -> None:
    property, value = VALUES[number]
    sent = statement(property, value, references=SOURCE)
    kept = _through(wiki, tmp_path, sent)
    assert kept.mainsnak.datavalue == value


def test_ranks_references_and_values_not_known_survive(wiki: WritableWiki, tmp_path: Path) -> None:
    for sent in (
        statement("P571", kind="somevalue", rank="preferred"),
        statement("P571", kind="novalue", rank="deprecated"),
        Statement(
            snak("P217", "x"),
            qualifiers={"P195": [snak("P195", "Q1"), snak("P195", "Q2")]},
            references=[
                Reference({"P248": [snak("P248", "Q3")], "P854": [snak("P854", "https://a.b/")]}),
                Reference({"P813": [Snak("somevalue", "P813")]}),
            ],
        ),
    ):
        assert same_statement(_through(wiki, tmp_path, sent), sent)


def _through(wiki: WritableWiki, tmp_path: Path, sent: Statement) -> Statement:
    """Plan, write and read the plan, apply, read the item, plan again: nothing is left to do."""
    number = len(wiki.pages())
    draft = Draft("a", 1, item("", sent, labels={"en": f"object {number}"}))
    path = tmp_path / "plan.json"
    write_plan(wiki.plan([draft], id=f"{number:012x}"), path)
    batch = wiki.apply(read_plan(path))
    [line] = batch.report()
    assert (line.state, line.message) == ("confirmed", "")
    made = wiki.item(line.item)
    again = Draft("a", 1, item(made.id, sent))
    assert wiki.plan([again]).counts()["unchanged"] == 1
    return made.claims[sent.mainsnak.property][0]


def test_every_value_comes_back_by_sync(wiki: WritableWiki) -> None:
    """Planned, applied, and synced into a workspace: the same bit by bit."""
    several = [statement(property, value, references=SOURCE) for property, value in VALUES]
    several += [
        statement("P571", kind=kind, rank="deprecated") for kind in ("somevalue", "novalue")
    ]
    rows = [
        Draft(f"r{n}", n, item("", one, labels={"en": f"object {n}"}))
        for n, one in enumerate(several)
    ]
    report = wiki.apply(wiki.plan(rows)).report()
    tool = build(wiki.settings("synced"))
    tool.sync.run(OfItems(tuple(line.item for line in report)))
    held = tool.snapshots.current().entities.many([line.item for line in report])
    tool.close()
    for sent, line in zip(several, report, strict=True):
        [kept] = held[line.item].claims[sent.mainsnak.property]
        assert kept.mainsnak.datavalue == sent.mainsnak.datavalue
        assert same_statement(kept, sent)
        assert held[line.item] == wiki.item(line.item)


def test_a_coordinate_without_precision_stays_one_and_none_is_made_up(wiki: WritableWiki) -> None:
    """Wikis hold such from of old and accept no new ones."""
    place = CoordinateValue(Coordinate(59.3287, 18.0786, None, EARTH))
    old = item("Q900", statement("P625", place), labels={"en": "from of old"})
    wiki.server.wiki.load([old])
    more = Draft("a", 1, item("Q900", statement("P217", "x")))
    plan = wiki.plan([more, Draft("b", 2, item("", statement("P625", place), labels={"en": "b"}))])
    assert plan.counts()["complete"] == plan.counts()["refused"] == 1
    finer = CoordinateValue(Coordinate(59.3287, 18.0786, 0.0001, EARTH))
    rival = wiki.plan([Draft("c", 1, item("Q900", statement("P625", finer)))])
    assert rival.counts()["conflicting"] == 1  # it is compared, and for a person
    [refused] = [one for one in plan.rows if isinstance(one, Refused)]
    assert "no-precision" in {finding.code for finding in refused.findings}
    batch = wiki.apply(plan)
    assert [line.state for line in batch.report() if line.item] == ["confirmed"]
    tool = build(wiki.settings("synced"))
    tool.sync.run(OfItems(("Q900",)))
    held = tool.snapshots.current().entities.many(["Q900"])["Q900"]
    tool.close()
    assert held.claims["P217"][0].mainsnak.datavalue
    assert held.claims["P625"][0].mainsnak.datavalue == place


@pytest.mark.parametrize(
    "other",
    [
        statement("P571", kind="novalue"),
        statement("P571", kind="somevalue", rank="deprecated"),
        statement("P571", kind="somevalue", references=SOURCE),
    ],
    ids=["no value", "another rank", "a reference"],
)
def test_what_differs_in_anything_is_not_the_same(other: Statement) -> None:
    assert not same_statement(statement("P571", kind="somevalue"), other)
