"""The catalogue of queries, and running them on the embedded graph or an endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from kgtool import files
from kgtool.entities.solutions import Table, Term
from kgtool.service.query_file import QueryFile, parse

# Entities, properties in their roles and statements are shown by their ids.
_entity = re.compile(
    r"/(?:entity/(?:statement/)?|prop/(?:direct/|statement/|qualifier/)?)([PQ][1-9][0-9]*[\w-]*)$"
)
_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS = {f"{_XSD}{name}" for name in ("integer", "decimal", "double", "int", "long")}


class Asker(Protocol):
    """Something that answers SELECT queries."""

    def select(self, query: str) -> Table:
        """The answer as rows."""


@dataclass(frozen=True)
class QueryAnswer:
    """Rows of plain values: ids of entities and properties, numbers, texts; none if unbound."""

    query: QueryFile
    columns: list[str]
    rows: list[list[str | int | float | None]]


class Queries:
    """Questions that people ask of a partner's items.

    ``asker`` gives what answers at an endpoint, or, for an empty address, where kgtool is set to
    ask.
    """

    def __init__(self, asker: Callable[[str], Asker]) -> None:
        self._asker = asker

    def catalogue(self) -> list[QueryFile]:
        """All queries, by name."""
        return [_parsed(name) for name in files.query_names()]

    def get(self, name: str) -> QueryFile:
        """The query ``queries/<name>.rq``.

        :raises NotFound: there is none.
        """
        return _parsed(name)

    def run(self, name: str, values: Mapping[str, str], *, endpoint: str = "") -> QueryAnswer:
        """Answer a query with these values.

        :raises NotFound: there is no such query.
        :raises UsageError: a value is not of its parameter's kind.
        :raises KgtoolError: what answers could not; see ``SparqlRunner.run``.
        """
        query = _parsed(name)
        table = self._asker(endpoint).select(query.filled(values))
        rows = [[plain(row.get(column)) for column in table.variables] for row in table.rows]
        return QueryAnswer(query, table.variables, rows)


@cache
def _parsed(name: str) -> QueryFile:
    return parse(name, files.query(name))


def plain(term: Term | None) -> str | int | float | None:
    """A term as people write it: ``Q42`` for an entity, a number, else the text."""
    if term is None:
        return None
    if term.type == "uri":
        found = _entity.search(term.value)
        return found[1] if found else term.value
    if term.type == "bnode":
        return f"_:{term.value}"
    if term.datatype in _NUMBERS:
        number = float(term.value)
        return int(number) if number.is_integer() else number
    return term.value
