"""The columns of a segment of a generation → parts of a name index, without decoding entities.

It says what :func:`kgtool.views.names.record.record` says of the entities themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kgtool.entities.profile import Profile
from kgtool.views.names import encode as e
from kgtool.views.names.arrays import Array, Numbers
from kgtool.views.names.flat import Flat, Texts
from kgtool.views.names.rows import Codes, Rows, Table, coded, frozen, living, numbers_in, texts_in
from kgtool.views.names.segment import COUNTRY

ITEMS = 4096  # that are flattened together
_KINDS = {"L": 0, "D": 1, "A": 2}
_ROLES = ("instance_of", "subclass_of", "birth", "inception", "death", "dissolved", "country")
# Bytes of JSON that stand around a text or an item's number, or are an entity's own.
_AROUND, _OWN = 64, 512


class Items(NamedTuple):
    """Items by number; where the rows of each begin in each table, and these rows."""

    items: Array
    claims: tuple[Array, Rows]
    terms: tuple[Array, Rows]
    links: tuple[Array, Rows]


class ColumnsReader:
    """Reads the items of one segment's columns, some thousands at a time."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        roles = profile.properties
        self._roles = np.array([int((getattr(roles, role) or "P0")[1:]) for role in _ROLES])
        self._language, self._site = Codes(), Codes()
        self._tables = [
            Table(
                folder / "claims.parquet",
                ["item", "truthy", "property", "kind", "value_item", "value", "detail"],
                _claims,
            ),
            Table(
                folder / "terms.parquet",
                ["item", "kind", "language", "text"],
                self._terms,
            ),
            Table(folder / "sitelinks.parquet", ["item", "site", "title"], self._links),
        ]
        self._items = pq.ParquetFile(folder / "items.parquet")

    def read(self, dead: Array) -> Iterator[Items]:
        """All items but the dead ones, in the order in which they were written."""
        for batch in self._items.iter_batches(ITEMS, columns=["item"]):
            items = numbers_in(batch, "item")
            rows = [table.of(items) for table in self._tables]
            alive = np.isin(items, dead, invert=True)
            if not alive.all():
                rows = [living(alive, *part) for part in rows]
                items = items[alive]
            if len(items):
                yield Items(items, *rows)

    def close(self) -> None:
        """Close the files."""
        self._items.close()
        for table in self._tables:
            table.close()

    def _terms(self, batch: pa.RecordBatch) -> Rows:
        kinds, kind = coded(batch.column("kind"))
        words, language = coded(batch.column("language"))
        kind = np.array([_KINDS[one] for one in kinds], np.int64)[kind]
        language = self._language.numbers(words)[language]
        return Rows(numbers_in(batch, "item"), (kind, language), *texts_in(batch.column("text")))

    def _links(self, batch: pa.RecordBatch) -> Rows:
        words, site = coded(batch.column("site"))
        site = self._site.numbers(words)[site]
        return Rows(numbers_in(batch, "item"), (site,), *texts_in(batch.column("title")))

    def flat(self, read: Items, languages: Numbers, properties: Numbers) -> Flat:
        """The items as arrays; ``languages`` and ``properties`` take what is new."""
        items, (claim_at, claims), (term_at, terms), (link_at, links) = read
        property, value_item, form, precision = claims.numbers[:4]
        kind, language = terms.numbers[:2]
        count, values = len(items), len(claims.item)
        links_count = len(links.item)
        letters = [len(part.letters) for part in (claims, terms, links)]
        escapes = sum(_escapes(part) for part in (claims, terms, links))
        rows_count = values + len(terms.item) + links_count
        longest = self._language.longest + self._site.longest
        # Memory is taken only as it is filled.
        size = 2 * sum(letters) + escapes + (2 * rows_count) * (_AROUND + longest) + _OWN * count
        most = int(np.diff(claim_at).max()) + 1 if count else 1
        json, texts = np.empty(size, np.uint8), np.empty(sum(letters) + 16 * values, np.uint8)
        json_ends = np.empty(count, np.int64)
        value = np.empty((4, 2 * values + links_count), np.int64)
        types, above = np.empty((3, values), np.int64), np.empty((3, values), np.int64)
        begin, end = np.empty((count, 2), np.int16), np.empty((count, 2), np.int16)
        written = np.zeros(5, np.int64)
        e.encode(
            items,
            *(claim_at, property, value_item, form, precision, *claims[2:]),
            *(term_at, kind, language, *terms[2:]),
            *(link_at, links.numbers[0], *links[2:]),
            *self._language.tables,
            *self._site.tables,
            self._roles,
            *np.empty((4, most), np.int64),
            *(json, json_ends, texts, *value, *types, *above, begin, end, written),
        )
        texts = frozen(texts[: written[e.LETTERS]])
        value = value[:, : written[e.VALUES]]
        types, above = types[:, : written[e.TYPES]], above[:, : written[e.PARENTS]]
        rank, spoken, names = self._names(term_at, terms, languages)
        return Flat(
            [b"Q%d" % item for item in items.tolist()],
            json[: written[e.JSON]],
            np.diff(json_ends, prepend=0),
            names,
            rank,
            spoken,
            Texts(value[0], value[2], value[3], texts),
            self._numbered(value[1], properties),
            Texts(types[0], types[1], types[2], texts),
            begin,
            end,
            np.diff(link_at),
            _parents(items, above, texts),
        )

    def _names(self, term_at: Array, terms: Rows, languages: Numbers) -> tuple[Array, Array, Texts]:
        kind, language = terms.numbers[:2]
        of = np.repeat(np.arange(len(term_at) - 1), np.diff(term_at))
        rows = np.flatnonzero(kind != _KINDS["D"])
        # Mostly labels stand before aliases.
        apart = of[rows] * 2 + (kind[rows] == _KINDS["A"])
        if (np.diff(apart) < 0).any():
            rows = rows[np.argsort(apart, kind="stable")]
        words = self._language.words
        numbers = np.zeros(len(words), np.uint16)
        for code in np.flatnonzero(np.bincount(language[rows])).tolist():
            numbers[code] = languages[words[code]]
        spoken = numbers[language[rows]]
        return (
            (kind[rows] == _KINDS["A"]).astype(np.uint8),
            spoken,
            Texts(of[rows], terms.start[rows], terms.end[rows], terms.letters),
        )

    def _numbered(self, codes: Array, properties: Numbers) -> Array:
        """The numbers of properties, sites and what else a value may be of."""
        found, place = np.unique(codes, return_inverse=True)
        numbers = []
        for code in found.tolist():
            if code < e.SITE:
                numbers.append(properties[f"P{code}"])
            elif code < e.COUNTRY_VALUE:
                numbers.append(properties[self._site.words[code - e.SITE]])
            else:
                numbers.append(properties[COUNTRY])
        numbered: Array = np.array(numbers, np.int64)[place]
        return numbered


