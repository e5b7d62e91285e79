"""Gold sets: queries with a known answer, in the form of ``gold/*.csv`` and ``kb/*.jsonl``."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from kgtool.entities import Profile
from kgtool.errors import InputError
from kgtool.reconcile.query import Condition, Query
from kgtool.views.names.read import read_names
from kgtool.views.names.record import NameRecord
from kgtool.views.names.types import read_edges

WAYS = ("name", "name+type+years", "+ids")

# What the column entity_type means on Wikidata.
TYPES = {
    "person": "Q5",
    "organisation": "Q43229",
    "place": "Q2221906",
    "language": "Q34770",
}


class Gold(Struct, frozen=True):
    """One query with its answer; ``in_kb`` is false where the answer is “none of these”."""

    query_id: str
    name: str
    entity_type: str
    begin: str
    end: str
    ids: tuple[tuple[str, str], ...]
    answer: str
    in_kb: bool
    difficulty: str

    def query(self, way: str, profile: Profile) -> Query:
        """The query, saying as much as *way* (one of :data:`WAYS`)."""
        roles = profile.properties
        conditions: list[Condition] = []
        types: tuple[str, ...] = ()
        if way != "name":
            person = self.entity_type == "person"
            types = (TYPES[self.entity_type],) if self.entity_type in TYPES else ()
            for text, property in (
                (self.begin, roles.birth if person else roles.inception),
                (self.end, roles.death if person else roles.dissolved),
            ):
                if text:
                    conditions.append(Condition(property, (text,)))
        if way == "+ids":
            conditions += [Condition(property, (value,)) for property, value in self.ids]
        return Query(name=self.name, types=types, properties=tuple(conditions))


def read_gold(folder: Path) -> dict[str, list[Gold]]:
    """Every ``*.csv`` and ``*.csv.gz`` of a folder by the name of its set.

    :raises InputError: there is none, or a column is missing; says where.
    """
    sets = {
        path.name.split(".")[0]: list(_rows(path))
        for path in sorted(folder.glob("*.csv*"))
        if path.name.endswith((".csv", ".csv.gz"))
    }
    if not sets:
        raise InputError(f"There is no gold set (*.csv, *.csv.gz) in {folder}.")
    return sets


def _rows(path: Path) -> Iterator[Gold]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if None in row.values():
                raise InputError(f"{path}, line {number}: there are fewer cells than columns.")
            try:
                ids = tuple(
                    (property, value)
                    for part in row["other_ids"].split("|")
                    if part
                    for property, _, value in [part.partition("=")]
                )
                yield Gold(
                    row["query_id"],
                    row["query"],
                    row["entity_type"],
                    row["begin_year"],
                    row["end_year"],
                    ids,
                    row["qid"],
                    row["in_kb"] == "1",
                    row["difficulty"],
                )
            except KeyError as error:
                raise InputError(f"{path}, line {number}: the column {error} is missing.") from None


def read_kb(folder: Path, profile: Profile) -> tuple[Iterator[NameRecord], dict[str, list[str]]]:
    """The records of every ``*.jsonl`` file of a folder, and the classes of ``*subclass_of.tsv``.

    :raises InputError: there are none.
    """
    paths = sorted(p for p in folder.iterdir() if p.name.endswith((".jsonl", ".jsonl.gz")))
    if not paths:
        raise InputError(f"There are no names (*.jsonl, *.jsonl.gz) in {folder}.")
    parents: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*subclass_of.tsv*")):
        parents.update(read_edges(path))
    records = (record for path in paths for record in read_names(path, profile.name_kinds))
    return records, parents
