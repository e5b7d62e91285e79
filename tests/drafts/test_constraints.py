"""What property pages ask for is asked of drafts, together with what the item has already."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from kgtool.drafts import Complete, Conflicting, Draft, MemoryWorld, Planner, decided
from kgtool.drafts.constraints import constraints_of
from kgtool.entities import (
    EntityId,
    EntityIdValue,
    Item,
    Profile,
    Property,
    Quantity,
    QuantityValue,
    Snak,
    Statement,
    Time,
    TimeValue,
    load_profile,
    parse_entity,
)
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
IDS = WIKIDATA.constraints
SOURCE = [[snak("P854", "https://example.org/1")]]
P, Q, OTHER = "P90001", "P90002", "P90003"
HERE = "Q900000001"


def number(amount: str, unit: str = "1", **bounds: str) -> QuantityValue:
    unit = unit if unit == "1" else f"http://www.wikidata.org/entity/{unit}"
    return QuantityValue(Quantity(amount, unit, **bounds))


def date(text: str, precision: int = 11) -> TimeValue:
    return TimeValue(Time(text, precision, "http://www.wikidata.org/entity/Q1985727"))


def to_property(id: str) -> EntityIdValue:
    return EntityIdValue(EntityId(id, "property", int(id[1:])))


def constraint(kind: str, *parameters: Snak, rank: Any = "normal") -> Statement:
    named = getattr(IDS, kind)
    return statement(IDS.property_constraint, named, qualifiers=list(parameters), rank=rank)


def properties(id: str) -> Snak:
    return snak(IDS.property, to_property(id))


def prop(*constraints: Statement, id: str = P, kind: str = "any") -> Property:
    claims: dict[str, list[Statement]] = {}
    for one in constraints:
        claims.setdefault(one.mainsnak.property, []).append(one)
    return Property(kind, id=id, claims=claims)


def ours(of: Any, property: str = P, **more: Any) -> Statement:
    return statement(property, of, **{"references": SOURCE, **more})


def found(
    wanted: Item | list[Statement],
    *known: Property,
    there: Item | None = None,
    profile: Profile = WIKIDATA,
) -> dict[str, str]:
    """Codes of the findings with their levels: of a new item, or of changes to ``there``."""
    if isinstance(wanted, list):
        wanted = item(there.id if there else "", *wanted, labels={"en": "a"})
    world = MemoryWorld([there] if there else [], known)
    planner = Planner([Draft("a", 1, wanted, many=[P])], world, profile)
    kinds = {one.code: one.level for one in planner.rows()[0].findings}
    return {code: kinds[code] for code in kinds if code not in ("no-description", "no-type")}


@pytest.mark.parametrize(
    ("made", "wanted", "level"),
    [
        (constraint("format", snak("P1793", r"\d+")), [ours("x1")], "important"),
        (constraint("one_of", snak(IDS.item, "Q1")), [ours("Q2")], "important"),
        (constraint("none_of", snak(IDS.item, "Q1")), [ours("Q1")], "important"),
        (constraint("integer"), [ours(number("+1.5"))], "important"),
        (constraint("integer"), [ours(number("+1", lowerBound="+0.5"))], "important"),
        (constraint("no_bounds"), [ours(number("+1", upperBound="+2"))], "important"),
        (constraint("units", snak(IDS.item, "Q11573")), [ours(number("+1"))], "important"),
        (
            constraint("units", snak(IDS.item, kind="novalue")),
            [ours(number("+1", "Q11573"))],
            "important",
        ),
        (constraint("entity_types", snak(IDS.item, "Q29934218")), [ours("x")], "warning"),
        (constraint("property_scope", snak(IDS.scope, IDS.as_reference)), [ours("x")], "important"),
        (
            constraint("allowed_qualifiers", properties("P580")),
            [ours("x", qualifiers=[snak("P582", "y")])],
            "warning",
        ),
        (
            constraint("allowed_qualifiers", snak(IDS.property, kind="novalue")),
            [ours("x", qualifiers=[snak("P582", "y")])],
            "warning",
        ),
        (constraint("required_qualifier", properties("P580")), [ours("x")], "warning"),
        (constraint("citation_needed"), [ours("x", references=[])], "important"),
        (constraint("single_value"), [ours("x"), ours("y")], "warning"),
        (
            constraint("single_best_value"),
            [ours("x", rank="preferred"), ours("y", rank="preferred")],
            "warning",
        ),
        (constraint("conflicts_with", properties(Q)), [ours("x"), ours("y", Q)], "warning"),
        (
            constraint("conflicts_with", properties(Q), snak(IDS.item, "Q1")),
            [ours("x"), ours("Q1", Q)],
            "warning",
        ),
        (constraint("requires_statement", properties(Q)), [ours("x")], "warning"),
        (
            constraint("requires_statement", properties(Q), snak(IDS.item, "Q1")),
            [ours("x"), ours("Q2", Q)],
            "warning",
        ),
        (
            constraint(
                "difference", properties(Q), snak(IDS.minimum, number("0", IDS.year)),
                snak(IDS.maximum, number("150", IDS.year)),
            ),
            [ours(date("+1950-00-00T00:00:00Z", 9)), ours(date("+1951-01-01T00:00:00Z"), Q)],
            "warning",
        ),
        (
            constraint("difference", properties(Q), snak(IDS.maximum, number("10"))),
            [ours(number("+20")), ours(number("+9"), Q)],
            "warning",
        ),
    ],
)  # fmt: skip
def test_a_constraint_speaks_against(made: Statement, wanted: list[Statement], level: str) -> None:
    code = next(k for k in IDS.__struct_fields__ if getattr(IDS, k) == _named(made))
    assert found(wanted, prop(made)) == {code.replace("_", "-"): level}
    # Neither a deprecated constraint, nor one that excepts the item.
    assert found(wanted, prop(_ranked(made))) in ({}, {"unsourced": "warning"})


def _named(made: Statement) -> str:
    assert isinstance(made.mainsnak.datavalue, EntityIdValue)
    return made.mainsnak.datavalue.value.id


def _ranked(made: Statement) -> Statement:
    return Statement(made.mainsnak, rank="deprecated", qualifiers=made.qualifiers)


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (constraint("one_of", snak(IDS.item, "Q1")), [ours("Q1")]),
        (constraint("one_of", snak(IDS.item, kind="somevalue")), [ours(None, kind="somevalue")]),
        (constraint("integer"), [ours(number("+2.0"))]),
        (constraint("units", snak(IDS.item, "Q11573")), [ours(number("+1", "Q11573"))]),
        (constraint("entity_types", snak(IDS.item, IDS.for_items)), [ours("x")]),
        (constraint("property_scope", snak(IDS.scope, IDS.as_main)), [ours("x")]),
        (constraint("required_qualifier", properties("P580")),
         [ours("x", qualifiers=[snak("P580", "y")])]),
        # Told apart by a separator; another of deprecated rank; of one best value, one is best.
        (constraint("single_value", snak(IDS.separator, to_property("P518"))),
         [ours("x", qualifiers=[snak("P518", "a")]), ours("y", qualifiers=[snak("P518", "b")])]),
        (constraint("single_value"), [ours("x"), ours("y", rank="deprecated")]),
        (constraint("single_best_value"), [ours("x", rank="preferred"), ours("y")]),
        (constraint("conflicts_with", properties(Q), snak(IDS.item, "Q1")),
         [ours("x"), ours("Q2", Q)]),
        (constraint("requires_statement", properties(Q)), [ours("x"), ours("y", Q)]),
        # Nobody can say whether 1950 was before March 1950.
        (constraint("difference", properties(Q), snak(IDS.minimum, number("0", IDS.year))),
         [ours(date("+1950-00-00T00:00:00Z", 9)), ours(date("+1950-03-00T00:00:00Z", 10), Q)]),
        # BCE years count down, and there is no year 0.
        (constraint("difference", properties(Q), snak(IDS.maximum, number("2", IDS.year))),
         [ours(date("+0001-06-00T00:00:00Z", 10)), ours(date("-0002-06-00T00:00:00Z", 10), Q)]),
    ],
)  # fmt: skip
def test_a_constraint_is_met(made: Statement, wanted: list[Statement]) -> None:
    assert found(wanted, prop(made)) == {}


def test_what_the_item_has_already_counts() -> None:
    requires = prop(constraint("requires_statement", properties(Q)))
    conflicts = prop(constraint("conflicts_with", properties(Q)))
    single = prop(constraint("single_value"))
    there = item(HERE, statement(Q, "y"), statement(OTHER, "z"))
    assert found([ours("x")], requires, there=there) == {}
    assert found([ours("x")], conflicts, there=there) == {"conflicts-with": "warning"}
    assert found([ours("x")], single, there=item(HERE, statement(P, "y"))) == {
        "single-value": "warning"
    }


def test_what_is_added_may_conflict_with_what_stands_also_by_the_standing_propertys_word() -> None:
    """The item has Q, whose page says that it does not go together with P (of such a value)."""
    any_value = prop(constraint("conflicts_with", properties(P)), id=Q)
    one_value = prop(constraint("conflicts_with", properties(P), snak(IDS.item, "Q5")), id=Q)
    there = item(HERE, statement(Q, "y"))
    wanted = [ours("Q5")]
    for rules in (any_value, one_value):
        assert found(wanted, prop(), rules, there=there) == {"conflicts-with": "warning"}
    assert found([ours("Q6")], prop(), one_value, there=there) == {}
    # What stands on both sides is not ours, nor what is deprecated; nor is the item excepted.
    both = item(HERE, statement(Q, "y"), statement(P, "Q5"))
    more = [ours("Q5"), ours("z", OTHER)]
    assert found(more, prop(), prop(id=OTHER), any_value, there=both) == {}
    deprecated = item(HERE, statement(Q, "y", rank="deprecated"))
    assert found(wanted, prop(), any_value, there=deprecated) == {}
    excepted = prop(constraint("conflicts_with", properties(P), snak(IDS.exception, HERE)), id=Q)
    assert found(wanted, prop(), excepted, there=there) == {}


def test_what_stands_already_is_not_held_against_a_draft() -> None:
    demanding = prop(constraint("citation_needed"), constraint("format", snak("P1793", r"\d+")))
    there = item(HERE, statement(P, "no number"))
    more = item(HERE, statement(P, "no number"), statement(OTHER, "z", references=SOURCE))
    assert found(more, demanding, there=there) == {}


def test_qualifiers_and_references_that_are_added_are_looked_at() -> None:
    allowed = prop(constraint("allowed_qualifiers", properties("P580")))
    scope = prop(constraint("property_scope", snak(IDS.scope, IDS.as_main)), id="P582")
    there = item(HERE, statement(P, "x"))
    grown = [ours("x", qualifiers=[snak("P582", "y")])]
    assert found(grown, allowed, scope, there=there) == {
        "allowed-qualifiers": "warning",
        "property-scope": "important",
    }


def test_status_exceptions_and_place() -> None:
    numbers = snak("P1793", r"\d+")
    for extra, expected in [
        (snak(IDS.status, IDS.mandatory), {"single-value": "important"}),
        (snak(IDS.status, IDS.suggestion), {"single-value": "info"}),
        (snak(IDS.exception, HERE), {}),
    ]:
        known = prop(constraint("single_value", extra))
        there = item(HERE, statement(P, "y"))
        assert found([ours("x")], known, there=there) == expected
    only_main = prop(constraint("format", numbers, snak(IDS.checked_on, IDS.on_main)))
    assert found([ours("z", OTHER, qualifiers=[snak(P, "no number")])], only_main) == {}


def test_a_pattern_that_cannot_be_read_is_said_to_be_unchecked() -> None:
    known = prop(constraint("format", snak("P1793", r"(?<!x)\d+")))
    assert found([ours("1")], known) == {"format-unchecked": "info"}


def test_distinct_values_are_looked_for_in_the_batch_and_on_the_wiki() -> None:
    known = prop(constraint("distinct_values", snak(IDS.separator, to_property("P518"))))
    holder = item("Q900000002", statement(P, "x"), statement(Q, "Q5"))
    drafts = [
        Draft("a", 1, item("", ours("x"), labels={"en": "a"})),
        Draft("b", 2, item("", ours("y"), labels={"en": "b"})),
        Draft("c", 3, item("", ours("y"), labels={"en": "c"})),
        Draft("d", 4, item("", ours("x", qualifiers=[snak("P518", "part")]), labels={"en": "d"})),
        Draft("e", 5, item("Q900000002", ours("x", qualifiers=[snak("P518", "w")]))),
        Draft("f", 6, item("", ours("Q5", Q), labels={"en": "f"})),
    ]
    by_item = prop(constraint("distinct_values"), id=Q, kind="wikibase-item")
    rows = Planner(drafts, MemoryWorld([holder], [known, by_item]), WIKIDATA).rows()
    codes = [{f.code for f in row.findings if f.code.startswith("distinct")} for row in rows]
    assert codes == [
        {"distinct-values"},
        {"distinct-in-batch"},
        {"distinct-in-batch"},
        set(),
        set(),
        {"distinct-values"},
    ]


def test_properties_whose_constraints_cannot_be_read_are_named() -> None:
    drafts = [Draft("a", 1, item("", ours("x"), ours("y", Q), labels={"en": "a"}))]
    world = MemoryWorld([], [prop()])
    assert Planner(drafts, world, WIKIDATA).unread == ["P854", Q]
    bare = Profile(**{**_plain(WIKIDATA), "constraints": type(IDS)()})
    assert Planner(drafts, world, bare).unread == ["P854", P, Q]


def _plain(profile: Profile) -> dict[str, Any]:
    return {name: getattr(profile, name) for name in profile.__struct_fields__}


def test_deciding_looks_at_what_was_decided() -> None:
    single = prop(constraint("single_value"))
    there = item(HERE, statement(P, "y"))
    draft = Draft("a", 1, item(HERE, ours("x")))
    planner = Planner([draft], MemoryWorld([there], [single]), WIKIDATA)
    row = planner.rows()[0]
    assert isinstance(row, Conflicting)
    assert "single-value" in {f.code for f in row.findings}
    beside = decided(row, "complete", planner, item=there, beside=[P])
    assert isinstance(beside, Complete) and "single-value" in {f.code for f in beside.findings}
    instead = decided(row, "complete", planner, item=there, replacing=[P])
    assert "single-value" not in {f.code for f in instead.findings}


def test_real_properties_say_what_they_ask(shared: Path) -> None:
    known: dict[str, Property] = {}
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        for line in lines:
            if b'"type":"property"' in line:
                entity = parse_entity(line)
                assert isinstance(entity, Property)
                known[entity.id] = entity
    rules = {id: constraints_of(one, WIKIDATA) for id, one in known.items()}
    assert {rule.kind for several in rules.values() for rule in several} >= {
        "format", "none_of", "conflicts_with", "property_scope", "allowed_qualifiers",
        "requires_statement", "distinct_values", "entity_types", "single_value",
        "required_qualifier", "single_best_value",
    }  # fmt: skip
    # One of P31 is deprecated: it would forbid nearly everything.
    assert not any(rule.kind == "one_of" for rule in rules["P31"])
    [viaf] = [rule for rule in rules["P214"] if rule.kind == "format" and rule.status]
    assert (viaf.pattern, viaf.status) == (r"([1-9]\d{1,8}|[1-9]\d{18,21})", "mandatory")
    assert any(
        rule.kind == "conflicts_with" and rule.properties == ("P31",) and "Q202444" in rule.items
        for rule in rules["P17"]
    )
