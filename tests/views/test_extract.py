"""Lines in any form of JSON give the rows of the entities that they say, or none."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.entities import Item, parse_entity, to_json
from kgtool.errors import InputError
from kgtool.views.columns import TABLES
from kgtool.views.extract.scan import BLANK, ITEM_LINE, PROPERTY_LINE, UNUSUAL
from kgtool.views.extract.strings import PLAIN, plain_end
from kgtool.views.extract.writer import ColumnsWriter
from kgtool.views.kept import Kept
from kgtool.views.segment import blocks_of, write_segment
from tests.builders import item
from tests.views.test_columns import WIKIDATA, expected, in_order, items


def flattened(folder: Path, block: bytes) -> tuple[list[int], dict[str, list[dict[str, Any]]]]:
    writer = ColumnsWriter(folder, WIKIDATA)
    kinds = writer.add(block).kind.tolist()
    writer.close()
    return kinds, {name: pq.read_table(folder / f"{name}.parquet").to_pylist() for name in TABLES}


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same JSON, with the members of objects in another order and some empty maps as lists."""
    if isinstance(value, list):
        return [shuffled(member, chance) for member in value]
    if not isinstance(value, dict):
        return value
    members = list(value.items())
    chance.shuffle(members)
    made = {key: shuffled(member, chance) for key, member in members}
    if made.get("aliases") == {}:
        made["aliases"] = []
    return made


def regrouped(entity: Item) -> Item:
    """The item, with the property of each snak taken from the key."""
    raw = json.loads(to_json(entity))
    for property, statements in raw.get("claims", {}).items():
        for made in statements:
            made["mainsnak"]["property"] = property
            groups = [made.get("qualifiers", {}), *(r["snaks"] for r in made.get("references", []))]
            for group in groups:
                for key, snaks in group.items():
                    for one in snaks:
                        one["property"] = key
    again = parse_entity(json.dumps(raw))
    assert isinstance(again, Item)
    return again


def rows_of(folder: Path, lines: list[bytes]) -> dict[str, list[str]]:
    kinds, rows = flattened(folder, b"[\n" + b",\n".join(lines) + b"\n]\n")
    assert kinds == [BLANK, *[ITEM_LINE] * len(lines), UNUSUAL]
    for table in rows.values():
        for row in table:
            row.pop("statement", None)  # statements are numbered as they come
    return in_order(rows)


@settings(max_examples=40, deadline=None)
@given(
    items.filter(bool), st.randoms(use_true_random=False), st.sampled_from([None, (" , ", " :\t")])
)
def test_the_form_of_the_json_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    given_items: list[Item],
    chance: random.Random,
    separators: tuple[str, str] | None,
) -> None:
    folder = tmp_path_factory.mktemp("forms")
    lines = [to_json(one) for one in given_items]
    others = [
        json.dumps(shuffled(json.loads(line), chance), separators=separators).encode()
        for line in lines
    ]
    assert rows_of(folder / "one", lines) == rows_of(folder / "other", others)


@settings(max_examples=120, deadline=None)
@given(items.filter(bool), st.randoms(use_true_random=False))
def test_a_damaged_line_gives_its_rows_or_none(
    tmp_path_factory: pytest.TempPathFactory, given_items: list[Item], chance: random.Random
) -> None:
    line = bytearray(to_json(given_items[0]))
    place = chance.randrange(len(line))
    what = chance.randrange(4)
    if what == 0:
        del line[place:]
    elif what == 1:
        del line[place]
    elif what == 2:
        line[place] = chance.choice(b'{}[]",:\\019eE-.nulQP \xc3\xff')
    else:
        line[place:place] = chance.choice([b'"id":"Q1",', b"\\ud800", b"\xed\xa0\x80", b"0", b","])
    folder = tmp_path_factory.mktemp("damaged")
    kinds, rows = flattened(folder, bytes(line) + b"\n")
    if kinds[0] == ITEM_LINE:
        entity = parse_entity(bytes(line))
        assert isinstance(entity, Item)
        # A snak has the property of the list that it stands in, whatever it says itself.
        assert in_order(rows) == in_order(expected([regrouped(entity)]))
    else:
        assert kinds[0] in (UNUSUAL, BLANK, PROPERTY_LINE)
        assert rows == {name: [] for name in TABLES}


