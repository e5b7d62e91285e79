"""What a draft is refused for, the wiki refuses too; where the wiki is laxer, that is on purpose.

Each refused creation costs an item id on the wiki (and on Wikidata ten of the account's limit), so
nothing that it refuses may reach it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from kgtool.drafts import Draft, MemoryWorld, plan_rows
from kgtool.drafts.dates import GREGORIAN
from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    DataValue,
    EntityId,
    EntityIdValue,
    Item,
    Monolingual,
    MonolingualValue,
    Property,
    Quantity,
    QuantityValue,
    Sitelink,
    StringValue,
    Term,
    Time,
    TimeValue,
)
from kgtool.writes.outcomes import Confirmed, Invalid
from kgtool.writes.payload import creation
from tests.builders import item, statement
from tests.writes.wikis import DATATYPES, WritableWiki, writable_wiki

EARTH, MOON = "http://www.wikidata.org/entity/Q2", "http://www.wikidata.org/entity/Q405"


@pytest.fixture(scope="module")
def wiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WritableWiki]:
    """One for all: what is refused changes nothing, and the rest does not collide."""
    with writable_wiki(tmp_path_factory.mktemp("wiki")) as running:
        yield running


def _time(text: str, precision: int = 11) -> TimeValue:
    return TimeValue(Time(text, precision, GREGORIAN))


def _place(latitude: float, longitude: float, globe: str = EARTH) -> CoordinateValue:
    return CoordinateValue(Coordinate(latitude, longitude, 0.1, globe))


def _number(amount: str, lower: str | None = None, upper: str | None = None) -> QuantityValue:
    return QuantityValue(Quantity(amount, "1", upper, lower))


# Property, value, our code, the wiki's validator; "" where the wiki would let it through.
VALUES: list[tuple[str, DataValue, str, str]] = [
    ("P217", StringValue("EMA\t2"), "white-space", "illegal-string-chars"),
    ("P217", StringValue(" EMA 2"), "white-space", "illegal-string-chars"),
    ("P217", StringValue("EMA\n2"), "white-space", "illegal-string-chars"),
    ("P217", StringValue("EMA\u20282"), "white-space", "illegal-string-chars"),
    ("P217", StringValue(""), "empty-text", "too-short"),
    ("P217", StringValue("x" * 1501), "too-long", "too-long"),
    ("P217", EntityIdValue(EntityId("Q1")), "value-type", "bad-value-type"),
    ("P854", StringValue("www.example.org"), "url", "url-scheme-missing"),
    ("P854", StringValue("https://example.org/" + "x" * 500), "too-long", "too-long"),
    ("P31", EntityIdValue(EntityId("Q424242")), "no-item", "no-such-entity"),
    ("P31", EntityIdValue(EntityId("Q0")), "not-an-id", "bad-value"),
    ("P571", _time("+1901"), "time", "bad-value"),
    ("P571", _time("+1901-01-01T10:00:00Z"), "time", "malformed-value"),
    ("P571", _time("+1901-01-01T00:00:00Z", 12), "time-precision", "malformed-value"),
    ("P571", _time("+1901-13-01T00:00:00Z"), "time", "malformed-value"),
    ("P571", _time("+1901-00-00T00:00:00Z", 11), "time", ""),
    ("P1114", _number("1e-07"), "number", "bad-value"),
    ("P1114", _number("3"), "number", "bad-value"),
    ("P1114", _number("+3", lower="+4", upper="+5"), "bounds", "bad-value"),
    ("P1114", _number("+3", lower="+1", upper="+2"), "bounds", "bad-value"),
    ("P1114", _number("+007"), "number", "bad-value"),
    ("P1114", _number("+" + "1" * 127), "number", "bad-value"),
    ("P1114", QuantityValue(Quantity("+3", "cm")), "unit", ""),
    ("P625", _place(95.1, 18.0), "coordinate", ""),
    ("P625", _place(-90.5, 18.0), "coordinate", ""),
    ("P625", _place(59.3, 180.5), "coordinate", ""),
    ("P625", _place(59.3, 361.0), "coordinate", "bad-value"),
    ("P625", CoordinateValue(Coordinate(1.0, 2.0, None, EARTH)), "no-precision", "bad-value"),
    ("P1476", MonolingualValue(Monolingual("x", "qqq-bad")), "no-language", "not-a-language"),
    ("P1476", MonolingualValue(Monolingual("x\ty", "en")), "white-space", "illegal-string-chars"),
    ("P9999", StringValue("x"), "no-property", "no-such-property"),
]
# Of terms and sitelinks: the item, our code, the wiki's.
TERMS: list[tuple[dict[str, Any], str, str]] = [
    ({"labels": {"en": Term("en", "x" * 251)}}, "term-too-long", "label-too-long"),
    ({"labels": {"xx-bad": Term("xx-bad", "x")}}, "no-language", "not-recognized-language"),
    ({"descriptions": {"en": Term("en", "x")}}, "label-is-description", "label-equals-description"),
    ({"labels": {"sv": Term("sv", " ")}}, "empty-term", ""),
    ({"sitelinks": {"enwiki": Sitelink("enwiki", "a|b")}}, "bad-title", ""),
    ({"sitelinks": {"xxwiki": Sitelink("xxwiki", "A")}}, "no-site", "not-recognized-site"),
]


def _world() -> MemoryWorld:
    known = [Property(datatype=kind, id=id) for id, kind in DATATYPES.items()]
    return MemoryWorld([Item(id=f"Q{n}") for n in range(1, 8)], known, complete=True)


def _refused(wiki: WritableWiki, wanted: Item) -> set[str]:
    [row] = plan_rows([Draft("a", 1, wanted)], _world(), wiki.profile)
    return {one.code for one in row.findings if one.level == "refuse"}


def _sent(wiki: WritableWiki, wanted: Item) -> str:
    """What the wiki says to a draft that nobody checked: the validator, or ``""``."""
    statements = [one for several in wanted.claims.values() for one in several]
    outcome = wiki.client().edit(creation(wanted, statements), "")
    assert isinstance(outcome, Confirmed | Invalid), outcome
    return outcome.code if isinstance(outcome, Invalid) else ""


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_a_value(number: int, wiki: WritableWiki) -> None:
    property, value, ours, theirs = VALUES[number]
    wanted = item("", statement(property, value), labels={"en": "x"})
    assert ours in _refused(wiki, wanted)
    assert _sent(wiki, wanted) == theirs


@pytest.mark.parametrize("number", range(len(TERMS)))
def test_terms_and_pages(number: int, wiki: WritableWiki) -> None:
    parts, ours, theirs = TERMS[number]
    wanted = replace(item("", labels={"en": "x"}), **parts)
    assert ours in _refused(wiki, wanted)
    assert _sent(wiki, wanted) == theirs


@pytest.mark.parametrize("code", ["mul", "pnb", "cdo", "nah", "be-tarask", "zh-hant", "de-ch"])
def test_languages_of_wikis_are_no_mistakes(code: str, wiki: WritableWiki) -> None:
    """Also those that CLDR does not know."""
    wanted = item("", labels={code: f"a name in {code}"})
    assert _refused(wiki, wanted) == set() and _sent(wiki, wanted) == ""


@pytest.mark.parametrize(
    "site", ["enwiki", "commonswiki", "be_x_oldwiki", "nrmwiki", "svwikisource"]
)
def test_sites_of_wikis_are_no_mistakes(site: str, wiki: WritableWiki) -> None:
    wanted = item("", labels={"en": "x"}, sitelinks={site: "A page"})
    assert _refused(wiki, wanted) == set() and _sent(wiki, wanted) == ""


def test_a_property_that_is_a_value_must_be_there(wiki: WritableWiki) -> None:
    value = EntityIdValue(EntityId("P404", "property"))
    known = [Property(datatype="wikibase-property", id="P1646")]
    wanted = item("", statement("P1646", value), labels={"en": "x"})
    world = MemoryWorld([], known, complete=True)
    [row] = plan_rows([Draft("a", 1, wanted)], world, wiki.profile)
    assert [one.code for one in row.findings if one.level == "refuse"] == ["no-property"]


def test_another_globe_counts_longitudes_all_around(wiki: WritableWiki) -> None:
    wanted = item("", statement("P625", _place(0.7, 336.5, MOON)), labels={"en": "x"})
    assert _refused(wiki, wanted) == set() and _sent(wiki, wanted) == ""


def test_qualifiers_and_references_are_looked_at_alike(wiki: WritableWiki) -> None:
    bad = item("", statement("P217", " x")).claims["P217"][0].mainsnak
    for part in ({"qualifiers": [bad]}, {"references": [[bad]]}):
        wanted = item("", statement("P31", "Q1", **part), labels={"en": "x"})
        assert "white-space" in _refused(wiki, wanted)
        assert _sent(wiki, wanted) == "illegal-string-chars"
