"""Answers of the engine → the W3C's formats, with a limit on their rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
import pyoxigraph as ox

from kgtool.errors import TooLarge
from kgtool.messages.words import Words

# Format → media type, for SELECT and ASK, and for CONSTRUCT and DESCRIBE.
TABLES = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
GRAPHS = {
    "nt": "application/n-triples",
    "ttl": "text/turtle",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
_GRAPH_FORMATS = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
_STRING = "http://www.w3.org/2001/XMLSchema#string"


def write(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    table: str,
    graph: str,
    limit: int,
) -> tuple[str, bytes]:
    """An answer in the wanted format of its kind: (media type, body).

    :raises TooLarge: it has more than ``limit`` rows or triples.
    """
    if isinstance(answer, ox.QueryTriples):
        triples = _limited(answer, limit, "error-answer-triples")
        return GRAPHS[graph], ox.serialize(triples, format=_GRAPH_FORMATS[graph]) or b""
    if isinstance(answer, ox.QueryBoolean):
        return TABLES[table], _boolean(bool(answer), table)
    names = [variable.value for variable in answer.variables]
    rows = [list(row) for row in _limited(answer, limit, "error-answer-rows")]
    return TABLES[table], _WRITERS[table](names, rows)


def _limited(answer: Iterable[Any], limit: int, beyond: str) -> list[Any]:
    found = list(islice(answer, limit + 1))
    if len(found) > limit:
        raise TooLarge(
            Words(beyond, (limit,)),
            hint=Words("error-ask-parts"),
            operator=Words("operator-limit", ("KGTOOL_QUERY_ROWS",)),
        )
    return found


def _boolean(value: bool, table: str) -> bytes:
    text = "true" if value else "false"
    if table == "json":
        return f'{{"head":{{}},"boolean":{text}}}'.encode()
    if table == "xml":
        return f"{_XML}<head/><boolean>{text}</boolean></sparql>".encode()
    return f"{text}\r\n".encode() if table == "csv" else f"{text}\n".encode()


def _json(names: list[str], rows: list[list[Any]]) -> bytes:
    bindings = [
        {name: _term(term) for name, term in zip(names, row, strict=True) if term is not None}
        for row in rows
    ]
    return msgspec.json.encode({"head": {"vars": names}, "results": {"bindings": bindings}})


def _term(term: Any) -> dict[str, Any]:
    match term:
        case ox.NamedNode():
            return {"type": "uri", "value": term.value}
        case ox.BlankNode():
            return {"type": "bnode", "value": term.value}
        case ox.Literal():
            found = {"type": "literal", "value": term.value}
            if term.language is not None:
                found["xml:lang"] = term.language
            elif term.datatype.value != _STRING:
                found["datatype"] = term.datatype.value
            return found
        case _:
            parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
            return {"type": "triple", "value": {key: _term(part) for key, part in parts.items()}}


def _xml(names: list[str], rows: list[list[Any]]) -> bytes:
    out = [_XML, "<head>", *(f"<variable name={quoteattr(name)}/>" for name in names), "</head>"]
    out.append("<results>")
    for row in rows:
        out.append("<result>")
        for name, term in zip(names, row, strict=True):
            if term is not None:
                out.append(f"<binding name={quoteattr(name)}>{_xml_term(_term(term))}</binding>")
        out.append("</result>")
    return "".join([*out, "</results></sparql>"]).encode()


def _xml_term(term: dict[str, Any]) -> str:
    if term["type"] == "triple":
        parts = (f"<{key}>{_xml_term(part)}</{key}>" for key, part in term["value"].items())
        return f"<triple>{''.join(parts)}</triple>"
    value = escape(term["value"])
    if "xml:lang" in term:
        return f"<literal xml:lang={quoteattr(term['xml:lang'])}>{value}</literal>"
    if "datatype" in term:
        return f"<literal datatype={quoteattr(term['datatype'])}>{value}</literal>"
    return f"<{term['type']}>{value}</{term['type']}>"


def _csv(names: list[str], rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow("" if term is None else _plain(term) for term in row)
    return out.getvalue().encode()


def _plain(term: Any) -> str:
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    return str(term.value) if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _tsv(names: list[str], rows: list[list[Any]]) -> bytes:
    out = ["\t".join(f"?{name}" for name in names)]
    # Terms in N-Triples have their tabs and line ends escaped.
    out += [
        "\t".join("" if term is None else str(term).replace("\t", "\\t") for term in row)
        for row in rows
    ]
    return ("\n".join(out) + "\n").encode()


_WRITERS = {"json": _json, "xml": _xml, "csv": _csv, "tsv": _tsv}
