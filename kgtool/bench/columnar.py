"""Worlds straight into columns: like :mod:`kgtool.bench.worlds`, but a million items in a minute.

The same partners, properties and shares; no JSON is written, so these worlds serve to measure what
is asked of a workspace, not how one is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kgtool.bench.worlds import (
    FIRST_ITEM,
    FIRST_PARTNER,
    LANGUAGES,
    PARTNERS,
    PROPERTIES,
    TYPE_WEIGHTS,
    TYPES,
)
from kgtool.views.columns import TABLES
from kgtool.views.kept import KeptWriter

_CHUNK = 100_000
_FIRST_VALUE = 800_000_000
_TYPE, _COLLECTION, _INCEPTION, _MUSEUM = 31, 195, 571, 33506
COUNTRIES = [34, 55, 183, 142, 29, 38, 30, 17, 20, 35, 33, 145, 36, 28, 16, 408, 96, 155, 668, 794]
WIKI = "https://en.wikipedia.org/"
ABOUT, PART_OF = "http://schema.org/about", "http://schema.org/isPartOf"

Column = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some items: their partners, types, statements and labels, as arrays."""

    items: npt.NDArray[np.uint32]
    claims: dict[str, npt.NDArray[np.int64]]  # item, property, value_item, text (if that is 0), …
    labels: dict[str, npt.NDArray[np.uint32]]  # language → items that have one
    sitelinks: npt.NDArray[np.uint32]


def chunks(count: int, seed: int = 1) -> Iterator[Chunk]:
    """A world of ``count`` works, part by part; the same arguments give the same world.

    The first part are the partners, each in one of COUNTRIES.
    """
    chance = np.random.default_rng(seed)
    yield _partners()
    shares = np.clip(
        chance.normal([share for _, _, share in PROPERTIES], 0.15, (PARTNERS, len(PROPERTIES))),
        0.02,
        0.99,
    )
    zipf = 1 / np.arange(1, PARTNERS + 1)
    weights = np.array(TYPE_WEIGHTS) / sum(TYPE_WEIGHTS)
    types = np.array([int(qid[1:]) for qid in TYPES])
    for start in range(0, count, _CHUNK):
        size = min(_CHUNK, count - start)
        items = np.arange(FIRST_ITEM + start, FIRST_ITEM + start + size, dtype=np.uint32)
        partner = chance.choice(PARTNERS, size, p=zipf / zipf.sum())
        second = chance.random(size) < 0.08
        others = chance.integers(PARTNERS, size=second.sum())
        rows = [
            _rows(items, _TYPE, types[chance.choice(len(types), size, p=weights)]),
            _rows(items, _COLLECTION, FIRST_PARTNER + partner),
            _rows(
                items[second],
                _COLLECTION,
                FIRST_PARTNER + others,
            ),
        ]
        for number, (property, form, _) in enumerate(PROPERTIES):
            have = chance.random(size) < shares[partner, number]
            values = np.zeros(int(have.sum()), np.int64)
            if form == "item":
                values = _FIRST_VALUE + chance.integers(5000, size=len(values))
            rows.append(_rows(items[have], int(property[1:]), values))
        claims = _claims(rows)
        claims["references"] = (chance.random(len(claims["item"])) < 0.7).astype(np.int64)
        yield Chunk(
            items,
            claims,
            {
                code: items if code == "en" else items[chance.random(size) < 0.5]
                for code in LANGUAGES
            },
            items[chance.random(size) < 0.15],
        )


def write(count: int, segment: Path, seed: int = 1) -> None:
    """Write the world as the segment of a generation."""
    KeptWriter(segment / "entities").close()
    folder = segment / "columns"
    folder.mkdir(parents=True)
    writers = {
        name: pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd")
        for name, schema in TABLES.items()
    }
    for chunk in chunks(count, seed):
        for name, columns in _tables(chunk).items():
            schema = TABLES[name]
            rows = len(next(iter(columns.values())))
            arrays = [
                pa.nulls(rows, field.type)
                if columns.get(field.name) is None
                else pa.array(columns[field.name]).cast(field.type)
                for field in schema
            ]
            writers[name].write_table(pa.Table.from_arrays(arrays, schema=schema))
    for writer in writers.values():
        writer.close()


