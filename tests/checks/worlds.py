"""Real entities and classes to check, and the reference engine's verdicts on them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from kgtool.checks.checker import Parsed
from kgtool.checks.closure import with_value_sets
from kgtool.checks.reference import validate
from kgtool.checks.terms import Iri
from kgtool.entities import Entity, OtherKind, load_profile, parse_entity
from kgtool.entities.rdf import RdfWriter

WIKIDATA = load_profile("wikidata")


@cache
def real_entities(shared: Path) -> dict[str, Entity]:
    """All items and properties of the published collection, by id."""
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as file:
        parsed = map(parse_entity, file)
        return {one.id: one for one in parsed if not isinstance(one, OtherKind)}


@cache
def subclasses(shared: Path) -> Callable[[str], frozenset[str]]:
    """The closure of the published subclass edges, and of those of the entities."""
    children: dict[str, set[str]] = {}
    path = shared / "kb" / "arnold_subclass_of.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for child, parent in csv.reader(file, delimiter="\t"):
            children.setdefault(parent, set()).add(child)

    @cache
    def below(root: str) -> frozenset[str]:
        found, waiting = {root}, [root]
        while waiting:
            fresh = children.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        return frozenset(found)

    return below


def reference_verdicts(
    parsed: Parsed,
    entities: Sequence[Entity],
    around: Iterable[Entity],
    below: Callable[[str], Iterable[str]],
) -> dict[str, bool]:
    """What pyrudof says of entities, from our RDF of them and of those around them."""
    raw = with_value_sets(parsed.raw, parsed.classes, below, WIKIDATA)
    writer = RdfWriter(WIKIDATA)
    data = b"".join(writer.triples(one) for one in around)
    pairs = [(Iri(WIKIDATA.entity_iri(one.id)), None) for one in entities]
    verdicts = validate(json.dumps(raw, default=str), data, pairs, is_json=True)
    return {one.id: said.conforms for one, said in zip(entities, verdicts, strict=True)}
