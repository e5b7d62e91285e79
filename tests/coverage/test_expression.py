"""The measure language: what is written is what is meant, and what is wrong is pointed at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.coverage.expression import parse
from kgtool.coverage.measures import (
    And,
    Conforms,
    HasGoodReference,
    HasProperty,
    HasQualifier,
    HasReference,
    HasSitelink,
    HasTerm,
    HasValue,
    Measure,
    Not,
    Or,
)
from kgtool.errors import ExpressionError

properties = st.integers(1, 99_999).map("P{}".format)
items = st.integers(1, 10**9).map("Q{}".format)
languages = st.sampled_from(["sv", "en", "mul", "zh-hant", "be-x-old", "own", "d"])
atoms = st.one_of(
    st.builds(HasProperty, properties),
    st.builds(HasValue, properties, items, st.booleans()),
    st.builds(HasReference, properties, st.just("") | properties),
    st.builds(HasGoodReference, properties),
    st.builds(HasQualifier, properties, properties, st.just("") | st.just("@partner") | items),
    st.builds(HasTerm, st.just("L"), languages, st.booleans()),
    st.builds(HasTerm, st.sampled_from(["D", "A"]), languages),
    st.builds(HasSitelink, st.sampled_from(["enwiki", "be_x_oldwiki", "commonswiki"])),
    st.builds(Conforms, st.sampled_from(["artwork", "basic-item"]), st.just("") | properties),
)
measures = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=4).map(lambda of: And(tuple(of))),
        st.lists(inner, min_size=2, max_size=4).map(lambda of: Or(tuple(of))),
    ),
    max_leaves=12,
)


@given(measures)
def test_a_measure_is_read_as_it_was_written(measure: Measure) -> None:
    assert parse(str(measure)) == measure


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("P18", HasProperty("P18")),
        ("P31=Q3305213", HasValue("P31", "Q3305213")),
        ("P31=Q3305213*", HasValue("P31", "Q3305213", below=True)),
        ("P170.ref", HasReference("P170")),
        ("P170.ref=P248", HasReference("P170", "P248")),
        ("P170.goodref", HasGoodReference("P170")),
        ("P217.P195", HasQualifier("P217", "P195")),
        ("P217.P195=@partner", HasQualifier("P217", "P195", "@partner")),
        ("Lzh-hant", HasTerm("L", "zh-hant")),
        ("Lsv.own", HasTerm("L", "sv", own=True)),
        ("Sbe_x_oldwiki", HasSitelink("be_x_oldwiki")),
        ("shape:artwork/P217", Conforms("artwork", "P217")),
        (
            "not P18 and Lsv or Dsv",
            Or(
                (
                    And((Not(HasProperty("P18")), HasTerm("L", "sv"))),
                    HasTerm("D", "sv"),
                )
            ),
        ),
        (" not(P18 or Lsv )", Not(Or((HasProperty("P18"), HasTerm("L", "sv"))))),
    ],
)
def test_the_forms_of_the_language(text: str, measure: Measure) -> None:
    assert parse(text) == measure


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("   ", 0),
        ("P18 nad P17", 4),
        ("P18 and", 7),
        ("P18 or or P17", 7),
        ("P18 and (P17 or Lsv", 8),
        ("P18)", 3),
        ("(P18 Lsv)", 5),
        ("and P18", 0),
        ("P0", 0),
        ("p18", 0),
        ("P18 and Q5", 8),
        ("P18.P", 0),
        ("P217.P195=@me", 0),
        ("Dsv.own", 0),
        ("LSV", 0),
        ("P99999999999", 0),
        ("P31=Q5**", 0),
        ("P18; DROP TABLE claims", 0),
        ("not " * 51 + "P18", 200),
    ],
)
def test_what_does_not_fit_is_pointed_at(text: str, position: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.position == position
    assert f"position {position + 1}" in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_measure_or_an_error_with_a_position(text: str) -> None:
    try:
        measure = parse(text)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)
    else:
        assert parse(str(measure)) == measure


def test_a_very_long_text_is_refused() -> None:
    with pytest.raises(ExpressionError, match="longer than"):
        parse("P18 and " * 1000 + "P18")