def triples(count: int, seed: int = 1) -> Iterator[bytes]:
    """The truthy statements, labels and sitelinks of the world as N-Triples."""
    entity, direct = "http://www.wikidata.org/entity/Q", "http://www.wikidata.org/prop/direct/P"
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    for chunk in chunks(count, seed):
        claims = (
            chunk.claims[name].tolist() for name in ("item", "property", "value_item", "text")
        )
        lines = [
            f"<{entity}{item}> <{direct}{property}> "
            + (f"<{entity}{value}> .\n" if value else f'"{text}" .\n')
            for item, property, value, text in zip(*claims, strict=True)
        ]
        for code, items in chunk.labels.items():
            lines += [f'<{entity}{item}> <{label}> "Work {item}"@{code} .\n' for item in items]
        lines += [
            f"<{WIKI}wiki/{item}> <{ABOUT}> <{entity}{item}> .\n"
            f"<{WIKI}wiki/{item}> <{PART_OF}> <{WIKI}> .\n"
            for item in chunk.sitelinks
        ]
        yield "".join(lines).encode()


def _partners() -> Chunk:
    items = np.arange(FIRST_PARTNER, FIRST_PARTNER + PARTNERS, dtype=np.uint32)
    countries = np.array(COUNTRIES)[np.arange(PARTNERS) % len(COUNTRIES)]
    claims = _claims([_rows(items, _TYPE, np.full(PARTNERS, _MUSEUM)), _rows(items, 17, countries)])
    claims["references"] = np.ones(len(claims["item"]), np.int64)
    return Chunk(items, claims, {"en": items}, items[:0])


def _claims(
    rows: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]],
) -> dict[str, npt.NDArray[np.int64]]:
    """Statements sorted by item. Texts are told apart by numbers: years, titles, or one an item."""
    item, of, value = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.argsort(item, kind="stable")
    item, of, value = item[order], of[order], value[order]
    text = np.where(of == _INCEPTION, 1400 + item % 600, np.where(of == 1476, item % 60_000, item))
    return {"item": item, "property": of, "value_item": value, "text": text}


def _rows(
    items: npt.NDArray[np.uint32], property: int, values: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return items.astype(np.int64), np.full(len(items), property), values


def _tables(chunk: Chunk) -> dict[str, dict[str, Any]]:
    claims = chunk.claims
    rows = len(claims["item"])
    statement = np.arange(1, rows + 1)
    is_item = claims["value_item"] > 0
    years = claims["property"] == _INCEPTION
    dates = pa.array([f"+{year:04d}-00-00T00:00:00Z" for year in range(2000)])
    texts = pc.if_else(
        pa.array(years),
        dates.take(pa.array(np.where(years, claims["text"], 0))),
        pc.cast(pa.array(claims["text"]), pa.string()),
    )
    texts = pc.if_else(pa.array(is_item), None, texts)
    values = pa.array(claims["value_item"], mask=~is_item)
    numbered = claims["property"] == 217
    sourced = claims["references"] > 0
    languages = np.repeat(list(chunk.labels), [len(items) for items in chunk.labels.values()])
    labelled = np.concatenate(list(chunk.labels.values()))
    order = np.argsort(labelled, kind="stable")
    names = pc.binary_join_element_wise(
        "Work", pc.cast(pa.array(labelled[order]), pa.string()), " "
    )
    holders = np.zeros(int(numbered.sum()), np.int64) + FIRST_PARTNER
    zeros = np.zeros
    return {
        "items": {
            "item": chunk.items,
            "revision": chunk.items,
            "statements": zeros(len(chunk.items), np.uint32),
            "sitelinks": zeros(len(chunk.items), np.uint32),
        },
        "claims": {
            "item": claims["item"],
            "statement": statement,
            "rank": np.ones(rows, np.uint8),
            "truthy": np.ones(rows, np.bool_),
            "property": claims["property"],
            "kind": zeros(rows, np.uint8),
            "value_item": values,
            "value": texts,
            "detail": np.where(years, "9 Q1985727", ""),
            "reference_count": claims["references"],
            "good_references": claims["references"],
        },
        "qualifiers": {
            "item": claims["item"][numbered],
            "statement": statement[numbered],
            "property": np.full(int(numbered.sum()), 195),
            "kind": zeros(int(numbered.sum()), np.uint8),
            "value_item": holders,
        },
        "reference_snaks": {
            "item": claims["item"][sourced],
            "statement": statement[sourced],
            "reference": zeros(int(sourced.sum()), np.uint16),
            "property": np.full(int(sourced.sum()), 248),
            "kind": zeros(int(sourced.sum()), np.uint8),
            "value_item": np.full(int(sourced.sum()), FIRST_PARTNER),
        },
        "terms": {
            "item": labelled[order],
            "kind": np.full(len(labelled), "L"),
            "language": languages[order],
            "text": names,
        },
        "sitelinks": {
            "item": chunk.sitelinks,
            "site": np.full(len(chunk.sitelinks), "enwiki"),
            "title": np.full(len(chunk.sitelinks), "Work"),
        },
    }
