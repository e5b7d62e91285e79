"""Reads a validation manifest, ``manifest.jsonld`` or ``manifest.ttl``, into cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pyoxigraph as ox

from kgtool.checks.nodes import Graph, Node
from kgtool.checks.terms import STRING, Blank, Iri, Literal, Term, text_in

_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_SHT = "http://www.w3.org/ns/shacl/test-suite#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


class Case(NamedTuple):
    """One entry: whether all ``pairs`` of node and shape (several come from a map) conform."""

    name: str
    schema: Path
    data: Path
    pairs: tuple[tuple[Term, str | None], ...]
    conforms: bool
    externals: Path | None = None


def read_manifest(path: Path) -> list[Case]:
    """The cases of a manifest, in its order."""
    return list(_from_json(path) if path.suffix in (".jsonld", ".json") else _from_turtle(path))


def read_graph(path: Path) -> Graph:
    """A Turtle file as a graph; blank nodes keep their labels."""
    return Graph(triples(path))


def triples(path: Path) -> Iterator[tuple[Term, str, Term]]:
    """The triples of a Turtle file, language tags as odd as they come."""
    base = path.resolve().as_uri()
    for quad in ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=base, lenient=True):
        yield term_of(quad.subject), quad.predicate.value, term_of(quad.object)


def term_of(term: object) -> Term:
    """A term of pyoxigraph as one of ours."""
    match term:
        case ox.NamedNode():
            return Iri(term.value)
        case ox.BlankNode():
            return Blank(term.value)
        case ox.Literal():
            if term.language:
                return text_in(term.value, term.language)
            return Literal(term.value, term.datatype.value)
    raise ValueError(f"not a term: {term}")


def _from_json(path: Path) -> Iterator[Case]:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for graph in manifest["@graph"]:
        for entry in graph.get("entries", []):
            yield _json_case(path, entry)


def _json_case(path: Path, entry: dict[str, Any]) -> Case:
    action = entry["action"]
    right = entry["@type"] == "sht:ValidationTest"
    externals = action.get("shapeExterns") or action.get("externs")
    if isinstance(externals, list):
        externals = externals[0] if externals else None
    return Case(
        entry.get("name") or entry["@id"].lstrip("#"),
        _file(path, action["schema"]),
        _file(path, action["data"]),
        _pairs(path, action),
        right,
        _file(path, externals) if externals else None,
    )


def _pairs(path: Path, action: dict[str, Any]) -> tuple[tuple[Term, str | None], ...]:
    if "map" not in action:
        return ((_json_term(action.get("focus")), _label(action.get("shape"))),)
    entries = json.loads(_file(path, action["map"]).read_text(encoding="utf-8"))
    return tuple((_json_term(entry["node"]), _label(entry.get("shape"))) for entry in entries)


def _label(raw: Any) -> str | None:
    said = raw.get("@id") if isinstance(raw, dict) else raw
    return None if said in (None, "START") or str(said).endswith("#Start") else str(said)


def _json_term(raw: Any) -> Term:
    if isinstance(raw, dict) and "@value" in raw:
        if "@language" in raw:
            return text_in(raw["@value"], raw["@language"])
        return Literal(raw["@value"], raw.get("@type", STRING))
    said = str(raw["@id"] if isinstance(raw, dict) else raw)
    return Blank(said[2:]) if said.startswith("_:") else Iri(said)


def _file(manifest: Path, reference: str) -> Path:
    """A file that a manifest names, however it stands: relative, or by the suite's address."""
    split = urlsplit(reference)
    if split.scheme in ("http", "https") and "/shexTest/" in split.path:
        below = unquote(split.path).split("/shexTest/", 1)[1].split("/", 1)[1]
        return manifest.resolve().parent.parent / below
    named = unquote(split.path) if split.scheme == "file" else unquote(reference)
    return (manifest.parent / named).resolve()


def _from_turtle(path: Path) -> Iterator[Case]:
    graph = read_graph(path)
    for subject in graph.out:
        for head in graph.node(subject).out(f"{_MF}entries"):
            for entry in _members(head):
                yield _turtle_case(path, entry)


def _members(head: Node) -> Iterator[Node]:
    while head.term != Iri(f"{_RDF}nil"):
        yield head.out(f"{_RDF}first")[0]
        head = head.out(f"{_RDF}rest")[0]


def _turtle_case(path: Path, entry: Node) -> Case:
    action = entry.out(f"{_MF}action")[0]
    right = Iri(f"{_SHT}ValidationTest") in [one.term for one in entry.out(f"{_RDF}type")]

    def one(name: str) -> Term | None:
        found = action.out(f"{_SHT}{name}")
        return found[0].term if found else None

    def file(name: str) -> Path | None:
        term = one(name)
        if term is None:
            return None
        relative = term.value.removeprefix(urljoin(path.resolve().as_uri(), "."))
        return _file(path, relative)

    schema, data = file("schema"), file("data")
    assert schema is not None and data is not None
    shapes = one("map")
    if isinstance(shapes, Iri):
        pairs = _pairs(path, {"map": shapes.value})
    else:
        focus, shape = one("focus"), one("shape")
        assert focus is not None
        label = None if shape is None else ("_:" if isinstance(shape, Blank) else "") + shape.value
        pairs = ((focus, _label(label)),)
    names = [name.term.value for name in entry.out(f"{_MF}name")]
    fragment = urldefrag(entry.term.value).fragment
    return Case(names[0] if names else fragment, schema, data, pairs, right, file("shapeExterns"))
