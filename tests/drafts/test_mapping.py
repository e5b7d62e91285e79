"""Mappings: what they refuse, and where they say it is."""

from __future__ import annotations

import pytest

from kgtool.drafts import load_mapping, mapping_names, parse_mapping, permission_problems
from kgtool.errors import MappingError, NotFound
from tests.conftest import ROOT

HEAD = 'name = "m"\ntitle = "M"\nkey = "id"\n'


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("name = = 1", "mapping", "line 1"),
        (HEAD + "colour = 1\n", "mapping", "colour"),
        ('title = "M"\nkey = "id"\n', "mapping", "name"),
        (HEAD + '[[statements]]\nproperty = "31"\ntype = "time"\ncolumn = "a"\n', "property", "31"),
        (HEAD + '[[statements]]\nproperty = "P31"\ntype = "date"\ncolumn = "a"\n', "type", "date"),
        (
            HEAD + '[[statements]]\nproperty = "P31"\ntype = "time"\n',
            "statements[0]",
            "exactly one",
        ),
        (HEAD + '[[labels]]\nlanguage = "en"\nclumn = "a"\n', "labels", "clumn"),
        (HEAD + '[[labels]]\ncolumn = "a"\nformat = "(?=x)"\n', "labels[0].format", "RE2"),
        (HEAD + '[[labels]]\ncolumn = "a"\npattern = "x"\n', "labels[0].pattern", "one group"),
        (HEAD + '[[labels]]\nparameter = "p"\n', "labels[0].parameter", "parameters"),
        (
            HEAD + '[[statements]]\nproperty = "P571"\ntype = "time"\ncolumn = "a"\nrange = "^"\n'
            'earliest = ""\n',
            "earliest",
            "span",
        ),
    ],
)
def test_an_error_names_the_key_and_the_place(text: str, place: str, problem: str) -> None:
    with pytest.raises(MappingError) as told:
        parse_mapping(text)
    assert place in told.value.message and problem in told.value.message


@pytest.mark.parametrize("name", mapping_names())
def test_every_shipped_mapping_is_right(name: str) -> None:
    assert load_mapping(name).name == name


def test_the_mapping_in_the_documentation_is_right() -> None:
    text = (ROOT / "docs" / "drafts.md").read_text(encoding="utf-8")
    mapping = parse_mapping(text.split("```toml\n")[1].split("```")[0])
    assert permission_problems(mapping) == []


def test_a_mapping_that_is_not_there() -> None:
    with pytest.raises(NotFound, match="Shipped"):
        load_mapping("nothing")


def test_source_licence_and_ground_must_be_named() -> None:
    assert len(permission_problems(parse_mapping(HEAD))) == 3
    assert permission_problems(load_mapping("nationalmuseum")) == []
    [problem] = permission_problems(load_mapping("ds-catalogue"))
    assert "CC BY 4.0" in str(problem)


def test_every_statement_has_references_unless_it_is_said_to_need_none() -> None:
    whole = HEAD + '[source]\ntitle = "T"\n[license]\nname = "CC0"\n[notability]\nground = "g"\n'
    bare = '[[statements]]\nproperty = "P31"\ntype = "wikibase-item"\nconstant = "Q5"\n'
    usual = '[[references]]\n[[references.snaks]]\nproperty = "P854"\ntype = "url"\ncolumn = "id"\n'
    [problem] = permission_problems(parse_mapping(whole + bare))
    assert "no reference for P31" in str(problem)
    assert permission_problems(parse_mapping(whole + bare + "references = []\n")) == []
    assert permission_problems(parse_mapping(whole + bare + usual)) == []


def test_a_permission_says_who_when_and_where() -> None:
    whole = HEAD + '[source]\ntitle = "T"\n[notability]\nground = "g"\n[permission]\n'
    named = whole + 'by = "A. Bee"\ndate = 2026-11-20\nlink = "https://example.org/1"\n'
    assert permission_problems(parse_mapping(named)) == []
    with pytest.raises(MappingError, match="permission"):
        parse_mapping(whole + 'by = "A. Bee"\n')
    empty = named.replace("https://example.org/1", "")
    assert permission_problems(parse_mapping(empty))
