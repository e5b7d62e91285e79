"""Which entities the JSON of an entity names."""

from __future__ import annotations

from kgtool.entities import to_json
from kgtool.sources.mentions import mentions
from tests.builders import item


def test_properties_and_values_are_mentioned_and_texts_that_look_like_ids_are_not() -> None:
    line = to_json(item("Q1", P195="Q160112", P217=["P001170", "P571"]))
    assert mentions(line) == {b"Q1", b"P195", b"Q160112", b"P217"}
