"""Real entities and classes to check, and the reference engine's verdicts on them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from kgtool.checks.checker import Checker, Parsed
from kgtool.checks.closure import with_value_sets
from kgtool.checks.reference import validate
from kgtool.checks.terms import Iri, to_ntriples
from kgtool.entities import Entity, OtherKind, load_profile, parse_entity

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


def apart(parsed: Parsed) -> Parsed:
    """The schema with a shape of its own for each constraint of the start shape: ``urn:c:0``, …"""
    shapes = {one["id"]: one["shapeExpr"] for one in parsed.raw["shapes"]}
    added: list[dict[str, Any]] = []
    waiting = [parsed.raw["start"]]
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, str):
            waiting.append(shapes[expression])
        elif expression["type"] == "ShapeAnd":
            waiting += expression["shapeExprs"]
        elif expression["type"] == "Shape" and expression.get("expression"):
            inner = expression["expression"]
            parts = inner["expressions"] if inner["type"] == "EachOf" else [inner]
            added += [{**expression, "expression": part} for part in parts]
        else:
            added.append(expression)
    declared = [
        {"type": "ShapeDecl", "id": f"urn:c:{number}", "shapeExpr": expression}
        for number, expression in enumerate(added)
    ]
    return replace(parsed, raw={**parsed.raw, "shapes": [*parsed.raw["shapes"], *declared]})


def labels(parsed: Parsed) -> list[str | None]:
    """The labels that :func:`apart` has added, and the start."""
    return [None, *(one["id"] for one in parsed.raw["shapes"] if one["id"].startswith("urn:c:"))]


def reference_verdicts(
    parsed: Parsed,
    pairs: Sequence[tuple[str, str | None]],
    data: bytes,
    below: Callable[[str], Iterable[str]],
) -> dict[tuple[str, str | None], bool]:
    """What pyrudof says of entities and shapes, given the schema with classes as value sets."""
    raw = with_value_sets(parsed.raw, parsed.classes, below, WIKIDATA)
    asked = [(Iri(WIKIDATA.entity_iri(id)), label) for id, label in pairs]
    verdicts = validate(json.dumps(raw, default=str), data, asked, is_json=True)
    return {pair: said.conforms for pair, said in zip(pairs, verdicts, strict=True)}


def projected(checker: Checker, entities: Iterable[Entity]) -> bytes:
    """The triples of entities, and of those around them, that a schema looks at."""
    found: dict[str, None] = {}
    for entity in entities:
        for subject, predicate, object in checker.arcs(entity):
            found[f"{to_ntriples(subject)} <{predicate}> {to_ntriples(object)} ."] = None
    return "\n".join(found).encode()
