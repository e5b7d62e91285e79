"""What findings say to people: values by their names, constraints in words, in every language."""

from __future__ import annotations

import re

import pytest

from kgtool.checks.checker import Checker, parse_text
from kgtool.checks.sentences import mentioned, sentence
from kgtool.checks.worker import ReferenceWorker
from kgtool.entities import Entity
from kgtool.messages import languages
from tests.builders import item
from tests.checks.worlds import WIKIDATA

HEAD = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
start = @<it>
"""
NAMES = {
    "P18": "image",
    "P31": "instance of",
    "P195": "collection",
    "P569": "date of birth",
    "Q5": "human",
    "Q33506": "museum",
    "Q7075": "library",
}
MUSEUM = item("Q1", P31="Q33506", P18="1.jpg", P569="x", labels={"en": "A", "sv": "B"})
SAID = {
    "wdt:P195 . +": "Missing: P195.",
    "wdt:P31 [wd:Q5] +": "P31 has the value museum (Q33506); expected is human (Q5).",
    "wdt:P31 [wd:Q5 wd:Q7075]": (
        "P31 has the value museum (Q33506); expected is human (Q5) or library (Q7075)."
    ),
    "wdt:P31 @<class> +": (
        "P31 has the value museum (Q33506); expected is human (Q5) or a subclass."
    ),
    "wdt:P31 . {0}": "P31: expected is none, found was museum (Q33506).",
    "wdt:P18 IRI": "P18 has the value 1.jpg; expected is an item or an address.",
    "wdt:P18 xsd:integer MININCLUSIVE 7 +": (
        "P18 has the value 1.jpg; expected is a whole number, at least 7."
    ),
    "wdt:P18 /^a/ +": "P18 has the value 1.jpg; expected is of the form ^a.",
    "wdt:P18 LITERAL MAXLENGTH 3 +": (
        "P18 has the value 1.jpg; expected is a text, a number or a date, of length 3 or less."
    ),
    "wdt:P18 xsd:duration +": (
        "P18 has the value 1.jpg; expected is a value of the type xsd:duration."
    ),
    'wdt:P18 ["2.jpg"] +': "P18 has the value 1.jpg; expected is 2.jpg.",
    'wdt:P18 ["a"~ - "ab"~] +': (
        "P18 has the value 1.jpg; expected is what begins with a, but not what begins with ab."
    ),
    "wdt:P31 NOT [wd:Q33506] +": "P31 must not be so: museum (Q33506).",
    "wdt:P31 . {2,3}": "Missing: P31.",
    "wdt:P31 ([wd:Q5] OR [wd:Q7075]) +": (
        "P31 has the value museum (Q33506); expected is human (Q5) or library (Q7075)."
    ),
    "rdfs:label [@sv] +": (
        "rdfs:label has the value A (en); expected is a text in the language sv."
    ),
}


@pytest.fixture(scope="module")
def worker() -> ReferenceWorker:
    return ReferenceWorker()


def told(worker: ReferenceWorker, schema: str, entity: Entity, language: str = "en") -> list[str]:
    parsed = parse_text("own", HEAD + schema, WIKIDATA, worker)
    found = Checker(parsed, WIKIDATA).check(entity)
    return [
        sentence(
            one,
            one.fault.path[0].removeprefix("wdt:") if one.fault.path else "",
            None,
            {id: NAMES[id] for id in mentioned(one) if id in NAMES},
        ).told(language)
        for one in found
    ]


@pytest.mark.parametrize(("constraint", "said"), SAID.items(), ids=SAID)
def test_a_constraint(worker: ReferenceWorker, constraint: str, said: str) -> None:
    schema = f"<it> {{ {constraint} }}\n<class> [wd:Q5] OR EXTRA wdt:P279 {{ wdt:P279 @<class> + }}"
    assert said in told(worker, schema, MUSEUM)


def test_what_a_closed_shape_allows(worker: ReferenceWorker) -> None:
    schema = "<it> CLOSED { wdt:P31 . * }"
    (said,) = told(worker, schema, item("Q1", P31="Q5", P18="1.jpg"))
    assert "image (P18)" in said
    assert "only instance of (P31)" in said


def test_what_does_not_go_together(worker: ReferenceWorker) -> None:
    schema = "<it> { (wdt:P31 . | wdt:P195 .) }"
    (said,) = told(worker, schema, item("Q1", P31="Q5", P195="Q7075"))
    assert "a permitted combination of instance of (P31), collection (P195)" in said
    assert "1 × instance of (P31), 1 × collection (P195)" in said


def test_a_shape_that_is_not_met_is_named_by_its_label(worker: ReferenceWorker) -> None:
    schema = (
        "<it> NOT @<other>\n"
        '<other> { wdt:P31 . } // rdfs:label "something classified"@en'
        ' // rdfs:label "något klassat"@sv'
    )
    assert "the shape “something classified”" in told(worker, schema, MUSEUM)[0]
    assert "formen ”något klassat”" in told(worker, schema, MUSEUM, "sv")[0]


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_no_english_is_left_over(worker: ReferenceWorker, language: str) -> None:
    english = re.compile(r"\b(?:of|or|expected|has|the|subclass|only|more|but|value)\b")
    for constraint in SAID:
        schema = f"<it> {{ {constraint} }}\n<class> [wd:Q5]"
        for said in told(worker, schema, MUSEUM, language):
            assert not english.search(said.replace("instance of", "")), said
