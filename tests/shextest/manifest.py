"""Reads a validation manifest into cases, in any form in which the public suite has its own.

These are ``manifest.jsonld`` and ``manifest.ttl`` (entries of the type ``sht:ValidationTest`` or
``sht:ValidationFailure``, each with an action), and ``manifest-ld.jsonld`` (entries with a status).
What a manifest says in a relative way is resolved as the suite has it: files and maps against the
manifest, focus nodes against the data, labels of shapes against the schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pyoxigraph as ox

from kgtool.checks.nodes import Graph, Node
from kgtool.checks.terms import STRING, Blank, Iri, Literal, Term, text_in

_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_SHT = "http://www.w3.org/ns/shacl/test-suite#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_KEYS = ("schema", "data", "shape", "focus", "map", "shapeExterns", "semActs")
# The same in manifest-ld.
_LATER = {
    "schemaURL": "schema",
    "dataURL": "data",
    "node": "focus",
    "shape": "shape",
    "queryMap": "pairs",
    "queryMapURL": "map",
    "shapeExternsURL": "shapeExterns",
    "semActsURL": "semActs",
}
_at_home = re.compile(r"https?://[^?#]*/shexTest/[^/?#]+/")
_literal = r"\"(?:\\.|[^\"\\])*\"(?:@[\w-]+|\^\^<[^>]*>)?"
_pair = re.compile(rf",?\s*([^\s\",]\S*?|{_literal})\s*@\s*(<[^>]*>|START)\s*")

Pair = tuple[Term, str | None]


class Case(NamedTuple):
    """One entry: whether all ``pairs`` of node and shape (several come from a map) conform.

    ``externals`` is a schema that has what the first one calls EXTERNAL, ``actions`` one that has
    the code of its semantic actions.
    """

    name: str
    schema: Path
    data: Path
    pairs: tuple[Pair, ...]
    conforms: bool
    traits: frozenset[str] = frozenset()
    externals: Path | None = None
    actions: Path | None = None


def read_manifest(path: Path) -> list[Case]:
    """The cases of a manifest, in its order."""
    if path.suffix not in (".jsonld", ".json"):
        return list(_from_turtle(path))
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if "@graph" not in manifest:
        return [_later_case(path, entry) for entry in manifest["entries"] if "status" in entry]
    entries = (entry for graph in manifest["@graph"] for entry in graph.get("entries", []))
    return [_json_case(path, entry) for entry in entries]


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


def _json_case(path: Path, entry: Mapping[str, Any]) -> Case:
    name = entry.get("name") or entry["@id"].lstrip("#")
    right = str(entry["@type"]).endswith("ValidationTest")
    return _case(path, name, entry["action"], right, entry.get("trait"))


def _later_case(path: Path, entry: Mapping[str, Any]) -> Case:
    action = {name: entry[key] for key, name in _LATER.items() if key in entry}
    right = entry["status"] == "conformant"
    return _case(path, entry["name"], action, right, entry.get("trait"))


def _case(path: Path, name: str, action: Mapping[str, Any], right: bool, traits: Any) -> Case:
    schema, data = _file(path, action["schema"]), _file(path, action["data"])
    if "map" in action:
        text = _file(path, action["map"]).read_text(encoding="utf-8")
        said = [(one["node"], one.get("shape")) for one in json.loads(text)]
    elif "pairs" in action:
        said = [_texts(found) for found in _pair.finditer(action["pairs"])]
    else:
        said = [(action["focus"], action.get("shape"))]
    pairs = tuple((_node(path, data, node), _label(path, schema, of)) for node, of in said)
    files = [action.get(key) for key in ("shapeExterns", "semActs")]
    externals, actions = (_file(path, _first(one)) if one else None for one in files)
    kinds = frozenset(str(one).rpartition("#")[2] for one in _list(traits))
    return Case(name, schema, data, pairs, right, kinds, externals, actions)


def _texts(found: re.Match[str]) -> tuple[Any, Any]:
    node, shape = found[1], None if found[2] == "START" else found[2][1:-1]
    if node.startswith('"'):
        triple = f"<urn:a> <urn:b> {node} ."
        (quad,) = ox.parse(triple, ox.RdfFormat.TURTLE, lenient=True)
        return term_of(quad.object), shape
    return node.strip("<>"), shape


def _list(said: Any) -> list[Any]:
    if said is None:
        return []
    return list(said) if isinstance(said, list | tuple) else [said]


def _first(said: Any) -> str:
    return str(_list(said)[0])


def _node(manifest: Path, data: Path, raw: Any) -> Term:
    """A focus node: text is an IRI or ``_:label``, an object with ``@value`` a literal."""
    if isinstance(raw, Iri | Blank | Literal):
        return raw
    if isinstance(raw, Mapping) and "@value" in raw:
        if "@language" in raw:
            return text_in(raw["@value"], raw["@language"])
        return Literal(raw["@value"], raw.get("@type", STRING))
    said = str(raw["@id"] if isinstance(raw, Mapping) else raw)
    return Blank(said[2:]) if said.startswith("_:") else Iri(_resolved(manifest, data, said))


def _label(manifest: Path, schema: Path, raw: Any) -> str | None:
    said = raw.get("@id") if isinstance(raw, Mapping) else raw
    if said in (None, "START") or str(said).endswith("#Start"):
        return None
    text = str(said)
    return text if text.startswith("_:") else _resolved(manifest, schema, text)


def _resolved(manifest: Path, against: Path, reference: str) -> str:
    """An IRI as it is in a file that is read where it lies."""
    local = _at_home.sub("../", reference)
    if local != reference:
        return urljoin(manifest.resolve().as_uri(), local)
    return urljoin(against.resolve().as_uri(), reference)


def _file(manifest: Path, reference: str) -> Path:
    """A file that a manifest names, however it stands: relative, or by the suite's address."""
    local = _at_home.sub("../", reference)
    if urlsplit(local).scheme == "file":
        local = unquote(urlsplit(local).path)
    plain = manifest.parent / local
    return (plain if plain.exists() else manifest.parent / unquote(local)).resolve()


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
    action: dict[str, Any] = {}
    node = entry.out(f"{_MF}action")[0]
    for key in _KEYS:
        for found in node.out(f"{_SHT}{key}"):
            term = found.term
            text = f"_:{term.value}" if isinstance(term, Blank) else term.value
            action[key] = term if key == "focus" and isinstance(term, Literal) else text
    types = [one.term.value for one in entry.out(f"{_RDF}type")]
    names = [name.term.value for name in entry.out(f"{_MF}name")]
    traits = [one.term.value for one in entry.out(f"{_SHT}trait")]
    name = names[0] if names else urldefrag(entry.term.value).fragment
    return _case(path, name, action, f"{_SHT}ValidationTest" in types, traits)
