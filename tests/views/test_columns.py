"""The columns say exactly what the entities say."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    EntityId,
    EntityIdValue,
    Item,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    Snak,
    StringValue,
    Time,
    TimeValue,
    best_statements,
    load_profile,
    parse_entity,
    to_json,
)
from kgtool.views.columns import RANKS, SNAK_KINDS, TABLES
from kgtool.views.extract.writer import ColumnsWriter
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
POOR = WIKIDATA.poor_references


def written(folder: Path, items: list[Item]) -> dict[str, list[dict[str, Any]]]:
    writer = ColumnsWriter(folder, WIKIDATA)
    for one in items:
        writer.add(to_json(one) + b"\n")
    writer.close()
    return {name: pq.read_table(folder / f"{name}.parquet").to_pylist() for name in TABLES}


def expected_value(one: Snak) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": SNAK_KINDS[one.snaktype]}
    row |= {"property": int(one.property[1:]), "value_item": None, "value": None, "detail": None}
    match one.datavalue:
        case EntityIdValue(value=EntityId(id=id, entity_type="item")):
            row["value_item"] = int(id[1:])
        case EntityIdValue(value=EntityId(id=id, entity_type=kind)):
            row |= {"value": id, "detail": kind}
        case StringValue(value=text):
            row["value"] = text
        case TimeValue(value=time):
            calendar = time.calendarmodel.rpartition("/")[2]
            row |= {"value": time.time, "detail": f"{time.precision} {calendar}"}
        case QuantityValue(value=quantity):
            row |= {"value": quantity.amount, "detail": quantity.unit.rpartition("/")[2]}
        case MonolingualValue(value=text):
            row |= {"value": text.text, "detail": text.language}
        case CoordinateValue(value=place):
            globe = place.globe.rpartition("/")[2]
            row |= {"value": f"{place.latitude} {place.longitude}", "detail": globe}
    return row


def expected(items: list[Item]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    ordinal = 0
    for one in items:
        number = int(one.id[1:])
        for property, statements in one.claims.items():
            truthy = best_statements(statements)
            for made in statements:
                ordinal += 1
                key = {"item": number, "statement": ordinal}
                rows["claims"].append(
                    key
                    | {"rank": RANKS[made.rank], "truthy": made in truthy}
                    | expected_value(made.mainsnak)
                    | {
                        "reference_count": len(made.references),
                        "good_references": sum(
                            any(p not in POOR for p in r.snaks) for r in made.references
                        ),
                    }
                )
                rows["qualifiers"] += [
                    key | expected_value(q) for group in made.qualifiers.values() for q in group
                ]
                rows["reference_snaks"] += [
                    key | {"reference": place} | expected_value(s)
                    for place, reference in enumerate(made.references)
                    for group in reference.snaks.values()
                    for s in group
                ]
                value = expected_value(made.mainsnak)["value_item"]
                if property == "P279" and value is not None and made in truthy:
                    rows["subclass"].append({"item": number, "parent": value})
        for kind, terms in (("L", one.labels), ("D", one.descriptions)):
            rows["terms"] += [
                {"item": number, "kind": kind, "language": code, "text": term.value}
                for code, term in terms.items()
            ]
        rows["terms"] += [
            {"item": number, "kind": "A", "language": code, "text": alias.value}
            for code, aliases in one.aliases.items()
            for alias in aliases
        ]
        rows["sitelinks"] += [
            {"item": number, "site": site, "title": link.title}
            for site, link in one.sitelinks.items()
        ]
        rows["items"].append(
            {
                "item": number,
                "revision": one.lastrevid,
                "modified": one.modified,
                "statements": sum(map(len, one.claims.values())),
                "sitelinks": len(one.sitelinks),
            }
        )
    return rows


def in_order(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    return {name: sorted(str(sorted(row.items())) for row in part) for name, part in rows.items()}


values = st.one_of(
    st.integers(1, 4_000_000_000).map(lambda n: EntityIdValue(EntityId(f"Q{n}", numeric_id=n))),
    st.integers(1, 99).map(lambda n: EntityIdValue(EntityId(f"P{n}", "property", n))),
    st.text(max_size=8).map(StringValue),
    st.builds(
        lambda year, precision: TimeValue(
            Time(
                f"{year:+05d}-00-00T00:00:00Z",
                precision,
                "http://www.wikidata.org/entity/Q1985727",
            )
        ),
        st.integers(-3000, 3000),
        st.integers(0, 11),
    ),
    st.decimals(-(10**30), 10**30, allow_nan=False, places=9).map(
        lambda d: QuantityValue(Quantity(f"{d:+f}", "http://www.wikidata.org/entity/Q174728"))
    ),
    st.text(max_size=5).map(lambda text: MonolingualValue(Monolingual(text, "sv"))),
    st.floats(-90, 90).map(
        lambda n: CoordinateValue(Coordinate(n, n, None, "http://www.wikidata.org/entity/Q2"))
    ),
)
snaks = st.builds(
    lambda property, data, kind: snak(property, data if kind == "value" else None, kind=kind),
    st.sampled_from(["P31", "P143", "P248", "P279", "P854"]),
    values,
    st.sampled_from(["value", "value", "somevalue", "novalue"]),
)
statements = st.builds(
    lambda one, rank, qualifiers, references: statement(
        one.property,
        one.datavalue,
        kind=one.snaktype,
        rank=rank,
        qualifiers=qualifiers,
        references=references,
    ),
    snaks,
    st.sampled_from(["preferred", "normal", "deprecated"]),
    st.lists(snaks, max_size=3),
    st.lists(st.lists(snaks, min_size=1, max_size=2), max_size=2),
)
items = st.lists(
    st.builds(
        lambda number, made, text: item(
            f"Q{number}",
            *made,
            labels={"sv": text, "mul": text},
            aliases={"ja": [text, "b"]},
            sitelinks={"svwiki": text},
        ),
        st.integers(1, 4_294_967_295),
        st.lists(statements, max_size=4),
        st.text(min_size=1, max_size=6),
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(items)
def test_columns_hold_what_the_entities_say(tmp_path_factory: Any, given_items: list[Item]) -> None:
    folder = tmp_path_factory.mktemp("columns")
    assert in_order(written(folder, given_items)) == in_order(expected(given_items))


@pytest.mark.long
def test_columns_of_real_entities(tmp_path: Path, shared: Path) -> None:
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as file:
        lines = file.read().splitlines()
    real = [entity for line in lines if isinstance(entity := parse_entity(line), Item)]
    assert in_order(written(tmp_path, real)) == in_order(expected(real))
