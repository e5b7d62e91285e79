"""Values enter a question as terms of their kind, and nothing else does."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import NotFound, UsageError
from kgtool.service.queries import Queries
from kgtool.service.query_file import parse

EVERY_KIND = """\
# Which?
#param item item Q1 an item
#param property property P18 a property
#param claim statement P18 a property
#param language language en a language
#param text text x a text
#param number number 1 a number
#param day date 2000-01-01 a day
#param wiki url https://a.org/ a wiki
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT * WHERE {
  VALUES ?item { wd:Q1 }
  VALUES ?property { wdt:P18 }
  VALUES ?claim { p:P18 }
  VALUES ?language { "en" }
  VALUES ?text { "x" }
  VALUES ?number { 1 }
  VALUES ?day { "2000-01-01T00:00:00Z"^^xsd:dateTime }
  VALUES ?wiki { <https://a.org/> }
}
"""


def value_of(name: str, value: str) -> list[str]:
    text = parse("own", EVERY_KIND).filled({name: value})
    found = ox.Store().query(text)
    assert isinstance(found, ox.QuerySolutions)
    return [str(row[name].value) for row in found]


def test_values_enter_as_terms_of_their_kind() -> None:
    assert value_of("item", "q42, Q43") == [
        "http://www.wikidata.org/entity/Q42",
        "http://www.wikidata.org/entity/Q43",
    ]
    assert value_of("property", "P18") == ["http://www.wikidata.org/prop/direct/P18"]
    assert value_of("claim", "P18") == ["http://www.wikidata.org/prop/P18"]
    assert value_of("language", "zh-Hant") == ["zh-hant"]
    assert value_of("number", "-5") == ["-5"]
    assert value_of("day", "1955-01-31") == ["1955-01-31T00:00:00Z"]
    assert value_of("wiki", "https://sv.wikipedia.org/") == ["https://sv.wikipedia.org/"]


@given(st.text(max_size=60))
def test_a_text_stays_a_text_whatever_is_in_it(text: str) -> None:
    try:
        found = value_of("text", text)
    except UsageError:
        return
    assert found == [text.strip()]


@given(
    name=st.sampled_from(["item", "property", "claim", "language", "number", "day", "wiki"]),
    value=st.text(max_size=40) | st.sampled_from(["Q1 } ?a ?b ?c {", "Q1 wd:Q2", 'en" } #', ""]),
)
def test_nothing_but_terms_enters(name: str, value: str) -> None:
    try:
        found = value_of(name, value)
    except UsageError:
        return
    assert len(found) == value.count(",") + 1


def test_what_does_not_fit_is_said_with_an_example(queries: Queries) -> None:
    with pytest.raises(UsageError, match=r"partner=x does not fit.*partner=Q190804"):
        queries.run("gaps/no-image", {"partner": "x"})
    with pytest.raises(UsageError, match=r"no parameter “museum”.*partner, language"):
        queries.run("gaps/no-image", {"museum": "Q1"})
    with pytest.raises(NotFound):
        queries.run("../secrets", {})