def _claims(batch: pa.RecordBatch) -> Rows:
    """Statements of best rank that have a value."""
    words, detail = coded(batch.column("detail"))
    forms, precisions = [e.AS_IS], [0]
    for word in words:
        precision, blank, _ = word.partition(" ")
        if blank:
            forms.append(e.TIME)
            precisions.append(int(precision))
        else:
            # Details of other texts are languages and kinds of entities.
            amount = word == "1" or (word[:1] == "Q" and word[1:].isdecimal())
            forms.append(e.AMOUNT_OR_PLACE if amount else e.AS_IS)
            precisions.append(0)
    truthy = batch.column("truthy").to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(truthy & (numbers_in(batch, "kind") == 0))
    start, end, letters = texts_in(batch.column("value"))
    value_item = batch.column("value_item").fill_null(0).to_numpy().astype(np.int64)
    return Rows(
        numbers_in(batch, "item")[rows],
        (
            numbers_in(batch, "property")[rows],
            value_item[rows],
            np.array(forms)[detail + 1][rows],
            np.array(precisions)[detail + 1][rows],
        ),
        start[rows],
        end[rows],
        letters,
    )


def _escapes(rows: Rows) -> int:
    """How many bytes more the texts may take in JSON."""
    return 6 * int(
        np.count_nonzero((rows.letters < 32) | (rows.letters == 34) | (rows.letters == 92))
    )


def _parents(items: Array, above: Array, texts: Array) -> dict[str, list[str]]:
    parents: dict[str, list[str]] = {}
    letters = texts.data
    for of, start, end in above.T.tolist():
        parents.setdefault(f"Q{int(items[of])}", []).append(str(letters[start:end], "utf-8"))
    return parents
