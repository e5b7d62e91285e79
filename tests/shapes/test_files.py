"""The files of shapes that are shipped, and how expectations are read from them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from pyrudof import Rudof, ShExFormat

from kgtool import files
from kgtool.checks.expectations import SEVERITIES, SHAPES, TERMS, kind, kinds
from kgtool.checks.source import everything, resolve, resolved
from kgtool.errors import InputError, NotFound

LANGUAGES = {"en", "sv", "fr", "es", "de", "ar", "ja"}
RDFS = "http://www.w3.org/2000/01/rdf-schema#"


def shexj(text: str) -> dict[str, Any]:
    parser = Rudof()
    parser.read_shex(text, ShExFormat.ShExC)
    schema: dict[str, Any] = json.loads(parser.serialize_current_shex(format=ShExFormat.ShExJ))
    return schema


def nodes(of: Any, type: str) -> Iterator[dict[str, Any]]:
    if isinstance(of, dict):
        if of.get("type") == type:
            yield of
        for member in of.values():
            yield from nodes(member, type)
    elif isinstance(of, list):
        for member in of:
            yield from nodes(member, type)


@pytest.mark.parametrize("name", files.shape_names())
def test_a_shape_parses_and_starts_at_the_shape_of_its_name(name: str) -> None:
    schema = shexj(resolved(name))
    assert schema.get("start") == (None if "/" in name else SHAPES + name)


def test_no_two_files_give_a_shape_the_same_name() -> None:
    declared = Counter(
        name
        for file in files.shape_names()
        for name in re.findall(r"^shape:([\w-]+)", files.shape(file), re.MULTILINE)
    )
    assert [shape for shape, count in declared.items() if count > 1] == []
    assert {SHAPES + one for one in declared} == {
        one["id"] for one in shexj(everything())["shapes"]
    }


def test_a_shape_names_each_predicate_once_so_that_it_compiles_to_a_fast_check() -> None:
    for shape in nodes(shexj(everything()), "Shape"):
        expression = shape["expression"]
        assert expression["type"] in ("TripleConstraint", "EachOf")
        predicates = Counter(one["predicate"] for one in expression.get("expressions", []))
        assert set(predicates.values()) <= {1}


def test_annotations_use_our_terms_and_speak_every_language_that_we_ship() -> None:
    for constraint in nodes(shexj(everything()), "TripleConstraint"):
        said: dict[str, list[Any]] = {}
        for annotation in constraint.get("annotations", []):
            said.setdefault(annotation["predicate"], []).append(annotation["object"])
        assert said.keys() <= {
            f"{TERMS}severity",
            f"{TERMS}measure",
            f"{RDFS}label",
            f"{RDFS}comment",
        }
        if said:
            (severity,) = said[f"{TERMS}severity"]
            assert severity.removeprefix(TERMS) in SEVERITIES
        for predicate in (f"{RDFS}label", f"{RDFS}comment"):
            texts = {text["language"]: text["value"] for text in said.get(predicate, [])}
            assert texts.keys() in (set(), LANGUAGES), texts


def test_there_are_kinds_for_all_that_partners_hold_and_are() -> None:
    found = {one.shape: one for one in kinds()}
    assert found.keys() == {
        "archive",
        "artwork",
        "building",
        "collection",
        "library",
        "manuscript",
        "museum",
        "organisation",
        "painting",
        "partner",
        "person",
    }
    assert found["museum"].classes == {"Q33506"}
    assert found["museum"].below
    assert found["person"].classes == {"Q5"}
    assert not found["person"].below
    assert found["partner"].classes == set()


def test_expectations_are_measures_with_severity_label_and_help() -> None:
    painting = {one.measure: one for one in kind("painting").expectations}
    assert painting["P170"].severity == "required"
    assert painting["P170"].labels["sv"] == "skapare"
    assert painting["P217.P195=@partner"].severity == "recommended"
    assert painting["P180"].help["en"] == "Say what can be seen in it."
    assert {"Len", "Den", "P18", "P170.goodref"} <= painting.keys()
    assert painting.keys() > {one.measure for one in kind("artwork").expectations}


def test_a_check_without_a_measure_is_no_expectation() -> None:
    measures = [one.measure for one in kind("museum").expectations]
    assert "P84" not in measures
    assert len(measures) == len({(m.measure, m.when) for m in kind("museum").expectations})


def test_an_expectation_may_stand_only_for_some_items() -> None:
    local = {one.measure: one.when for one in kind("museum").expectations if one.when}
    assert local["Lsv"] == "P17=Q34"
    assert local["Lpt or Lpt-br"] == "P17=Q45 or P17=Q155"


def test_a_choice_is_one_expectation() -> None:
    archive = {one.measure: one.severity for one in kind("archive").expectations}
    assert archive["P791 or P6782 or P214"] == "required"


@pytest.mark.parametrize("name", ["nothing", "parts/names"])
def test_what_is_not_a_kind_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        kind(name)


def test_an_import_is_read_from_the_shapes_and_never_fetched() -> None:
    text = (
        "# IMPORT <https://example.org/comment>\n"
        "PREFIX ex: <https://example.org/>\n"
        "IMPORT <person>\n"
        'ex:a { ex:b ["IMPORT <https://example.org/string>"] // ex:note "start = @ex:b" }\n'
    )
    schema = resolve(text)
    assert schema.splitlines()[3] == text.splitlines()[3]
    assert "start = @ex:b" in schema
    assert "start" not in shexj(schema)
    with pytest.raises(InputError, match=r"Line 2 imports <https://example.org/x>"):
        resolve("\nIMPORT <https://example.org/x>\n")
    with pytest.raises(InputError, match=r"imports <file:///etc/passwd>"):
        resolve("PREFIX f: <file:///etc/>\nimport\n f:passwd\n")


def test_a_file_that_is_imported_twice_stands_once() -> None:
    assert resolved("painting").count("shape:deprecated {") == 1
