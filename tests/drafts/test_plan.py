"""Every draft ends as one of six outcomes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.drafts import (
    OUTCOMES,
    Complete,
    Conflicting,
    Create,
    Doubtful,
    Draft,
    Finding,
    MemoryWorld,
    Plan,
    Planner,
    Refused,
    Unchanged,
    decided,
    find_row,
    outcome_name,
    plan_csv,
    plan_from,
    plan_mismatches,
    plan_quickstatements,
    plan_rows,
    read_plan,
    write_plan,
)
from kgtool.drafts.words import words
from kgtool.entities import (
    Item,
    Property,
    Snak,
    Statement,
    StringValue,
    load_profile,
    parse_entity,
)
from kgtool.errors import InputError, NotFound, UsageError
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
SOURCE = [[snak("P854", "https://example.org/1")]]
MUSEUM = item(
    "Q900000001",
    statement("P791", "SE-Lund"),
    labels={"en": "Lund Museum"},
    P17="Q34",
    P31="Q33506",
    sitelinks={"svwiki": "Lunds museum"},
)


def draft(key: str, wanted: Item, **more: object) -> Draft:
    return Draft(key, 1, wanted, **more)  # type: ignore[arg-type]  # options


def only(wanted: Item, *, world: MemoryWorld | None = None, **more: object) -> object:
    drafts = [draft("a", wanted, **more)]
    return plan_rows(drafts, world or MemoryWorld([MUSEUM]), WIKIDATA)[0]


def whole(*rows: object) -> Plan:
    plan = Plan(id="0" * 12, title="T", wiki="w", made="2026", summary="s", rows=list(rows))  # type: ignore[arg-type]  # outcomes
    return plan.sealed()


def test_nothing_like_it_is_created() -> None:
    made = only(item("", labels={"en": "New Museum"}, P17="Q34"))
    assert isinstance(made, Create)
    assert {f.code for f in made.findings} >= {"no-description", "no-type", "unsourced"}


def test_an_identifier_decides() -> None:
    found = only(item("", statement("P791", "SE-Lund"), P17="Q34"), keys=["P791"])
    assert isinstance(found, Unchanged) and found.item == "Q900000001"


def test_a_sitelink_decides() -> None:
    found = only(item("", sitelinks={"svwiki": "Lunds museum"}, P31="Q33506"))
    assert isinstance(found, Unchanged)


def test_two_items_with_the_identifier_are_for_a_person() -> None:
    twin = item("Q900000002", statement("P791", "SE-Lund"))
    found = only(
        item("", statement("P791", "SE-Lund")), keys=["P791"], world=MemoryWorld([MUSEUM, twin])
    )
    assert isinstance(found, Doubtful) and len(found.near) == 2


def test_the_same_name_is_for_a_person_unless_the_country_differs() -> None:
    assert isinstance(only(item("", labels={"en": "Lund Museum"}, P31="Q207694")), Doubtful)
    assert isinstance(only(item("", labels={"en": "Lund Museum"}, P17="Q39")), Create)


def test_the_same_name_with_another_identifier_is_another_thing() -> None:
    other = item("", statement("P791", "SE-Other"), labels={"en": "Lund Museum"})
    assert isinstance(only(other, keys=["P791"]), Create)


def test_a_table_that_names_one_item_and_an_identifier_another_is_for_a_person() -> None:
    other = item("Q900000002")
    wanted = item("Q900000002", statement("P791", "SE-Lund"))
    found = only(wanted, keys=["P791"], world=MemoryWorld([MUSEUM, other]))
    assert isinstance(found, Doubtful)


def test_an_inventory_number_counts_within_its_collection() -> None:
    def number(collection: str) -> Statement:
        return statement("P217", "12", qualifiers=[snak("P195", collection)])

    world = MemoryWorld([item("Q900000002", number("Q842858"))])
    more = {"keys": ["P217"], "per": {"P217": "P195"}, "world": world}
    assert isinstance(only(item("", number("Q842858")), **more), Unchanged)  # type: ignore[arg-type]  # options
    assert isinstance(only(item("", number("Q21578"), labels={"en": "x"}), **more), Create)  # type: ignore[arg-type]  # options


def test_rows_of_one_thing_are_found_inside_the_batch() -> None:
    one = item("", statement("P791", "SE-New"), labels={"en": "a"})
    two = item("", statement("P791", "SE-New"), labels={"en": "b"})
    rows = plan_rows(
        [draft("a", one, keys=["P791"]), draft("b", two, keys=["P791"])], MemoryWorld(), WIKIDATA
    )
    assert isinstance(rows[0], Create)
    assert isinstance(rows[1], Doubtful) and "“a”" in str(rows[1].reason)


def test_two_new_items_with_one_label_and_description_are_refused() -> None:
    wanted = item("", labels={"en": "x"}, descriptions={"en": "y"})
    rows = plan_rows([draft("a", wanted), draft("b", wanted)], MemoryWorld(), WIKIDATA)
    assert [outcome_name(row) for row in rows] == ["create", "refused"]


def test_another_value_is_conflicting_and_what_is_lacking_completes() -> None:
    wanted = item("Q900000001", P17="Q39")
    assert isinstance(only(wanted), Conflicting)
    assert isinstance(only(item("Q900000001", P131="Q1")), Complete)


def test_a_person_must_look_where_a_value_was_not_sure_or_a_check_says_so() -> None:
    unsure = [Finding("doubt", "unsure", "may be Q1")]
    assert isinstance(only(item("", labels={"en": "x"}), findings=unsure), Doubtful)
    [row] = plan_rows(
        [draft("a", item("", labels={"en": "x"}))],
        MemoryWorld(),
        WIKIDATA,
        check=lambda made: [Finding("refuse", "shape", "needs P31")],
    )
    assert isinstance(row, Refused)


def test_a_batch_without_permission_is_refused_whole() -> None:
    rows = plan_rows(
        [draft("a", MUSEUM)], MemoryWorld(), WIKIDATA, barred=[words("names-no-ground")]
    )
    assert isinstance(rows[0], Refused) and "[notability]" in rows[0].findings[0].message


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (item("", labels={"en": "x" * 251}), "term-too-long"),
        (item("", labels={"xx-bad": "x"}), "no-language"),
        (item("", labels={"en": "x"}, descriptions={"en": "x"}), "label-is-description"),
        (item("", statement("P217", " x")), "white-space"),
        (item("", statement("P217", "x" * 1501)), "too-long"),
        (item("", Statement(Snak("value", "P854", None, StringValue("a.b"), "url"))), "url"),
        (item("", Statement(Snak("value", "P571", None, StringValue("1"), "time"))), "value-type"),
        (item(""), "empty"),
        (item("", P361="Q1", P527="row:none"), "no-row"),
    ],
)
def test_what_the_wiki_would_refuse_is_refused_before(wanted: Item, code: str) -> None:
    if code == "no-row":
        from tests.writes.kills import value_of_row

        wanted = item("", statement("P527", value_of_row("none")))
    found = only(wanted, world=MemoryWorld())
    assert isinstance(found, Refused) and code in {f.code for f in found.findings}


def test_against_the_whole_wiki_properties_and_items_must_exist() -> None:
    known = [Property(datatype="string", id="P217")]
    world = MemoryWorld([], known, complete=True)
    for wanted, code in (
        (item("", statement("P791", "x")), "no-property"),
        (item("", statement("P217", "Q1")), "value-type"),
        (item("Q404"), "gone"),
    ):
        found = only(wanted, world=world)
        assert isinstance(found, Refused) and code in {f.code for f in found.findings}


def test_a_value_must_have_the_format_that_its_property_asks_for(shared: Path) -> None:
    """By the constraints of the real property VIAF ID."""
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        line = next(line for line in lines if b'"id":"P214"' in line[:4000] and b"P1793" in line)
    viaf = parse_entity(line)
    assert isinstance(viaf, Property)
    world = MemoryWorld([], [viaf])
    for text, codes in (("113230702", set()), ("not a number", {"format"})):
        made = only(item("", statement("P214", text), labels={"en": "x"}), world=world)
        assert isinstance(made, Create)
        assert {f.code for f in made.findings if f.level == "important"} == codes


def test_a_plan_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = whole(only(item("", labels={"en": "x"})))
    write_plan(plan, tmp_path / "p.json")
    assert read_plan(tmp_path / "p.json") == plan
    assert plan.counts() == {"rows": 1, **dict.fromkeys(OUTCOMES, 0), "create": 1}


def test_a_row_changed_by_hand_is_noticed(tmp_path: Path) -> None:
    write_plan(whole(only(item("", labels={"en": "good"}))), tmp_path / "p.json")
    content = (tmp_path / "p.json").read_bytes()
    with pytest.raises(InputError, match="as it was checked"):
        plan_from(content.replace(b'"value":"good"', b'"value":"evil"'), "p.json")
    with pytest.raises(InputError, match="not a plan"):
        plan_from(content[:-20], "p.json")
    with pytest.raises(NotFound):
        read_plan(tmp_path / "none.json")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_plan_or_an_error(content: bytes) -> None:
    with pytest.raises(InputError):
        plan_from(content, "x")


def decide(row: object, choice: str, found: Item | None = None, **more: object) -> object:
    planner = Planner([row.draft], MemoryWorld([MUSEUM]), WIKIDATA)  # type: ignore[attr-defined]  # an outcome
    return decided(row, choice, planner, item=found, **more)  # type: ignore[arg-type]  # as above


def test_a_doubtful_row_can_be_created_completed_or_skipped() -> None:
    row = only(item("", labels={"en": "Lund Museum"}, P131="Q1"))
    made = decide(row, "create")
    assert isinstance(made, Create) and made.decided == "create"
    completed = decide(row, "complete", MUSEUM, by="Ann")
    assert isinstance(completed, Complete) and completed.item == "Q900000001"
    assert completed.decided == "complete Q900000001 by Ann"
    assert isinstance(decide(row, "skip"), Unchanged)


def test_of_a_conflict_only_what_was_named_is_written() -> None:
    row = only(item("Q900000001", P17="Q39", P131="Q1"))
    left = decide(row, "complete", MUSEUM)
    assert isinstance(left, Complete)
    assert [s.mainsnak.property for s in left.diff.statements] == ["P131"]
    beside = decide(row, "complete", MUSEUM, beside=["P17"])
    assert isinstance(beside, Complete)
    assert [s.mainsnak.property for s in beside.diff.statements] == ["P131", "P17"]
    replaced = decide(row, "complete", MUSEUM, replacing=["P17"])
    assert isinstance(replaced, Complete) and replaced.diff.conflicts[0].decision == "replace"
    with pytest.raises(UsageError, match="P31"):
        decide(row, "complete", MUSEUM, beside=["P31"])


def test_a_refused_row_can_only_be_skipped() -> None:
    row = only(item(""), world=MemoryWorld())
    with pytest.raises(UsageError, match="refused"):
        decide(row, "create")
    assert isinstance(decide(row, "skip"), Unchanged)


def test_a_row_is_found_by_key_or_number() -> None:
    plan = whole(only(item("", labels={"en": "x"})))
    assert find_row(plan, "a") == find_row(plan, "1") == 0
    with pytest.raises(NotFound):
        find_row(plan, "b")


def test_conflicts_go_to_the_mismatch_finder() -> None:
    wanted = item("Q900000001", statement("P17", "Q39", references=SOURCE))
    head, line = plan_mismatches(whole(only(wanted))).splitlines()
    assert head.startswith("item_id,statement_guid,property_id,wikidata_value")
    guid = MUSEUM.claims["P17"][0].id
    assert line == f"Q900000001,{guid},P17,Q34,,Q39,https://example.org/1,statement"


def test_csv_cells_are_no_formulas() -> None:
    text = plan_csv(whole(only(item("", labels={"en": "=1+1"}))))
    assert "'=1+1" in text


def test_quickstatements_of_a_plan_say_what_would_be_added() -> None:
    text = plan_quickstatements(whole(only(item("Q900000001", P131="Q1"))))
    assert text == "Q900000001\tP131\tQ1\n"
