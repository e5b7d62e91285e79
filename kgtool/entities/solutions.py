"""Answers to SPARQL queries as values (SPARQL 1.1 Query Results JSON Format)."""

from __future__ import annotations

import msgspec

from kgtool.errors import InputError


class Term(msgspec.Struct, frozen=True, omit_defaults=True, rename={"language": "xml:lang"}):
    """An RDF term, as in the SPARQL results JSON: ``type`` is ``uri``, ``literal`` or ``bnode``."""

    type: str
    value: str
    language: str | None = None
    datatype: str | None = None


class _Head(msgspec.Struct):
    vars: list[str] = []


class _Results(msgspec.Struct):
    bindings: list[dict[str, Term]] = []


class Table(msgspec.Struct):
    """The answer to SELECT, or to ASK (``boolean``)."""

    head: _Head
    results: _Results = msgspec.field(default_factory=_Results)
    boolean: bool | None = None

    @property
    def variables(self) -> list[str]:
        """Names of the columns."""
        return self.head.vars

    @property
    def rows(self) -> list[dict[str, Term]]:
        """Bound variables of each solution."""
        return self.results.bindings

    @classmethod
    def read(cls, body: bytes) -> Table:
        """From SPARQL results JSON.

        :raises InputError: it is something else.
        """
        try:
            return _decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(f"This is not an answer in SPARQL results JSON: {error}.") from None


_decoder = msgspec.json.Decoder(Table)
