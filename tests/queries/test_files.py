"""The files of questions: what each declares, and that it runs as it stands."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql import prepareQuery

from kgtool import files
from kgtool.errors import InputError
from kgtool.service.query_file import parse

from .worlds import NAMES


def test_there_are_questions_on_every_topic() -> None:
    topics = {name.split("/")[0] for name in NAMES}
    assert topics == {"partners", "collections", "gaps", "coverage", "quality"}
    assert len(NAMES) >= 25


@pytest.mark.parametrize("name", NAMES)
def test_a_file_asks_a_question_in_plain_sparql_and_runs_as_it_stands(name: str) -> None:
    query = parse(name, files.query(name))
    assert query.question[0].isupper()
    assert query.question.endswith("?")
    prepareQuery(query.text)  # SPARQL 1.1, with every prefix declared
    answer = ox.Store().query(query.text)
    assert isinstance(answer, ox.QuerySolutions)
    assert not re.search(r"^[^#]*\b(SERVICE|WITH)\b", query.text, re.MULTILINE | re.IGNORECASE)
    assert re.search(r"^ORDER BY ", query.text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_the_values_in_a_file_are_the_defaults_of_its_parameters(name: str) -> None:
    query = parse(name, files.query(name))
    assert query.filled({one.name: one.default for one in query.parameters}) == query.text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT * {}", "is not a question"),
        ("# What\nSELECT * {}", "is not a question"),
        ("# What?\n#param a item Q1\nSELECT * {}", "cannot be understood"),
        ("# What?\n#param a thing Q1 a thing\nSELECT * { VALUES ?a { 1 } }", "cannot be"),
        ("# What?\n#param a item Q1 an item\nSELECT * {}", "cannot be understood"),
    ],
)
def test_a_file_that_is_not_declared_as_it_should_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse("own", text)
