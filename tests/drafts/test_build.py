"""Rows and a mapping become drafts."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from kgtool.drafts import (
    Draft,
    Found,
    Row,
    Wanted,
    build_drafts,
    entity_of,
    load_mapping,
    local_keys,
    parse_mapping,
    read_table,
)
from kgtool.entities import EntityIdValue, load_profile, parse_entity, to_json, value_text
from kgtool.errors import InputError, UsageError

WIKIDATA = load_profile("wikidata")
HEAD = 'name = "m"\ntitle = "M"\nkey = "id"\n'


def built(rules: str, *cells: dict[str, str], **more: object) -> list[Draft]:
    rows = [Row(n, {"id": str(n), **given}) for n, given in enumerate(cells, 1)]
    return build_drafts(rows, parse_mapping(HEAD + rules), WIKIDATA, **more)  # type: ignore[arg-type]  # options


def values(draft: Draft, property: str) -> list[str]:
    return [value_text(s.mainsnak) for s in draft.wanted.claims.get(property, [])]


STATEMENT = '[[statements]]\nproperty = "P31"\ntype = "wikibase-item"\n'


def test_split_map_and_ignore() -> None:
    rules = STATEMENT + 'column = "a"\nsplit = "|"\nignore = ["?"]\nmap = { x = "Q1", y = "Q2" }\n'
    [draft] = built(rules, {"a": "x|?|y|x"})
    assert values(draft, "P31") == ["Q1", "Q2"] and draft.findings == []


@pytest.mark.parametrize(
    ("way", "level"), [("refuse", "refuse"), ("doubt", "doubt"), ("skip", "info")]
)
def test_what_cannot_be_read_goes_by_otherwise(way: str, level: str) -> None:
    [draft] = built(STATEMENT + f'column = "a"\notherwise = "{way}"\n', {"a": "Paris"})
    assert [finding.level for finding in draft.findings] == [level]
    assert "Paris" in draft.findings[0].message and draft.findings[0].where == "P31"


def test_texts_that_mean_unknown_or_none() -> None:
    rules = STATEMENT + 'column = "a"\nsome_value = ["unknown"]\nno_value = ["none"]\n'
    first, second = built(rules, {"a": "unknown"}, {"a": "none"})
    assert values(first, "P31") == ["somevalue"] and values(second, "P31") == ["novalue"]


def test_rows_refer_to_rows_by_key() -> None:
    [first, _] = built(STATEMENT + 'draft = "part_of"\n', {"part_of": "2"}, {"part_of": ""})
    assert local_keys(first.wanted.claims["P31"][0]) == {"2"}


def test_a_template_with_an_empty_field_gives_nothing() -> None:
    rules = '[[labels]]\ntemplate = "{a}, {b}"\n'
    first, second = built(rules, {"a": "x", "b": "y"}, {"a": "x", "b": ""})
    assert first.wanted.labels["en"].value == "x, y" and second.wanted.labels == {}


def test_a_span_brings_its_limits_as_qualifiers() -> None:
    rules = (
        '[[statements]]\nproperty = "P571"\ntype = "time"\ncolumn = "a"\nrange = "^"\n'
        'earliest = "P1319"\nlatest = "P1326"\n'
    )
    century, year = built(rules, {"a": "1400^1499"}, {"a": "1479"})
    [statement] = century.wanted.claims["P571"]
    assert {p: value_text(s[0]) for p, s in statement.qualifiers.items()} == {
        "P1319": "1400",
        "P1326": "1499",
    }
    assert values(year, "P571") == ["1479"] and not year.wanted.claims["P571"][0].qualifiers


def test_names_are_asked_for_once_and_together() -> None:
    asked: list[Sequence[Wanted]] = []

    def matcher(wanted: Sequence[Wanted]) -> list[list[Found]]:
        asked.append(wanted)
        known = {
            "Paris": [Found("Q90", "Paris", 99, True)],
            "Lund": [Found("Q1", "Lund", 60, False)],
        }
        return [known.get(one.text, []) for one in wanted]

    rules = STATEMENT + 'column = "a"\nreconcile = { types = ["Q5"], properties = { P17 = "c" } }\n'
    cells = [{"a": name, "c": "FR"} for name in ("Paris", "Paris", "Lund", "Nowhere")]
    drafts = built(rules, *cells, matcher=matcher)
    assert [one.text for one in asked[0]] == ["Paris", "Lund", "Nowhere"] and len(asked) == 1
    assert asked[0][0] == Wanted("Paris", ("Q5",), (("P17", "FR"),))
    assert values(drafts[0], "P31") == ["Q90"]
    assert [d.findings[0].level for d in drafts[2:]] == ["doubt", "refuse"]
    assert "Q1 (Lund, 60)" in drafts[2].findings[0].message


def test_a_key_used_twice_is_refused_and_nothing_is_lost() -> None:
    rows = [Row(2, {"id": "a"}), Row(3, {"id": "a"}), Row(4, {"id": ""})]
    drafts = build_drafts(rows, parse_mapping(HEAD), WIKIDATA)
    assert len({draft.key for draft in drafts}) == 3
    assert [[f.code for f in draft.findings] for draft in drafts] == [[], ["key-twice"], ["no-key"]]


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="colour"):
        built('[[labels]]\ncolumn = "colour"\n', {"a": "x"})


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(UsageError, match="colour"):
        built("", {}, parameters={"colour": "red"})


def _lookups(shared: Path) -> dict[str, dict[str, str]]:
    with (shared / "partners" / "ds_partners.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        "partner": {r["code"]: r["wikidata_qid"] for r in rows},
        "partner_name": {r["code"]: r["name"] for r in rows},
    }


@pytest.mark.parametrize(
    ("file", "mapping", "rows", "refused"),
    [
        ("nationalmuseum_paintings.csv.gz", "nationalmuseum", 5_334, 0),
        ("nationalmuseum_lido_sample.xml.gz", "lido-paintings", 304, 0),
        pytest.param(
            *("ds_manuscripts_on_wikidata.csv.gz", "ds-manuscripts", 14_839, 1),
            marks=pytest.mark.long,
        ),
        pytest.param(*("ds_catalogue.csv.gz", "ds-catalogue", 30_445, 88), marks=pytest.mark.long),
    ],
)
def test_shipped_mappings_read_the_real_tables(
    file: str, mapping: str, rows: int, refused: int, shared: Path
) -> None:
    drafts = build_drafts(
        read_table(shared / "partners" / file),
        load_mapping(mapping),
        WIKIDATA,
        lookups=_lookups(shared),
    )
    assert len(drafts) == rows
    bad = [draft for draft in drafts if any(f.level == "refuse" for f in draft.findings)]
    assert len(bad) == refused
    assert all(draft.wanted.claims for draft in drafts)


def test_a_real_manuscript_says_what_its_row_says(shared: Path) -> None:
    table = read_table(shared / "partners" / "ds_manuscripts_on_wikidata.csv.gz")
    row = next(row for row in table if row.text("ds_id") == "DS26209")
    [draft] = build_drafts([row], load_mapping("ds-manuscripts"), WIKIDATA)
    assert draft.wanted.id == "Q137711544"
    assert {p: values(draft, p) for p in ("P31", "P195", "P407", "P217", "P528", "P571")} == {
        "P31": ["Q87167"],
        "P195": ["Q4985640"],
        "P407": ["Q397"],
        "P217": ["RBR Mss. C33A6 1000z", "ocm51766671"],
        "P528": ["DS26209"],
        "P571": ["1200"],
    }
    assert all(s.references for several in draft.wanted.claims.values() for s in several)
    [catalog] = draft.wanted.claims["P528"][0].qualifiers["P972"]
    assert isinstance(catalog.datavalue, EntityIdValue)
    assert catalog.datavalue.value.id == "Q124453846"


def test_an_expanded_draft_is_an_entity_like_any_other(shared: Path) -> None:
    rows = list(read_table(shared / "partners" / "nationalmuseum_paintings.csv.gz"))[:50]
    for n, draft in enumerate(build_drafts(rows, load_mapping("nationalmuseum"), WIKIDATA)):
        made = entity_of(draft, f"Q{900_000_000 + n}")
        assert parse_entity(to_json(made)) == made
        guids = [s.id for several in made.claims.values() for s in several]
        assert all(g and g.startswith(made.id) for g in guids) and len(set(guids)) == len(guids)
