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
from kgtool.views.names.arrays import Array, Numbers, offsets, ranges
from kgtool.views.names.claim_texts import AMOUNT_OR_PLACE, AS_IS, NOT_BEST, TIME
from kgtool.views.names.flat import Flat, Texts
from kgtool.views.names.record import KINDS
from kgtool.views.names.rows import Codes, Rows, Table, coded, frozen, living, numbers_in, texts_in
from kgtool.views.names.segment import COUNTRY
from kgtool.views.names.stated import FORMER, Stated

ITEMS = 4096  # that are flattened together
_KINDS = {"L": 0, "D": 1, "A": 2}
_LABEL, _ALIAS = KINDS.index("label"), KINDS.index("alias")
_ROLES = ("instance_of", "subclass_of", "birth", "inception", "death", "dissolved", "country")
# Bytes of JSON that stand around a text or an item's number, or are an entity's own.
_AROUND, _OWN = 64, 512


class Items(NamedTuple):
    """Items by number; where the rows of each begin in each table, and these rows."""

    items: Array
    claims: tuple[Array, Rows]
    terms: tuple[Array, Rows]
    links: tuple[Array, Rows]
    endings: tuple[Array, Rows]


class ColumnsReader:
    """Reads the items of one segment's columns, some thousands at a time."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        roles = profile.properties
        self._roles = np.array([int((getattr(roles, role) or "P0")[1:]) for role in _ROLES])
        self._language, self._site = Codes(), Codes()
        self._stated = Stated(profile, self._language.numbers)
        self._tables = [
            Table(
                folder / "claims.parquet",
                [
                    *("item", "statement", "rank", "truthy"),
                    *("property", "kind", "value_item", "value", "detail"),
                ],
                self._claims,
            ),
            Table(
                folder / "terms.parquet",
                ["item", "kind", "language", "text"],
                self._terms,
            ),
            Table(folder / "sitelinks.parquet", ["item", "site", "title"], self._links),
            Table(
                folder / "qualifiers.parquet",
                ["item", "statement", "property", "kind"],
                self._stated.endings,
            ),
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

    def _claims(self, batch: pa.RecordBatch) -> Rows:
        """Statements that have a value and are of best rank, or give a name."""
        words, detail = coded(batch.column("detail"))
        forms, precisions = [AS_IS], [0]
        for word in words:
            precision, blank, _ = word.partition(" ")
            if blank:
                forms.append(TIME)
                precisions.append(int(precision))
            else:
                # Details of other texts are languages and kinds of entities.
                amount = word == "1" or (word[:1] == "Q" and word[1:].isdecimal())
                forms.append(AMOUNT_OR_PLACE if amount else AS_IS)
                precisions.append(0)
        property, value_kind = numbers_in(batch, "property"), numbers_in(batch, "kind")
        truthy = batch.column("truthy").to_numpy(zero_copy_only=False)
        name = self._stated.kinds(property, numbers_in(batch, "rank"), value_kind)
        rows = np.flatnonzero((truthy & (value_kind == 0)) | (name > 0))
        start, end, letters = texts_in(batch.column("value"))
        value_item = batch.column("value_item").fill_null(0).to_numpy().astype(np.int64)[rows]
        detail, name = detail[rows], name[rows]
        form = np.array(forms)[detail + 1]
        name[value_item > 0] = 0
        language = self._stated.spoken(words, detail, form, name)
        return Rows(
            numbers_in(batch, "item")[rows],
            (
                property[rows],
                value_item,
                np.where(truthy[rows], form, NOT_BEST),
                np.array(precisions)[detail + 1],
                name,
                language,
                numbers_in(batch, "statement")[rows],
            ),
            start[rows],
            end[rows],
            letters,
        )

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
        items, (claim_at, claims), (term_at, terms), (link_at, links), (_, endings) = read
        property, value_item, form, precision, kind_of_name, spoken_in = claims.numbers[:6]
        self._mark_former(claims, endings)
        kind, language = terms.numbers[:2]
        count, values = len(items), len(claims.item)
        links_count = len(links.item)
        letters = [len(part.letters) for part in (claims, terms, links)]
        escapes = sum(_escapes(part) for part in (claims, terms, links))
        rows_count = values + len(terms.item) + links_count
        longest = self._language.longest + self._site.longest
        # Memory is taken only as it is filled.
        size = 2 * (sum(letters) + escapes) + (2 * rows_count) * (_AROUND + longest) + _OWN * count
        most = int(np.diff(claim_at).max()) + 1 if count else 1
        json, texts = np.empty(size, np.uint8), np.empty(sum(letters) + 16 * values, np.uint8)
        json_ends = np.empty(count, np.int64)
        value = np.empty((4, 2 * values + links_count), np.int64)
        types, above = np.empty((3, values), np.int64), np.empty((3, values), np.int64)
        begin, end = np.empty((count, 2), np.int16), np.empty((count, 2), np.int16)
        written = np.zeros(5, np.int64)
        e.encode(
            items,
            *(claim_at, property, value_item, form, precision, kind_of_name, spoken_in),
            *claims[2:],
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
        rank, spoken, names = self._names(term_at, terms, claim_at, claims, languages)
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

    def _mark_former(self, claims: Rows, endings: Rows) -> None:
        """Names that ended are former ones."""
        kind, statement = claims.numbers[4], claims.numbers[6]
        rows = np.flatnonzero(kind)
        kind[rows[np.isin(statement[rows], endings.numbers[0])]] = FORMER

    def _names(
        self, term_at: Array, terms: Rows, claim_at: Array, claims: Rows, languages: Numbers
    ) -> tuple[Array, Array, Texts]:
        """Labels, then what statements give, then aliases, of each item."""
        kind, language = terms.numbers[:2]
        of = np.repeat(np.arange(len(term_at) - 1), np.diff(term_at))
        rows = np.flatnonzero(kind != _KINDS["D"])
        of, language = of[rows], language[rows]
        rank = np.where(kind[rows] == _KINDS["A"], _ALIAS, _LABEL)
        start, end, letters = terms.start[rows], terms.end[rows], terms.letters
        stated = np.flatnonzero(claims.numbers[4])
        if len(stated):
            lengths = claims.end[stated] - claims.start[stated]
            more = claims.letters[ranges(claims.start[stated], lengths)]
            at = offsets(lengths) + len(letters)
            letters = frozen(np.concatenate([letters, more]))
            start, end = np.concatenate([start, at[:-1]]), np.concatenate([end, at[1:]])
            of = np.concatenate([of, np.searchsorted(claim_at, stated, "right") - 1])
            language = np.concatenate([language, claims.numbers[5][stated]])
            rank = np.concatenate([rank, claims.numbers[4][stated]])
        place = of * 3 + np.where(rank == _LABEL, 0, np.where(rank == _ALIAS, 2, 1))
        if (np.diff(place) < 0).any():
            order = np.argsort(place, kind="stable")
            of, language, rank = of[order], language[order], rank[order]
            start, end = start[order], end[order]
        words = self._language.words
        numbers = np.zeros(len(words), np.uint16)
        for code in np.flatnonzero(np.bincount(language)).tolist():
            numbers[code] = languages[words[code]]
        return rank.astype(np.uint8), numbers[language], Texts(of, start, end, letters)

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
