"""Compiled shapes and the reference engine agree on real items: 250 of middling size a shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool import files
from kgtool.checks.checker import Checker, parse
from kgtool.entities import Item
from tests.checks.worlds import WIKIDATA, real_entities, reference_verdicts, subclasses

SHAPES = [name for name in files.shape_names() if "/" not in name]


@pytest.mark.parametrize("name", SHAPES)
def test_verdicts_are_those_of_the_reference_engine(name: str, shared: Path) -> None:
    entities = real_entities(shared)
    below = subclasses(shared)
    parsed = parse(name, WIKIDATA)
    checker = Checker(parsed, WIKIDATA, below, entities.get)
    items = [one for one in entities.values() if isinstance(one, Item)]
    ours = {one.id: checker.conforms(one) for one in items}
    small = [one for one in items if len(one.claims) < 60][:250]
    kinds = sorted(small, key=lambda one: (not ours[one.id], int(one.id[1:])))
    theirs = reference_verdicts(parsed, kinds, kinds, below)
    assert {id: ours[id] for id in theirs} == theirs


@pytest.mark.parametrize("name", SHAPES)
def test_what_fails_is_told_and_what_conforms_is_not(name: str, shared: Path) -> None:
    entities = real_entities(shared)
    checker = Checker(parse(name, WIKIDATA), WIKIDATA, subclasses(shared), entities.get)
    for one in entities.values():
        findings = checker.check(one)
        assert bool(findings) != checker.conforms(one)
        assert all(finding.node == one.id for finding in findings)
        assert findings == checker.check(one)
