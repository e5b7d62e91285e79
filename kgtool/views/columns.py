"""The columns view: entities as Parquet tables that DuckDB reads.

An item is named by the numeric part of its QID, a property by that of its PID, so that nothing has
to be renumbered when segments are put together. ``statement`` numbers statements within one
segment; with ``item`` it is unique in a generation.
"""

from __future__ import annotations

import pyarrow as pa

RANKS = {"deprecated": 0, "normal": 1, "preferred": 2}
SNAK_KINDS = {"value": 0, "somevalue": 1, "novalue": 2}

_item = ("item", pa.uint32())
_statement = ("statement", pa.uint32())
_word = pa.dictionary(pa.int32(), pa.string())

# A value stands in `value_item` if it is an item, else as text in `value`: the string, the time,
# the amount, "latitude longitude", the text. `detail` is what else it takes to tell two values
# apart: precision and calendar ("11 Q1985727"), unit ("Q174728", "1"), globe, or language.
_value = [
    ("property", pa.uint32()),
    ("kind", pa.uint8()),  # SNAK_KINDS
    ("value_item", pa.uint32()),
    ("value", pa.string()),
    ("detail", _word),
]

# Beside a segment's tables: subclass edges of classes that were not loaded. The newest file counts.
OUTSIDE_SUBCLASS = "outside_subclass.parquet"

TABLES: dict[str, pa.Schema] = {
    "items": pa.schema(
        [
            _item,
            ("revision", pa.int64()),
            ("modified", pa.string()),
            ("statements", pa.uint32()),
            ("sitelinks", pa.uint32()),
        ]
    ),
    "claims": pa.schema(
        [
            _item,
            _statement,
            ("rank", pa.uint8()),  # RANKS
            ("truthy", pa.bool_()),  # of best rank; somevalue and novalue too
            *_value,
            ("reference_count", pa.uint16()),
            ("good_references", pa.uint16()),  # those not only of Profile.poor_references
        ]
    ),
    "qualifiers": pa.schema([_item, _statement, *_value]),
    "reference_snaks": pa.schema([_item, _statement, ("reference", pa.uint16()), *_value]),
    "terms": pa.schema(
        [_item, ("kind", _word), ("language", _word), ("text", pa.string())]
    ),  # kind: L label, D description, A alias
    "subclass": pa.schema([_item, ("parent", pa.uint32())]),  # truthy edges
    "sitelinks": pa.schema([_item, ("site", _word), ("title", pa.string())]),
}
