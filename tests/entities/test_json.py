"""Entity JSON: what is written reads back the same, and old forms are understood."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.entities import (
    Item,
    OtherKind,
    Quantity,
    QuantityValue,
    entity_from,
    parse_entity,
    to_json,
    to_raw,
)
from kgtool.errors import InputError
from tests.builders import item, statement
from tests.entities.strategies import items


@settings(max_examples=40)
@given(items())
def test_items_read_back_as_they_were_written(entity: Item) -> None:
    assert parse_entity(to_json(entity)) == entity
    assert entity_from(to_raw(entity)) == entity


@settings(max_examples=40)
@given(items())
def test_maps_that_php_wrote_as_lists_make_no_difference(entity: Item) -> None:
    def emptied(raw: Any) -> Any:
        if isinstance(raw, dict):
            return {key: [] if value == {} else emptied(value) for key, value in raw.items()}
        return [emptied(member) for member in raw] if isinstance(raw, list) else raw

    raw: dict[str, Any] = {
        "labels": {},
        "descriptions": {},
        "aliases": {},
        "claims": {},
        "sitelinks": {},
    }
    assert entity_from(emptied(raw | to_raw(entity))) == entity


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_else_is_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(InputError):
        parse_entity(data)


def test_an_item_value_without_id_gets_it_from_its_number() -> None:
    old = to_json(item("Q1", P31="Q5")).replace(b',"id":"Q5"', b"").replace(b'"id":"Q5",', b"")
    assert b'"Q5"' not in old
    assert parse_entity(old) == item("Q1", P31="Q5")


def test_what_wikis_ask_for_is_written_even_where_it_is_as_usual() -> None:
    new = item("Q1", statement("P2048", QuantityValue(Quantity("+5"))), P31="Q5")
    raw = json.loads(to_json(new))
    for group in raw["claims"].values():
        assert group[0]["type"] == "statement"
        assert group[0]["rank"] == "normal"
    assert raw["claims"]["P31"][0]["mainsnak"]["datavalue"]["value"]["entity-type"] == "item"
    assert raw["claims"]["P2048"][0]["mainsnak"]["datavalue"]["value"]["unit"] == "1"


def test_nothing_of_the_real_entities_gets_lost_on_the_way(shared: Path) -> None:
    """Read and written again, the JSON says the same; absent is the same as empty or null."""
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        for line in islice(lines, 0, None, 4):
            entity = parse_entity(line)
            if isinstance(entity, OtherKind):
                continue
            theirs = complete(json.loads(line))
            theirs.pop("redirects", None)  # under which id it was asked for: not of the entity
            assert complete(json.loads(to_json(entity))) == theirs, entity.id


def complete(raw: Any) -> Any:
    """JSON without what is empty, and with the ids that old item values lack."""
    if isinstance(raw, list):
        return [complete(member) for member in raw]
    if not isinstance(raw, dict):
        return raw
    found = {key: complete(value) for key, value in raw.items()}
    if "numeric-id" in found:
        found.setdefault("id", f"Q{found['numeric-id']}")
    return {key: value for key, value in found.items() if value not in ({}, [], None)}
