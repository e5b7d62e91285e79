"""What we ship beside the pages, questions and mappings, is said in every language."""

from __future__ import annotations

import pytest

from kgtool import files
from kgtool.drafts import load_mapping, mapping_names
from kgtool.messages import languages
from kgtool.service import catalogue
from kgtool.service.query_file import QueryFile, parse

QUERIES = [parse(name, files.query(name)) for name in files.query_names()]
MAPPINGS = {name: load_mapping(name) for name in mapping_names()}


@pytest.mark.parametrize("language", languages())
def test_every_question_is_asked_in_the_language(language: str) -> None:
    for query in QUERIES:
        text, said_in = catalogue.question(query, language)
        assert said_in == language, f"{query.name}: message query-{query.name.replace('/', '-')}"
        assert (text == query.question) is (language == "en")
        if query.note:
            assert catalogue.note(query, language)[1] == language, query.name
        for one in query.parameters:
            assert catalogue.parameter(one.help, language)[1] == language, (query.name, one.name)


@pytest.mark.parametrize("language", languages())
def test_every_mapping_is_called_something_in_the_language(language: str) -> None:
    for name, mapping in MAPPINGS.items():
        assert catalogue.title(name, mapping.title, language)[1] == language, name
        for one in mapping.parameters.values():
            assert catalogue.parameter(one.help, language)[1] == language, (name, one.help)


def test_what_others_wrote_stays_as_it_is() -> None:
    """A query or mapping under a name of ours, that says something else, is not ours."""
    own = QueryFile("gaps/no-image", "Where are my pictures?", "mine", (), "SELECT")
    assert catalogue.question(own, "sv") == ("Where are my pictures?", "")
    assert catalogue.note(own, "sv") == ("mine", "")
    assert catalogue.title("museum", "Mine", "sv") == ("Mine", "")
    assert catalogue.parameter("whatever", "sv") == ("whatever", "")
