"""What an item lacks of a draft, and what stands against it."""

from __future__ import annotations

from kgtool.drafts import Diff, Draft, diff
from kgtool.drafts.dates import parse_date
from kgtool.drafts.words import words
from kgtool.entities import Item, Statement, TimeValue, load_profile
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
SOURCE = [[snak("P854", "https://a.b/"), snak("P813", TimeValue(parse_date("2026-11-24").time))]]


def of(wanted: Item, now: Item, **more: object) -> Diff:
    return diff(Draft("k", 1, wanted, **more), now, WIKIDATA)  # type: ignore[arg-type]  # options


def date(text: str, **more: object) -> Statement:
    return statement("P571", TimeValue(parse_date(text).time), **more)  # type: ignore[arg-type]  # options


def test_an_item_lacks_nothing_of_itself() -> None:
    now = item("Q1", statement("P217", "x", references=SOURCE), labels={"en": "a"}, P31="Q5")
    assert of(now, now) == Diff()


def test_another_value_is_a_conflict_unless_several_may_stand() -> None:
    wanted, now = item("", P17="Q34"), item("Q1", P17="Q39")
    assert [c.property for c in of(wanted, now).conflicts] == ["P17"]
    assert of(wanted, now, many=["P17"]).conflicts == []
    assert len(of(wanted, now, many=["P17"]).statements) == 1


def test_values_told_apart_by_a_qualifier_conflict_only_within_it() -> None:
    def number(text: str, collection: str) -> Statement:
        return statement("P217", text, qualifiers=[snak("P195", collection)])

    wanted = item("", number("12", "Q842858"))
    other, same = item("Q1", number("7", "Q5")), item("Q1", number("7", "Q842858"))
    assert len(of(wanted, other, per={"P217": "P195"}).statements) == 1
    assert len(of(wanted, same, per={"P217": "P195"}).conflicts) == 1


def test_deprecated_values_are_neither_repeated_nor_rivals() -> None:
    now = item("Q1", statement("P17", "Q34", rank="deprecated"))
    assert of(item("", P17="Q34"), now).conflicts[0].reason == words("deprecated-stands")
    assert len(of(item("", P17="Q39"), now).statements) == 1


def test_no_value_that_stands_is_a_conflict() -> None:
    now = item("Q1", statement("P17", kind="novalue"))
    assert len(of(item("", P17="Q34"), now).conflicts) == 1


def test_references_join_and_are_not_doubled_by_their_date() -> None:
    wanted = item("", statement("P217", "x", references=SOURCE))
    older = [[snak("P854", "https://a.b/"), snak("P813", TimeValue(parse_date("2020").time))]]
    assert of(wanted, item("Q1", statement("P217", "x", references=older))).is_empty()
    [addition] = of(wanted, item("Q1", statement("P217", "x"))).additions
    assert len(addition.references) == 1 and addition.statement.startswith("Q1$")


def test_a_missing_qualifier_joins_one_that_contradicts_makes_another_statement() -> None:
    wanted = item("", statement("P217", "x", qualifiers=[snak("P195", "Q5")]))
    bare = item("Q1", statement("P217", "x"))
    assert list(of(wanted, bare).additions[0].qualifiers) == ["P195"]
    other = item("Q1", statement("P217", "x", qualifiers=[snak("P195", "Q34")]))
    assert len(of(wanted, other, many=["P217"]).statements) == 1


def test_a_finer_date_that_stands_is_enough_a_coarser_one_is_a_conflict() -> None:
    assert of(item("", date("15th century")), item("Q1", date("1479"))).is_empty()
    assert of(item("", date("1479")), item("Q1", date("21 March 1479"))).is_empty()
    assert len(of(item("", date("1479")), item("Q1", date("15th century"))).conflicts) == 1


def test_labels_stand_and_ours_becomes_an_alias() -> None:
    wanted = item("", labels={"en": "Louvre", "fr": "Louvre"}, descriptions={"en": "museum"})
    now = item("Q1", labels={"en": "Musée du Louvre"}, descriptions={"en": "palace"})
    found = of(wanted, now)
    assert found.labels == {"fr": "Louvre"} and found.aliases == {"en": ["Louvre"]}
    assert found.descriptions == {} and len(found.kept) == 2


def test_a_label_in_mul_serves_every_language() -> None:
    assert of(item("", labels={"sv": "Ann"}), item("Q1", labels={"mul": "Ann"})).is_empty()
