"""QuickStatements V1, both ways."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.drafts import Draft, local_id, read_quickstatements, write_quickstatements
from kgtool.drafts.dates import GREGORIAN, JULIAN
from kgtool.drafts.values import item_value
from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    DataValue,
    Item,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    Reference,
    Snak,
    Statement,
    StringValue,
    Term,
    Time,
    TimeValue,
)

_CENTIMETRE = "http://www.wikidata.org/entity/Q174728"
_EARTH = "http://www.wikidata.org/entity/Q2"
_texts = (
    st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters='"'),
        min_size=1,
        max_size=20,
    )
    .map(str.strip)
    .filter(lambda t: t and "*/" not in t)
)
_ids = st.integers(1, 10**8).map(lambda n: f"Q{n}")
_numbers = st.decimals(allow_nan=False, allow_infinity=False, places=6).map(
    lambda n: format(n, "+f").replace("-0.000000", "+0.000000")
)
_values: st.SearchStrategy[DataValue] = st.one_of(
    _ids.map(item_value),
    _texts.filter(lambda t: t[0] not in "+-").map(StringValue),
    st.builds(lambda t: MonolingualValue(Monolingual(t, "sv")), _texts),
    _numbers.map(lambda n: QuantityValue(Quantity(n))),
    st.builds(
        lambda n: QuantityValue(Quantity(n, "http://www.wikidata.org/entity/Q174728")), _numbers
    ),
    st.builds(
        lambda y, p, c: TimeValue(Time(f"+{y:04d}-01-01T00:00:00Z", p, c)),
        st.integers(1, 9999),
        st.sampled_from([7, 8, 9, 10, 11]),
        st.sampled_from([GREGORIAN, JULIAN]),
    ),
    st.builds(
        lambda a, b: CoordinateValue(Coordinate(a / 1000, b / 1000, 0.001, _EARTH)),
        st.integers(-89, 89).map(lambda n: n * 1000 + 501),
        st.integers(-179, 179).map(lambda n: n * 1000 + 501),
    ),
)


@st.composite
def _snaks(draw: st.DrawFn, property: str) -> Snak:
    if draw(st.integers(0, 9)) == 0:
        return Snak(draw(st.sampled_from(["somevalue", "novalue"])), property)
    return Snak("value", property, datavalue=draw(_values))


def _groups(letters: str) -> st.SearchStrategy[dict[str, list[Snak]]]:
    properties = st.sampled_from([f"P{n}" for n in letters.split()])
    return st.dictionaries(properties, st.none(), max_size=2).flatmap(
        lambda keys: st.fixed_dictionaries(
            {p: st.lists(_snaks(p), min_size=1, max_size=2) for p in keys}
        )
    )


@st.composite
def _items(draw: st.DrawFn) -> Item:
    claims: dict[str, list[Statement]] = {}
    for property in draw(
        st.lists(st.sampled_from(["P31", "P571", "P217"]), unique=True, max_size=3)
    ):
        qualifiers = draw(_groups("195 1319"))
        references = [
            Reference(snaks, snaks_order=list(snaks))
            for snaks in draw(st.lists(_groups("248 854").filter(bool), max_size=2))
        ]
        unique = [r for n, r in enumerate(references) if r not in references[:n]]
        claims[property] = [
            Statement(
                draw(_snaks(property)),
                qualifiers=qualifiers,
                qualifiers_order=list(qualifiers),
                references=unique,
            )
        ]
    return Item(
        id=draw(st.sampled_from(["", "Q7"])),
        labels={"en": Term("en", draw(_texts))},
        aliases={
            "de": [Term("de", text) for text in draw(st.lists(_texts, min_size=1, max_size=2))]
        },
        claims=claims,
    )


@given(_items())
def test_what_was_written_is_read_back(wanted: Item) -> None:
    text = write_quickstatements([Draft("k", 1, wanted)])
    [draft], problems = read_quickstatements(text)
    assert problems == [] and draft.wanted == wanted


@given(st.text(max_size=100))
def test_any_text_is_read_or_its_lines_are_told(text: str) -> None:
    read_quickstatements(text)
    read_quickstatements(f"CREATE\nLAST\tP31\t{text}")


@pytest.mark.parametrize(
    ("name", "drafts", "problems"),
    [
        ("alte_pinakothek_spanish", 11, 0),
        ("neue_pinakothek_images", 12, 0),
        ("neue_pinakothek_sculptures", 1, 1),
        ("residenzmuseum_bamberg", 6, 7),
        ("schack_galerie", 34, 0),
    ],
)
def test_real_batches_of_ten_years_ago(name: str, drafts: int, problems: int, shared: Path) -> None:
    text = (shared / "quickstatements" / f"{name}.txt").read_text(encoding="utf-8")
    found, told = read_quickstatements(text)
    assert (len(found), len(told)) == (drafts, problems)
    again, none = read_quickstatements(write_quickstatements(found))
    assert [draft.wanted for draft in again] == [draft.wanted for draft in found] and none == []


def test_commands_on_one_value_are_one_statement_with_both_sources() -> None:
    text = 'Q7|P31|Q5|S854|"https://a/"||Q7|P31|Q5|S854|"https://b/"\n'
    [draft], _ = read_quickstatements(text)
    [statement] = draft.wanted.claims["P31"]
    assert len(statement.references) == 2


def test_last_is_the_row_created_last_and_may_be_a_value() -> None:
    text = "CREATE\nLAST\tP31\tQ5\nQ7\tP361\tLAST\n"
    first, second = read_quickstatements(text)[0]
    assert first.key == "CREATE 1"
    value = second.wanted.claims["P361"][0].mainsnak.datavalue
    assert value is not None and value == item_value(local_id("CREATE 1"))


def test_a_bad_line_refuses_its_item_and_only_that() -> None:
    text = "Q7\tP31\tQ5\nQ8\tP31\tnonsense\n-Q7\tP31\tQ5\nLAST\tP31\tQ5\n"
    drafts, problems = read_quickstatements(text)
    assert [draft.key for draft in drafts] == ["Q7", "Q8"]
    assert [p.line for p in problems] == [2, 3, 4]
    assert [len(d.findings) for d in drafts] == [0, 1]