def test_a_list_of_words_that_is_full_grows(tmp_path: Path) -> None:
    many = item("Q1", labels={f"x-{n}": f"name {n}" for n in range(3000)})
    long = item("Q2", sitelinks={"wiki" * 5000: "a"})
    kinds, rows = flattened(tmp_path, to_json(many) + b"\n" + to_json(long) + b"\n")
    assert kinds == [ITEM_LINE, ITEM_LINE]
    assert in_order(rows) == in_order(expected([many, long]))


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"item","id":"Q1","labels":{"en":{"language":"en","value":"a"},'
        b'"en":{"language":"en","value":"b"}}}',
        b'{"type":"item","id":"Q1","claims":{"P1":[],"P1":[]}}',
        b'{"type":"item","id":"Q1","id":"Q2"}',
        b'{"type":"item","id":"Q1"} {"type":"item","id":"Q2"}',
    ],
)
def test_what_is_said_twice_is_unusual(tmp_path: Path, line: bytes) -> None:
    kinds, rows = flattened(tmp_path, line + b"\n")
    assert kinds == [UNUSUAL]
    assert rows == {name: [] for name in TABLES}


def test_a_half_of_a_surrogate_pair_is_no_text(tmp_path: Path) -> None:
    line = b'{"type":"item","id":"Q1","labels":{"en":{"language":"en","value":"\\ud800"}}}'
    assert flattened(tmp_path, line + b"\n")[0] == [UNUSUAL]
    with pytest.raises(InputError):
        parse_entity(line)


def with_number(number: int) -> bytes:
    line = to_json(item("Q7", P31="Q5", labels={"en": "a"}))
    return line.replace(b'"Q5"', b'"Q%d"' % number).replace(b'"numeric-id":5', b'"numeric-id":1')


@pytest.mark.parametrize("number", [2**32 - 1, 2**32, 2**32 + 5, 2**64 + 5, 10**17])
def test_ids_that_no_column_holds_are_not_cut_off(tmp_path: Path, number: int) -> None:
    fits = number < 2**32
    forms = {
        "value": with_number(number),
        "item": to_json(item("Q7", labels={"en": "a"})).replace(b'"Q7"', b'"Q%d"' % number),
        "property": to_json(item("Q7", P31="Q5")).replace(b'"P31"', b'"P%d"' % number),
    }
    for name, line in forms.items():
        kinds, rows = flattened(tmp_path / name, line + b"\n")
        assert kinds == [ITEM_LINE if fits else UNUSUAL]
        if not fits:
            assert rows == {table: [] for table in TABLES}
    if fits:
        claim = flattened(tmp_path / "again", forms["value"] + b"\n")[1]["claims"][0]
        assert claim["value_item"] == number


@pytest.mark.parametrize("number", [2**32, 2**32 + 7, 2**64 + 7])
def test_an_entity_whose_id_no_column_holds_is_reported(tmp_path: Path, number: int) -> None:
    lines = [
        (1, to_json(item("Q7", P31="Q5"))),
        (2, to_json(item("Q7")).replace(b'"Q7"', b'"Q%d"' % number)),
        (3, with_number(number)),
    ]
    told: list[int] = []
    counts = write_segment(tmp_path, WIKIDATA, blocks_of(lines), lambda line, _: told.append(line))
    assert counts.items == 1
    assert told == [2, 3]
    assert Kept(tmp_path / "entities").keys.tolist() == [7]


@settings(deadline=None)
@given(st.text('ab "\\\n\x1f\x7fé', max_size=40), st.integers(0, 9))
def test_plain_letters_end_where_they_end_one_by_one(text: str, begin: int) -> None:
    data = np.frombuffer(b"x" * begin + text.encode() + b'"\n', np.uint8)
    end = begin
    while PLAIN[data[end]]:
        end += 1
    assert plain_end(data, begin) == end
